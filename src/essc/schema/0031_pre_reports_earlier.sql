-- A mark of how far something has come is no row of anybody: its column has another name. The count begins anew; the inbox knows what was counted.
DROP TABLE reports.earlier;
CREATE TABLE reports.earlier (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    round     smallint    NOT NULL,
    at_bucket smallint    NOT NULL,
    after_id  uuid        NOT NULL,
    until     timestamptz NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON reports.earlier TO essc_app;
