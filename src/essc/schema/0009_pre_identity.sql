-- Room identity: checks under way, the proofs that came out of them, codes by SMS. No picture of a face is ever kept.
CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO essc_app;

-- By holder (the bucket of the number, also before the person is known). `person` is sealed [name, number], dropped once decided.
CREATE TABLE identity.person_check (
    bucket      smallint    NOT NULL,
    id          uuid        NOT NULL,
    purpose     text        NOT NULL,
    way         text        NOT NULL CHECK (way IN ('face', 'terminal')),
    state       text        NOT NULL CHECK (state IN ('pending', 'passed', 'failed')),
    number_hash bytea       NOT NULL,   -- keyed hash of the number
    person      bytea,
    nonce       bytea       NOT NULL CHECK (octet_length(nonce) = 32),   -- what an answer must carry; new after every failure
    challenge   text[]      NOT NULL,
    pairing     text,                   -- six digits on the phone that the clerk types: so that nobody else's check passes
    failures    smallint    NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND 3),
    asks        smallint    NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    CHECK ((way = 'terminal') = (pairing IS NOT NULL))
);
CREATE INDEX person_check_of_number ON identity.person_check (bucket, number_hash, started_at);
CREATE INDEX person_check_age ON identity.person_check (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.person_check TO essc_app;

-- By holder, append-only: what was proved, how strongly, by whom, until when.
CREATE TABLE identity.evidence (
    bucket      smallint    NOT NULL,
    id          uuid        NOT NULL,   -- of the check or of the code by SMS
    purpose     text        NOT NULL,
    way         text        NOT NULL CHECK (way IN ('face', 'sms_password', 'terminal')),
    level       smallint    NOT NULL CHECK (level IN (1, 2)),
    number_hash bytea,                  -- whom it proves; NULL when only a mobile is proved
    mobile_hash bytea,
    score_band  text        CHECK (score_band IN ('high', 'medium', 'low')),
    provider    text,
    trace       text,
    terminal_id uuid,
    proved_at   timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    CHECK (number_hash IS NOT NULL OR mobile_hash IS NOT NULL)
);
CREATE INDEX evidence_of_number ON identity.evidence (bucket, number_hash, proved_at);
GRANT SELECT, INSERT ON identity.evidence TO essc_app;

-- By holder, append-only: a proof counts once, and this row is the once.
CREATE TABLE identity.used (
    bucket      smallint    NOT NULL,
    evidence_id uuid        NOT NULL,
    purpose     text        NOT NULL,
    used_at     timestamptz NOT NULL,
    PRIMARY KEY (bucket, evidence_id),
    FOREIGN KEY (bucket, evidence_id) REFERENCES identity.evidence (bucket, id)
);
GRANT SELECT, INSERT ON identity.used TO essc_app;

-- By holder (the bucket of the number where the code is for a person, else of the mobile): codes by SMS, as keyed hashes only.
CREATE TABLE identity.sms_code (
    bucket      smallint    NOT NULL,
    id          uuid        NOT NULL,
    purpose     text        NOT NULL,
    number_hash bytea,
    mobile_hash bytea       NOT NULL,
    code_mac    bytea       NOT NULL,   -- keyed over id, purpose and code
    tries       smallint    NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX sms_code_age ON identity.sms_code (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.sms_code TO essc_app;
