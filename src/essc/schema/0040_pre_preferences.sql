-- Room preferences: how holders want to meet the faces.
CREATE SCHEMA preferences;
GRANT USAGE ON SCHEMA preferences TO essc_app;

-- By holder. Whoever never chose has no row.
CREATE TABLE preferences.preference (
    bucket    smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    holder_id uuid        NOT NULL,
    mode      text        NOT NULL CHECK (mode IN ('standard', 'elder')),
    text_size smallint    NOT NULL CHECK (text_size IN (100, 125, 150, 200)),
    asked_at  timestamptz,                              -- when elder mode was offered and answered
    PRIMARY KEY (bucket, holder_id)
);
GRANT SELECT, INSERT, UPDATE (mode, text_size, asked_at), DELETE ON preferences.preference TO essc_app;

-- By holder, append-only. Which version of the terms was agreed to.
CREATE TABLE preferences.agreement (
    bucket    smallint    NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    holder_id uuid        NOT NULL,
    terms     text        NOT NULL,
    agreed_at timestamptz NOT NULL,
    PRIMARY KEY (bucket, holder_id, terms)
);
GRANT SELECT, INSERT ON preferences.agreement TO essc_app;
