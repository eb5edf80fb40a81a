-- Venues, terminals, scenes. All tables are reference tables: small, read by everyone, written seldom.

CREATE SCHEMA venues;
GRANT USAGE ON SCHEMA venues TO essc_app;

-- what a terminal may be there for: the function of the card (six of them), the fields it returns, the level it needs
CREATE TABLE venues.scene (
  code text PRIMARY KEY CHECK (code ~ '^[a-z]+\.[a-z_]+$'),
  title_zh text NOT NULL,
  title_en text NOT NULL,
  function text NOT NULL CHECK (function IN ('identity', 'records', 'enquiry', 'medical', 'benefits', 'finance')),
  fields text[] NOT NULL,
  level smallint NOT NULL CHECK (level IN (1, 2))
);
GRANT SELECT ON venues.scene TO essc_app;

-- kinds of venue, with the scenes that each of their terminals may use without being asked
CREATE TABLE venues.kind (
  code text PRIMARY KEY,
  title_zh text NOT NULL,
  title_en text NOT NULL,
  scenes text[] NOT NULL
);
GRANT SELECT ON venues.kind TO essc_app;

INSERT INTO venues.scene (code, title_zh, title_en, function, fields, level) VALUES
  ('hospital.register',    '挂号',         'Register at a hospital',    'medical',  '{name,number,photo,region,card_last4}',    1),
  ('hospital.settle',      '就医结算',     'Settle a hospital bill',    'medical',  '{name,number,photo,region,card_last4,level}', 2),
  ('pharmacy.buy',         '购药',         'Buy medicine',              'medical',  '{name,number_masked,photo,card_last4}',    1),
  ('pharmacy.settle',      '药店结算',     'Settle at a pharmacy',      'medical',  '{name,number_masked,photo,card_last4,level}', 2),
  ('park.enter',           '入园',         'Enter a park or sight',     'identity', '{name_masked,region}',                     1),
  ('library.enter',        '入馆',         'Enter a library',           'identity', '{name_masked}',                            1),
  ('library.lend',         '借阅',         'Borrow from a library',     'identity', '{name,number_masked}',                     1),
  ('kiosk.login',          '自助机登录',   'Sign in at a kiosk',        'enquiry',  '{name_masked,number_masked}',              1),
  ('counter.person_check', '窗口实人核验', 'Person check at a counter', 'identity', '{name,number_masked,photo,region}',        1),
  ('counter.identify',     '窗口办事',     'Identify at a counter',     'identity', '{name,number,photo,region,card_last4,level}', 1),
  ('counter.collect',      '待遇领取',     'Collect a benefit',         'benefits', '{name,number,photo,region,card_last4}',    1),
  ('shop.pay',             '商超支付',     'Pay in a shop',             'finance',  '{name_masked,card_last4,level}',           2),
  ('bus.ride',             '乘车',         'Ride a bus',                'finance',  '{card_last4}',                             1);

INSERT INTO venues.kind (code, title_zh, title_en, scenes) VALUES
  ('hospital',      '医院',         'Hospital',          '{hospital.register,hospital.settle,counter.person_check}'),
  ('pharmacy',      '药店',         'Pharmacy',          '{pharmacy.buy,pharmacy.settle}'),
  ('park',          '公园景区',     'Park or sight',     '{park.enter}'),
  ('library',       '图书馆',       'Library',           '{library.enter,library.lend}'),
  ('bus',           '公交',         'Bus',               '{bus.ride}'),
  ('kiosk',         '自助机',       'Kiosk',             '{kiosk.login}'),
  ('shop',          '商超',         'Shop',              '{shop.pay}'),
  ('service_point', '社保服务网点', 'Service point',     '{counter.person_check,counter.identify,counter.collect}');

CREATE TABLE venues.venue (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 2 AND 60),
  kind text NOT NULL REFERENCES venues.kind (code),
  region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
  state text NOT NULL CHECK (state IN ('active', 'paused', 'closed')),
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX venue_by_region ON venues.venue (region, name, id);
CREATE INDEX venue_by_name ON venues.venue (name, id);
CREATE INDEX venue_not_active ON venues.venue (id) WHERE state <> 'active';
GRANT SELECT, INSERT, UPDATE (state, version, since) ON venues.venue TO essc_app;

-- sessions_since: sessions that began earlier count no longer; last_session_at: when the newest began (both on whole seconds);
-- software: the program and version that the terminal named when it opened its newest session
CREATE TABLE venues.terminal (
  id uuid PRIMARY KEY,
  venue_id uuid NOT NULL REFERENCES venues.venue (id),
  number text NOT NULL UNIQUE CHECK (number ~ '^[0-9]{12}$'),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 40),
  kind text NOT NULL CHECK (kind IN ('window', 'scanner', 'gate', 'kiosk', 'phone')),
  state text NOT NULL CHECK (state IN ('registered', 'active', 'disabled')),
  granted text[] NOT NULL,
  algorithm text CHECK (algorithm IN ('ed25519', 'ecdsa-p256-sha256', 'sm2-sm3')),
  public bytea CHECK (octet_length(public) IN (32, 65)),
  activated_at timestamptz,
  sessions_since timestamptz,
  last_session_at timestamptz,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  since timestamptz NOT NULL,
  software text CHECK (char_length(software) BETWEEN 1 AND 40),
  CHECK (state <> 'active' OR public IS NOT NULL),
  CHECK ((public IS NULL) = (algorithm IS NULL))
);
CREATE INDEX terminal_by_venue ON venues.terminal (venue_id);
CREATE INDEX terminal_disabled ON venues.terminal (id) WHERE state = 'disabled';
GRANT SELECT, INSERT, UPDATE (state, granted, algorithm, public, activated_at, sessions_since, last_session_at, version, since, software)
  ON venues.terminal TO essc_app;

-- by terminal and day in Shanghai: how often it read and when last, told by the uses that room records keeps (never in the verdict's own
-- transaction). No foreign key: a count holds up no use.
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

-- When each terminal was last heard of (session, use, sign of life; 1970: never), beside the region it stands in: pages by that are a walk along
-- an index. Written once a minute at most for each. No foreign key: a sign of life holds up nobody.
CREATE TABLE venues.sighting (
  terminal_id uuid PRIMARY KEY,
  region text NOT NULL CHECK (region ~ '^[0-9]{6}$'),
  last_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX sighting_by_time ON venues.sighting (last_at, terminal_id);
CREATE INDEX sighting_by_region ON venues.sighting (region, last_at, terminal_id);
GRANT SELECT, INSERT, UPDATE (last_at) ON venues.sighting TO essc_app;

-- append-only: every move of a venue or a terminal, with the reason that was given
CREATE TABLE venues.move (
  subject_id uuid NOT NULL,
  version integer NOT NULL,
  move text NOT NULL,
  was text,
  state text NOT NULL,
  reason text NOT NULL,
  moved_by text NOT NULL,
  moved_at timestamptz NOT NULL,
  PRIMARY KEY (subject_id, version)
);
GRANT SELECT, INSERT ON venues.move TO essc_app;

-- activation codes as keyed hashes; a terminal has at most one that is neither used nor revoked
CREATE TABLE venues.activation (
  id uuid PRIMARY KEY,
  terminal_id uuid NOT NULL REFERENCES venues.terminal (id),
  code_hash bytea NOT NULL UNIQUE CHECK (octet_length(code_hash) = 32),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  used_by text,
  revoked_at timestamptz,
  CHECK ((used_at IS NULL) = (used_by IS NULL))
);
CREATE UNIQUE INDEX activation_live ON venues.activation (terminal_id) WHERE used_at IS NULL AND revoked_at IS NULL;
GRANT SELECT, INSERT, UPDATE (used_at, used_by, revoked_at) ON venues.activation TO essc_app;

-- For higher rooms: a terminal as it stands now, with the scenes it may use.
CREATE VIEW venues.pub_terminal AS
SELECT t.id, t.venue_id, t.number, t.name, t.state, t.sessions_since, v.state AS venue_state, v.name AS venue_name, v.kind AS venue_kind,
       v.region, k.scenes || t.granted AS scenes
  FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id JOIN venues.kind k ON k.code = v.kind;
GRANT SELECT ON venues.pub_terminal TO essc_app;

CREATE VIEW venues.pub_scene AS SELECT code, title_zh, title_en, function, fields, level FROM venues.scene;
GRANT SELECT ON venues.pub_scene TO essc_app;
