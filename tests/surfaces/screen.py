"""What a screen of the gallery is, and what renders it: for gallery.py and the modules of the faces that it gathers."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from essc.kit.http.pages import is_local
from essc.kit.i18n import Locale, Texts
from essc.surfaces.shared.rendering import Renderer, static_files

TEXTS = Texts.load()
STATIC = static_files()
Say = Callable[..., str]


@dataclass(frozen=True)
class Call:
    """As much of a PageCall as templates use."""

    url: str


@dataclass(frozen=True)
class Screen:
    """One screen in one state."""

    name: str
    path: str
    testid: str
    template: str
    mode: Literal["phone", "desk"] = "phone"
    context: Callable[[Say], Mapping[str, Any]] = field(default=lambda say: {})

    @property
    def elder(self) -> bool:
        """Whether it is a screen of the elder mode, where everything is larger."""
        return self.template.startswith("elder/")

    def html(self, render: Renderer, locale: Locale) -> str:
        """The screen as text, as PageCall.render would make it."""
        assert is_local(self.path)

        def say(key: str, /, **params: object) -> str:
            assert TEXTS.has(key, locale), f"{key} has no words in {locale}"
            return TEXTS.say(locale, key, **params)
        given = {"call": Call(self.path), "session": None, "locale": locale, "t": say, "errors": {}, "problem": None,
                 "form_key": lambda: "form_01sample", "request_id": "req_8hc21zx"}
        return render(self.template, given | dict(self.context(say)))


@cache
def renderer() -> Renderer:
    """The renderer of a demonstration installation; one for all tests, since compiling a template takes longer than most of them."""
    return Renderer(STATIC, demonstration=True)
