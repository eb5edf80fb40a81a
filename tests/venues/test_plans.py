"""Pages of twenty thousand terminals are walks along an index, whatever they are narrowed to and however deep: proved by their plans, not by a clock."""
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from essc.kit.db.embedded import OWNER
from essc.kit.db.tx import SYSTEM, Tx
from essc.venues.model import Presence, ProviderSort, TerminalKind, TerminalSort, Wanted
from essc.venues.store import walks

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CITY = tuple(f"9999{n:02}" for n in range(1, 21))
"""A city with twenty counties, each with a thousand terminals."""
MANY, OURS = 20_000, 18
SEEDED = """
INSERT INTO venues.venue (id, name, kind, region, state, version, created_at, since)
SELECT ('00000000-0000-7000-8000-' || lpad(g::text, 12, '0'))::uuid, '机构 ' || g, (ARRAY['pharmacy', 'hospital', 'park'])[1 + g % 3],
       '9999' || lpad((1 + g % 20)::text, 2, '0'), CASE WHEN g % 200 = 0 THEN 'paused' ELSE 'active' END, 1, now(), now() FROM generate_series(1, 2000) g;
INSERT INTO venues.terminal (id, venue_id, number, name, kind, state, granted, algorithm, public, last_session_at, version, created_at, since)
SELECT ('00000000-0000-7000-9000-' || lpad((g * 10 + k)::text, 12, '0'))::uuid, ('00000000-0000-7000-8000-' || lpad(g::text, 12, '0'))::uuid,
       '9999' || lpad((1 + g % 20)::text, 2, '0') || lpad((g * 10 + k)::text, 6, '0'), '窗口 ' || k, (ARRAY['window', 'gate'])[1 + k % 2],
       CASE WHEN k = 9 THEN 'registered' WHEN (g * 10 + k) % 199 = 0 THEN 'disabled' ELSE 'active' END, '{}', 'ed25519', decode(repeat('00', 32), 'hex'),
       CASE WHEN k < 9 THEN TIMESTAMPTZ '2026-11-20 02:00+00' - (g * 10 + k) * INTERVAL '6 seconds' END, 1, now(), now()
  FROM generate_series(1, 2000) g CROSS JOIN generate_series(0, 9) k;
INSERT INTO venues.sighting (terminal_id, region, last_at)
SELECT id, left(number, 6), coalesce(last_session_at, to_timestamp(0)) FROM venues.terminal;
ANALYZE venues.venue, venues.terminal, venues.sighting"""


@pytest.fixture(scope="module")
async def city(pg):
    """A connection as the owner to a database with the city in it."""
    name = await pg.create()
    conn = await asyncpg.connect(pg.url(name, OWNER))
    try:
        if conn.get_server_version().major < OURS:
            pytest.skip("plans are promised of the server that essc brings along")
        await conn.execute(SEEDED)
        yield conn
    finally:
        await conn.close()
        await pg.drop(name)


def nodes(plan):
    """Every node of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def plan(conn, wanted, sort, after, limit, *, falling):
    """Every node of the plan of a page's walk, as it was done."""
    sql, given = walks.statement(NOW, wanted, sort, after, limit, falling=falling)
    [[told]] = await conn.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {sql}", *given)
    return list(nodes(json.loads(told)[0]["Plan"]))


def looked_at(found, *tables):
    """Rows that scans (of these tables) gave or threw away, in all."""
    return sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in found
               if "Scan" in node["Node Type"] and (not tables or node.get("Relation Name") in tables))


def ordered(found):
    """Rows that were put in order, at the most by one node."""
    return max((below["Actual Rows"] for node in found if node["Node Type"] == "Sort" for below in node["Plans"]), default=0)


WANTED = [
    ("offline", {"presence": Presence.OFFLINE}, 4), ("pharmacies", {"venue_kind": "pharmacy"}, 4),
    ("gates", {"kind": TerminalKind.GATE}, 3), ("words", {"words": "窗口 3"}, 15), ("gates of parks", {"venue_kind": "park", "kind": TerminalKind.GATE}, 9),
]
"""What is wanted, and how many sightings are looked at for each that is shown."""
FEW = [("online", {"presence": Presence.ONLINE}, 150), ("waiting", {"presence": Presence.WAITING}, 1990), ("stopped", {"presence": Presence.STOPPED}, 190)]
"""What few are, and how many."""
DEEP = {TerminalSort.SEEN: NOW - timedelta(hours=5), TerminalSort.NUMBER: "999910015000", TerminalSort.VENUE: "机构 1500 999901015000", ProviderSort.NAME: "机构 1500"}


@pytest.mark.parametrize("sort", list(DEEP))
@pytest.mark.parametrize("falling", [True, False], ids=["falling", "rising"])
@pytest.mark.parametrize("regions", [None, CITY], ids=["nation", "city"])
@pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])
async def test_a_page_is_a_walk_along_an_index(city, sort, falling, regions, deep):
    after = (DEEP[sort], UUID(int=0)) if deep else None
    found = await plan(city, Wanted(regions=regions), sort, after, 51, falling=falling)
    assert {node["Node Type"] for node in found} <= {"Limit", "Index Only Scan", "Index Scan", "Nested Loop", "Sort",
                                                    "Function Scan", "Result", "Subquery Scan", "Incremental Sort", "Bitmap Heap Scan", "Bitmap Index Scan"}
    places = len(regions or ("all",))
    assert looked_at(found, "sighting", "terminal") <= places * 71 and looked_at(found, "venue") <= places * 101 and ordered(found) <= places * 51


@pytest.mark.parametrize(("narrowed", "share"), [one[1:] for one in WANTED], ids=[name for name, *_ in WANTED])
@pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])
async def test_a_narrowed_page_of_the_nation_looks_at_few_more_than_it_shows(city, narrowed, share, deep):
    after = (DEEP[TerminalSort.SEEN], UUID(int=0)) if deep else None
    found = await plan(city, Wanted(**narrowed), TerminalSort.SEEN, after, 51, falling=True)
    assert looked_at(found, "sighting") <= 51 * share and ordered(found) == 0


@pytest.mark.parametrize("narrowed", [one[1] for one in WANTED], ids=[name for name, *_ in WANTED])
async def test_a_narrowed_page_of_a_city_orders_those_of_one_county_at_a_time(city, narrowed):
    found = await plan(city, Wanted(regions=CITY, **narrowed), TerminalSort.SEEN, None, 51, falling=True)
    assert ordered(found) <= len(CITY) * 51
    assert not [node for node in found if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "sighting"]


@pytest.mark.parametrize(("narrowed", "many"), [one[1:] for one in FEW], ids=[name for name, *_ in FEW])
@pytest.mark.parametrize("regions", [None, CITY], ids=["nation", "city"])
async def test_what_few_are_is_ordered_without_the_others(city, narrowed, many, regions):
    found = await plan(city, Wanted(regions=regions, **narrowed), TerminalSort.SEEN, None, 51, falling=True)
    assert ordered(found) <= many


async def test_a_word_that_few_terminals_have_is_looked_for_once_and_not_on_the_way(city, keys):
    tx = Tx(city, now=NOW, actor=SYSTEM, keys=keys)
    found = await walks.places(tx, Wanted(words="机构 777"), TerminalSort.SEEN, None, 51, falling=True)
    assert len(found) == 10
    named = [id for _, id in found]
    sql, given = walks.statement(NOW, Wanted(words="机构 777"), TerminalSort.SEEN, None, 51, falling=True, named=named)
    [[told]] = await city.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {sql}", *given)
    assert looked_at(list(nodes(json.loads(told)[0]["Plan"]))) <= 50
