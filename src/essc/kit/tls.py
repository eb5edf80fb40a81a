"""A certificate of our own making, so that `--https` works on a machine that has none: browsers ask once, and then trust it or not."""
import os
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from essc.kit import clock

DAYS: Final = 397
"""What browsers accept at most (CA/Browser Forum baseline requirements 6.3.2)."""
RENEW_BEFORE: Final = timedelta(days=30)


class Certificate(NamedTuple):
    """Where certificate and key are, as PEM files."""

    chain: Path
    key: Path


def self_signed(directory: Path, hosts: list[str]) -> Certificate:
    """The certificate in `directory`, made new when there is none, when it ends soon or when it does not name all `hosts`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    if not _serves(made, hosts):
        key = ec.generate_private_key(ec.SECP256R1())
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        _write(made.key, secret)
        _write(made.chain, _certificate(key, hosts).public_bytes(serialization.Encoding.PEM))
    return made


def _serves(made: Certificate, hosts: list[str]) -> bool:
    if not (made.chain.exists() and made.key.exists()):
        return False
    found = x509.load_pem_x509_certificate(made.chain.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.not_valid_after_utc > clock.now() + RENEW_BEFORE and set(map(_name, hosts)) <= set(names)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _certificate(key: ec.EllipticCurvePrivateKey, hosts: list[str]) -> x509.Certificate:
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "essc on this machine")])
    now = clock.now()
    return (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _write(path: Path, content: bytes) -> None:
    half = path.with_suffix(".new")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    half.rename(path)
