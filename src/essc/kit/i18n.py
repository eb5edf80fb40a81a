"""The words that people read, in Chinese and in English, and which of the two a caller wants.

Texts stand in `essc/locales/{zh_CN,en}/<room>.toml` as keys with dots; sentences may carry `{name}` parameters.
Chinese is the language of the house: it is used when nothing else is asked for.
"""
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

Locale = Literal["zh-CN", "en"]

LOCALES: Final[tuple[Locale, ...]] = ("zh-CN", "en")
DEFAULT: Final[Locale] = "zh-CN"
DIRECTORY: Final = Path(__file__).resolve().parent.parent / "locales"
"""Where the text files of this package are."""

_FOLDERS: Final[Mapping[Locale, str]] = {"zh-CN": "zh_CN", "en": "en"}
_PARAMETER: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Texts:
    """All texts of all rooms, by language and key."""

    def __init__(self, by_locale: Mapping[Locale, Mapping[str, str]]) -> None:
        self._by_locale = by_locale

    @classmethod
    @cache
    def load(cls, directory: Path = DIRECTORY) -> "Texts":
        """Read every text file, once in a process. Raises ValueError when a key stands in two files of a language or is not a sentence."""
        return cls({locale: _read(directory / _FOLDERS[locale]) for locale in LOCALES})

    def say(self, locale: Locale, key: str, /, **params: object) -> str:
        """The sentence `key` in `locale`, filled with `params`; an unknown key is answered by the key itself.

        A parameter that is not given stays visible as `{name}`: an odd sentence is better than none.
        """
        found = self._by_locale[locale].get(key) or self._by_locale[DEFAULT].get(key)
        if found is None:
            return key
        return filled(found, params) if "{" in found else found

    def has(self, key: str, locale: Locale = DEFAULT) -> bool:
        """Whether there is a sentence `key` in `locale`."""
        return key in self._by_locale[locale]

    def keys(self, locale: Locale = DEFAULT) -> set[str]:
        """Every key of a language."""
        return set(self._by_locale[locale])

    def gaps(self) -> list[str]:
        """What is in one language and missing in the other, and sentences whose parameters differ. Empty when all is well."""
        zh, en = self._by_locale["zh-CN"], self._by_locale["en"]
        missing = [f"{key}: not in en" for key in zh.keys() - en.keys()] + [f"{key}: not in zh-CN" for key in en.keys() - zh.keys()]
        differing = [f"{key}: parameters differ" for key in zh.keys() & en.keys() if parameters(zh[key]) != parameters(en[key])]
        return sorted(missing + differing)


def filled(sentence: str, params: Mapping[str, object]) -> str:
    """`sentence` with each `{name}` replaced; names only, so a text can never reach into an object."""
    return _PARAMETER.sub(lambda match: str(params.get(match[1], match[0])), sentence)


def parameters(sentence: str) -> set[str]:
    """The names of the parameters of a sentence."""
    return set(_PARAMETER.findall(sentence))


def negotiate(accept_language: str) -> Locale:
    """The language that an Accept-Language header asks for first (RFC 9110 §12.5.4); Chinese when it asks for neither."""
    return _negotiate(accept_language[:200])


@lru_cache(maxsize=1024)
def _negotiate(header: str) -> Locale:
    wishes = [(_quality(part), -place, part.split(";")[0].strip().lower()) for place, part in enumerate(header.split(","))]
    for quality, _, language in sorted(wishes, reverse=True):
        if quality > 0 and language.split("-")[0] in ("zh", "en"):
            return "en" if language.startswith("en") else "zh-CN"
    return DEFAULT


def _quality(part: str) -> float:
    found = re.search(r";\s*q=([01](?:\.\d{0,3})?)\s*$", part)
    return float(found[1]) if found else 1.0 if ";" not in part else 0.0


def _read(folder: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, sentence in _flat(tomllib.loads(path.read_text(encoding="utf-8"))):
            if not isinstance(sentence, str) or key in texts:
                raise ValueError(f"{path}: {key} stands twice or is not a sentence")
            texts[key] = sentence
    return texts


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value
