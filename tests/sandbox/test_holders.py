"""The twelve people of the sandbox: one a situation, numbers that check, nobody real."""
from datetime import date

import pytest
from stdnum.cn import ric

from essc.holders import model as holders
from essc_sandbox.province.holders import HOLDERS
from essc_sandbox.province.office import MoveNotAllowed, Office
from essc_sandbox.province.portraits import portrait


def test_there_is_one_person_for_each_situation():
    assert [h.situation for h in HOLDERS] == ["正常", "未开通支付", "挂失", "锁定", "封存", "注销", "已换卡", "未成年人", "有亲情账户", "认证到期", "余额不足", "人脸不匹配"]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda h: h.situation_en)
def test_a_number_is_invented_and_checks(holder):
    assert holder.number.startswith("9999")
    assert holders.person(holder.name, holder.number, demonstration=True).number == holder.number
    assert ric.calc_check_digit(holder.number) == holder.number[-1]
    assert holders.clean_mobile(holder.mobile) == holder.mobile
    assert holder.woman == (int(holder.number[16]) % 2 == 0)


def test_the_same_number_always_has_the_same_face():
    day = date(2026, 11, 21)
    assert portrait(HOLDERS[0].number, today=day) == portrait(HOLDERS[0].number, today=day) != portrait(HOLDERS[1].number, today=day)


def test_a_replaced_card_is_cancelled_and_the_new_one_says_what_it_replaces(tmp_path):
    office = Office(tmp_path / "book.db")
    old = office.find("韦晓兰")["number"]
    new = office.replace("韦晓兰")
    assert (office.find(old)["state"], office.find(new)["state"]) == ("cancelled", "active")
    assert [(e.move, e.previous == 0, e.replaces) for e in office.unsent()] == [
        ("cancel", True, None), ("issue", True, old), ("enable", False, None)]
    office.close()


def test_events_are_numbered_and_name_the_one_before_of_the_card(tmp_path):
    office = Office(tmp_path / "book.db")
    office.move("韦晓兰", "report_loss")
    office.move("周启航", "lock")
    office.move("韦晓兰", "lift_loss")
    assert [(e.sequence, e.previous) for e in office.unsent()] == [(1, 0), (2, 0), (3, 1)]
    office.close()


def test_the_twelve_rehearse_with_active_cards_and_then_perform_their_situations(tmp_path):
    office = Office(tmp_path / "book.db")
    office.rehearse()
    assert {office.find(h.number)["state"] for h in HOLDERS} == {"active"}
    assert len(office.perform()) == 5 and office.perform() == []
    assert [office.find(h.number)["state"] for h in HOLDERS] == [h.card.state for h in HOLDERS]
    office.close()


def test_a_cancelled_card_cannot_move(tmp_path):
    office = Office(tmp_path / "book.db")
    with pytest.raises(MoveNotAllowed):
        office.move("韦国栋", "lift_loss")
    office.close()
