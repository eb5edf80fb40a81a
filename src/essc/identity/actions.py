"""What can be done about proofs of the person; each function is one verb inside the caller's transaction."""
import hmac
import math
from datetime import datetime, timedelta

import msgspec

from essc.holders import queries as holders
from essc.holders.model import Person
from essc.identity import errors, events, model, queries, store
from essc.identity.model import Check, Evidence, Purpose, State, Way
from essc.kit import ids, throttle
from essc.kit.crypto import random_bytes
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.throttle import Rate
from essc.names import CheckId, HolderId, TerminalId
from essc.regions import queries as regions

CHECKS_OF_ONE = Rate("identity_checks", 20, 3_600)
"""Checks of one person that one channel may begin; by channel, so that a stranger elsewhere does not keep the person out."""
CHECKS_BY_STRANGERS = Rate("identity_checks_strangers", 200, 3_600)
"""On our own pages strangers share one name, so each address counts for itself, and all of them together for this."""
NATION = "000000"
SMS_OF_A_DAY = Rate("sms_day", 10, 86_400)
"""Codes to one mobile, and for one number, whoever asks: no telephone is made to ring more often."""
SMS_BY_STRANGERS = Rate("sms_strangers", 8, 86_400)
"""Of these, how many all askers together may spend who have not proved to be the person; the rest is kept for the person."""
SMS_BY_ONE_STRANGER = Rate("sms_stranger", 5, 86_400)
"""And of these, how many one app, or one address on our pages: somebody else still gets one."""
SMS_PAUSE, SMS_PAUSE_PROVEN = Rate("sms_minute", 1, 60), Rate("sms_minute_proven", 1, 60)
"""The pause between two codes; strangers and the person do not make each other wait."""
SMS_BY_ADDRESS = Rate("sms_address", 300, 600)
"""Codes to anybody that one address may ask for on our pages, so that one alone cannot use up what all strangers have (SMS_BY_PAGES)."""
SMS_BY_CHANNEL = Rate("sms_channel", 300, 60)
SMS_BY_HOLDER = Rate("sms_holder", 20, 3_600)
"""The same for somebody signed in, who may have codes sent to a number that is to become theirs."""
SMS_BY_PAGES = Rate("sms_pages", 3_000, 60)
"""The same for our own pages, where all strangers share one name."""


async def start(tx: Tx, person: Person, purpose: Purpose, way: Way, *, peer: str = "") -> Check:
    """Begin a check of this name and number; `peer` is the address of a stranger who asks on a page of ours. Raises ChecksTooOften.

    A check at a terminal shows six digits on the phone, which the clerk types. For a verb of somebody signed in, a clerk's look of
    the last minutes is given at once, passed.
    """
    bucket, hashes = holders.bucket_of(tx.keys, person.number), queries.number_hashes(tx.keys, person.number)
    await _throttle_checks(tx, person.number, peer)
    at_terminal = way is Way.TERMINAL
    done = await store.unused_terminal(tx, bucket, hashes) if at_terminal and purpose in model.WITH_SESSION else None
    check = Check(done.id if done else CheckId(ids.new(bucket, tx.now)), purpose, way, State.PASSED if done else State.PENDING, hashes[0],
                  random_bytes(32), model.challenge(random_bytes(2)), 0, 0, done.expires_at if done else tx.now + model.CHECK_LIFE,
                  model.six_digits(random_bytes(8)) if at_terminal and done is None else None)
    if done is None:
        await store.add_check(tx, check, tx.keys.seal("holders", msgspec.msgpack.encode([person.name, person.number]), check.id.bytes))
        await tx.emit(events.CheckStarted(check_id=check.id, purpose=purpose, way=way))
    return check


async def _throttle_checks(tx: Tx, number: str, peer: str) -> None:
    asker = _asker(tx, peer)
    wanted = [(CHECKS_OF_ONE, b"check\x1f" + asker), *([(CHECKS_BY_STRANGERS, b"check by strangers")] if peer else [])]
    for rate, name in wanted:
        spent = await throttle.spend(tx, rate, tx.keys.mac("lookup", name + b"\x1f" + number.encode()))
        if not spent.allowed:
            raise errors.ChecksTooOften("too many checks of this person", retry_after=spent.retry_after, n=max(1, math.ceil(spent.retry_after / 60)))


async def ask(tx: Tx, check_id: CheckId) -> tuple[Check, str, str]:
    """Take one question to the face service: the check, and whose face it should be. Nothing is decided by asking.

    Raises CheckNotFound, CheckDecided, CheckOver, FaceTriesSpent, WayNotOffered, ChecksTooOften.
    """
    check = await store.check(tx, check_id)
    if check.state is State.FAILED:
        raise errors.FaceTriesSpent("three failures: this check is closed", n=model.FAILURES)
    if check.state is not State.PENDING:
        raise errors.CheckDecided(f"the check is {check.state}")
    if check.expires_at <= tx.now:
        raise errors.CheckOver("the check's minutes are over")
    if check.way is not Way.FACE:
        raise errors.WayNotOffered("a clerk decides this check")
    sealed = await store.person(tx, check_id)
    if check.asks >= model.ASKS:
        raise errors.ChecksTooOften("this check has asked the face service too often", retry_after=600, n=10)
    if sealed is None or not await store.ask(tx, check, model.ASKS):
        raise errors.CheckDecided("an answer came meanwhile")
    name, number = msgspec.msgpack.decode(tx.keys.open("holders", sealed, check_id.bytes), type=tuple[str, str])
    return check, name, number


async def settle(tx: Tx, check: Check, answer: model.Answer) -> Refused | None:
    """Write what a trusted answer to `check` means: a proof, or one more failure, which is given back for the caller to raise.

    Raises CheckDecided when the question was decided by another answer meanwhile.
    """
    refused = model.verdict(answer, check.tries_left - 1)
    failures = check.failures + (refused is not None)
    state = State.PASSED if refused is None else State.FAILED if failures >= model.FAILURES else State.PENDING
    if not await store.decide(tx, check, state, failures=failures, nonce=random_bytes(32), challenge=model.challenge(random_bytes(2))):
        raise errors.CheckDecided("another answer to this question came first")
    if refused is None:
        await _prove(tx, check.id, check.purpose, Way.FACE, check.number_hash, answer=answer)
        return None
    await tx.emit(events.PersonNotProved(
        check_id=check.id, purpose=check.purpose, way=check.way, reason=refused.code, closed=state is State.FAILED))
    return refused


async def record_terminal_check(tx: Tx, holder_id: HolderId, terminal_id: TerminalId, pairing: str | None = None) -> Evidence:
    """A clerk at an activated terminal compared the person with the photo, and it is the person.

    With the six digits from the person's phone the check that shows them passes, for whatever it was begun; without, it is a proof only
    for verbs of somebody signed in. Raises HolderNotFound, CheckNotFound when no check of this person shows these digits, CheckDecided.
    """
    holder = await holders.get(tx, holder_id)
    hashes = queries.number_hashes(tx.keys, holder.number)
    if pairing is None:
        return await _prove(tx, CheckId(ids.new(holder.bucket, tx.now)), Purpose.ANY, Way.TERMINAL, hashes[0], terminal_id=terminal_id)
    waiting = await store.pending_terminal(tx, holder.bucket, hashes, pairing)
    if waiting is None:
        raise errors.CheckNotFound("no check of this person shows these digits")
    if not await store.decide(tx, waiting, State.PASSED, failures=0, nonce=waiting.nonce, challenge=waiting.challenge):
        raise errors.CheckDecided("another clerk was faster")
    return await _prove(tx, waiting.id, waiting.purpose, Way.TERMINAL, hashes[0], terminal_id=terminal_id)


async def _prove(tx: Tx, check_id: CheckId, purpose: Purpose, way: Way, number_hash: bytes | None, *, mobile_hash: bytes | None = None,
                 answer: model.Answer | None = None, terminal_id: TerminalId | None = None) -> Evidence:
    minutes = int(await regions.setting(tx, NATION, "identity_minutes"))
    band = model.band(answer.score) if answer else None
    proof = Evidence(check_id, purpose, way, model.LEVEL[way], number_hash, mobile_hash, band, answer.provider if answer else None,
                     answer.trace if answer else None, terminal_id, tx.now, tx.now + timedelta(minutes=minutes), False)
    if await store.add_evidence(tx, proof):
        await tx.emit(events.PersonProved(check_id=check_id, purpose=purpose, way=way, level=proof.level, score_band=band,
                                          provider=proof.provider, terminal_id=terminal_id))
    return proof


async def consume(tx: Tx, check_id: CheckId, purpose: Purpose, number: str) -> Evidence:
    """Use a proof of the person with this number up. Raises EvidenceMissing, EvidenceOver, EvidenceUsed."""
    proof = await store.evidence(tx, check_id)
    model.usable(proof, purpose, queries.number_hashes(tx.keys, number), tx.now)
    if not await store.use(tx, check_id, purpose):
        raise errors.EvidenceUsed("the proof was used at the same moment")
    await tx.emit(events.ProofUsed(check_id=check_id, purpose=purpose))
    return proof


async def consume_mobile(tx: Tx, code_id: CheckId, purpose: Purpose, mobile: str) -> Evidence:
    """Use a proof of this mobile up: somebody has read the code that was sent there. Raises EvidenceMissing, EvidenceOver, EvidenceUsed."""
    proof = await store.evidence(tx, code_id)
    if proof.purpose is not purpose or proof.mobile_hash not in queries.mobile_hashes(tx.keys, mobile):
        raise errors.EvidenceMissing("no proof of this mobile for this purpose")
    if proof.expires_at <= tx.now:
        raise errors.EvidenceOver("the proof is too old")
    if proof.used or not await store.use(tx, code_id, purpose):
        raise errors.EvidenceUsed("the proof was used before")
    await tx.emit(events.ProofUsed(check_id=code_id, purpose=purpose))
    return proof


async def throttle_codes(tx: Tx, mobile: str | None, number: str | None, *, peer: str = "", proven: bool = False) -> None:
    """Let one more code through to this mobile, for this number. Raises SmsTooOften with the seconds to wait; then nothing is counted.

    `peer` is the address of a stranger on a page of ours. `proven`: who asks is signed in, or sits at a device where this person was;
    what strangers have spent does not count against them.
    """
    people = [b"mobile\x1f" + mobile.encode()] if mobile else []
    people += [b"number\x1f" + number.encode()] if number else []
    waits = [await _wait(tx, rate, names) for rate, names in _limits(tx, people, peer, proven=proven)]
    if seconds := math.ceil(max(waits)):
        raise errors.SmsTooOften("too many codes by SMS", retry_after=seconds, n=math.ceil(seconds / 60))


def _limits(tx: Tx, people: list[bytes], peer: str, *, proven: bool) -> list[tuple[Rate, list[bytes]]]:
    asker = _asker(tx, peer)
    own = [(SMS_PAUSE_PROVEN, people)] if proven else [
        (SMS_PAUSE, people), (SMS_BY_STRANGERS, people), (SMS_BY_ONE_STRANGER, [one + b"\x1f" + asker for one in people])]
    app = (SMS_BY_HOLDER if tx.actor.kind == "holder" else SMS_BY_CHANNEL, [asker])
    pages = [(SMS_BY_PAGES, [b"anonymous"]), *([(SMS_BY_ADDRESS, [asker])] if peer else [])]
    return [(SMS_OF_A_DAY, people), *own, *(pages if tx.actor.kind == "anonymous" else [app])]


async def _wait(tx: Tx, rate: Rate, names: list[bytes]) -> float:
    """Count one code of each; gives the seconds to wait when one of them may not."""
    spent = await throttle.spend_many(tx, rate, {tx.keys.mac("lookup", b"throttle\x1f" + name): 1 for name in names})
    return max((one.retry_after for one in spent.values() if not one.allowed), default=0.0)


def _asker(tx: Tx, peer: str) -> bytes:
    """Who asks: an app, a holder, or a stranger's address."""
    return f"{tx.actor.kind}:{tx.actor.id}".encode() + (b"\x1f" + model.network(peer).encode() if peer else b"")


async def forgive_pause(tx: Tx, mobile: str) -> None:
    """Whoever has just used a code need not wait a minute for the next one; what a day allows stays counted."""
    await throttle.forgive(tx, SMS_PAUSE, tx.keys.mac("lookup", b"throttle\x1fmobile\x1f" + mobile.encode()))


async def make_code(tx: Tx, purpose: Purpose, *, mobile: str | None, number: str | None) -> tuple[CheckId, str]:
    """Make a six-digit code for a mobile, and for the person with `number` where one is given; gives its id and the digits.

    Without a mobile (nobody known, or none proved) a code is made all the same that nobody ever sees: strangers learn nothing.
    """
    hashes = queries.mobile_hashes(tx.keys, mobile or "")
    bucket = holders.bucket_of(tx.keys, number) if number else int.from_bytes(hashes[0][:2], "big") % ids.BUCKETS
    code_id, digits = CheckId(ids.new(bucket, tx.now)), model.six_digits(random_bytes(8))
    number_hash = queries.number_hashes(tx.keys, number)[0] if number else None
    mac = queries.code_macs(tx.keys, code_id, purpose, digits)[0]
    await store.add_code(tx, code_id, purpose, number_hash, hashes[0], mac if mobile else random_bytes(32), tx.now + model.SMS_LIFE)
    await tx.emit(events.SmsCodeSent(check_id=code_id, purpose=purpose))
    return code_id, digits


async def try_code(tx: Tx, code_id: CheckId, purpose: Purpose, digits: str) -> Evidence | Refused:
    """Judge what somebody typed; the try counts, so the caller commits before raising the refusal that may come back.

    Raises SmsCodeOver. The same right code proves again until its proof is used.
    """
    row = await store.try_code(tx, code_id, purpose)
    if row is None:
        raise errors.SmsCodeOver("the code is over, spent, or for something else")
    if not any(hmac.compare_digest(row["code_mac"], mac) for mac in queries.code_macs(tx.keys, code_id, purpose, digits)):
        return errors.SmsCodeWrong("not the code that was sent", n=model.SMS_TRIES - row["tries"])
    await store.untry_code(tx, code_id)
    return await _prove(tx, code_id, purpose, Way.SMS, row["number_hash"], mobile_hash=row["mobile_hash"])


async def forget(tx: Tx, before: datetime) -> int:
    """Drop checks and codes that were over before then; gives how many. Proofs stay."""
    return await store.forget(tx, before)
