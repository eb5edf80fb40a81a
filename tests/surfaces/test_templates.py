"""Every screen renders in both languages from words that exist, and holds nothing that the policy forbids."""
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from essc.kit.i18n import LOCALES, Texts
from essc.surfaces.shared.rendering import FACES, HERE
from tests.surfaces.gallery import SCREENS, renderer

TEXTS = Texts.load()
RENDER = renderer()
LITERAL_KEY = re.compile(r"""\bt\('([a-z][a-z0-9_.]*[a-z0-9_])'[,)]""")


class Reader(HTMLParser):
    """What matters about a page: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_renders_with_its_testid_its_ribbon_and_nothing_inline(screen, locale):
    page = Reader(screen.html(RENDER, locale))
    attributes = [(tag, name) for tag, attrs in page.tags for name in attrs]
    assert any(attrs.get("data-testid") == screen.testid for _, attrs in page.tags)
    assert any(attrs.get("data-testid") == "ribbon" for _, attrs in page.tags)
    assert not [name for _, name in attributes if name == "style" or name.startswith("on")]
    assert not [tag for tag, attrs in page.tags if tag == "style" or (tag == "script" and not attrs.get("src"))]
    assert not [value for _, attrs in page.tags for value in attrs.values() if value and value.startswith(("http:", "https:", "//", "javascript:"))
                and not value.startswith("http://www.w3.org/")]


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_an_english_screen_has_no_chinese_but_names_and_the_other_language(screen):
    chinese = {word for text in Reader(screen.html(RENDER, "en")).text for word in re.findall(r"[\u4e00-\u9fff]+", text)}
    sample = {word for word in chinese if not any(word in sentence for sentence in _sentences())}
    assert chinese - sample <= {"中文", "语言"} | _names(screen)


def _sentences() -> list[str]:
    return [TEXTS.say("zh-CN", key) for key in TEXTS.keys("zh-CN") if key.split(".")[0] in FACES]


def _names(screen) -> set[str]:
    """Sample content stands in Chinese whatever the language: names are never translated, also where a sentence is made with them."""
    return {word for value in _strings(dict(screen.context(lambda key, **given: " ".join(str(one) for one in given.values())))) for word in re.findall(r"[\u4e00-\u9fff]+", value)}


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _strings(one)]
    return _strings(vars(value)) if hasattr(value, "__dict__") else []


def test_every_sentence_that_a_template_names_exists_in_both_languages():
    named = {key for face in FACES for path in (HERE / face / "templates").glob("*.html") for key in LITERAL_KEY.findall(path.read_text())}
    assert named
    assert [key for key in sorted(named) for locale in LOCALES if not TEXTS.has(key, locale)] == []


def test_the_two_languages_say_the_same_things():
    assert [gap for gap in TEXTS.gaps() if gap.split(".")[0] in FACES] == []


def test_no_sentence_of_the_faces_stands_in_a_template_or_script():
    spoken = re.compile(r"[\u4e00-\u9fff]")
    quiet = [path for face in FACES for folder in ("templates", "static") for path in (HERE / face / folder).rglob("*")
             if path.suffix in {".html", ".js"} and "vendor" not in path.parts and not path.name.startswith("error_")]
    assert [str(Path(path).relative_to(HERE)) for path in quiet if spoken.search(path.read_text())] == []
