-- Room operators: staff, how they sign in, where they are signed in, and what waits for a second person. All tables are reference tables:
-- small, read by everyone, written seldom.

CREATE SCHEMA operators;
GRANT USAGE ON SCHEMA operators TO essc_app;

-- sealed: name and unit; hashed: Argon2id over a peppered password; otp_sealed: the secret of one-time codes; otp_step: the last step that was used
CREATE TABLE operators.member (
  id uuid PRIMARY KEY,
  login text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{2,31}$'),
  sealed bytea NOT NULL,
  roles text[] NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ '{system,security,auditor,maker,checker,reader}'),
  areas text[] NOT NULL CHECK (cardinality(areas) > 0),
  state text NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
  hashed text,
  pepper_version integer,
  otp_sealed bytea,
  otp_step bigint NOT NULL DEFAULT 0,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  since timestamptz NOT NULL,
  seen_at timestamptz,
  CHECK ((hashed IS NULL) = (pepper_version IS NULL))
);
GRANT SELECT, INSERT, UPDATE (roles, areas, state, hashed, pepper_version, otp_sealed, otp_step, version, since, seen_at) ON operators.member TO essc_app;

-- WebAuthn credentials: the authenticator's data with its public key, and how often it says that it signed
CREATE TABLE operators.passkey (
  id bytea PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 1023),
  member_id uuid NOT NULL REFERENCES operators.member (id),
  credential bytea NOT NULL,
  sign_count bigint NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX passkey_of_member ON operators.passkey (member_id);
GRANT SELECT, INSERT, DELETE, UPDATE (sign_count, used_at) ON operators.passkey TO essc_app;

-- one-time links by the keyed hash of their token; a member has at most one that is neither used nor revoked
CREATE TABLE operators.invitation (
  id uuid PRIMARY KEY,
  member_id uuid NOT NULL REFERENCES operators.member (id),
  token_mac bytea NOT NULL UNIQUE CHECK (octet_length(token_mac) = 32),
  purpose text NOT NULL CHECK (purpose IN ('join', 'factor', 'password')),
  otp_sealed bytea NOT NULL,              -- the secret that the member's app is offered
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz
);
CREATE UNIQUE INDEX invitation_live ON operators.invitation (member_id) WHERE used_at IS NULL AND revoked_at IS NULL;
GRANT SELECT, INSERT, UPDATE (used_at, revoked_at) ON operators.invitation TO essc_app;

-- wrong tries by keyed hash of the login that was typed, whether there is such a member or not
CREATE TABLE operators.guess (
  login_mac bytea PRIMARY KEY CHECK (octet_length(login_mac) = 32),
  tries integer NOT NULL,
  tried_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON operators.guess TO essc_app;

-- a sign-in between its steps (the password was right), or a passkey ceremony between question and answer
CREATE TABLE operators.entry (
  id uuid PRIMARY KEY,
  token_mac bytea NOT NULL UNIQUE CHECK (octet_length(token_mac) = 32),
  member_id uuid REFERENCES operators.member (id),
  purpose text NOT NULL CHECK (purpose IN ('one_time_code', 'passkey', 'new_passkey')),
  challenge text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX entry_age ON operators.entry (expires_at);
GRANT SELECT, INSERT, DELETE ON operators.entry TO essc_app;

CREATE TABLE operators.session (
  id uuid PRIMARY KEY,
  token_mac bytea NOT NULL UNIQUE CHECK (octet_length(token_mac) = 32),
  member_id uuid NOT NULL REFERENCES operators.member (id),
  device_name text NOT NULL,
  way text NOT NULL CHECK (way IN ('one_time_code', 'passkey')),
  created_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  locked_at timestamptz,
  ended_at timestamptz,
  ended_why text,
  CHECK ((ended_at IS NULL) = (ended_why IS NULL))
);
CREATE INDEX session_of_member ON operators.session (member_id) WHERE ended_at IS NULL;
CREATE INDEX session_age ON operators.session (expires_at);
GRANT SELECT, INSERT, DELETE, UPDATE (seen_at, locked_at, ended_at, ended_why) ON operators.session TO essc_app;

-- what a second person decides; body holds ids and enums only
CREATE TABLE operators.approval (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind ~ '^[a-z_]+\.[a-z_]+$'),
  subject text NOT NULL,
  region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
  body jsonb NOT NULL,
  reason text NOT NULL,
  asked_by uuid NOT NULL REFERENCES operators.member (id),
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('asked', 'approved', 'refused', 'expired')),
  decided_by uuid REFERENCES operators.member (id),
  decided_at timestamptz,
  answer text NOT NULL DEFAULT '',
  CHECK ((outcome IN ('approved', 'refused')) = (decided_by IS NOT NULL)),
  CHECK (decided_by <> asked_by)
);
CREATE UNIQUE INDEX approval_open ON operators.approval (kind, subject) WHERE outcome = 'asked';
CREATE INDEX approval_asked ON operators.approval (asked_at);
GRANT SELECT, INSERT, UPDATE (outcome, decided_by, decided_at, answer) ON operators.approval TO essc_app;

-- For higher rooms: who staff are (no names) and how a request for a second person stands.
CREATE VIEW operators.pub_member AS SELECT id, login, roles, areas, state FROM operators.member;
GRANT SELECT ON operators.pub_member TO essc_app;

CREATE VIEW operators.pub_approval AS
SELECT id, kind, subject, region, asked_by, asked_at, expires_at, outcome, decided_by, decided_at FROM operators.approval;
GRANT SELECT ON operators.pub_approval TO essc_app;
