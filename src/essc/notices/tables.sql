-- Room notices: the inbox of each holder.
CREATE SCHEMA notices;
GRANT USAGE ON SCHEMA notices TO essc_app;

-- By holder. The id is that of the event that caused it. Places, channels and times are sealed under the person's salt.
CREATE TABLE notices.message (
    bucket    smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id        uuid        NOT NULL,
    holder_id uuid        NOT NULL,
    kind      text        NOT NULL,
    sealed    bytea       NOT NULL,
    at        timestamptz NOT NULL,
    read_at   timestamptz,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX message_of_holder ON notices.message (bucket, holder_id, id DESC);
CREATE INDEX message_unread ON notices.message (bucket, holder_id) WHERE read_at IS NULL;
GRANT SELECT, INSERT, UPDATE (read_at) ON notices.message TO essc_app;

-- By holder. How often staff looked the holder up until the message of the week that is due; event_id names the newest look-up, and the message.
CREATE TABLE notices.digest (
    bucket    smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    holder_id uuid        NOT NULL,
    due_at    timestamptz NOT NULL,
    event_id  uuid        NOT NULL,
    count     integer     NOT NULL CHECK (count > 0),
    PRIMARY KEY (bucket, holder_id, due_at)
);
CREATE INDEX digest_due ON notices.digest (due_at);
GRANT SELECT, INSERT, UPDATE (event_id, count), DELETE ON notices.digest TO essc_app;
