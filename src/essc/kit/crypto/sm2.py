"""SM2 signatures with SM3 (GB/T 32918.2-2016, GM/T 0003.2-2012) on the recommended curve, through OpenSSL.

Keys are raw: the scalar d as 32 bytes, 1 ≤ d ≤ n-2; the point as 04 ‖ X ‖ Y. Signatures are raw r ‖ s, 64 bytes; `to_der`
and `from_der` convert, and refuse everything that is not the one DER form of two integers in 1 … n-1.
"""
import ctypes
import weakref
from typing import Final

from essc.kit.crypto import openssl
from essc.kit.crypto.errors import CryptoFailed, PointNotOnCurve, SignatureMalformed, SM2Unavailable

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
DEFAULT_ID: Final = b"1234567812345678"
"""The distinguishing id that GM/T 0009-2012 §10 prescribes where nothing else was agreed."""

_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_PKCS8: Final = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")
_MAX_DER: Final = 72


def to_der(raw: bytes) -> bytes:
    """r ‖ s as SEQUENCE { INTEGER r, INTEGER s }. Raises SignatureMalformed."""
    body = b"".join(_integer(part) for part in _checked(raw))
    return bytes((0x30, len(body))) + body


def from_der(der: bytes) -> bytes:
    """SEQUENCE { INTEGER r, INTEGER s } as r ‖ s. Raises SignatureMalformed for any other byte, trailing ones included."""
    try:
        if der[0] != 0x30 or der[1] != len(der) - 2 or der[2] != 0x02:
            raise SignatureMalformed("not a DER signature")
        middle = 4 + der[3]
        if der[middle] != 0x02 or middle + 2 + der[middle + 1] != len(der):
            raise SignatureMalformed("not a DER signature")
        parts = (int.from_bytes(der[4:middle], "big"), int.from_bytes(der[middle + 2:], "big"))
        raw = b"".join(part.to_bytes(32, "big") for part in parts)
    except (IndexError, OverflowError):
        raise SignatureMalformed("not a DER signature") from None
    if to_der(raw) != der:
        raise SignatureMalformed("not the one DER form of this signature")
    return raw


def _checked(raw: bytes) -> tuple[int, int]:
    if len(raw) != 64:
        raise SignatureMalformed("a raw signature has 64 bytes")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if not (0 < r < N and 0 < s < N):
        raise SignatureMalformed("r and s lie between 1 and n-1")
    return r, s


def _integer(value: int) -> bytes:
    body = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes((0x02, len(body))) + body


def _on_curve(point: bytes) -> bool:
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < P and y < P and (y * y - (x * x + A) * x - B) % P == 0


class _Key:
    """An EVP_PKEY that is freed with its owner, and the distinguishing id that its signatures are bound to."""

    __slots__ = ("__weakref__", "_id", "_lib", "_pkey", "public")

    def __init__(self, der: bytes, decode: str, id: bytes) -> None:
        self._lib = openssl.libcrypto()
        self._id = id
        start = ctypes.c_char_p(der)
        self._pkey = getattr(self._lib, decode)(None, ctypes.byref(start), len(der))
        if not self._pkey:
            self._lib.ERR_clear_error()
            raise SM2Unavailable("SM2 unavailable: OpenSSL did not take the key")
        weakref.finalize(self, self._lib.EVP_PKEY_free, self._pkey)
        if self._lib.EVP_PKEY_is_a(self._pkey, b"SM2") != 1:
            raise SM2Unavailable("SM2 unavailable: OpenSSL does not know the curve")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _started(self, start: str) -> int:
        """An EVP_MD_CTX ready to sign or verify; the caller frees it."""
        context = self._lib.EVP_MD_CTX_new()
        if not context:
            raise openssl.failed("a digest context")
        name = ctypes.create_string_buffer(self._id, len(self._id))
        params = (openssl.Param * 2)()
        params[0] = openssl.Param(b"distid", openssl.OCTET_STRING, ctypes.cast(name, ctypes.c_void_p), len(self._id), 0)
        inner = ctypes.c_void_p()       # owned by the digest context; the id can be set only after the start
        begun = getattr(self._lib, start)(context, ctypes.byref(inner), b"SM3", None, None, self._pkey, None) == 1
        if not begun or self._lib.EVP_PKEY_CTX_set_params(inner, params) != 1:
            self._lib.EVP_MD_CTX_free(context)
            raise openssl.failed("to begin an SM2 signature")
        return int(context)


class SM2PublicKey(_Key):
    """A point of the curve that verifies."""

    __slots__ = ()

    def __init__(self, public: bytes, id: bytes = DEFAULT_ID) -> None:
        """`public` is 04 ‖ X ‖ Y. Raises PointNotOnCurve, SM2Unavailable."""
        if len(public) != 65 or public[0] != 4 or not _on_curve(public):
            raise PointNotOnCurve("not an uncompressed point of the SM2 curve")
        super().__init__(_SPKI + public, "d2i_PUBKEY", id)
        self.public = public

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether the raw `signature` of `data` is this key's. Malformed signatures are simply not."""
        try:
            der = to_der(signature)
        except SignatureMalformed:
            return False
        context = self._started("EVP_DigestVerifyInit_ex")
        try:
            answer = self._lib.EVP_DigestVerify(context, der, len(der), data, len(data))
        finally:
            self._lib.EVP_MD_CTX_free(context)
        if answer == 1:
            return True
        refused = openssl.failed("to verify an SM2 signature")
        if answer < 0:
            raise refused
        return False


class SM2PrivateKey(_Key):
    """A scalar that signs; `public` is its point."""

    __slots__ = ()

    def __init__(self, secret: bytes, id: bytes = DEFAULT_ID) -> None:
        """`secret` is d, big-endian, 32 bytes, 1 ≤ d ≤ n-2. Raises ValueError, SM2Unavailable."""
        if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < N - 1:
            raise ValueError("an SM2 private key is 32 bytes, 1 to n-2")
        super().__init__(_PKCS8 + secret, "d2i_AutoPrivateKey", id)
        self.public = self._point()

    def _point(self) -> bytes:
        length = len(_SPKI) + 65
        if self._lib.i2d_PUBKEY(self._pkey, None) != length:
            raise openssl.failed("to show an SM2 public key")
        room = (ctypes.c_ubyte * length)()
        cursor = ctypes.cast(room, ctypes.POINTER(ctypes.c_ubyte))
        if self._lib.i2d_PUBKEY(self._pkey, ctypes.byref(cursor)) != length:
            raise openssl.failed("to show an SM2 public key")
        return bytes(room)[len(_SPKI):]

    def sign(self, data: bytes) -> bytes:
        """The raw signature r ‖ s of `data`. Raises CryptoFailed."""
        context = self._started("EVP_DigestSignInit_ex")
        room, length = ctypes.create_string_buffer(_MAX_DER), ctypes.c_size_t(_MAX_DER)
        try:
            done = self._lib.EVP_DigestSign(context, room, ctypes.byref(length), data, len(data))
        finally:
            self._lib.EVP_MD_CTX_free(context)
        if done != 1:
            raise openssl.failed("to sign with SM2")
        return from_der(room.raw[:length.value])


def available() -> bool:
    """Whether SM2 can be used here."""
    try:
        SM2PrivateKey((1).to_bytes(32, "big"))
    except (SM2Unavailable, CryptoFailed):
        return False
    return True
