"""Structured fields (RFC 8941), as much as signatures need: dictionaries of byte sequences and of inner lists of strings."""
import base64
import binascii
import re
from typing import Final, NamedTuple

Bare = str | int | bool | bytes
Params = dict[str, Bare]

_KEY: Final = re.compile(r"[a-z*][a-z0-9_.*-]*")
_STRING: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BYTES: Final = re.compile(r":([A-Za-z0-9+/=]*):")
_INTEGER: Final = re.compile(r"-?\d{1,15}(?![\d.])")
_BOOLEAN: Final = re.compile(r"\?([01])")
_TOKEN: Final = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_BLANKS: Final = re.compile(r"[ \t]*")
_SPACES: Final = re.compile(r" *")


class Malformed(ValueError):
    """The text is not a structured field of the kind that was looked for."""


class Item(NamedTuple):
    """A string of an inner list with its parameters."""

    value: str
    params: Params


class InnerList(NamedTuple):
    """Strings in brackets, with the parameters of the whole."""

    items: list[Item]
    params: Params


class _Reader:
    """Reads one field value from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def take(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise Malformed(f"{what} expected at {self.at}")
        self.at = found.end()
        return found

    def skips(self, literal: str) -> bool:
        """Whether `literal` stood here; it is read when it did."""
        if not self.text.startswith(literal, self.at):
            return False
        self.at += len(literal)
        return True

    def bare(self) -> Bare:
        """A string, integer, byte sequence, boolean or token."""
        char = self.text[self.at:self.at + 1]
        if char == '"':
            return re.sub(r"\\(.)", r"\1", self.take(_STRING, "a string")[1])
        if char == ":":
            return unpacked(self.take(_BYTES, "a byte sequence")[1])
        if char == "?":
            return self.take(_BOOLEAN, "a boolean")[1] == "1"
        if char.isdigit() or char == "-":
            return int(self.take(_INTEGER, "an integer")[0])
        return self.take(_TOKEN, "a value")[0]

    def params(self) -> Params:
        found: Params = {}
        while self.skips(";"):
            self.take(_SPACES, "")
            name = self.take(_KEY, "a parameter")[0]
            if name in found:
                raise Malformed(f"the parameter {name} stands twice")
            found[name] = self.bare() if self.skips("=") else True
        return found

    def inner_list(self) -> InnerList:
        if not self.skips("("):
            raise Malformed(f"( expected at {self.at}")
        items: list[Item] = []
        while True:
            self.take(_SPACES, "")
            if self.skips(")"):
                return InnerList(items, self.params())
            value = self.bare()
            if not isinstance(value, str):
                raise Malformed("a covered component is a string")
            items.append(Item(value, self.params()))
            if not self.text.startswith((" ", ")"), self.at):
                raise Malformed(f"a blank or ) expected at {self.at}")

    def member_name(self) -> str:
        name = self.take(_KEY, "a name")[0]
        if not self.skips("="):
            raise Malformed(f"= expected at {self.at}")
        return name

    def more(self) -> bool:
        """Whether a comma and another member follow."""
        self.take(_BLANKS, "")
        if self.at == len(self.text):
            return False
        if not self.skips(","):
            raise Malformed(f"a comma expected at {self.at}")
        self.take(_BLANKS, "")
        if self.at == len(self.text):
            raise Malformed("nothing after the last comma")
        return True


def inner_lists(text: str) -> dict[str, InnerList]:
    """The members of a Signature-Input. Raises Malformed, also for a name that stands twice."""
    reader, found = _Reader(text.strip(" \t")), {}
    while True:
        name = reader.member_name()
        if name in found:
            raise Malformed(f"{name} stands twice")
        found[name] = reader.inner_list()
        if not reader.more():
            return found


def byte_sequences(text: str) -> dict[str, bytes]:
    """The members of a Signature or Content-Digest. Raises Malformed, also for a name that stands twice."""
    reader, found = _Reader(text.strip(" \t")), {}
    while True:
        name = reader.member_name()
        value = reader.bare()
        if name in found or not isinstance(value, bytes):
            raise Malformed(f"{name} is not one byte sequence")
        reader.params()
        found[name] = value
        if not reader.more():
            return found


def unpacked(text: str | bytes) -> bytes:
    """The bytes that base64 `text` stands for. Raises Malformed."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Malformed("not base64") from error


def packed(value: bytes) -> str:
    """A byte sequence as it is written: `:base64:`."""
    return f":{base64.b64encode(value).decode()}:"


def written(inner: InnerList) -> str:
    """An inner list in its one canonical form (RFC 8941 §4.1.1.1)."""
    items = " ".join(quoted(item.value) + _written_params(item.params) for item in inner.items)
    return f"({items}){_written_params(inner.params)}"


def quoted(text: str) -> str:
    """A string in quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _written_params(params: Params) -> str:
    return "".join(f";{name}{'' if value is True else '=' + _written_bare(value)}" for name, value in params.items())


def _written_bare(value: Bare) -> str:
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, bytes):
        return packed(value)
    return str(value) if isinstance(value, int) else quoted(value)
