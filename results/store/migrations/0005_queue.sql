-- The queue of a box: jobs, schedules, who changed what, and whether it is paused.
-- What submitters wrote is kept as bytes.

CREATE TABLE jobs (
  num        INTEGER PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  repository BLOB    NOT NULL,
  base       BLOB    NOT NULL,
  head       BLOB    NOT NULL,
  branch     BLOB    NOT NULL,
  suite      BLOB    NOT NULL,
  only       BLOB    NOT NULL,
  rounds     INTEGER NOT NULL,
  min_effect REAL    NOT NULL,
  priority   TEXT    NOT NULL,
  submitter  BLOB    NOT NULL,
  origin     BLOB    NOT NULL,
  state      TEXT    NOT NULL,
  reason     BLOB    NOT NULL,
  created    INTEGER,
  not_before INTEGER,
  tries      INTEGER NOT NULL,
  owner      TEXT    NOT NULL,
  heartbeat  INTEGER,
  started    INTEGER,
  ended      INTEGER,
  same       TEXT    NOT NULL
) STRICT;

CREATE INDEX jobs_open ON jobs (state, num) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_head ON jobs (head, state);
CREATE INDEX jobs_branch ON jobs (branch, state) WHERE state = 'queued';
CREATE INDEX jobs_same ON jobs (same) WHERE same <> '';
CREATE INDEX jobs_submitter ON jobs (submitter, started);
CREATE INDEX jobs_done ON jobs (suite, num) WHERE state = 'done' AND same = '';

-- order_json is an order without an id.
CREATE TABLE schedules (
  name       TEXT    NOT NULL PRIMARY KEY,
  cron       TEXT    NOT NULL,
  order_json BLOB    NOT NULL,
  person     BLOB    NOT NULL,
  created    INTEGER,
  last       INTEGER,
  last_job   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows are added, never changed.
CREATE TABLE audit (
  id      INTEGER PRIMARY KEY,
  at      INTEGER,
  person  BLOB    NOT NULL,
  role    TEXT    NOT NULL,
  address BLOB    NOT NULL,
  verb    TEXT    NOT NULL,
  object  BLOB    NOT NULL,
  detail  BLOB    NOT NULL
) STRICT;

CREATE TABLE pauses (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  person BLOB    NOT NULL,
  why    BLOB    NOT NULL,
  since  INTEGER
) STRICT;
