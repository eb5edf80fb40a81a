-- A mobile is changed, and the number of before is told.
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
