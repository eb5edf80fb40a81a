-- Room ecards: electronic cards and their links to channels. The four invariants of the founding texts are constraints here.
CREATE SCHEMA ecards;
GRANT USAGE ON SCHEMA ecards TO essc_app;

-- By holder. No state: how an e-card stands is computed from its card (状态相同).
CREATE TABLE ecards.ecard (
    bucket         smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id             uuid        NOT NULL,
    holder_id      uuid        NOT NULL,
    card_id        uuid        NOT NULL,
    version        integer     NOT NULL DEFAULT 1 CHECK (version > 0),   -- raised by whatever must kill the codes before it
    origin         text        NOT NULL CHECK (origin IN ('applied', 'prepared')),
    created_at     timestamptz NOT NULL,
    frozen_at      timestamptz,
    frozen_why     text        CHECK (frozen_why IN ('holder', 'not_me', 'operator')),
    sessions_since timestamptz,                                          -- sessions of before are over
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, card_id),                                            -- 一一对应: one e-card for one card
    UNIQUE (bucket, id, holder_id),
    CHECK ((frozen_at IS NULL) = (frozen_why IS NULL))
);
CREATE INDEX ecard_of_holder ON ecards.ecard (bucket, holder_id);
GRANT SELECT, INSERT, UPDATE (version, frozen_at, frozen_why, sessions_since) ON ecards.ecard TO essc_app;

-- By holder. 唯一映射: the one e-card that all live links of a person carry. It changes only while no link is live: the foreign key of
-- ecards.link sees to that.
CREATE TABLE ecards.carried (
    bucket    smallint NOT NULL,
    holder_id uuid     NOT NULL,
    ecard_id  uuid     NOT NULL,
    PRIMARY KEY (bucket, holder_id),
    UNIQUE (bucket, holder_id, ecard_id),
    FOREIGN KEY (bucket, ecard_id, holder_id) REFERENCES ecards.ecard (bucket, id, holder_id)
);
GRANT SELECT, INSERT, UPDATE (ecard_id) ON ecards.carried TO essc_app;

-- By holder. The e-card on one channel; rows stay when they end, so that a slot or a sign number never means somebody else.
CREATE TABLE ecards.link (
    bucket      smallint    NOT NULL,
    id          uuid        NOT NULL,
    ecard_id    uuid        NOT NULL,
    holder_id   uuid        NOT NULL,
    channel_id  uuid        NOT NULL,
    sign_no     text        NOT NULL,
    sign_seq    integer     NOT NULL CHECK (sign_seq > 0),               -- the how-manieth link of this e-card
    slot        integer     NOT NULL CHECK (slot BETWEEN 0 AND 16777215),
    level       smallint    NOT NULL DEFAULT 1 CHECK (level IN (1, 2)),
    version     integer     NOT NULL DEFAULT 1 CHECK (version > 0),
    linked_at   timestamptz NOT NULL,
    unlinked_at timestamptz,
    live_holder uuid        GENERATED ALWAYS AS (CASE WHEN unlinked_at IS NULL THEN holder_id END) STORED,
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, slot),
    UNIQUE (bucket, sign_no),
    UNIQUE (bucket, ecard_id, sign_seq),
    FOREIGN KEY (bucket, ecard_id, holder_id) REFERENCES ecards.ecard (bucket, id, holder_id),
    FOREIGN KEY (bucket, live_holder, ecard_id) REFERENCES ecards.carried (bucket, holder_id, ecard_id)
);
-- 唯一映射: a person has at most one live link on a channel, whatever cards they had.
CREATE UNIQUE INDEX link_live ON ecards.link (bucket, holder_id, channel_id) WHERE unlinked_at IS NULL;
CREATE INDEX link_by_channel ON ecards.link (channel_id) WHERE unlinked_at IS NULL;
GRANT SELECT, INSERT, UPDATE (level, version, unlinked_at) ON ecards.link TO essc_app;

-- For rooms above.
CREATE VIEW ecards.pub_ecard AS
SELECT bucket, id, holder_id, card_id, version, origin, created_at, frozen_at, frozen_why, sessions_since FROM ecards.ecard;
GRANT SELECT ON ecards.pub_ecard TO essc_app;

CREATE VIEW ecards.pub_link AS
SELECT l.bucket, l.slot, l.id AS link_id, l.ecard_id, l.holder_id, e.card_id, l.channel_id, l.level, l.sign_no, l.linked_at, l.unlinked_at,
       e.frozen_at, e.sessions_since, e.version AS ecard_version, l.version AS link_version
  FROM ecards.link l JOIN ecards.ecard e ON e.bucket = l.bucket AND e.id = l.ecard_id;
GRANT SELECT ON ecards.pub_link TO essc_app;

-- For room reports: every link that was ever made.
CREATE VIEW ecards.pub_made AS
SELECT bucket, id AS link_id, ecard_id, holder_id, channel_id, sign_seq, linked_at, unlinked_at FROM ecards.link;
GRANT SELECT ON ecards.pub_made TO essc_app;
