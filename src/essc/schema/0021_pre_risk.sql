-- Room risk: what the house noted, and what was done about it.
CREATE SCHEMA risk;
GRANT USAGE ON SCHEMA risk TO essc_app;

-- By the bucket of the subject. One note of a rule and a subject while it is not closed: the same fact again counts it up.
CREATE TABLE risk.note (
    bucket       smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id           uuid        NOT NULL,
    rule         text        NOT NULL,
    level        smallint    NOT NULL CHECK (level BETWEEN 1 AND 3),
    subject_kind text        NOT NULL CHECK (subject_kind IN ('channel', 'terminal', 'holder', 'address', 'region')),
    subject      uuid        NOT NULL,
    region       text        NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    facts        jsonb       NOT NULL,            -- of the last time: counts, enums, ids
    count        integer     NOT NULL CHECK (count > 0),
    state        text        NOT NULL CHECK (state IN ('open', 'handling', 'closed')),
    owner        text,
    closing      text        CHECK (closing IN ('handled', 'false_alarm')),
    version      integer     NOT NULL CHECK (version > 0),
    raised_at    timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    CHECK ((state = 'closed') = (closing IS NOT NULL)),
    CHECK ((state = 'open') = (owner IS NULL))
);
CREATE UNIQUE INDEX note_open ON risk.note (bucket, rule, subject) WHERE state <> 'closed';
CREATE INDEX note_by_time ON risk.note (last_at, id);
CREATE INDEX note_by_subject ON risk.note (bucket, subject);
GRANT SELECT, INSERT, UPDATE (level, facts, count, state, owner, closing, version, last_at) ON risk.note TO essc_app;

-- By the bucket of the subject, append-only: every time the fact was seen. `id` is the caller's own id of it, so a fact counts once.
CREATE TABLE risk.sighting (
    bucket  smallint    NOT NULL,
    rule    text        NOT NULL,
    id      uuid        NOT NULL,
    note_id uuid        NOT NULL,
    facts   jsonb       NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, rule, id),
    FOREIGN KEY (bucket, note_id) REFERENCES risk.note (bucket, id)
);
CREATE INDEX sighting_of_note ON risk.sighting (bucket, note_id, seen_at);
GRANT SELECT, INSERT ON risk.sighting TO essc_app;

-- By the bucket of the subject, append-only: the timeline of a note.
CREATE TABLE risk.move (
    bucket   smallint    NOT NULL,
    note_id  uuid        NOT NULL,
    version  integer     NOT NULL,
    move     text        NOT NULL,
    state    text        NOT NULL,
    word     text        NOT NULL,
    moved_by text        NOT NULL,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, note_id, version),
    FOREIGN KEY (bucket, note_id) REFERENCES risk.note (bucket, id)
);
GRANT SELECT, INSERT ON risk.move TO essc_app;

-- For rooms above: what waits and how it ended.
CREATE VIEW risk.pub_note AS
SELECT bucket, id, rule, level, subject_kind, subject, region, count, state, closing, raised_at, last_at FROM risk.note;
GRANT SELECT ON risk.pub_note TO essc_app;
