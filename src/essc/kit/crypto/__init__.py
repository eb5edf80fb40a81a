"""Cryptography as the house uses it: two suites behind one interface, one door of named keys, one source of chance."""
from essc.kit.crypto.entropy import random_bytes
from essc.kit.crypto.errors import CryptoFailed, NotAuthentic, PointNotOnCurve, SignatureMalformed, SM2Unavailable
from essc.kit.crypto.permutation import DigitPermutation
from essc.kit.crypto.ports import CodeCipher, Keys, PublicKey, Signature, Signer
from essc.kit.crypto.signing import Algorithm, PrivateKey, verify
from essc.kit.crypto.suites import INTERNATIONAL, NATIONAL, Suite, SuiteName, suite_by_id, suite_named

__all__ = [
    "INTERNATIONAL", "NATIONAL", "Algorithm", "CodeCipher", "CryptoFailed", "DigitPermutation", "Keys", "NotAuthentic", "PointNotOnCurve",
    "PrivateKey", "PublicKey", "SM2Unavailable", "Signature", "SignatureMalformed", "Signer", "Suite", "SuiteName", "random_bytes",
    "suite_by_id", "suite_named", "verify",
]
