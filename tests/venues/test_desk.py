"""Terminals and venues as a desk sees them: who is there, how often they read, files of new ones."""
from datetime import UTC, date, datetime, timedelta

import pytest

from essc.kit import ids
from essc.kit.db.checks import prove
from essc.kit.paging import CursorInvalid, Page
from essc.names import TerminalId
from essc.venues import actions, model, queries
from essc.venues.errors import TerminalNotFound, TerminalsNotImported, VenueWrong
from essc.venues.model import DayTally, Move, Presence, ProviderSort, SessionKey, TerminalKind, TerminalSort, Wanted
from tests.venues.places import activated, terminal, venue

pytestmark = pytest.mark.anyio
SHA = b"s" * 32
LINE = {"venue": "青禾医院（演示）", "venue_kind": "医院", "region": "999901", "name": "门诊 1 号", "kind": "窗口"}


def anywhere(region):
    return True


def lines(*changed):
    return [(place, LINE | {"name": f"门诊 {place} 号"} | one) for place, one in enumerate(changed, 2)]


def wrong(refused):
    return [(line, error.field, error.code) for line, error in refused.value.lines]


async def numbers(tx, page=None, sort=TerminalSort.NUMBER, *, falling=False, **wanted):
    return [one.number for one in (await queries.desk_terminals(tx, Wanted(**wanted), page or Page(), sort, falling=falling)).items]


async def test_a_terminal_is_waiting_then_offline_then_online_until_its_session_ends(tx):
    there = await terminal(tx)
    assert (await queries.desk_terminal(tx, there.id)).presence is Presence.WAITING
    ready = await activated(tx)
    assert (await queries.desk_terminal(tx, ready.id)).presence is Presence.OFFLINE
    tx.now += timedelta(seconds=5)
    session = await actions.open_session(tx, ready.id, "counter 1.0")
    seen = await queries.desk_terminal(tx, ready.id)
    assert (seen.presence, seen.last_seen, seen.software) == (Presence.ONLINE, session.began_at, "counter 1.0")
    tx.now += timedelta(minutes=15)
    assert (await queries.desk_terminal(tx, ready.id)).presence is Presence.OFFLINE


async def test_an_idle_terminal_that_beats_is_online_a_dead_one_is_not_and_no_beat_outlives_its_session(tx):
    idle, dead = await activated(tx), await activated(tx)
    tx.now += timedelta(seconds=5)
    began = {one.id: (await actions.open_session(tx, one.id)).began_at for one in (idle, dead)}
    for _ in range(96):
        tx.now += timedelta(minutes=5)
        assert await beat(tx, idle, began) == [None, None]
    assert (await queries.desk_terminal(tx, dead.id)).presence is Presence.OFFLINE
    assert (await queries.desk_terminal(tx, idle.id)).presence is Presence.OFFLINE, "its session is over after eight hours"
    tx.now -= timedelta(seconds=1)
    seen = await queries.desk_terminal(tx, idle.id)
    assert (seen.presence, seen.last_seen) == (Presence.ONLINE, tx.now + timedelta(seconds=1))


async def beat(tx, terminal, began):
    return await actions.beat(tx, [SessionKey("", terminal.id, began[terminal.id] + model.SESSION_LIFE, 1)] * 2)


async def test_a_terminal_is_heard_of_once_a_minute_and_its_row_is_left_alone_meanwhile(tx):
    ready = await activated(tx)
    at = tx.now
    for seconds, written in ((0, at), (59, at), (60, at + timedelta(seconds=60)), (90, at + timedelta(seconds=60))):
        await actions.add_tallies(tx, [DayTally(ready.id, date(2026, 11, 20), 1, 1, at + timedelta(seconds=seconds))])
        assert (await queries.desk_terminal(tx, ready.id)).last_seen == written
    assert all(finding.holds for finding in await prove(tx, queries.CHECKS))


async def test_proofs_tell_a_terminal_that_read_later_than_it_was_heard_of_and_one_that_stands_elsewhere(tx):
    ready = await activated(tx)
    await actions.add_tallies(tx, [DayTally(ready.id, date(2026, 11, 20), 1, 1, tx.now)])
    await tx.run("UPDATE venues.sighting SET last_at = to_timestamp(0) WHERE terminal_id = $1", ready.id)
    assert [found.check.name for found in await prove(tx, queries.CHECKS) if not found.holds] == ["venues.sighted_when_told"]


async def test_a_terminal_that_a_process_of_before_added_or_heard_of_gets_its_sighting(tx):
    added, heard = await terminal(tx), await activated(tx)
    tx.now += timedelta(minutes=5)
    began = (await actions.open_session(tx, heard.id)).began_at
    bare = TerminalId(ids.new(at=tx.now))
    await tx.run("""INSERT INTO venues.terminal (id, venue_id, number, name, kind, state, granted, version, created_at, since)
                    SELECT $2, venue_id, '999901000000', name, kind, state, granted, version, created_at, since FROM venues.terminal WHERE id = $1""",
                 added.id, bare)
    await tx.run("UPDATE venues.sighting SET last_at = to_timestamp(0) WHERE terminal_id = $1", heard.id)
    sighted = [one for one in queries.CHECKS if one.name.startswith("venues.sighted")]
    assert [len(found.broken) for found in await prove(tx, sighted)] == [1, 1]
    assert await actions.mend_sightings(tx) == 2 and await actions.mend_sightings(tx) == 0
    assert [(await queries.desk_terminal(tx, one)).last_seen for one in (bare, heard.id)] == [None, began]
    assert all(finding.holds for finding in await prove(tx, sighted))


async def test_every_list_by_presence_shows_what_is_counted(tx):
    place = await venue(tx)
    stopped, waiting = [await actions.add_terminal(tx, place.id, name, TerminalKind.WINDOW) for name in ("停用的", "等待的")]
    await actions.disable(tx, stopped.id, "test")
    offline, online = await activated(tx), await activated(tx)
    tx.now += timedelta(seconds=5)
    await actions.open_session(tx, online.id)
    counted = await queries.counted(tx, Wanted(regions=("999901",)))
    for presence, one in ((Presence.STOPPED, stopped), (Presence.WAITING, waiting), (Presence.OFFLINE, offline), (Presence.ONLINE, online)):
        for sort in TerminalSort:
            assert await numbers(tx, sort=sort, presence=presence, regions=("999901",)) == [one.number]
            assert await numbers(tx, sort=sort, presence=presence, venue_kind="pharmacy", words=one.number[:8]) == [one.number]
        assert getattr(counted, presence.value) == 1


async def test_the_end_of_a_shift_takes_a_terminal_off_line_and_disabling_stops_it(tx):
    ready = await activated(tx)
    tx.now += timedelta(seconds=5)
    await actions.open_session(tx, ready.id)
    await actions.revoke_sessions(tx, ready.id, "end of the shift")
    assert (await queries.desk_terminal(tx, ready.id)).presence is Presence.OFFLINE
    await actions.disable(tx, ready.id, "lost")
    assert (await queries.desk_terminal(tx, ready.id)).presence is Presence.STOPPED


async def test_the_terminals_of_a_paused_venue_are_stopped(tx):
    ready = await activated(tx)
    await actions.move_venue(tx, ready.venue_id, Move.PAUSE, "works in the house")
    assert (await queries.desk_terminal(tx, ready.id)).presence is Presence.STOPPED
    assert (await queries.counted(tx, Wanted(venue_id=ready.venue_id))).stopped == 1


async def test_who_opens_a_session_without_a_program_keeps_the_one_named_before(tx):
    ready = await activated(tx)
    tx.now += timedelta(seconds=5)
    for software in ("counter 1.0", None):
        await actions.open_session(tx, ready.id, software)
    assert (await queries.desk_terminal(tx, ready.id)).software == "counter 1.0"


async def test_what_was_read_is_added_up_by_day_and_says_when_a_terminal_was_seen(tx):
    ready = await activated(tx)
    today, at = date(2026, 11, 20), datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    for uses, passed in ((3, 2), (4, 4)):
        await actions.add_tallies(tx, [DayTally(ready.id, today, uses, passed, at + timedelta(minutes=uses))])
    await actions.add_tallies(tx, [DayTally(ready.id, date(2026, 11, 19), 9, 9, at - timedelta(days=1))])
    seen = await queries.desk_terminal(tx, ready.id)
    assert (seen.today, seen.last_seen) == (7, at + timedelta(minutes=4))
    assert [(one.day.day, one.uses, one.passed) for one in await queries.days(tx, [ready.id], date(2026, 11, 1))] == [(19, 9, 9), (20, 7, 6)]
    assert (await queries.counted(tx, Wanted(venue_id=ready.venue_id))).today == 7


async def test_old_days_go_but_the_last_one_stays(tx):
    ready = await activated(tx)
    for day in (date(2024, 1, 1), date(2024, 1, 2)):
        await actions.add_tallies(tx, [DayTally(ready.id, day, 1, 1, datetime(day.year, day.month, day.day, tzinfo=UTC))])
    assert await actions.forget_tallies(tx) == 1
    assert [one.day for one in await queries.days(tx, [ready.id], date(2020, 1, 1))] == [date(2024, 1, 2)]


async def test_lists_are_narrowed_by_region_kind_presence_and_words(tx):
    here, there = await venue(tx, "hospital"), await venue(tx, "park", "999902")
    desk = await actions.add_terminal(tx, here.id, "东院收费处", TerminalKind.WINDOW)
    gate = await actions.add_terminal(tx, there.id, "北门闸机", TerminalKind.GATE)
    both = ("999901", "999902")
    assert set(await numbers(tx, regions=both)) == {desk.number, gate.number}
    for narrowed in ({"regions": ("999902",)}, {"regions": both, "venue_kind": "park"}, {"regions": both, "kind": TerminalKind.GATE},
                     {"venue_id": there.id}, {"regions": both, "words": "北门"}, {"regions": both, "words": gate.number[:9]}):
        assert await numbers(tx, **narrowed) == [gate.number], narrowed
    assert await numbers(tx, regions=both, presence=Presence.ONLINE) == []
    assert await numbers(tx, regions=()) == []


@pytest.mark.parametrize("sort", list(TerminalSort))
@pytest.mark.parametrize("falling", [False, True])
async def test_every_order_can_be_paged_through_and_back(tx, sort, falling):
    place = await venue(tx)
    made = [await actions.add_terminal(tx, place.id, f"窗口 {n}", TerminalKind.WINDOW) for n in range(5)]
    await actions.add_tallies(tx, [DayTally(made[2].id, date(2026, 11, 20), 5, 5, tx.now)])
    whole = await numbers(tx, sort=sort, falling=falling, venue_id=place.id)
    got, cursor = [], None
    while len(got) < 5:
        page = await queries.desk_terminals(tx, Wanted(venue_id=place.id), Page(limit=2, cursor=cursor), sort, falling=falling)
        got, cursor = got + [one.number for one in page.items], page.next_cursor
    assert (got, cursor) == (whole, None) and len(set(got)) == 5
    assert await numbers(tx, sort=sort, falling=not falling, venue_id=place.id) == whole[::-1]


async def test_a_cursor_of_another_order_is_refused(tx):
    place = await venue(tx)
    for n in range(2):
        await actions.add_terminal(tx, place.id, f"窗口 {n}", TerminalKind.WINDOW)
    page = await queries.desk_terminals(tx, Wanted(venue_id=place.id), Page(limit=1))
    with pytest.raises(CursorInvalid):
        await queries.desk_terminals(tx, Wanted(), Page(limit=1, cursor=page.next_cursor), TerminalSort.SEEN)


@pytest.mark.parametrize("sort", list(ProviderSort))
async def test_venues_are_listed_with_their_terminals_counted(tx, sort):
    ready = await activated(tx)
    empty = await venue(tx, "park")
    tx.now += timedelta(seconds=5)
    await actions.open_session(tx, ready.id)
    await actions.add_tallies(tx, [DayTally(ready.id, date(2026, 11, 20), 5, 4, tx.now)])
    found = {one.id: one for one in (await queries.providers(tx, Wanted(regions=("999901",)), Page(), sort)).items}
    assert (found[ready.venue_id].terminals, found[ready.venue_id].online, found[ready.venue_id].today) == (1, 1, 5)
    assert (found[empty.id].terminals, found[empty.id].online, found[empty.id].today) == (0, 0, 0)
    first = await queries.providers(tx, Wanted(), Page(limit=1), sort)
    second = await queries.providers(tx, Wanted(), Page(limit=1, cursor=first.next_cursor), sort)
    assert {first.items[0].id, second.items[0].id} == {ready.venue_id, empty.id}


async def test_an_unknown_terminal_is_not_found(tx):
    with pytest.raises(TerminalNotFound):
        await queries.desk_terminal(tx, TerminalId((await venue(tx)).id))


async def test_a_file_of_terminals_makes_venues_once_and_every_terminal(tx, world):
    made = await actions.import_terminals(tx, SHA, lines({}, {}, {"venue": "东湖公园（演示）", "venue_kind": "park", "kind": "闸机"}), anywhere, demonstration=True)
    assert [(one.venue_name, one.venue_kind, one.kind) for one in made] == [
        ("青禾医院（演示）", "hospital", "window"), ("青禾医院（演示）", "hospital", "window"), ("东湖公园（演示）", "park", "gate")]
    assert made[0].venue_id == made[1].venue_id and len({one.number for one in made}) == 3
    assert await queries.terminal(tx, made[2].id) == made[2]
    assert sorted(set(await world.events())) == ["venues.terminal_added", "venues.terminals_imported", "venues.venue_added"]
    assert all(finding.holds for finding in await prove(tx, queries.CHECKS))


async def test_a_venue_of_the_same_name_and_region_is_found_again(tx):
    there = await actions.add_venue(tx, LINE["venue"], "hospital", "999901", demonstration=True)
    [made] = await actions.import_terminals(tx, SHA, lines({}), anywhere, demonstration=True)
    assert made.venue_id == there.id


WRONG = [
    ({"venue": "x"}, "venue", "length"), ({"name": ""}, "name", "length"), ({"venue_kind": "赌场"}, "venue_kind", "unknown"),
    ({"kind": "投影仪"}, "kind", "unknown"), ({"region": "123456"}, "region", "region_unknown"), ({"region": "000000"}, "region", "region_unknown"),
    ({"region": "999902"}, "region", "region_outside"),
]


@pytest.mark.parametrize(("change", "field", "code"), WRONG)
async def test_one_wrong_line_keeps_the_whole_file_out_and_says_what_is_wrong(tx, world, change, field, code):
    with pytest.raises(TerminalsNotImported) as refused:
        await actions.import_terminals(tx, SHA, lines({}, change), lambda region: region == "999901", demonstration=True)
    assert wrong(refused) == [(3, field, code)]
    assert await world.events() == []


async def test_every_wrong_line_is_named_with_everything_that_is_wrong_in_it(tx):
    with pytest.raises(TerminalsNotImported) as refused:
        await actions.import_terminals(tx, SHA, lines({"venue": "", "kind": "?"}, {}, {"name": "门诊 3 号"}), anywhere, demonstration=True)
    assert wrong(refused) == [(2, "venue", "length"), (2, "kind", "unknown"), (4, "name", "terminal_twice")]
    assert refused.value.params["n"] == 2


async def test_a_terminal_that_is_there_already_another_kind_of_venue_and_a_closed_one_are_wrong(tx):
    await actions.import_terminals(tx, SHA, lines({}), anywhere, demonstration=True)
    with pytest.raises(TerminalsNotImported) as refused:
        await actions.import_terminals(tx, SHA, lines({}, {"venue_kind": "library"}), anywhere, demonstration=True)
    assert wrong(refused) == [(2, "name", "terminal_there"), (3, "venue_kind", "venue_kind_differs")]
    [known] = (await queries.providers(tx, Wanted(words=LINE["venue"]), Page())).items
    await actions.move_venue(tx, known.id, Move.CLOSE, "moved away")
    with pytest.raises(TerminalsNotImported) as refused:
        await actions.import_terminals(tx, SHA, lines({"name": "新窗口"}), anywhere, demonstration=True)
    assert wrong(refused) == [(2, "venue", "venue_not_active")]


def test_columns_are_known_by_their_chinese_or_english_heads_in_any_order():
    assert model.columns(["终端类型", "Region", " 机构名称 ", "note", "terminal", "机构类别"]) == {"kind": 0, "region": 1, "venue": 2, "name": 4, "venue_kind": 5}
    with pytest.raises(VenueWrong) as refused:
        model.columns(["机构名称", "终端名称"])
    assert [error.field for error in refused.value.fields] == ["venue_kind", "region", "kind"]
