"""A face engine of one's own behind the same Protocol: runs weights that the operator supplies, never ones that we ship.

A directory holds `engine.toml` and three ONNX files; each is refused unless its SHA-256 is the one written down:

    name = "my-engine-1"
    [detect]      # image: float32 [1,3,H,W], 0 to 1 → boxes: float32 [n,4], x1 y1 x2 y2 in pixels
    file = "detect.onnx"
    sha256 = "…"
    [embed]       # face: float32 [1,3,112,112] → embedding: float32 [1,d]
    [live]        # frames: float32 [f,3,112,112], challenge: int64 [k] → live: float32 [1], 0 to 1

The score is the cosine between the face on the card's photo and the best frame, of ten thousand. What score is enough is decided in
room identity, never here. Embeddings live as long as one question and are kept nowhere.
"""
import asyncio
import hashlib
import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from essc.kit import clock, ids
from essc.partners.person import SCORE_MOST, Question, Said
from essc.partners.wire import PartnerSilent

onnxruntime: Any = import_module("onnxruntime")       # brings no types
Image: Any = import_module("PIL.Image") if find_spec("PIL") else None

Array = NDArray[np.float32]
Decode = Callable[[bytes], Array]
"""From the bytes of a picture to float32 [3,H,W], 0 to 1."""

MODELS: Final = ("detect", "embed", "live")
SIDE: Final = 112
MOST_SIDE: Final = 2000
LIVE_FROM: Final = 0.5
TIMEOUT_SECONDS: Final = 8.0
CHALLENGES: Final = ("blink", "open_mouth", "shake_head", "nod")
"""The movements by their number in the input `challenge`."""


class WeightsRefused(Exception):
    """The operator's weights are missing, or are not those whose SHA-256 is written down."""


class PersonByOnnx:
    """A PersonCheck that compares on this machine."""

    needs_photo = True

    def __init__(self, directory: Path, *, decode: Decode | None = None) -> None:
        """Raises WeightsRefused."""
        config = _config(directory)
        self.name = str(config.get("name", "onnx"))
        self.sha256 = {model: str(config[model]["sha256"]) for model in MODELS}
        self._decode = decode or decode_with_pillow
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._sessions = {model: onnxruntime.InferenceSession(_weights(directory, config[model]), options) for model in MODELS}

    async def check(self, question: Question) -> Said:
        """Compare, in a thread. Raises PartnerSilent when the card has no photo or the comparison takes too long."""
        if question.photo is None:
            raise PartnerSilent("the card has no photo to compare with")
        try:
            faces, live, score = await asyncio.wait_for(asyncio.to_thread(self._compare, question, question.photo), TIMEOUT_SECONDS)
        except TimeoutError:
            raise PartnerSilent("the comparison took too long", retry_after=2) from None
        return Said(self.name, question.check, question.nonce, question.subject, score, live, faces, clock.now(), ids.wire("face", ids.new()))

    def _compare(self, question: Question, photo: bytes) -> tuple[int, bool, int]:
        seen = [self._faces(self._decode(frame)) for frame in question.frames]
        on_card = self._faces(self._decode(photo))
        most = max(len(found) for found in seen)
        if most != 1 or len(on_card) != 1 or any(len(found) > 1 for found in seen):
            return most, False, 0
        faces = [found[0] for found in seen if found]
        asked = np.array([CHALLENGES.index(step) for step in question.challenge], dtype=np.int64)
        live = self._run("live", {"frames": np.stack(faces), "challenge": asked})
        reference = self._embedding(on_card[0])
        cosine = max(float(np.dot(reference, self._embedding(face))) for face in faces)
        return 1, float(live.reshape(-1)[0]) >= LIVE_FROM, round(min(max(cosine, 0.0), 1.0) * SCORE_MOST)

    def _faces(self, image: Array) -> list[Array]:
        boxes = self._run("detect", {"image": image[None]}).reshape(-1, 4)
        return [crop(image, box) for box in boxes]

    def _embedding(self, face: Array) -> Array:
        vector = self._run("embed", {"face": face[None]}).reshape(-1)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length else vector

    def _run(self, model: str, inputs: Mapping[str, Any]) -> Array:
        return np.asarray(self._sessions[model].run(None, dict(inputs))[0], dtype=np.float32)


def crop(image: Array, box: Sequence[float] | Array) -> Array:
    """The part of `image` in a box, as 112 by 112 (nearest neighbour)."""
    _, height, width = image.shape
    x1, y1, x2, y2 = (round(float(value)) for value in box)
    left, top = max(0, min(x1, width - 1)), max(0, min(y1, height - 1))
    right, bottom = max(left + 1, min(x2, width)), max(top + 1, min(y2, height))
    rows = np.linspace(top, bottom - 1, SIDE).round().astype(int)
    columns = np.linspace(left, right - 1, SIDE).round().astype(int)
    return np.ascontiguousarray(image[:, rows][:, :, columns], dtype=np.float32)


def decode_with_pillow(content: bytes) -> Array:
    """A JPEG or PNG as float32 [3,H,W]. Raises PartnerSilent when it cannot be read, or Pillow is not installed."""
    if Image is None:
        raise PartnerSilent("pictures cannot be read: the extra `face` is not installed")
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if max(picture.size) > MOST_SIDE:
                raise PartnerSilent("the picture is too large")
            return np.asarray(picture.convert("RGB"), dtype=np.float32).transpose(2, 0, 1) / np.float32(255)
    except (OSError, ValueError) as error:
        raise PartnerSilent("a picture cannot be read") from error


def _config(directory: Path) -> dict[str, Any]:
    try:
        config = tomllib.loads((directory / "engine.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise WeightsRefused(f"{directory}/engine.toml cannot be read: {error}") from None
    missing = [model for model in MODELS if not {"file", "sha256"} <= set(config.get(model, {}))]
    if missing:
        raise WeightsRefused(f"engine.toml says no file and sha256 for {missing}")
    return config


def _weights(directory: Path, told: Mapping[str, str]) -> bytes:
    path = directory / told["file"]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsRefused(f"{path} cannot be read: {error}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != told["sha256"].lower():
        raise WeightsRefused(f"{path.name} has SHA-256 {found}, not the one written down")
    return content
