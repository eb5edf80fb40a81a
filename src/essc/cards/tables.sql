-- Room cards: the mirror of what provinces report of their physical cards.
CREATE SCHEMA cards;
GRANT USAGE ON SCHEMA cards TO essc_app;

-- By holder. `sealed` is a msgspec array [card number, card identifier] under the holder's own key.
-- version = number of moves; sequence = the feed's number of the last event taken into account, 0 before the first.
CREATE TABLE cards.card (
    bucket            smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id                uuid        NOT NULL,
    holder_id         uuid        NOT NULL,
    region            text        NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    state             text        NOT NULL CHECK (state IN ('not_enabled', 'sealed', 'active', 'lost', 'locked', 'temporarily_lost', 'cancelled')),
    since             timestamptz NOT NULL,
    version           integer     NOT NULL CHECK (version > 0),
    sequence          bigint      NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    generation        smallint    NOT NULL CHECK (generation BETWEEN 1 AND 9),
    bank_code         text        NOT NULL,
    issued_on         date        NOT NULL,
    valid_to          date        NOT NULL,
    until             timestamptz,              -- when a temporary loss ends by itself
    loss_requested_at timestamptz,              -- when the holder asked the province to report it lost
    replaced_by       uuid,                     -- the newer card that made this one stop
    hashes            bytea       NOT NULL,     -- its keys in by_number, 16 bytes each, so that erasing finds them
    sealed            bytea       NOT NULL,
    PRIMARY KEY (bucket, id),
    CHECK ((state = 'temporarily_lost') = (until IS NOT NULL)),
    CHECK (replaced_by IS NULL OR state = 'cancelled')
);
CREATE INDEX card_of_holder ON cards.card (bucket, holder_id);
CREATE UNIQUE INDEX card_active ON cards.card (bucket, holder_id) WHERE state = 'active';
CREATE INDEX card_until ON cards.card (until) WHERE until IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (state, since, version, sequence, until, loss_requested_at, replaced_by, hashes, sealed) ON cards.card TO essc_app;

-- Look-up (distributed on hash, written first): keyed hash of the card number → card. A row for every version of the look-up key in force.
-- `fingerprint` is keyed over the whole row of the file that made the card: the same row again is nothing new, another one is refused.
CREATE TABLE cards.by_number (
    hash        bytea    PRIMARY KEY CHECK (octet_length(hash) = 16),
    version     smallint NOT NULL,
    bucket      smallint NOT NULL,
    card_id     uuid     NOT NULL,
    fingerprint bytea    NOT NULL CHECK (octet_length(fingerprint) = 16)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON cards.by_number TO essc_app;

-- By holder, append-only. Every move of every card; the first is its arrival (`was` is null).
CREATE TABLE cards.move (
    bucket      smallint    NOT NULL,
    card_id     uuid        NOT NULL,
    version     integer     NOT NULL,
    move        text        NOT NULL,
    was         text,
    state       text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    source      text        NOT NULL CHECK (source IN ('file', 'feed', 'expiry', 'replacement')),
    sequence    bigint      NOT NULL,           -- of the feed; 0 when the feed did not say it
    PRIMARY KEY (bucket, card_id, version),
    FOREIGN KEY (bucket, card_id) REFERENCES cards.card (bucket, id)
);
GRANT SELECT, INSERT ON cards.move TO essc_app;

-- By keyed hash of the card number (there may be no card yet): events that wait for one before them.
-- What a region told of a card that turns out to be another region's is dropped when the card comes.
CREATE TABLE cards.held (
    hash        bytea       NOT NULL CHECK (octet_length(hash) = 16),
    sequence    bigint      NOT NULL,
    previous    bigint      NOT NULL,
    region      text        NOT NULL,
    state       text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (hash, region, sequence)
);
CREATE INDEX held_of_region ON cards.held (region, recorded_at);
GRANT SELECT, INSERT, DELETE ON cards.held TO essc_app;

-- Reference. Which of a region's sequence numbers have come; the holes are what was never delivered.
CREATE TABLE cards.feed (
    region   text           PRIMARY KEY,
    received int8multirange NOT NULL,
    last_at  timestamptz    NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON cards.feed TO essc_app;

-- Reference. The keys with which regions sign their feed.
CREATE TABLE cards.region_key (
    key_id        text        PRIMARY KEY,
    region        text        NOT NULL CHECK (region ~ '^[0-9]{6}$'),
    algorithm     text        NOT NULL,
    public_key    bytea       NOT NULL,
    registered_at timestamptz NOT NULL,
    ended_at      timestamptz
);
GRANT SELECT, INSERT, UPDATE (ended_at) ON cards.region_key TO essc_app;

-- By holder. What the holder asked the province to do; the card's state changes only when the feed says so.
CREATE TABLE cards.request (
    bucket       smallint    NOT NULL,
    id           uuid        NOT NULL,
    card_id      uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('loss', 'lift')),
    requested_at timestamptz NOT NULL,
    sent_at      timestamptz,
    receipt      text,
    closed_at    timestamptz,                   -- when the feed reported a move of the card after it
    PRIMARY KEY (bucket, id),
    FOREIGN KEY (bucket, card_id) REFERENCES cards.card (bucket, id)
);
CREATE UNIQUE INDEX request_open ON cards.request (bucket, card_id, kind) WHERE closed_at IS NULL;
GRANT SELECT, INSERT, UPDATE (sent_at, receipt, closed_at) ON cards.request TO essc_app;

-- Local. Files being imported, by the SHA-256 of their bytes; what is done, chunk by chunk; which rows were refused.
CREATE TABLE cards.import_file (
    sha256      bytea       PRIMARY KEY CHECK (octet_length(sha256) = 32),
    region      text        NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz
);
GRANT SELECT, INSERT, UPDATE (finished_at) ON cards.import_file TO essc_app;

CREATE TABLE cards.import_chunk (
    sha256      bytea       NOT NULL,
    number      integer     NOT NULL,
    first_row   bigint      NOT NULL,
    rows        integer     NOT NULL,
    imported    integer     NOT NULL,
    same        integer     NOT NULL,
    rejected    integer     NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (sha256, number),
    FOREIGN KEY (sha256) REFERENCES cards.import_file (sha256),
    CHECK (rows = imported + same + rejected)
);
GRANT SELECT, INSERT ON cards.import_chunk TO essc_app;

CREATE TABLE cards.import_reject (
    sha256 bytea  NOT NULL,
    row    bigint NOT NULL,
    number integer NOT NULL,
    field  text   NOT NULL,
    masked text   NOT NULL,
    code   text   NOT NULL,
    PRIMARY KEY (sha256, row),
    FOREIGN KEY (sha256, number) REFERENCES cards.import_chunk (sha256, number)
);
GRANT SELECT, INSERT ON cards.import_reject TO essc_app;

-- For rooms above: how each card stands.
CREATE VIEW cards.pub_card AS
SELECT bucket, id, holder_id, region, state, version, since, valid_to, replaced_by IS NOT NULL AS replaced,
       until, loss_requested_at IS NOT NULL AS loss_requested
  FROM cards.card;
GRANT SELECT ON cards.pub_card TO essc_app;

-- For room reports: how each card came.
CREATE VIEW cards.pub_arrival AS
SELECT m.bucket, m.card_id, c.region, m.state, m.recorded_at, m.source
  FROM cards.move m JOIN cards.card c ON c.bucket = m.bucket AND c.id = m.card_id WHERE m.version = 1;
GRANT SELECT ON cards.pub_arrival TO essc_app;
