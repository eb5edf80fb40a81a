"""SM2 signatures with SM3 (GB/T 32918.2-2016) over the recommended curve, as a partner of the national suite writes them.

Plain arithmetic from the standard, sharing nothing with the platform's (which asks OpenSSL): when the two agree, they agree about the
standard. For invented partners only: it takes as long as its secrets make it take.
"""
import secrets

from cryptography.hazmat.primitives.hashes import SM3, Hash

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
WHO = b"1234567812345678"
"""The distinguishing id where nothing else was agreed (GM/T 0009-2012, 10)."""

Point = tuple[int, int] | None
"""None is the point at infinity."""


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return other if one is None else one
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] * one[0] + A) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def _times(factor: int, point: Point) -> Point:
    found: Point = None
    for bit in f"{factor:b}":
        found = _add(found, found)
        if bit == "1":
            found = _add(found, point)
    return found


def _x(point: Point) -> int:
    assert point is not None, "a multiple of less than the order is no infinity"
    return point[0]


def _sm3(*parts: bytes) -> bytes:
    running = Hash(SM3())
    for part in parts:
        running.update(part)
    return running.finalize()


def _e(data: bytes, public: bytes) -> int:
    """The digest that is signed: of who signs with what, and the message (5.5)."""
    curve = b"".join(number.to_bytes(32, "big") for number in (A, B, *G))
    who = _sm3((len(WHO) * 8).to_bytes(2, "big"), WHO, curve, public[1:])
    return int.from_bytes(_sm3(who, data), "big")


class PublicKey:
    """A point of the curve, 04 ‖ X ‖ Y."""

    def __init__(self, raw: bytes) -> None:
        """Raises ValueError when `raw` is none."""
        self.raw, self._point = raw, (int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big"))
        x, y = self._point
        if len(raw) != 65 or raw[0] != 4 or not (x < P and y < P) or (y * y - x * x * x - A * x - B) % P:
            raise ValueError("not a point of the SM2 curve")

    def holds(self, data: bytes, signature: bytes) -> bool:
        """Whether the raw signature r ‖ s fits (7.1)."""
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        t = (r + s) % N
        if len(signature) != 64 or not (0 < r < N and 0 < s < N) or t == 0:
            return False
        return (_e(data, self.raw) + _x(_add(_times(s, G), _times(t, self._point)))) % N == r


class PrivateKey:
    """A scalar that signs."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is 32 bytes, 1 to n-2. Raises ValueError."""
        self._d = int.from_bytes(secret, "big")
        if len(secret) != 32 or not 0 < self._d < N - 1:
            raise ValueError("not a private key of SM2")
        point = _times(self._d, G)
        assert point is not None
        self.public = b"\x04" + b"".join(number.to_bytes(32, "big") for number in point)

    def sign(self, data: bytes) -> bytes:
        """The raw signature r ‖ s of `data` (6.1)."""
        e = _e(data, self.public)
        while True:
            k = secrets.randbelow(N - 1) + 1
            r = (e + _x(_times(k, G))) % N
            s = pow(1 + self._d, -1, N) * (k - r * self._d) % N
            if r and s and r + k != N:
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def new_secret() -> bytes:
    """32 bytes that make a private key."""
    return (secrets.randbelow(N - 2) + 1).to_bytes(32, "big")
