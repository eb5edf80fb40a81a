-- Staff look people up for a reason, and the holder is told: the look-ups, what they showed in full, the kind of record, the weekly message.
-- By holder, append-only. A member of staff looked a person up, and why; `sealed` is [note, ticket] under the person's own key.
CREATE TABLE holders.staff_lookup (
    bucket    smallint    NOT NULL,
    id        uuid        NOT NULL,
    holder_id uuid        NOT NULL,
    staff_id  uuid        NOT NULL,
    stay_id   uuid        NOT NULL,                    -- the session in which the page of the look-up can be opened
    area      text        NOT NULL CHECK (area ~ '^[0-9]{6}$'),
    reason    text        NOT NULL,
    sealed    bytea       NOT NULL,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    FOREIGN KEY (bucket, holder_id) REFERENCES holders.holder (bucket, id)
);
CREATE INDEX staff_lookup_of_holder ON holders.staff_lookup (bucket, holder_id);
GRANT SELECT, INSERT ON holders.staff_lookup TO essc_app;

-- By holder, append-only. On the page of a look-up a field was asked for in full.
CREATE TABLE holders.staff_look (
    bucket    smallint    NOT NULL,
    id        uuid        NOT NULL,
    lookup_id uuid        NOT NULL,
    field     text        NOT NULL CHECK (field IN ('name', 'number', 'mobile')),
    reason    text        NOT NULL,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    FOREIGN KEY (bucket, lookup_id) REFERENCES holders.staff_lookup (bucket, id)
);
CREATE INDEX staff_look_of_lookup ON holders.staff_look (bucket, lookup_id);
GRANT SELECT, INSERT ON holders.staff_look TO essc_app;

ALTER TABLE records.use DROP CONSTRAINT use_kind_check;
ALTER TABLE records.use ADD CONSTRAINT use_kind_check CHECK (kind IN ('verify', 'signin', 'link', 'security', 'staff'));

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
