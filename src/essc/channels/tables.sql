-- Channels: the apps that carry the card. All tables are reference tables: small, read by everyone, written seldom.

CREATE SCHEMA channels;
GRANT USAGE ON SCHEMA channels TO essc_app;

-- number: ten digits beginning with the province (00: national); version: raised by every move and grant
CREATE TABLE channels.channel (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE CHECK (number ~ '^[0-9]{10}$'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 40),
  form text NOT NULL CHECK (form IN ('app', 'official_account', 'life_account', 'mini_program', 'website')),
  kind text NOT NULL CHECK (kind IN ('human_resources', 'government', 'national', 'bank', 'medical', 'social')),
  level smallint NOT NULL CHECK (level IN (1, 2)),
  parent_id uuid REFERENCES channels.channel (id),
  region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
  abilities text[] NOT NULL,
  fields text[] NOT NULL,
  sandbox boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('applied', 'active', 'paused', 'ended')),
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  since timestamptz NOT NULL,
  CHECK ((level = 2) = (parent_id IS NOT NULL))
);
CREATE INDEX channel_by_parent ON channels.channel (parent_id) WHERE parent_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (abilities, fields, state, version, since) ON channels.channel TO essc_app;

-- append-only: every move and grant, with the reason that was given
CREATE TABLE channels.move (
  channel_id uuid NOT NULL REFERENCES channels.channel (id),
  version integer NOT NULL,
  move text NOT NULL CHECK (move IN ('register', 'activate', 'pause', 'resume', 'end', 'grant')),
  was text,
  state text NOT NULL,
  reason text NOT NULL,
  moved_by text NOT NULL,
  moved_at timestamptz NOT NULL,
  PRIMARY KEY (channel_id, version)
);
GRANT SELECT, INSERT ON channels.move TO essc_app;

-- public keys a channel signs with; not_after: the end of the overlap once it is revoked. Rows stay.
CREATE TABLE channels.key (
  id uuid PRIMARY KEY,
  channel_id uuid NOT NULL REFERENCES channels.channel (id),
  algorithm text NOT NULL CHECK (algorithm IN ('ed25519', 'ecdsa-p256-sha256', 'sm2-sm3')),
  public bytea NOT NULL CHECK (octet_length(public) IN (32, 65)),
  thumbprint text NOT NULL,
  added_at timestamptz NOT NULL,
  not_after timestamptz,
  UNIQUE (channel_id, thumbprint)
);
GRANT SELECT, INSERT, UPDATE (not_after) ON channels.key TO essc_app;

-- who stands behind a channel; contact: sealed (name, mobile)
CREATE TABLE channels.registrant (
  channel_id uuid PRIMARY KEY REFERENCES channels.channel (id),
  organisation text NOT NULL CHECK (char_length(organisation) BETWEEN 2 AND 60),
  contact bytea NOT NULL
);
GRANT SELECT, INSERT ON channels.registrant TO essc_app;

-- management tokens of the developer portal, as keyed hashes; a channel has one that counts
CREATE TABLE channels.access (
  id uuid PRIMARY KEY,
  channel_id uuid NOT NULL REFERENCES channels.channel (id),
  token_mac bytea NOT NULL UNIQUE CHECK (octet_length(token_mac) = 32),
  made_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE UNIQUE INDEX access_live ON channels.access (channel_id) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE (ended_at) ON channels.access TO essc_app;

-- who is signed in to the developer portal; a visit counts while its access does
CREATE TABLE channels.visit (
  id uuid PRIMARY KEY,
  access_id uuid NOT NULL REFERENCES channels.access (id),
  token_mac bytea NOT NULL UNIQUE CHECK (octet_length(token_mac) = 32),
  began_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX visit_by_access ON channels.visit (access_id);
GRANT SELECT, INSERT, UPDATE (ended_at), DELETE ON channels.visit TO essc_app;

-- For higher rooms: whether a channel may be used now. A second-level channel is paused with the first-level one above it.
CREATE VIEW channels.pub_channel AS
SELECT c.id, c.number, c.name, c.kind, c.level, c.region, c.sandbox,
       CASE WHEN c.state <> 'active' THEN c.state WHEN p.state IN ('paused', 'ended') THEN 'paused' ELSE 'active' END AS state, c.abilities
  FROM channels.channel c LEFT JOIN channels.channel p ON p.id = c.parent_id;
GRANT SELECT ON channels.pub_channel TO essc_app;

-- For room reports: when a channel was in which state.
CREATE VIEW channels.pub_history AS SELECT channel_id, version, state, moved_at FROM channels.move;
GRANT SELECT ON channels.pub_history TO essc_app;

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
