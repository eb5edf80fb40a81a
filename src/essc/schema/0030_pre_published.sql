-- What the rooms show to room reports: ids, enums and moments, nobody's data.
CREATE VIEW cards.pub_arrival AS
SELECT m.bucket, m.card_id, c.region, m.state, m.recorded_at, m.source
  FROM cards.move m JOIN cards.card c ON c.bucket = m.bucket AND c.id = m.card_id WHERE m.version = 1;
GRANT SELECT ON cards.pub_arrival TO essc_app;

CREATE VIEW ecards.pub_made AS
SELECT bucket, id AS link_id, ecard_id, holder_id, channel_id, sign_seq, linked_at, unlinked_at FROM ecards.link;
GRANT SELECT ON ecards.pub_made TO essc_app;

CREATE VIEW channels.pub_history AS SELECT channel_id, version, state, moved_at FROM channels.move;
GRANT SELECT ON channels.pub_history TO essc_app;

CREATE VIEW records.pub_use AS
SELECT bucket, id, kind, action, outcome, verdict, occurred_at, recorded_at, channel_id, terminal_id, way FROM records.use;
GRANT SELECT ON records.pub_use TO essc_app;
