-- What a channel may do, for rooms above: a code is shown by a channel that may present.
CREATE OR REPLACE VIEW channels.pub_channel AS
SELECT c.id, c.number, c.name, c.kind, c.level, c.region, c.sandbox,
       CASE WHEN c.state <> 'active' THEN c.state WHEN p.state IN ('paused', 'ended') THEN 'paused' ELSE 'active' END AS state, c.abilities
  FROM channels.channel c LEFT JOIN channels.channel p ON p.id = c.parent_id;
