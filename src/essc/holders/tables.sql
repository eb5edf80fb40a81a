-- Room holders: the insured person. Everything that says who somebody is stands sealed; nothing here can be read without the keys.
CREATE SCHEMA holders;
GRANT USAGE ON SCHEMA holders TO essc_app;

-- By holder. `sealed` is a msgspec array [name, number, mobile] under the person's own key.
CREATE TABLE holders.holder (
    bucket           smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    id               uuid        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('citizen', 'hong_kong', 'macao', 'taiwan', 'foreigner')),
    sealed           bytea       NOT NULL,
    mobile_proved_at timestamptz,
    enrolled_at      timestamptz NOT NULL,
    erased_at        timestamptz,
    PRIMARY KEY (bucket, id)
);
GRANT SELECT, INSERT, UPDATE (sealed, mobile_proved_at, erased_at) ON holders.holder TO essc_app;

-- By holder. The person's key is one cipher block over this salt: a dropped salt is an erased person.
CREATE TABLE holders.salt (
    bucket    smallint NOT NULL,
    holder_id uuid     NOT NULL,
    salt      bytea    NOT NULL CHECK (octet_length(salt) = 16),
    PRIMARY KEY (bucket, holder_id)
);
GRANT SELECT, INSERT, DELETE ON holders.salt TO essc_app;

-- Look-up (distributed on hash, written first): keyed hash of the number → holder. A row for every version of the look-up key in force.
-- `name_hash` is keyed over number and name, so that another name for the same number shows without opening anything.
CREATE TABLE holders.by_number (
    hash      bytea    PRIMARY KEY CHECK (octet_length(hash) = 16),
    version   smallint NOT NULL,
    bucket    smallint NOT NULL,
    holder_id uuid     NOT NULL,
    name_hash bytea    NOT NULL CHECK (octet_length(name_hash) = 16)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON holders.by_number TO essc_app;

-- By holder. The photo on the card, once the province gave it.
CREATE TABLE holders.photo (
    bucket     smallint    NOT NULL,
    holder_id  uuid        NOT NULL,
    media_type text        NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/svg+xml')),
    sealed     bytea       NOT NULL,
    kept_at    timestamptz NOT NULL,
    PRIMARY KEY (bucket, holder_id),
    FOREIGN KEY (bucket, holder_id) REFERENCES holders.holder (bucket, id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON holders.photo TO essc_app;

-- By holder. One number, two names: `sealed` is the name that came second, kept until somebody settles which is right.
CREATE TABLE holders.name_conflict (
    bucket     smallint    NOT NULL,
    id         uuid        NOT NULL,
    holder_id  uuid        NOT NULL,
    name_hash  bytea       NOT NULL CHECK (octet_length(name_hash) = 16),
    sealed     bytea       NOT NULL,
    found_at   timestamptz NOT NULL,
    settled_at timestamptz,
    decision   text        CHECK (decision IN ('keep', 'rename')),
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, holder_id, name_hash),
    FOREIGN KEY (bucket, holder_id) REFERENCES holders.holder (bucket, id),
    CHECK ((settled_at IS NULL) = (decision IS NULL))
);
CREATE INDEX name_conflict_open ON holders.name_conflict (found_at) WHERE settled_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON holders.name_conflict TO essc_app;

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

-- By holder. The mobile of before, kept until the message about the change was sent there; the id is that of the event that told of it.
CREATE TABLE holders.former_mobile (
    bucket     smallint    NOT NULL,
    id         uuid        NOT NULL,
    holder_id  uuid        NOT NULL,
    sealed     bytea       NOT NULL,                   -- under the person's own key
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    FOREIGN KEY (bucket, holder_id) REFERENCES holders.holder (bucket, id)
);
CREATE INDEX former_mobile_of_holder ON holders.former_mobile (bucket, holder_id);
GRANT SELECT, INSERT, DELETE ON holders.former_mobile TO essc_app;

-- For rooms above: who there is, without who it is.
CREATE VIEW holders.pub_holder AS
SELECT bucket, id, kind, erased_at IS NOT NULL AS erased FROM holders.holder;
GRANT SELECT ON holders.pub_holder TO essc_app;
