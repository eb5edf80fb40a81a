-- Local: a log of what channels' keys asked, for their developers; written aside, a few rows of a minute, gone after 7 days (sandbox) or 30.
-- path, request, answer and base are masked before they get here: nothing in them is about a person.
CREATE TABLE channels.call (
  channel_id uuid NOT NULL,
  at timestamptz NOT NULL,
  request_id text NOT NULL,
  day date NOT NULL,
  sandbox boolean NOT NULL,
  operation text NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  status smallint NOT NULL,
  code text,
  micros integer NOT NULL,
  key_id text NOT NULL,
  signature text NOT NULL CHECK (signature IN ('fits', 'refused', 'unchecked')),
  request text,
  answer text,
  base text,
  PRIMARY KEY (channel_id, at, request_id)
);
CREATE INDEX call_by_request ON channels.call (request_id);
CREATE INDEX call_by_day ON channels.call (day);
GRANT SELECT, INSERT, DELETE ON channels.call TO essc_app;

-- Local: every call counted, also those that the log keeps no row of; hour: hours since 1970.
CREATE TABLE channels.call_hour (
  channel_id uuid NOT NULL,
  hour integer NOT NULL,
  calls bigint NOT NULL CHECK (calls > 0),
  errors bigint NOT NULL CHECK (errors >= 0),
  PRIMARY KEY (channel_id, hour)
);
GRANT SELECT, INSERT, UPDATE (calls, errors), DELETE ON channels.call_hour TO essc_app;
