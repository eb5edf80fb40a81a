-- What days, links and verdicts of all municipalities add up to, for the nation (000000) and for each province: counted in the same transaction, so that
-- a screen of the nation reads rows by the day and not by the municipality. An area's code is its first two digits and noughts.
CREATE TABLE reports.area_day (
    area      text   NOT NULL CHECK (area ~ '^[0-9]{2}0000$'),
    day       date   NOT NULL,
    cards     bigint NOT NULL,
    ecards    bigint NOT NULL,
    persons   bigint NOT NULL,
    issued    bigint NOT NULL,
    presented bigint NOT NULL,
    passed    bigint NOT NULL,
    PRIMARY KEY (area, day)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.area_day TO essc_app;

CREATE TABLE reports.area_hour (
    area      text     NOT NULL CHECK (area ~ '^[0-9]{2}0000$'),
    day       date     NOT NULL,
    hour      smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    issued    bigint   NOT NULL,
    presented bigint   NOT NULL,
    passed    bigint   NOT NULL,
    PRIMARY KEY (area, day, hour)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE, DELETE ON reports.area_hour TO essc_app;

-- By channel, and once more for all channels together (channel_id of noughts).
CREATE TABLE reports.area_issue_day (
    area       text     NOT NULL CHECK (area ~ '^[0-9]{2}0000$'),
    day        date     NOT NULL,
    channel_id uuid     NOT NULL,
    level      smallint NOT NULL CHECK (level IN (1, 2)),
    way        text     NOT NULL CHECK (way IN ('self', 'counter', 'synced', 'password')),
    links      bigint   NOT NULL CHECK (links > 0),
    PRIMARY KEY (area, day, channel_id, level, way)
) WITH (fillfactor = 70);
CREATE INDEX area_issue_of_all ON reports.area_issue_day (area, day) WHERE channel_id = '00000000-0000-0000-0000-000000000000';
GRANT SELECT, INSERT, UPDATE ON reports.area_issue_day TO essc_app;

CREATE TABLE reports.area_verdict_day (
    area      text   NOT NULL CHECK (area ~ '^[0-9]{2}0000$'),
    day       date   NOT NULL,
    way       text   NOT NULL CHECK (way IN ('code', 'physical_card')),
    verdict   text   NOT NULL,
    presented bigint NOT NULL CHECK (presented > 0),
    PRIMARY KEY (area, day, way, verdict)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.area_verdict_day TO essc_app;

INSERT INTO reports.area_day (area, day, cards, ecards, persons, issued, presented, passed)
SELECT coalesce(left(region, 2) || '0000', '000000'), day, sum(cards), sum(ecards), sum(persons), sum(issued), sum(presented), sum(passed)
  FROM reports.day GROUP BY GROUPING SETS ((day, left(region, 2)), (day)) HAVING left(region, 2) IS DISTINCT FROM '00';
INSERT INTO reports.area_issue_day (area, day, channel_id, level, way, links)
SELECT coalesce(left(region, 2) || '0000', '000000'), day, coalesce(channel_id, '00000000-0000-0000-0000-000000000000'), level, way, sum(links)
  FROM reports.issue_day
 GROUP BY GROUPING SETS ((day, level, way, channel_id, left(region, 2)), (day, level, way, left(region, 2)), (day, level, way, channel_id), (day, level, way))
HAVING left(region, 2) IS DISTINCT FROM '00';
INSERT INTO reports.area_verdict_day (area, day, way, verdict, presented)
SELECT coalesce(left(region, 2) || '0000', '000000'), day, way, verdict, sum(presented)
  FROM reports.verdict_day GROUP BY GROUPING SETS ((day, way, verdict, left(region, 2)), (day, way, verdict)) HAVING left(region, 2) IS DISTINCT FROM '00';
INSERT INTO reports.area_hour (area, day, hour, issued, presented, passed)
SELECT coalesce(left(region, 2) || '0000', '000000'), day, hour, sum(issued), sum(presented), sum(passed)
  FROM reports.hour GROUP BY GROUPING SETS ((day, hour, left(region, 2)), (day, hour)) HAVING left(region, 2) IS DISTINCT FROM '00';
