"""SQL that counts again, from the views that the figures came from. Walks everything: for `essc check` and for tests, never for a screen."""
from asyncpg import Record

from essc.kit.db.tx import Tx

CARDS = "SELECT region, count(*) AS many FROM cards.pub_card WHERE state <> 'cancelled' GROUP BY region"
"""Cards that are not cancelled."""
ECARDS = """
SELECT c.region, count(*) AS many FROM ecards.pub_made m
  JOIN ecards.pub_ecard e ON e.bucket = m.bucket AND e.id = m.ecard_id JOIN cards.pub_card c ON c.bucket = e.bucket AND c.id = e.card_id
 WHERE m.sign_seq = 1 AND c.state <> 'cancelled' GROUP BY c.region"""
"""Those of them whose electronic card was ever linked."""
PERSONS = """
SELECT c.region, count(*) AS many
  FROM (SELECT DISTINCT ON (bucket, holder_id) bucket, ecard_id FROM ecards.pub_made ORDER BY bucket, holder_id, linked_at, link_id) AS f
  JOIN ecards.pub_ecard e ON e.bucket = f.bucket AND e.id = f.ecard_id JOIN cards.pub_card c ON c.bucket = e.bucket AND c.id = e.card_id
 GROUP BY c.region"""
"""People by the card that they first claimed an e-card of."""
LINKS = """
SELECT (m.linked_at AT TIME ZONE 'Asia/Shanghai')::date::text AS day, c.region, m.channel_id::text AS what, count(*) AS many
  FROM ecards.pub_made m JOIN ecards.pub_ecard e ON e.bucket = m.bucket AND e.id = m.ecard_id
  JOIN cards.pub_card c ON c.bucket = e.bucket AND c.id = e.card_id GROUP BY 1, 2, 3"""
USES = """
SELECT (u.occurred_at AT TIME ZONE 'Asia/Shanghai')::date::text AS day, t.region, u.way || ' ' || u.verdict AS what, count(*) AS many
  FROM records.pub_use u JOIN venues.pub_terminal t ON t.id = u.terminal_id WHERE u.action = 'code' GROUP BY 1, 2, 3"""

COUNTED_LINKS = "SELECT day::text AS day, region, channel_id::text AS what, sum(links)::bigint AS many FROM reports.issue_day GROUP BY 1, 2, 3"
COUNTED_USES = "SELECT day::text AS day, region, way || ' ' || verdict AS what, presented AS many FROM reports.verdict_day"

_UNEQUAL = """
SELECT 'stock ' || region AS what FROM reports.stock s
  FULL JOIN (SELECT region, sum(cards) AS cards, sum(ecards) AS ecards, sum(persons) AS persons FROM reports.day GROUP BY region) AS d USING (region)
 WHERE (coalesce(s.cards, 0), coalesce(s.ecards, 0), coalesce(s.persons, 0))
       IS DISTINCT FROM (coalesce(d.cards, 0), coalesce(d.ecards, 0), coalesce(d.persons, 0))
UNION ALL
SELECT 'links ' || d.day || ' ' || d.region FROM reports.day d
  LEFT JOIN (SELECT day, region, sum(links) AS many FROM reports.issue_day GROUP BY day, region) AS i USING (day, region)
 WHERE d.issued <> coalesce(i.many, 0)
UNION ALL
SELECT 'uses ' || d.day || ' ' || d.region FROM reports.day d
  LEFT JOIN (SELECT day, region, sum(presented) AS many, sum(presented) FILTER (WHERE verdict = 'PASS') AS passed
               FROM reports.verdict_day GROUP BY day, region) AS v USING (day, region)
 WHERE (d.presented, d.passed) IS DISTINCT FROM (coalesce(v.many, 0), coalesce(v.passed, 0))
LIMIT 100"""


async def counted_stock(tx: Tx, measure: str) -> list[Record]:
    """What stands in the stock of each region."""
    return await tx.rows(f"SELECT region, {measure} AS many FROM reports.stock")


async def rows(tx: Tx, sql: str) -> list[Record]:
    """One of the counts above."""
    return await tx.rows(sql)


async def unequal(tx: Tx) -> list[str]:
    """Where the tables of this room do not say the same."""
    return [row["what"] for row in await tx.rows(_UNEQUAL)]
