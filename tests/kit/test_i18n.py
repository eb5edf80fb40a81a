"""Words: in both languages, with the same parameters, and in the one the caller asks for."""
from pathlib import Path

import pytest

from essc.kit import errors
from essc.kit.http import contract, refusals
from essc.kit.i18n import LOCALES, Texts, filled, negotiate

TEXTS = Texts.load()


def test_no_sentence_is_missing_in_either_language_and_parameters_agree() -> None:
    assert TEXTS.gaps() == []


def test_every_refusal_of_the_kit_says_what_happened_and_what_to_do_in_both_languages() -> None:
    codes = {refused.code for refused in errors.refusals() if refused.__module__.startswith("essc.kit")}
    wanted = {f"error.{code}.{part}" for code in codes for part in ("title", "action")} | {f"kind.{kind}.{part}" for kind in errors.Kind for part in ("title", "action")}
    assert [(locale, key) for locale in LOCALES for key in sorted(wanted - TEXTS.keys(locale))] == []


def test_the_fixed_sentences_stand_word_for_word() -> None:
    assert TEXTS.say("zh-CN", "err.5xx") == "服务暂时出了问题，我们正在处理。请稍后再试。"
    assert TEXTS.say("en", "pin.wrong", n=2) == "Wrong password. 2 tries left."
    assert TEXTS.say("zh-CN", "err.too_many", n=3) == "操作太频繁，请 3 分钟后再试。"


@pytest.mark.parametrize(("header", "locale"), [
    ("", "zh-CN"), ("en", "en"), ("en-GB", "en"), ("zh-TW", "zh-CN"), ("fr", "zh-CN"), ("fr, en;q=0.1", "en"), ("zh;q=0.3, en;q=0.4", "en"), ("en;q=0", "zh-CN"),
    ("en;q=x, zh;q=0.1", "zh-CN"), (", ,;;", "zh-CN"), ("*", "zh-CN"), ("english", "zh-CN"), ("en," * 1000, "en"),
])
def test_the_language_is_the_one_asked_for_first(header: str, locale: str) -> None:
    assert negotiate(header) == locale


def test_a_parameter_that_is_missing_stays_visible_and_a_text_reaches_into_no_object() -> None:
    assert filled("{n} of {m}", {"n": 1}) == "1 of {m}"
    assert filled("{n.__class__} {0} {}", {"n": 1}) == "{n.__class__} {0} {}"
    assert TEXTS.say("en", "no.such.key") == "no.such.key"


def test_a_key_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    for folder in ("zh_CN", "en"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.toml").write_text('[x]\ny = "1"\n')
        (tmp_path / folder / "b.toml").write_text('"x.y" = "2"\n')
    with pytest.raises(ValueError, match=r"x\.y stands twice"):
        Texts.load(tmp_path)


def test_two_texts_that_differ_in_their_parameters_are_named() -> None:
    assert Texts({"zh-CN": {"a": "{n}", "b": ""}, "en": {"a": "{m}"}}).gaps() == ["a: parameters differ", "b: not in en"]


def test_edge_refusals_have_one_code_each() -> None:
    codes = [refused.code for refused in errors.refusals() if refused.__module__ == refusals.__name__]
    assert len(codes) == len(set(codes)) and len(contract.SIGNED) == 10
