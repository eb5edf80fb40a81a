"""What the portal tells of the contract: whole, in both languages, with examples that can be run; and where two signature bases part."""
import ast
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc import app
from essc.kit.errors import refusals
from essc.kit.i18n import LOCALES
from essc.surfaces.portal.pages import contract, logs, problems, snippets
from tests.surfaces.gallery import SCREENS, STATIC, TEXTS, renderer

URL = "http://localhost:8000"
NAMES = [operation.name for room in app.OPERATIONS for operation in room.operations]


@pytest.fixture(params=LOCALES)
def locale(request) -> str:
    """Either language, over the house's own contract, which the gallery has furnished."""
    return request.param


def test_every_operation_has_a_page_in_words(locale):
    told = contract.operations(locale, TEXTS)
    assert list(told) == NAMES
    unsaid = [one.line.name for one in told.values() if one.line.title.startswith("api.") or any(line.startswith("api.") for line in one.about)]
    assert unsaid == []


def test_every_noun_has_a_heading(locale):
    assert [title for title, _ in contract.groups(locale, TEXTS) if title.startswith("api.")] == []


def test_every_field_and_parameter_says_what_it_is(locale):
    told = contract.operations(locale, TEXTS).values()
    assert sorted({f"{one.line.name} {field.path}" for one in told for field in (*one.parameters, *one.request, *one.answer) if not field.about}) == []


def test_no_english_stands_in_what_chinese_developers_read():
    told = contract.operations("zh-CN", TEXTS).values()
    texts = [text for one in told for text in (one.line.title, *one.about, *(field.about for field in (*one.parameters, *one.request, *one.answer)))]
    assert [text for text in texts if not re.search("[\u4e00-\u9fff]", text)] == []


def test_links_to_fields_are_unique_on_a_page(locale):
    for one in contract.operations(locale, TEXTS).values():
        for fields in (one.parameters, one.request, one.answer):
            paths = [field.path for field in fields]
            assert len(paths) == len(set(paths)), one.line.name


def test_the_catalogue_has_every_code_of_the_registry_with_cause_cure_and_words_for_users(locale):
    known = {one.code for one in refusals() if one.__module__.startswith("essc.")}
    found = contract.catalogue(locale, TEXTS)
    assert {one.code for one in found} == known
    assert [one.code for one in found if not (one.title and one.cause and one.action and one.say)] == []


def test_the_codes_of_the_interface_have_causes_of_their_own(locale):
    wire = [one for one in contract.catalogue(locale, TEXTS) if one.operations]
    assert [one.code for one in wire if not TEXTS.has(f"cause.{one.code}", locale)] == []


def test_what_is_between_app_and_platform_is_not_told_to_users(locale):
    by_code = {one.code: one for one in contract.catalogue(locale, TEXTS)}
    assert by_code["signature_wrong"].say == by_code["channel_paused"].say == TEXTS.say(locale, "err.5xx")
    assert by_code["password_weak"].say.startswith(by_code["password_weak"].title)
    assert [by_code[code].retry for code in ("busy", "rate_limited", "signature_wrong")] == ["yes", "wait", "no"]


def test_a_search_holds_every_word_and_puts_codes_first(locale):
    every = contract.catalogue(locale, TEXTS)
    found = problems.found(every, "signature 401")["wire"]
    assert found[0].code.startswith("signature") and all("signature" in f"{one.code} {one.title} {one.cause} {one.action}".lower() for one in found)
    assert problems.found(every, "no such thing at all")["wire"] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_an_operation_can_be_read_by_shell_and_python(name):
    told = contract.operations("en", TEXTS)[name]
    ast.parse(snippets.python(told, URL))
    subprocess.run(["bash", "-n"], input=snippets.curl(told, URL), text=True, check=True)


@pytest.mark.parametrize(("ours", "theirs", "line", "column", "component", "marks"), [
    ('"@method": GET\n"@path": /a', '"@method": get\n"@path": /a', 1, 12, "@method", ("G", "g")),
    ('"@method": GET\n"@query": ?', '"@method": GET\n"@query": ', 2, 11, "@query", ("?", "⏎")),
    ('"@method": GET', '"@method": GET\n', 2, 1, "", ("∅", "⏎")),
    ('"@method": GET\n"@path": /a', '"@method": GET', 2, 1, "@path", ('"', "∅")),
])
def test_two_bases_part_at_a_character(ours, theirs, line, column, component, marks):
    found = logs.difference(ours, theirs)
    assert (found.line, found.column, found.component, (found.ours[1], found.theirs[1])) == (line, column, component, marks)


@given(st.text(alphabet="ab\n", max_size=30), st.text(alphabet="ab\n", max_size=30))
def test_a_difference_is_found_if_there_is_one(ours, theirs):
    found = logs.difference(ours, theirs)
    assert (found is None) == (ours == theirs)
    if found is not None:
        assert found.ours != found.theirs and ours.split("\n")[:found.line - 1] == theirs.split("\n")[:found.line - 1]


def test_trying_is_offered_in_a_demonstration_only_and_its_scripts_are_small():
    page = next(screen for screen in SCREENS if screen.name == "d-api-channel")
    assert "data-try" in page.html(renderer(), "en")
    assert 'href="#try"' not in next(screen for screen in SCREENS if screen.name == "d-api-terminal").html(renderer(), "en")
    sizes = [len(STATIC.find(f"/static/portal/{name}.js")[0].plain) for name in ("try", "keyring")]
    assert sum(sizes) <= 8 * 1024
