-- The log can be searched, proves itself again and again, and parts of it leave by two people's word.

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
