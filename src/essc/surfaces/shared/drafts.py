"""What somebody has filled in so far, between two pages: sealed in a cookie of the browser, never in the database, gone after half an hour."""
import base64
import binascii
from typing import Final, TypeVar

import msgspec

from essc.kit.crypto import Keys
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall

T = TypeVar("T", bound=msgspec.Struct)

MINUTES: Final = 30
_KEY: Final = "idempotency"


class Drafts:
    """Drafts of one kind: `name` is the cookie's, `path` where it is sent."""

    def __init__(self, name: str, path: str) -> None:
        self._name = name
        self._path = path

    def read(self, call: PageCall, kind: type[T]) -> T:
        """The draft that came with the request; an empty one when there is none, it is too old or it was not made by us."""
        try:
            text = call.cookies.get(self._name, "")
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            born, plain = msgspec.msgpack.decode(call.db.keys.open(_KEY, sealed, self._name.encode()), type=tuple[int, bytes])
            if call.now.timestamp() - born > MINUTES * 60:
                return kind()
            return msgspec.msgpack.decode(plain, type=kind)
        except (Refused, binascii.Error, ValueError, msgspec.MsgspecError):
            return kind()

    def keep(self, call: PageCall, answer: PageAnswer, draft: msgspec.Struct) -> PageAnswer:
        """Send the draft back to the browser with an answer."""
        plain = msgspec.msgpack.encode((int(call.now.timestamp()), msgspec.msgpack.encode(draft)))
        sealed = _sealed(call.db.keys, plain, self._name)
        return answer.cookie(self._name, sealed, max_age=MINUTES * 60, path=self._path)

    def forget(self, answer: PageAnswer) -> PageAnswer:
        """The draft is done with."""
        return answer.forget(self._name, path=self._path)


def _sealed(keys: Keys, plain: bytes, name: str) -> str:
    return base64.urlsafe_b64encode(keys.seal(_KEY, plain, name.encode())).decode().rstrip("=")
