"""Messages: the right words to the right person, once; never a link, never a question for a secret."""
import re
from datetime import UTC, datetime

import pytest

from essc.cards.events import CardMoved, CardRequestAnswered
from essc.cards.model import State
from essc.codes import actions as codes
from essc.ecards import actions as ecards
from essc.ecards.events import EcardIssued, EcardLinked, EcardUnlinked
from essc.ecards.model import Freeze
from essc.holders import actions as holders
from essc.kit import ids
from essc.kit.db.checks import prove
from essc.kit.i18n import Texts
from essc.kit.outbox import Pump
from essc.kit.paging import Page
from essc.names import HolderId, MessageId
from essc.notices import actions, calls, queries
from essc.notices.errors import MessageNotFound
from essc.notices.jobs import jobs
from essc.notices.model import BY_SMS, Kind, for_telephone, spoken
from essc.partners.wire import PartnerSilent
from essc.passwords.events import PasswordChanged
from essc.sessions import actions as sessions
from essc.sessions.events import SignedIn
from essc.sessions.model import Device
from tests.cards.rows import REGION
from tests.codes.scene import staged
from tests.ecards.house import applied, carded
from tests.hearing import hear
from tests.sandbox.people import somebody

pytestmark = pytest.mark.anyio
TEXTS = Texts.load()


async def inbox(tx, holder_id, **how):
    return (await queries.messages(tx, holder_id, Page(), **how)).items


async def said(tx, holder_id, locale="zh-CN"):
    """All messages of a person as words, oldest first, after the room has heard what happened."""
    await hear(tx, jobs)
    return [queries.text(one, TEXTS, locale) for one in reversed(await inbox(tx, holder_id))]


def of_link(kind, here, **more):
    return kind(ecard_id=here.ecard.id, link_id=here.link.id, holder_id=here.ecard.holder_id, card_id=here.card.id, channel_id=here.channel.id, **more)


def signed_in(here, way, *, new_device=True):
    return SignedIn(session_id=ids.new(here.ecard.bucket), holder_id=here.ecard.holder_id, ecard_id=here.ecard.id, link_id=here.link.id,
                    channel_id=here.channel.id, way=way, new_device=new_device)


def _no(here, asked):
    return CardRequestAnswered(card_id=here.card.id, holder_id=here.ecard.holder_id, asked=asked, taken=False, request_id="evt_1")


NOW_ZH, NOW_EN = "2026年11月20日 10:00", "20 Nov 2026, 10:00"
WORDS = [
    (lambda h: of_link(EcardIssued, h, origin="applied"), "【电子社保卡】您的电子社保卡已领取，可在便民通 1（演示）中使用。非本人操作请拨打 12333。",
     "Your card is ready in 便民通 1（演示）. Not you? Call 12333."),
    (lambda h: of_link(EcardLinked, h), "您的电子社保卡在 便民通 1（演示） 新关联。非本人操作请立即“解除关联”。",
     "Your electronic card was linked in 便民通 1（演示）. Not you? Unlink it at once."),
    (lambda h: of_link(EcardUnlinked, h, way="face"), "您的电子社保卡已在 便民通 1（演示） 解除关联，其他渠道不受影响。非本人操作请拨打 12333。",
     "Your electronic card was unlinked in 便民通 1（演示）. Other channels are not affected. Not you? Call 12333."),
    (lambda h: _no(h, "loss"), f"发卡地于 {NOW_ZH} 未受理您的挂失申请。您的电子社保卡仍然停用；实体卡请到服务网点或拨打 12333 挂失。",
     f"On {NOW_EN} the issuing region did not accept your loss report. Your electronic card stays stopped; report the physical card at a service point or call 12333."),
    (lambda h: _no(h, "lift"), f"发卡地于 {NOW_ZH} 未受理您的解除挂失申请，社保卡状态不变。请到服务网点办理，或拨打 12333。",
     f"On {NOW_EN} the issuing region did not accept your request to lift the loss. The card stays as it is. Visit a service point or call 12333."),
    (lambda h: PasswordChanged(ecard_id=h.ecard.id, epoch=2), "电子社保卡密码已修改，所有渠道同时生效。",
     "Your electronic card's password was changed, in all channels at once."),
    (lambda h: signed_in(h, "face"), f"您的电子社保卡于 {NOW_ZH} 在新设备上登录（便民通 1（演示））。非本人操作请退出该设备并修改密码，或拨打 12333。",
     f"A new device signed in to your electronic card in 便民通 1（演示） on {NOW_EN}. Not you? Sign that device out and change your password, or call 12333."),
]


@pytest.mark.parametrize(("event", "zh", "en"), WORDS, ids=["issued", "new_channel", "unlinked", "loss_refused", "lift_refused", "pwd_changed", "signed_in"])
async def test_each_event_has_its_fixed_words(tx, event, zh, en):
    here = await staged(tx)
    await tx.emit(event(here))
    assert (await said(tx, here.ecard.holder_id))[-1] == zh
    assert (await said(tx, here.ecard.holder_id, "en"))[-1] == en


async def test_a_use_that_passed_is_told_with_time_and_place(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    assert await said(tx, here.ecard.holder_id) == [f"您于 {NOW_ZH} 在 安康大药房（演示） 出示电子社保卡，已核验通过。"]


async def test_a_refused_use_is_not_told(tx):
    here = await staged(tx)
    await ecards.freeze(tx, here.ecard.id, Freeze.HOLDER)
    await codes.redeem(tx, [here.scan(tx)])
    assert await said(tx, here.ecard.holder_id) == [f"您的电子社保卡已于 {NOW_ZH} 冻结，二维码暂停使用。本人刷脸后可恢复。"]


MOVES = [
    (State.ACTIVE, State.LOST, f"您的社保卡已于 {NOW_ZH} 挂失，电子社保卡同时停用。"),
    (State.ACTIVE, State.TEMPORARILY_LOST, f"您的社保卡已于 {NOW_ZH} 挂失，电子社保卡同时停用。"),
    (State.TEMPORARILY_LOST, State.LOST, None),
    (State.LOST, State.ACTIVE, f"您的社保卡已于 {NOW_ZH} 恢复正常，电子社保卡可以继续使用。"),
    (State.LOCKED, State.ACTIVE, f"您的社保卡已于 {NOW_ZH} 恢复正常，电子社保卡可以继续使用。"),
    (State.NOT_ENABLED, State.ACTIVE, None),
]


@pytest.mark.parametrize(("was", "state", "words"), MOVES, ids=[f"{was}-{state}" for was, state, _ in MOVES])
async def test_a_loss_and_its_end_are_told(tx, was, state, words):
    here = await staged(tx)
    await tx.emit(_moved(here, was, state, tx.now))
    assert await said(tx, here.ecard.holder_id) == ([words] if words else [])


def _moved(here, was, state, when):

    return CardMoved(card_id=here.card.id, holder_id=here.ecard.holder_id, was=was, state=state, version=2, occurred_at=when, source=REGION, sequence=9)


async def test_signing_in_on_a_known_device_or_while_the_card_is_issued_is_not_told(tx):
    here = await staged(tx)
    await tx.emit_all([signed_in(here, "issue"), signed_in(here, "face", new_device=False)])
    assert await said(tx, here.ecard.holder_id) == []


async def test_heard_twice_it_is_written_and_sent_once(tx, world):
    here = await staged(tx)
    await tx.emit(of_link(EcardLinked, here))
    await hear(tx, jobs, again=True)
    assert len(await inbox(tx, here.ecard.holder_id)) == len(await world.events("notices.written")) == 1


async def test_what_is_written_cannot_be_read_without_the_persons_salt(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs)
    sealed = await tx.value("SELECT sealed FROM notices.message")
    assert "安康".encode() not in sealed
    await holders.erase(tx, here.ecard.holder_id)
    assert await inbox(tx, here.ecard.holder_id) == []


async def test_reading_marks_and_the_count_of_the_unread(tx):
    here = await staged(tx)
    holder_id = here.ecard.holder_id
    await tx.emit_all([of_link(EcardLinked, here), of_link(EcardUnlinked, here, way="face"), PasswordChanged(ecard_id=here.ecard.id, epoch=3)])
    await hear(tx, jobs)
    first = (await inbox(tx, holder_id))[0].id
    assert await queries.unread(tx, holder_id) == 3
    await actions.read(tx, holder_id, first)
    await actions.read(tx, holder_id, first)
    assert await queries.unread(tx, holder_id) == 2 and len(await inbox(tx, holder_id, unread=True)) == 2
    assert await actions.read_all(tx, holder_id) == 2 and await queries.unread(tx, holder_id) == 0


async def test_nobody_reads_another_persons_message(tx):
    here, there = await staged(tx, 1), await staged(tx, 2)
    await tx.emit(of_link(EcardLinked, here))
    await hear(tx, jobs)
    [message] = await inbox(tx, here.ecard.holder_id)
    for holder_id in (there.ecard.holder_id, HolderId(ids.new())):
        with pytest.raises(MessageNotFound):
            await queries.message(tx, holder_id, message.id)
        with pytest.raises(MessageNotFound):
            await actions.read(tx, holder_id, message.id)
    with pytest.raises(MessageNotFound):
        await queries.message(tx, here.ecard.holder_id, MessageId(ids.new()))


async def test_messages_come_in_pages(tx):
    here = await staged(tx)
    await tx.emit_all([PasswordChanged(ecard_id=here.ecard.id, epoch=n) for n in range(5)])
    await hear(tx, jobs)
    first = await queries.messages(tx, here.ecard.holder_id, Page(limit=3))
    second = await queries.messages(tx, here.ecard.holder_id, Page(limit=3, cursor=first.next_cursor))
    assert (len(first.items), len(second.items), second.next_cursor) == (3, 2, None)
    assert not [found for found in await prove(tx, queries.CHECKS) if not found.holds]


# ── the words ──

@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("kind", list(Kind))
def test_no_message_holds_a_link_or_asks_for_a_secret(kind, locale):
    words = TEXTS.say(locale, f"notices.text.{kind}")
    assert words != f"notices.text.{kind}"
    assert not re.search(r"https?:|www\.|://|\.(cn|com)\b|点击|click|验证码|enter your|输入密码|提供密码|tell us", words, re.IGNORECASE)


def test_an_sms_says_who_sends_it_once():
    assert for_telephone("密码已修改。") == "【电子社保卡】密码已修改。"
    assert for_telephone("【电子社保卡】您的") == "【电子社保卡】您的"


def test_moments_are_spoken_in_shanghai():
    from_utc = datetime(2026, 12, 31, 16, 5, tzinfo=UTC)
    assert (spoken(from_utc, "zh-CN"), spoken(from_utc, "en")) == ("2027年1月1日 00:05", "1 Jan 2027, 00:05")


# ── to the telephone ──

class Gateway:
    """A message gateway that is silent a few times first."""

    def __init__(self, silent: int = 0) -> None:
        self.silent = silent
        self.sent: list[tuple[str, str, str]] = []

    async def send(self, message_id: str, mobile: str, text: str) -> None:
        self.sent.append((message_id, mobile, text))
        if len(self.sent) <= self.silent:
            raise PartnerSilent("no answer")


@pytest.fixture
async def linked(db):
    """A holder with a mobile whose card was linked in a new channel, and what has happened since was delivered."""
    async with db.tx() as tx:
        here = await staged(tx)
        await holders.prove_mobile(tx, here.ecard.holder_id, "13900000001")
        await tx.emit(of_link(EcardLinked, here))
    yield db
    calls.furnish(calls.Desk())


async def delivered(db) -> Pump:
    pump = Pump(db, [jobs])
    while await pump.deliver():
        pass
    return pump


async def test_what_touches_the_safety_of_the_card_goes_to_the_telephone_until_it_is_taken(linked):
    gateway = Gateway(silent=2)
    calls.furnish(calls.Desk(gateway))
    pump = await delivered(linked)
    for _ in range(4):
        await pump.call()
        async with linked.tx() as tx:
            await tx.run("UPDATE kit.retry SET next_at = $1", tx.now)
    assert len(gateway.sent) == 3 and len(set(gateway.sent)) == 1
    _, mobile, words = gateway.sent[0]
    assert (mobile, words) == ("13900000001", "【电子社保卡】您的电子社保卡在 便民通 1（演示） 新关联。非本人操作请立即“解除关联”。")
    async with linked.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'notices.sent'") == 1


async def test_without_a_gateway_the_inbox_is_all(linked):
    pump = await delivered(linked)
    await pump.call()
    async with linked.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.retry") == 0
        assert await tx.value("SELECT count(*) FROM notices.message") == 1


def test_a_use_does_not_go_to_the_telephone():
    assert {Kind.CODE_USED, Kind.CARD_USED} & BY_SMS == set()


async def test_only_the_first_sign_in_on_a_device_is_told(tx):
    who = somebody()
    await carded(tx, who)
    ecard, link = await applied(tx, who)
    for device in ("device-one", "device-one", "device-two"):
        await sessions.open(tx, link.id, Device(device, "手机"), "face")
    await hear(tx, jobs)
    assert [one.kind for one in await inbox(tx, ecard.holder_id)].count(Kind.SIGNED_IN) == 2
