-- What every room stands on: migrations, facts on their way out, repeats, throttles, work to be done again.

CREATE SCHEMA kit;
GRANT USAGE ON SCHEMA kit TO essc_app;

-- local: which files made this schema
CREATE TABLE kit.migration (
  number smallint PRIMARY KEY,
  phase text NOT NULL CHECK (phase IN ('pre', 'post')),
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL,
  milliseconds integer NOT NULL
);
GRANT SELECT ON kit.migration TO essc_app;

-- by holder (distributed on bucket): every fact, once, written in the transaction that made it true.
-- sequenced_at: the audit log has its leaf; delivered_at: every subscriber had it.
CREATE TABLE kit.event (
  bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
  id uuid NOT NULL,
  kind text NOT NULL,
  body jsonb NOT NULL,
  occurred_at timestamptz,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  request_id text NOT NULL,
  blind bytea CHECK (octet_length(blind) = 32),
  sequenced_at timestamptz,
  delivered_at timestamptz,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX event_unsequenced ON kit.event (id) WHERE sequenced_at IS NULL;
CREATE INDEX event_undelivered ON kit.event (id) WHERE delivered_at IS NULL;
GRANT SELECT, INSERT, UPDATE (sequenced_at, delivered_at) ON kit.event TO essc_app;

-- by holder: which subscriber has applied which event; written in the transaction of the effect
CREATE TABLE kit.inbox (
  bucket smallint NOT NULL,
  subscriber text NOT NULL,
  event_id uuid NOT NULL,
  applied_at timestamptz NOT NULL,
  PRIMARY KEY (bucket, subscriber, event_id)
);
GRANT SELECT, INSERT, DELETE ON kit.inbox TO essc_app;

-- by holder: deliveries that failed and are tried again, and those given up until a person looks
CREATE TABLE kit.retry (
  bucket smallint NOT NULL,
  subscriber text NOT NULL,
  event_id uuid NOT NULL,
  tries integer NOT NULL,
  next_at timestamptz NOT NULL,
  error text NOT NULL,
  given_up_at timestamptz,
  PRIMARY KEY (bucket, subscriber, event_id)
);
CREATE INDEX retry_due ON kit.retry (next_at) WHERE given_up_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.retry TO essc_app;

-- local: when each periodic job last ran, so that two workers do not both do it
CREATE TABLE kit.schedule (
  job text PRIMARY KEY,
  last_at timestamptz NOT NULL,
  took_ms integer,
  error text
);
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.schedule TO essc_app;

-- by client: the answer to a write, given again when the same request comes again. Sealed where it holds secrets; kept 24 h.
CREATE TABLE kit.idempotency (
  client text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('started', 'done')),
  status smallint,
  answer bytea,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (client, key)
);
CREATE INDEX idempotency_age ON kit.idempotency (created_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.idempotency TO essc_app;

-- by key: theoretical arrival time of the generic cell rate algorithm (GCRA); keys are keyed hashes, never a number
CREATE TABLE kit.throttle (
  name text NOT NULL,
  key bytea NOT NULL,
  tat timestamptz NOT NULL,
  PRIMARY KEY (name, key)
) WITH (fillfactor = 50);
CREATE INDEX throttle_age ON kit.throttle (tat);
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.throttle TO essc_app;
