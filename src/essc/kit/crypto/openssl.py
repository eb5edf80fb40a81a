"""The few functions of OpenSSL 3's libcrypto that SM2 needs, taken from the very library that this Python links.

Nothing is loaded until SM2 is first used. Found through `_ssl` (its shared object's dependencies), else through the
platform's search for `crypto`. Raises SM2Unavailable when neither gives OpenSSL ≥ 3.
"""
import _ssl
import ctypes
import ctypes.util
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_uint, c_ulong, c_void_p
from functools import cache
from typing import Final

from essc.kit.crypto.errors import CryptoFailed, SM2Unavailable

_OLDEST: Final = 0x30000000
OCTET_STRING: Final = 5


class Param(ctypes.Structure):
    """OSSL_PARAM; an array of them ends with one whose key is NULL."""

    _fields_ = (("key", c_char_p), ("data_type", c_uint), ("data", c_void_p), ("data_size", c_size_t), ("return_size", c_size_t))


_SIGNATURES: Final[dict[str, tuple[object, tuple[object, ...]]]] = {
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "i2d_PUBKEY": (c_int, (c_void_p, POINTER(POINTER(c_ubyte)))),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_is_a": (c_int, (c_void_p, c_char_p)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_set_params": (c_int, (c_void_p, POINTER(Param))),
    "EVP_DigestSignInit_ex": (c_int, (c_void_p, POINTER(c_void_p), c_char_p, c_void_p, c_char_p, c_void_p, c_void_p)),
    "EVP_DigestVerifyInit_ex": (c_int, (c_void_p, POINTER(c_void_p), c_char_p, c_void_p, c_char_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "ERR_clear_error": (None, ()),
}


@cache
def libcrypto() -> ctypes.CDLL:
    """The library, with its functions declared. Raises SM2Unavailable."""
    return first_usable((getattr(_ssl, "__file__", None), ctypes.util.find_library("crypto")))


def first_usable(places: Sequence[str | None]) -> ctypes.CDLL:
    """The first of the shared objects at `places` that is, or depends on, OpenSSL ≥ 3. Raises SM2Unavailable."""
    for where in places:
        if where is None:
            continue
        try:
            return _declared(ctypes.CDLL(where))
        except (OSError, AttributeError):
            continue
    raise SM2Unavailable("SM2 unavailable: this Python links no OpenSSL 3")


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    library.OpenSSL_version_num.restype = c_ulong
    if library.OpenSSL_version_num() < _OLDEST:
        raise OSError("older than OpenSSL 3")
    for name, (answer, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = answer, arguments
    return library


def failed(what: str) -> CryptoFailed:
    """The error to raise when `what` failed; empties the thread's error queue, which the ssl module shares."""
    libcrypto().ERR_clear_error()
    return CryptoFailed(f"OpenSSL refused {what}")
