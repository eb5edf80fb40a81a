-- Room audit: one append-only Merkle log over every event. Leaves are commitments; nothing here says what happened.
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO essc_app;

-- Local. The tree as it is in the database: one row, moved only from the size that was read (the fence between two sequencers).
CREATE TABLE audit.head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    size     bigint  NOT NULL CHECK (size >= 0),
    peaks    bytea   NOT NULL                    -- the roots of the full subtrees, largest first, 32 bytes each
) WITH (fillfactor = 50);
INSERT INTO audit.head (size, peaks) VALUES (0, '');
GRANT SELECT, UPDATE (size, peaks) ON audit.head TO essc_app;

-- Local. The entries in order. Whose bucket an event is in stands in its id.
CREATE TABLE audit.leaf (
    position bigint NOT NULL PRIMARY KEY CHECK (position >= 0),
    event_id uuid   NOT NULL UNIQUE,
    entry    bytea  NOT NULL CHECK (octet_length(entry) = 32)
);
GRANT SELECT, INSERT ON audit.leaf TO essc_app;

-- Local. Roots of full tiles: what tiles above level 0 and inclusion proofs are made of. One row per 255 leaves.
CREATE TABLE audit.node (
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 7),
    place bigint   NOT NULL CHECK (place >= 0),
    hash  bytea    NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (level, place)
);
GRANT SELECT, INSERT ON audit.node TO essc_app;

-- Local. How far the log is published: one row, moved forward only, held while a checkpoint is signed and written.
CREATE TABLE audit.published (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    size     bigint  NOT NULL CHECK (size >= 0)
);
INSERT INTO audit.published (size) VALUES (0);
GRANT SELECT, UPDATE (size) ON audit.published TO essc_app;

-- Local. Every checkpoint that was signed, as it was signed.
CREATE TABLE audit.checkpoint (
    size      bigint      NOT NULL PRIMARY KEY CHECK (size >= 0),
    root      bytea       NOT NULL CHECK (octet_length(root) = 32),
    note      text        NOT NULL,
    signed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON audit.checkpoint TO essc_app;

-- Local. What must never happen, and did.
CREATE TABLE audit.alarm (
    id        uuid        NOT NULL PRIMARY KEY,
    what      text        NOT NULL,
    place     text        NOT NULL,
    raised_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON audit.alarm TO essc_app;

-- Local. What events are found by: 64 bits of the hash of a kind, an actor, a request or an id, and the event's id, which begins with its time.
-- Written behind the log by the worker, so no caller waits for it; about seven rows of 24 bytes an event, and the same again in the key.
CREATE TABLE audit.term (
    term     bigint NOT NULL,
    event_id uuid   NOT NULL,
    PRIMARY KEY (term, event_id)
);
GRANT SELECT, INSERT ON audit.term TO essc_app;

-- Local. How many leaves have their terms: one row, moved forward only.
CREATE TABLE audit.searchable (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    size     bigint  NOT NULL CHECK (size >= 0)
);
INSERT INTO audit.searchable (size) VALUES (0);
GRANT SELECT, UPDATE (size) ON audit.searchable TO essc_app;

-- Local. Where the house's own reader stands: one row. A flaw stays until the whole log was proved again after it.
CREATE TABLE audit.watch (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    size        bigint  NOT NULL CHECK (size >= 0),          -- proved as it came
    peaks       bytea   NOT NULL,
    looked_at   timestamptz,
    swept       bigint  NOT NULL CHECK (swept >= 0),         -- proved again by the sweep that began at sweep_since
    swept_peaks bytea   NOT NULL,
    sweep_since timestamptz,
    whole_at    timestamptz,                                 -- when a sweep ended last, and how much it proved
    whole_size  bigint  NOT NULL CHECK (whole_size >= 0),
    asked_at    timestamptz,
    flaw_first  bigint,
    flaw_last   bigint,
    flaw        text,
    flawed_at   timestamptz
) WITH (fillfactor = 50);
INSERT INTO audit.watch (size, peaks, swept, swept_peaks, whole_size) VALUES (0, '', 0, '', 0);
GRANT SELECT, UPDATE (size, peaks, looked_at, swept, swept_peaks, sweep_since, whole_at, whole_size, asked_at, flaw_first, flaw_last, flaw, flawed_at)
    ON audit.watch TO essc_app;

-- Local. Parts of the log that somebody wants to take out: asked, granted by a second person, taken once.
CREATE TABLE audit.export (
    id         uuid        NOT NULL PRIMARY KEY,
    wanted     jsonb       NOT NULL,
    asked_by   text        NOT NULL,
    asked_at   timestamptz NOT NULL,
    granted_at timestamptz,
    taken_at   timestamptz,
    CHECK (taken_at IS NULL OR granted_at IS NOT NULL)
);
GRANT SELECT, INSERT, UPDATE (granted_at, taken_at) ON audit.export TO essc_app;
