"""Alerts over HTTP: a holder disowns a use, a clerk sees somebody else, a counter reports a forged code; staff act, and it counts at once."""
import re

from tests.callers_console import Console
from tests.running import within
from tests.town import Town


def listed(officer: Console, **wanted: str) -> list[str]:
    """The notes of the list, by their ids."""
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    return list(dict.fromkeys(re.findall(r"/console/risk/(note_[0-9a-z]{26})", officer.get(f"/console/risk?size=100&{query}").text)))


def about(officer: Console, words: str, **wanted: str) -> str:
    """The note whose page says these words."""
    return within(10, lambda: next((note for note in listed(officer, **wanted) if words in officer.get(f"/console/risk/{note}").text), ""), "it is noted")


def act(officer: Console, note: str, do: str, reason: str) -> str:
    """Do something about a note; the page after it."""
    officer.get(f"/console/risk/{note}")
    return officer.post(f"/console/risk/{note}", do=do, reason=reason).text


def test_what_a_holder_disowns_is_seen_at_the_console_and_closed_there(town: Town) -> None:
    officer = Console(town.house, roles=("security",), name="陈晓明")
    counter, resident = town.terminal(), town.resident()
    assert counter.verdict(resident.phone.code()) == "PASS"
    use = within(5, lambda: resident.phone.get("/uses", query="kind=verify")["items"], "the use is recorded")[0]
    resident.phone.post(f"/uses/{use['id']}/disputes")
    note = about(officer, use["id"], rule="use_disputed")
    page = officer.get(f"/console/risk/{note}").text
    assert "本人报告“我没有用过”" in page and "安康大药房（演示）" in page and resident.person.name not in page and resident.person.number not in page
    assert "已关闭" in act(officer, note, "handled", "门店监控核实，非本人使用")
    assert note not in listed(officer, state="open") and note in listed(officer, state="closed")


def test_codes_frozen_at_the_console_are_refused_at_the_counter(town: Town) -> None:
    officer = Console(town.house, roles=("security",), name="陈晓明")
    counter, resident = town.terminal(), town.resident()
    code = resident.phone.code()
    assert counter.verdict(code) == "PASS"
    counter.line.post("/v1/person-comparisons", {"code": code, "matched": False}, key=counter.key)
    waiting = resident.phone.code()
    use = within(5, lambda: resident.phone.get("/uses", query="kind=verify")["items"], "the use is recorded")[0]
    note = about(officer, use["id"], rule="person_mismatch")
    assert "个渠道的二维码全部停用，本人刷脸后可恢复" in officer.get(f"/console/risk/{note}").text
    assert "工作人员冻结" in act(officer, note, "freeze", "窗口反映人证不符，先行冻结")
    assert counter.verdict(waiting) in ("FROZEN", "EXPIRED")
    told = within(10, lambda: [one for one in resident.phone.get("/messages")["items"] if one["kind"] == "frozen"], "the holder is told")
    assert len(told) == 1
    assert "已关闭" in act(officer, note, "handled", "已联系持卡人到窗口核实")


def test_a_counter_reports_a_forged_code_and_its_terminal_is_stopped(town: Town) -> None:
    officer = Console(town.house, roles=("security",), name="陈晓明")
    counter = town.terminal()
    assert counter.verdict("1234 5678 9012 3456 7890 1234") == "FORGED"
    note = counter.line.post("/v1/forgery-reports", {"scene": "pharmacy.buy"}, key=counter.key)["note_id"]
    assert counter.about["number"] in officer.get(f"/console/risk/{note}").text
    assert "已停用" in act(officer, note, "disable", "疑似终端被改装，先行停用")
    assert counter.verdict("1234 5678 9012 3456 7890 1234") in ("TERMINAL_DISABLED", "FORGED")
    assert "误报" in act(officer, note, "false_alarm", "门店误扫商品码，已说明")
