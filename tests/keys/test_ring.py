"""The door: seal and open, MAC, sign and verify, under versions that change while people work."""
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.codes.model import CodeFields, Forged, Opened, mint, open_code
from essc.keys import actions
from essc.keys.errors import KeyFixed, KeyRetired, KeyUnknown
from essc.keys.model import KINDS, NOTICE_S, Use
from essc.keys.queries import KeyRing
from essc.kit.crypto import INTERNATIONAL, NATIONAL, NotAuthentic, verify

SUITES = ["international", "national"]
suites = pytest.mark.parametrize("suite", SUITES)
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SALT = bytes(range(16))


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def ring(tmp_path, time):
    """A ring on a file of its own, that looks at the file before every use."""
    return KeyRing.create(tmp_path / "keys.json", now=time, look_s=0)


def names(use: Use) -> list[str]:
    return [name for name, kind in KINDS.items() if kind.use is use]


# ── sealing ──

@suites
@given(plain=st.binary(max_size=300), aad=st.binary(max_size=60))
def test_a_sealed_value_opens_in_its_context_only(suite, plain, aad):
    ring = KeyRing.for_tests(suite)
    sealed = ring.seal("cards", plain, aad)
    assert ring.open("cards", sealed, aad) == plain
    assert len(sealed) == 3 + 12 + len(plain) + 16
    for name, context in (("cards", aad + b"\0"), ("holders", aad)):
        with pytest.raises(NotAuthentic):
            ring.open(name, sealed, context)


@suites
def test_a_sealed_value_begins_with_the_suite_and_version_of_its_key(suite):
    assert KeyRing.for_tests(suite).seal("cards", b"", b"")[:3] == bytes((SUITES.index(suite) + 1, 0, 1))


@suites
def test_the_same_value_sealed_twice_looks_different(suite):
    ring = KeyRing.for_tests(suite)
    assert len({ring.seal("cards", b"x", b"") for _ in range(50)}) == 50


@suites
def test_a_persons_values_open_with_the_persons_salt_only(suite):
    ring = KeyRing.for_tests(suite)
    sealed = ring.seal_for("holders", SALT, b"a person", b"row 1")
    assert ring.open_for("holders", SALT, sealed, b"row 1") == b"a person"
    for salt, aad, name in ((bytes(16), b"row 1", "holders"), (SALT, b"row 2", "holders"), (SALT, b"row 1", "photos")):
        with pytest.raises(NotAuthentic):
            ring.open_for(name, salt, sealed, aad)
    with pytest.raises(NotAuthentic):
        ring.open("holders", sealed, b"row 1")


@suites
@given(rows=st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.binary(max_size=40), st.binary(max_size=20)), max_size=8))
def test_many_rows_are_sealed_as_each_would_be(suite, rows):
    ring = KeyRing.for_tests(suite)
    salts, plains, aads = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    sealed = ring.seal_many("holders", salts, plains, aads)
    assert [ring.open_for("holders", s, v, a) for s, v, a in zip(salts, sealed, aads, strict=True)] == plains
    assert ring.open_many("holders", salts, sealed, aads) == plains


@pytest.mark.parametrize(("salts", "plains"), [
    ([b"short"], [b"x"]), ([SALT * 2], [b"x"]), ([SALT, b""], [b"x", b"y"]), ([SALT], []), ([], [b"x"]), ([SALT, SALT], [b"x"]),
])
def test_salts_of_another_length_or_number_are_refused(salts, plains):
    with pytest.raises(ValueError):
        KeyRing.for_tests().seal_many("holders", salts, plains, [b""] * len(plains))


@pytest.mark.parametrize("sealed", [
    b"", b"\x01", b"\x01\x00\x01", b"\x01\x00\x02" + bytes(40), b"\x02\x00\x01" + bytes(40), b"\x01\x00\x01" + bytes(40),
])
def test_what_was_never_sealed_does_not_open(sealed):
    ring = KeyRing.for_tests()
    for opening in (lambda: ring.open("cards", sealed, b""), lambda: ring.open_for("cards", SALT, sealed, b"")):
        with pytest.raises(NotAuthentic):
            opening()


def test_the_version_bytes_cannot_be_exchanged(ring, tmp_path, time):
    """Two versions of one key: a value of the first does not pass as one of the second, and the context covers the version."""
    sealed = ring.seal("cards", b"x", b"")
    actions.rotate(tmp_path / "keys.json", "cards", now=time.at)
    with pytest.raises(NotAuthentic):
        ring.open("cards", b"\x01\x00\x02" + sealed[3:], b"")


# ── keyed hashes and signatures ──

@suites
def test_macs_differ_by_name_and_by_data_and_are_stable(suite):
    ring = KeyRing.for_tests(suite)
    macs = {ring.mac(name, data) for name in names(Use.MAC) for data in (b"", b"1", b"2")}
    assert len(macs) == 3 * len(names(Use.MAC)) and all(len(mac) == 32 for mac in macs)
    assert ring.mac_many("lookup", [b"1", b"2"]) == [ring.mac("lookup", b"1"), ring.mac("lookup", b"2", version=1)]


@suites
@pytest.mark.parametrize("name", names(Use.SIGN))
def test_a_signature_verifies_with_the_published_key_alone(suite, name):
    ring = KeyRing.for_tests(suite)
    signed = ring.sign(name, b"checkpoint")
    [public] = ring.public(name)
    assert signed.key_id == public.key_id == f"{name}-1"
    assert verify(public.algorithm, public.value, b"checkpoint", signed.value)
    assert ring.verify(name, signed.key_id, b"checkpoint", signed.value)
    assert not ring.verify(name, signed.key_id, b"checkpoinT", signed.value)
    assert not ring.verify(name, f"{name}-2", b"checkpoint", signed.value)


def test_a_signer_knows_one_name_only():
    ring = KeyRing.for_tests()
    signer = ring.signer("partners")
    assert ring.verify("partners", signer.sign(b"x").key_id, b"x", signer.sign(b"x").value)
    assert not hasattr(signer, "seal")


@pytest.mark.parametrize("use", [
    lambda r: r.seal("card", b"", b""), lambda r: r.mac("nothing", b""), lambda r: r.sign("", b""), lambda r: r.open("x", b"", b""),
])
def test_an_unknown_name_is_a_mistake_of_the_program(use):
    with pytest.raises(KeyError):
        use(KeyRing.for_tests())


@suites
def test_no_key_shows_in_a_repr(suite):
    ring = KeyRing.for_tests(suite)
    things = (ring, ring._keys, *ring._keys.keys.values(), ring.code_cipher(9), ring.signer("audit"), ring._in_force["audit"].private)
    shown = "".join(map(repr, things))
    for versions in ring._keys.keys.values():
        assert not any(text in shown for text in (versions[0].secret.hex(), repr(versions[0].secret)[2:-1]))


# ── rotation ──

def test_a_new_version_is_readable_by_all_before_anyone_writes_with_it(ring, tmp_path, time):
    other = KeyRing.load(tmp_path / "keys.json", now=time, look_s=0)
    before = ring.seal("cards", b"old", b"")
    actions.rotate(tmp_path / "keys.json", "cards", now=time.at)
    assert ring.seal("cards", b"", b"")[:3] == before[:3]
    time.pass_by(NOTICE_S - 1)
    assert other.seal("cards", b"", b"")[:3] == before[:3]
    time.pass_by(1)
    after = other.seal("cards", b"new", b"")
    assert after[:3] == b"\x01\x00\x02"
    assert ring.open("cards", after, b"") == b"new" and ring.open("cards", before, b"") == b"old"


def test_a_process_that_has_not_looked_for_a_while_looks_when_a_version_is_new_to_it(tmp_path, time):
    path = tmp_path / "keys.json"
    writer, sleeper = KeyRing.create(path, now=time, look_s=0), KeyRing.load(path, now=time, look_s=3600)
    for name in ("cards", "terminal-session", "audit"):
        actions.rotate(path, name, now=time.at, emergency=True)
    signed = writer.sign("audit", b"t")
    assert sleeper.verify("audit", signed.key_id, b"t", signed.value)
    actions.rotate(path, "cards", now=time.at, emergency=True)
    assert sleeper.open("cards", writer.seal("cards", b"x", b""), b"") == b"x"
    actions.rotate(path, "terminal-session", now=time.at, emergency=True)
    assert sleeper.mac("terminal-session", b"s", version=3) == writer.mac("terminal-session", b"s")


def test_a_keyed_hash_keeps_its_version_through_a_rotation(ring, tmp_path, time):
    first, version = ring.mac("lookup", b"1"), ring.mac_version("lookup")
    actions.rotate(tmp_path / "keys.json", "lookup", now=time.at)
    assert list(ring.mac_versions("lookup")) == [2, 1] and ring.mac_version("lookup") == 1
    time.pass_by(NOTICE_S)
    assert ring.mac_version("lookup") == 2
    assert ring.mac("lookup", b"1") != first == ring.mac("lookup", b"1", version=version)


def test_old_signatures_verify_after_a_rotation_and_the_new_key_is_published_first(ring, tmp_path, time):
    old = ring.sign("audit", b"tree")
    actions.rotate(tmp_path / "keys.json", "audit", now=time.at)
    assert [key.key_id for key in ring.public("audit")] == ["audit-1", "audit-2"]      # the one that signs now, the coming one
    assert ring.sign("audit", b"tree").key_id == "audit-1"
    time.pass_by(NOTICE_S)
    assert ring.sign("audit", b"tree").key_id == "audit-2"
    assert [key.key_id for key in ring.public("audit")] == ["audit-2", "audit-1"]
    assert ring.verify("audit", old.key_id, b"tree", old.value)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.passing and kind.use is Use.MAC])
def test_an_emergency_withdraws_the_old_versions_of_what_lives_for_hours(ring, tmp_path, time, name):
    actions.rotate(tmp_path / "keys.json", name, now=time.at, emergency=True)
    assert ring.mac_version(name) == 2 and list(ring.mac_versions(name)) == [2]
    with pytest.raises(KeyRetired):
        ring.mac(name, b"", version=1)


def test_an_emergency_withdraws_nothing_that_is_stored(ring, tmp_path, time):
    stored, hashed = ring.seal("cards", b"x", b""), ring.mac("lookup", b"1")
    for name in ("cards", "lookup"):
        actions.rotate(tmp_path / "keys.json", name, now=time.at, emergency=True)
    assert ring.open("cards", stored, b"") == b"x" and ring.mac("lookup", b"1", version=1) == hashed
    assert ring.mac_version("lookup") == 2


def test_the_bucket_key_can_never_change(tmp_path, ring):
    with pytest.raises(KeyFixed):
        actions.rotate(tmp_path / "keys.json", "bucket", now=START)


def test_only_known_names_are_rotated(tmp_path, ring):
    with pytest.raises(KeyUnknown):
        actions.rotate(tmp_path / "keys.json", "passwords", now=START)


steps = st.tuples(st.sampled_from(["write", "write", "rotate", "wait", "look"]), st.integers(0, 2), st.integers(1, 40))


@given(steps=st.lists(steps, max_size=14))
def test_whatever_one_process_writes_during_rotations_any_other_reads(steps, tmp_path_factory):
    """Three processes that look at the file once in ten seconds, while a fourth rotates: nobody ever fails to read (S42)."""
    path, time = tmp_path_factory.mktemp("house") / "keys.json", Time()
    rings = [KeyRing.create(path, now=time, look_s=3600) for _ in range(3)]
    looked = [time.at] * 3
    for step, who, seconds in steps:
        if step == "rotate":
            for name in ("cards", "lookup", "audit", "terminal-session", "code"):
                actions.rotate(path, name, now=time.at)
        elif step == "wait":
            time.pass_by(seconds)
        for n in range(3):      # no process lets ten seconds pass without looking
            if (time.at - looked[n]).total_seconds() >= 10 or (step == "look" and n == who):
                rings[n]._next, looked[n] = 0.0, time.at
        if step == "write":
            assert_read_by_all(rings, rings[who], time.at)


def assert_read_by_all(rings, writer, at):
    sealed, version, signed = writer.seal("cards", b"x", b""), writer.mac_version("terminal-session"), writer.sign("audit", b"t")
    mac, (fields, code) = writer.mac("terminal-session", b"s", version), minted(writer, at)
    for reader in rings:
        assert reader.open("cards", sealed, b"") == b"x" and reader.mac("terminal-session", b"s", version) == mac
        assert reader.verify("audit", signed.key_id, b"t", signed.value) and open_code(code, at, reader.code_cipher) == Opened(fields)


# ── the key of the codes ──

def minted(ring, at):
    hour, second = divmod(int(at.timestamp()), 3600)
    fields = CodeFields(hour, second, 7, 77, 3, 5)
    return fields, mint(fields, ring.code_cipher(hour))


def test_a_planned_new_code_key_counts_from_the_next_hour_and_kills_no_code(ring, tmp_path, time):
    time.pass_by(3570 - 40)
    actions.rotate(tmp_path / "keys.json", "code", now=time.at)
    fields, code = minted(ring, time.at)
    time.pass_by(65)
    assert open_code(code, time.at, ring.code_cipher) == Opened(fields)
    time.pass_by(10)
    fields, code = minted(ring, time.at)
    assert open_code(code, time.at, ring.code_cipher) == Opened(fields)
    assert code != mint(fields, KeyRing.for_tests().code_cipher(fields.hour))


def test_a_planned_new_code_key_leaves_the_running_hour_alone(ring, tmp_path, time):
    time.pass_by(1800)
    fields, code = minted(ring, time.at)
    actions.rotate(tmp_path / "keys.json", "code", now=time.at)
    time.pass_by(40)
    assert open_code(code, time.at, ring.code_cipher) == Opened(fields)


@pytest.mark.parametrize("minutes", [0, 30, 59.9])
def test_in_an_emergency_every_live_code_becomes_forged_at_once(ring, tmp_path, time, minutes):
    time.pass_by(minutes * 60)
    codes = [minted(ring, time.at - timedelta(seconds=age))[1] for age in (0, 5, 59, 3600, 7 * 3600)]
    actions.rotate(tmp_path / "keys.json", "code", now=time.at, emergency=True)
    assert [open_code(code, time.at, ring.code_cipher) for code in codes] == [Forged(form=False)] * 5
    fields, code = minted(ring, time.at)
    assert open_code(code, time.at, ring.code_cipher) == Opened(fields)


def test_code_ciphers_of_many_hours_do_not_pile_up():
    ring = KeyRing.for_tests()
    first = ring.code_cipher(1).encrypt(5)
    for hour in range(1000):
        ring.code_cipher(hour)
    assert len(ring._ciphers) <= 24 and ring.code_cipher(1).encrypt(5) == first


# ── another suite ──

@pytest.mark.parametrize(("before", "after"), [("international", "national"), ("national", "international")])
def test_another_suite_by_configuration_leaves_old_data_readable(tmp_path, time, before, after):
    path = tmp_path / "keys.json"
    old = KeyRing.create(path, suite=before, now=time, look_s=0)
    sealed, persons = old.seal("cards", b"x", b"a"), old.seal_for("holders", SALT, b"y", b"b")
    looked_up, bucket, signed = old.mac("lookup", b"1"), old.mac("bucket", b"1"), old.sign("audit", b"t")
    new = KeyRing.create(path, suite=after, now=time, look_s=0)
    time.pass_by(NOTICE_S)
    assert new.seal("cards", b"", b"")[0] == {"international": INTERNATIONAL.id, "national": NATIONAL.id}[after]
    assert new.open("cards", sealed, b"a") == b"x" and new.open_for("holders", SALT, persons, b"b") == b"y"
    assert new.mac("lookup", b"1", version=1) == looked_up != new.mac("lookup", b"1")
    assert new.mac("bucket", b"1") == bucket
    assert new.verify("audit", signed.key_id, b"t", signed.value) and new.sign("audit", b"t").key_id == "audit-2"
    assert old.open("cards", new.seal("cards", b"z", b""), b"") == b"z"


def test_the_same_suite_again_changes_nothing(tmp_path, time):
    path = tmp_path / "keys.json"
    KeyRing.create(path, suite="national", now=time)
    before = path.read_bytes()
    KeyRing.create(path, suite="national", now=time)
    KeyRing.load(path, now=time)
    assert path.read_bytes() == before


def test_a_look_up_knows_at_once_the_version_that_another_process_made_and_wrote_with(tmp_path, time):
    path = tmp_path / "keys.json"
    writer, sleeper = KeyRing.create(path, now=time, look_s=0), KeyRing.load(path, now=time, look_s=3600)
    actions.rotate(path, "lookup", now=time.at - timedelta(hours=1))
    stored = writer.mac("lookup", b"a number")
    assert stored in [sleeper.mac("lookup", b"a number", version) for version in sleeper.mac_versions("lookup")]
