"""An engine of one's own keeps the contract of the face service, and runs no weights but those written down."""
import numpy as np
import pytest

from essc.app import face_engine
from essc.cards.model import Card
from essc.holders import actions as holders
from essc.identity import calls, errors
from essc.identity.model import Purpose, State
from essc.kit.db.tx import SYSTEM
from essc.partners.person import Question
from essc.partners.person_onnx import PersonByOnnx, WeightsRefused
from essc.partners.wire import PartnerSilent
from tests.ecards.house import carded
from tests.identity.weights import engine
from tests.sandbox.people import somebody

RED, DARK_RED, BLUE = b"\xff\xd8\xff\xf0\x10\x10", b"\xff\xd8\xff\x40\x04\x04", b"\xff\xd8\xff\x10\x10\xf0"


def colour(content: bytes) -> np.ndarray:
    """A picture of one colour: the three bytes after the mark of a JPEG."""
    return np.broadcast_to(np.frombuffer(content[3:6], dtype=np.uint8)[:, None, None] / np.float32(255), (3, 64, 64)).astype(np.float32)


def question(*frames, photo=RED):
    return Question("chk_1", "n", "s", "韦晓兰", "999901199005120129", ("blink", "nod"), frames, photo)


@pytest.mark.parametrize(("frames", "live", "low", "high"), [
    ((RED, DARK_RED), True, 9_900, 10_000), ((RED, RED), False, 9_900, 10_000), ((BLUE, b"\xff\xd8\xff\x01\x01\x0f"), True, 0, 4_000)])
async def test_the_engine_scores_likeness_and_life(tmp_path, frames, live, low, high):
    said = await PersonByOnnx(engine(tmp_path), decode=colour).check(question(*frames))
    assert (said.provider, said.check, said.nonce, said.subject, said.faces, said.live) == ("tiny-1", "chk_1", "n", "s", 1, live)
    assert low <= said.score <= high


async def test_two_faces_are_told_as_two(tmp_path):
    assert (await PersonByOnnx(engine(tmp_path, faces=2), decode=colour).check(question(RED, DARK_RED))).faces == 2


async def test_without_a_photo_nothing_is_known(tmp_path):
    with pytest.raises(PartnerSilent):
        await PersonByOnnx(engine(tmp_path), decode=colour).check(question(RED, photo=None))


def test_weights_that_are_not_those_written_down_are_refused(tmp_path):
    directory = engine(tmp_path)
    (directory / "embed.onnx").write_bytes((directory / "embed.onnx").read_bytes() + b"\x00")
    with pytest.raises(WeightsRefused, match="SHA-256"):
        PersonByOnnx(directory)


@pytest.mark.parametrize("spoil", [
    lambda d: (d / "engine.toml").unlink(), lambda d: (d / "live.onnx").unlink(), lambda d: (d / "engine.toml").write_text('[detect]\nfile="x"')])
def test_an_incomplete_engine_is_refused(tmp_path, spoil):
    directory = engine(tmp_path)
    spoil(directory)
    with pytest.raises(WeightsRefused):
        PersonByOnnx(directory)


async def test_the_engine_proves_a_person_as_the_service_does(db, partners, tmp_path):
    calls.furnish(calls.Desk(PersonByOnnx(engine(tmp_path / "engine"), decode=colour), partners.sms))
    who = somebody()
    async with db.tx() as tx:
        card: Card = await carded(tx, who)
        await holders.keep_photo(tx, card.holder_id, RED, "image/jpeg")
    check = await calls.start(db, SYSTEM, name=who.name, number=who.number, purpose=Purpose.APPLY)
    with pytest.raises(errors.FaceMismatch):
        await calls.submit(db, SYSTEM, check.id, [BLUE, b"\xff\xd8\xff\x01\x01\x0f"])
    assert (await calls.submit(db, SYSTEM, check.id, [RED, DARK_RED])).state is State.PASSED


def test_an_installation_uses_the_weights_that_its_settings_name(tmp_path):
    engine(tmp_path)
    assert isinstance(face_engine(tmp_path), PersonByOnnx)
