"""The self-signed certificate: made once, for these names, by its owner alone."""
import socket
import ssl
import stat
import threading
from datetime import timedelta

from cryptography import x509

from essc.kit import clock, tls


def test_it_is_made_once_and_again_only_for_another_name(tmp_path):
    made = tls.self_signed(tmp_path / "tls", ["localhost", "127.0.0.1"])
    first = made.chain.read_bytes()
    assert tls.self_signed(tmp_path / "tls", ["localhost"]).chain.read_bytes() == first
    assert tls.self_signed(tmp_path / "tls", ["card.example"]).chain.read_bytes() != first
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600


def test_it_lives_no_longer_than_browsers_accept(tmp_path):
    found = x509.load_pem_x509_certificate(tls.self_signed(tmp_path, ["localhost"]).chain.read_bytes())
    assert found.not_valid_after_utc - found.not_valid_before_utc <= timedelta(days=397)
    assert found.not_valid_after_utc > clock.now() + timedelta(days=300)


def test_a_client_that_trusts_it_talks_to_its_name(tmp_path):
    made = tls.self_signed(tmp_path, ["localhost"])
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.chain, made.key)
    near, far = socket.socketpair()
    answering = threading.Thread(target=lambda: server.wrap_socket(far, server_side=True).close())
    answering.start()
    with ssl.create_default_context(cafile=made.chain).wrap_socket(near, server_hostname="localhost") as line:
        assert line.version() == "TLSv1.3"
    answering.join()
