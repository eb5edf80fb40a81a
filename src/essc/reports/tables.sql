-- Room reports: figures of what happened, added up by day and region. All tables are reference tables: small, without anybody in them.
-- region: the municipality (GB/T 2260, rolls up by its first digits: 450100 → 45 → all); day: a day in Shanghai, by the moment an event was recorded.
CREATE SCHEMA reports;
GRANT USAGE ON SCHEMA reports TO essc_app;

-- What there is now: cards that are not cancelled, those of them whose electronic card was claimed, and people who ever claimed one.
CREATE TABLE reports.stock (
    region  text   NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    cards   bigint NOT NULL,
    ecards  bigint NOT NULL,
    persons bigint NOT NULL,
    PRIMARY KEY (region)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.stock TO essc_app;

-- What a day added: to the stock (less than nothing when cards were cancelled), links made, presentations to readers of the region and those that passed.
CREATE TABLE reports.day (
    day       date    NOT NULL,
    region    text    NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    cards     integer NOT NULL,
    ecards    integer NOT NULL,
    persons   integer NOT NULL,
    issued    integer NOT NULL,
    presented integer NOT NULL,
    passed    integer NOT NULL,
    PRIMARY KEY (day, region)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.day TO essc_app;

-- The same by the hour, for today and yesterday; older ones are dropped at night.
CREATE TABLE reports.hour (
    day       date     NOT NULL,
    hour      smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    region    text     NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    issued    integer  NOT NULL,
    presented integer  NOT NULL,
    passed    integer  NOT NULL,
    PRIMARY KEY (day, hour, region)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE, DELETE ON reports.hour TO essc_app;

-- A channel's day, wherever its people and readers were.
CREATE TABLE reports.channel_day (
    day        date    NOT NULL,
    channel_id uuid    NOT NULL,
    issued     integer NOT NULL,
    presented  integer NOT NULL,
    passed     integer NOT NULL,
    PRIMARY KEY (day, channel_id)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.channel_day TO essc_app;

-- Links made (签发): on which channel, at which level, in which way.
CREATE TABLE reports.issue_day (
    day        date     NOT NULL,
    region     text     NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    channel_id uuid     NOT NULL,
    level      smallint NOT NULL CHECK (level IN (1, 2)),
    way        text     NOT NULL CHECK (way IN ('self', 'counter', 'synced', 'password')),
    links      integer  NOT NULL CHECK (links > 0),
    PRIMARY KEY (day, region, channel_id, level, way)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.issue_day TO essc_app;

-- Presentations by what the reader was told.
CREATE TABLE reports.verdict_day (
    day       date    NOT NULL,
    region    text    NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    way       text    NOT NULL CHECK (way IN ('code', 'physical_card')),
    verdict   text    NOT NULL,
    presented integer NOT NULL CHECK (presented > 0),
    PRIMARY KEY (day, region, way, verdict)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, UPDATE ON reports.verdict_day TO essc_app;

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

-- The newest moment at which something that is counted was recorded.
CREATE TABLE reports.counted (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last_at  timestamptz
) WITH (fillfactor = 50);
INSERT INTO reports.counted DEFAULT VALUES;
GRANT SELECT, UPDATE (last_at) ON reports.counted TO essc_app;

-- How far what was delivered before this room was there has been counted: bucket by bucket, twice (see README). No row: not begun.
CREATE TABLE reports.earlier (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    round     smallint    NOT NULL,
    at_bucket smallint    NOT NULL,
    after_id  uuid        NOT NULL,
    until     timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON reports.earlier TO essc_app;

-- Append-only. What share of its cards a region wants to see claimed by the end of a year, in hundredths of a percent; the newest row holds.
CREATE TABLE reports.target (
    year       smallint    NOT NULL CHECK (year BETWEEN 2017 AND 2100),
    region     text        NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    decided_at timestamptz NOT NULL,
    id         uuid        NOT NULL,
    rate_bp    integer     NOT NULL CHECK (rate_bp BETWEEN 1 AND 10000),
    decided_by text        NOT NULL,
    PRIMARY KEY (year, region, decided_at)
);
GRANT SELECT, INSERT ON reports.target TO essc_app;
