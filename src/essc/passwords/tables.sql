-- Room passwords: one password per electronic card, for all channels.
CREATE SCHEMA passwords;
GRANT USAGE ON SCHEMA passwords TO essc_app;

-- By holder. A lock is derived: tries spent (limit of the region) and tried_at not yet old.
CREATE TABLE passwords.password (
    bucket         smallint    NOT NULL,
    ecard_id       uuid        NOT NULL,
    region         text        NOT NULL,          -- whose limits count: the region that issued the card
    hashed         text        NOT NULL,          -- Argon2id over HMAC(pepper, e-card id ‖ password), encoded with its parameters
    pepper_version smallint    NOT NULL,
    epoch          integer     NOT NULL DEFAULT 1 CHECK (epoch > 0),   -- raised by change and reset
    tries          smallint    NOT NULL DEFAULT 0 CHECK (tries >= 0),  -- since the last right one, counted before they are judged
    tried_at       timestamptz,
    set_at         timestamptz NOT NULL,
    PRIMARY KEY (bucket, ecard_id)
);
GRANT SELECT, INSERT, UPDATE (hashed, pepper_version, epoch, tries, tried_at, set_at) ON passwords.password TO essc_app;

-- What higher rooms may join: the epoch kills sessions of before a change.
CREATE VIEW passwords.pub_password AS SELECT bucket, ecard_id, epoch, set_at FROM passwords.password;
GRANT SELECT ON passwords.pub_password TO essc_app;
