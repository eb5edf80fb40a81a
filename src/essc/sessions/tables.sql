-- Room sessions: who is signed in where. Whether a session is valid is derived from link, e-card and password at every look.
CREATE SCHEMA sessions;
GRANT USAGE ON SCHEMA sessions TO essc_app;

-- By holder. Tokens name their bucket and are kept as keyed hashes only.
CREATE TABLE sessions.session (
    bucket         smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id             uuid        NOT NULL,
    token_mac      bytea       NOT NULL CHECK (octet_length(token_mac) = 32),
    holder_id      uuid        NOT NULL,
    ecard_id       uuid        NOT NULL,
    link_id        uuid        NOT NULL,
    channel_id     uuid        NOT NULL,
    device_mac     bytea       NOT NULL,   -- keyed hash of what the device calls itself
    device_name    text        NOT NULL,
    way            text        NOT NULL,
    password_epoch integer     NOT NULL,   -- of the password when signing in
    created_at     timestamptz NOT NULL,
    seen_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    unlocked_until timestamptz,
    revoked_at     timestamptz,
    revoked_why    text,
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, token_mac),
    CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);
-- One live session per device and channel.
CREATE UNIQUE INDEX session_live ON sessions.session (bucket, holder_id, channel_id, device_mac) WHERE revoked_at IS NULL;
CREATE INDEX session_age ON sessions.session (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions.session TO essc_app;
