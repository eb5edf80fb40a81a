-- Room records: what was done with the card, for its holder to see. Made from events; ids only, the names are joined when read.
CREATE SCHEMA records;
GRANT USAGE ON SCHEMA records TO essc_app;

-- By holder, append-only. The id is that of the event.
CREATE TABLE records.use (
    bucket      smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id          uuid        NOT NULL,
    holder_id   uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('verify', 'signin', 'link', 'security', 'staff')),
    action      text        NOT NULL,
    outcome     text        NOT NULL CHECK (outcome IN ('done', 'refused')),
    verdict     text,                                   -- of a reader, or why it was refused
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    channel_id  uuid,
    venue_id    uuid,
    terminal_id uuid,
    scene       text,
    fields      text[]      NOT NULL,                   -- what was read
    way         text,
    ecard_id    uuid,
    card_id     uuid,
    request_id  text        NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX use_of_holder ON records.use (bucket, holder_id, id DESC);
CREATE INDEX use_of_terminal ON records.use (terminal_id, occurred_at) WHERE terminal_id IS NOT NULL;
GRANT SELECT, INSERT ON records.use TO essc_app;

-- By holder, append-only. "This was not me": one for a use.
CREATE TABLE records.dispute (
    bucket    smallint    NOT NULL,
    id        uuid        NOT NULL,
    use_id    uuid        NOT NULL,
    holder_id uuid        NOT NULL,
    ecard_id  uuid,
    said_at   timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, use_id),
    FOREIGN KEY (bucket, use_id) REFERENCES records.use (bucket, id)
);
GRANT SELECT, INSERT ON records.dispute TO essc_app;

-- For rooms above: which uses there were, without their holders.
CREATE VIEW records.pub_use AS
SELECT bucket, id, kind, action, outcome, verdict, occurred_at, recorded_at, channel_id, terminal_id, way FROM records.use;
GRANT SELECT ON records.pub_use TO essc_app;
