"""The code construction a second time, written from docs/wire/code.md alone: slow, plain, sharing nothing with the first but the ciphers.

A master secret of 32 bytes, a suite and a set of fields go in, 24 digits come out; and back.
"""
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

RADICES = (("check", 394_745), ("second", 3600), ("bucket", 1024), ("slot", 16_777_216), ("epoch", 16), ("nonce", 256))


def hour_key(master: bytes, suite: str, hour: int) -> bytes:
    """The first block of HKDF-Expand (RFC 5869 §2.3), cut to 16 bytes."""
    national = suite == "national"
    info = b"essc code" + (b"\x02" if national else b"\x01") + hour.to_bytes(8, "big")
    mac = hmac.HMAC(master, hashes.SM3() if national else hashes.SHA256())
    mac.update(info + b"\x01")
    return mac.finalize()[:16]


def round_function(key: bytes, suite: str, number_of_round: int, half: int) -> int:
    """One block of the cipher over round ‖ half."""
    cipher = Cipher(algorithms.SM4(key) if suite == "national" else algorithms.AES(key), modes.ECB()).encryptor()
    return int(cipher.update(bytes([number_of_round]) + half.to_bytes(15, "big")).hex(), 16)


def enciphered(key: bytes, suite: str, digits: str) -> str:
    """Eight rounds over 12 digits on the left and 11 on the right; no swap."""
    left, right = int(digits[:12]), int(digits[12:])
    for i in range(8):
        if i % 2 == 0:
            left = (left + round_function(key, suite, i, right)) % 10**12
        else:
            right = (right + round_function(key, suite, i, left)) % 10**11
    return f"{left:012d}{right:011d}"


def deciphered(key: bytes, suite: str, digits: str) -> str:
    """The same rounds backwards."""
    left, right = int(digits[:12]), int(digits[12:])
    for i in (7, 6, 5, 4, 3, 2, 1, 0):
        if i % 2 == 0:
            left = (left - round_function(key, suite, i, right)) % 10**12
        else:
            right = (right - round_function(key, suite, i, left)) % 10**11
    return f"{left:012d}{right:011d}"


def code(master: bytes, suite: str, fields: dict[str, int]) -> str:
    """The 24 digits of `fields` (hour, second, bucket, slot, epoch, nonce)."""
    number = 0
    for name, radix in RADICES:
        number = number * radix + (0 if name == "check" else fields[name])
    return str(fields["hour"])[-1] + enciphered(hour_key(master, suite, fields["hour"]), suite, f"{number:023d}")


def fields_of(master: bytes, suite: str, digits: str, unix_second: int) -> dict[str, int] | None:
    """What the digits hold as seen at `unix_second`; None if they were not made with this master secret."""
    this_hour = unix_second // 3600
    hour = next(h for h in range(this_hour - 8, this_hour + 2) if str(h)[-1] == digits[0])
    number = int(deciphered(hour_key(master, suite, hour), suite, digits[1:]))
    fields = {"hour": hour}
    for name, radix in reversed(RADICES):
        if name != "check":
            number, fields[name] = divmod(number, radix)
    return fields if number == 0 else None
