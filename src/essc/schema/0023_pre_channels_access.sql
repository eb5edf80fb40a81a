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
