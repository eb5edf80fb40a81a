-- What a desk sees of terminals: the version of their program, how often they read and when last. Told by the uses that room records keeps,
-- never written while a code is judged. No foreign key: a count holds up no use.
ALTER TABLE venues.terminal ADD COLUMN software text CHECK (char_length(software) BETWEEN 1 AND 40);
GRANT UPDATE (software) ON venues.terminal TO essc_app;
CREATE INDEX venue_by_region ON venues.venue (region);

CREATE TABLE venues.terminal_day (
  terminal_id uuid NOT NULL,
  day date NOT NULL,
  uses integer NOT NULL CHECK (uses > 0),
  passed integer NOT NULL CHECK (passed BETWEEN 0 AND uses),
  last_at timestamptz NOT NULL,
  PRIMARY KEY (terminal_id, day)
);
CREATE INDEX terminal_day_age ON venues.terminal_day (day);
GRANT SELECT, INSERT, UPDATE (uses, passed, last_at), DELETE ON venues.terminal_day TO essc_app;
