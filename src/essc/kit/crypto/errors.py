"""What cryptography refuses. None of these ever carries key material, plain text or the value that failed."""
from essc.kit.errors import Kind, Refused


class NotAuthentic(Refused):
    """A sealed value does not open: other key, other context, or changed bytes."""

    kind, code = Kind.UNAVAILABLE, "sealed_value_unreadable"


class SignatureMalformed(Refused):
    """A signature is not of the form the algorithm prescribes (length, DER, or r and s outside 1 … n-1)."""

    kind, code = Kind.INVALID, "raw_signature_malformed"


class PointNotOnCurve(Refused):
    """A public key is not a point of its curve, or not in the uncompressed form."""

    kind, code = Kind.INVALID, "public_key_invalid"


class SM2Unavailable(Refused):
    """SM2 unavailable: this Python links no OpenSSL 3 with SM2."""

    kind, code = Kind.UNAVAILABLE, "sm2_unavailable"


class CryptoFailed(Refused):
    """The cryptographic library reported a failure that is not the caller's fault."""

    kind, code = Kind.UNAVAILABLE, "cryptography_failed"
