-- What runs say of the commits of a main branch: the points of series, the steps
-- that were announced, and which of them people accept. Runs from before belong to
-- no branch and have no points.

ALTER TABLE runs ADD COLUMN class BLOB NOT NULL DEFAULT x'';
ALTER TABLE runs ADD COLUMN base_branch BLOB NOT NULL DEFAULT x'';
ALTER TABLE runs ADD COLUMN head_branch BLOB NOT NULL DEFAULT x'';

CREATE TABLE series (
  id        INTEGER PRIMARY KEY,
  suite     TEXT    NOT NULL,
  branch    BLOB    NOT NULL,
  class     BLOB    NOT NULL,
  benchmark INTEGER NOT NULL REFERENCES benchmarks (id),
  metric    INTEGER NOT NULL REFERENCES metrics (id),
  UNIQUE (suite, branch, class, benchmark, metric)
) STRICT;

CREATE TABLE environments (
  id     INTEGER PRIMARY KEY,
  digest TEXT    NOT NULL UNIQUE
) STRICT;

-- A series lies together in the order of its commits; time is the commit's.
-- side: 0 base, 1 head.
CREATE TABLE points (
  series      INTEGER NOT NULL REFERENCES series (id),
  time        INTEGER NOT NULL,
  run         INTEGER NOT NULL REFERENCES runs (num),
  side        INTEGER NOT NULL CHECK (side IN (0, 1)),
  environment INTEGER NOT NULL REFERENCES environments (id),
  value       REAL    NOT NULL,
  low         REAL    NOT NULL,
  high        REAL    NOT NULL,
  executions  INTEGER NOT NULL,
  PRIMARY KEY (series, time, run, side)
) STRICT, WITHOUT ROWID;

CREATE INDEX points_run ON points (run);

-- Rows are added, never changed: what was announced stays. before and after are
-- levels in the metric's unit, the others fractions of before.
CREATE TABLE steps (
  series      INTEGER NOT NULL REFERENCES series (id),
  environment INTEGER NOT NULL REFERENCES environments (id),
  bad         TEXT    NOT NULL,
  good        TEXT    NOT NULL,
  change      REAL    NOT NULL,
  low         REAL    NOT NULL,
  high        REAL    NOT NULL,
  before      REAL    NOT NULL,
  after       REAL    NOT NULL,
  source      TEXT    NOT NULL,
  run         INTEGER NOT NULL REFERENCES runs (num),
  announced   INTEGER,
  PRIMARY KEY (series, environment, bad)
) STRICT, WITHOUT ROWID;

CREATE TABLE acceptances (
  id        INTEGER PRIMARY KEY,
  suite     TEXT    NOT NULL,
  benchmark INTEGER NOT NULL REFERENCES benchmarks (id),
  rev       TEXT    NOT NULL,
  run       INTEGER NOT NULL REFERENCES runs (num),
  reason    BLOB    NOT NULL,
  person    BLOB    NOT NULL,
  at        INTEGER,
  undone_by BLOB,
  undone_at INTEGER
) STRICT;
