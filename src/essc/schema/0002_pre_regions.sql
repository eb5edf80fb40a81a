-- What regions have set for themselves. The divisions themselves are a vendored list, not rows.

CREATE SCHEMA regions;
GRANT USAGE ON SCHEMA regions TO essc_app;

-- reference: one row a decision, never changed; the newest that has begun holds. value NULL: the region above decides again.
CREATE TABLE regions.setting (
  region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
  name text NOT NULL,
  valid_from timestamptz NOT NULL,
  value text,
  setting_id uuid NOT NULL,
  set_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (region, name, valid_from)
);
GRANT SELECT, INSERT ON regions.setting TO essc_app;
