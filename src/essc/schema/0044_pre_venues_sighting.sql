-- When each terminal was last heard of, beside the region it stands in: a page of terminals by that is a walk along an index. The rows that
-- are there begin with what sessions and days tell. No foreign key: a sign of life holds up nobody.
CREATE TABLE venues.sighting (
  terminal_id uuid PRIMARY KEY,
  region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
  last_at timestamptz NOT NULL
) WITH (fillfactor = 70);
INSERT INTO venues.sighting (terminal_id, region, last_at)
SELECT t.id, v.region, coalesce(greatest(t.last_session_at, d.last_at), to_timestamp(0))
  FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id
  LEFT JOIN (SELECT terminal_id, max(last_at) AS last_at FROM venues.terminal_day GROUP BY terminal_id) AS d ON d.terminal_id = t.id;
CREATE INDEX sighting_by_time ON venues.sighting (last_at, terminal_id);
CREATE INDEX sighting_by_region ON venues.sighting (region, last_at, terminal_id);
GRANT SELECT, INSERT, UPDATE (last_at) ON venues.sighting TO essc_app;

-- Those who stand still are few: found without looking at the others.
CREATE INDEX terminal_disabled ON venues.terminal (id) WHERE state = 'disabled';
CREATE INDEX venue_not_active ON venues.venue (id) WHERE state <> 'active';
