-- Times are nanoseconds since 1970 in UTC; NULL is the zero time. Columns that
-- may hold bytes which are no text are BLOB. JSON columns are read and written by
-- document.go. Released migrations are never edited: write the next one.

CREATE TABLE runs (
  num                 INTEGER PRIMARY KEY CHECK (num BETWEEN 1 AND 0x7fffff),
  id                  TEXT    NOT NULL UNIQUE CHECK (id <> ''),
  state               TEXT    NOT NULL,
  owner               TEXT    NOT NULL,
  user                TEXT    NOT NULL,
  suite               TEXT    NOT NULL,
  repo                BLOB    NOT NULL,
  created             INTEGER,
  finished            INTEGER,
  error               BLOB    NOT NULL,
  base_rev            TEXT    NOT NULL,
  base_asked          BLOB    NOT NULL,
  base_subject        BLOB    NOT NULL,
  base_author         BLOB    NOT NULL,
  base_time           INTEGER,
  base_dirty          INTEGER NOT NULL CHECK (base_dirty IN (0, 1)),
  head_rev            TEXT    NOT NULL,
  head_asked          BLOB    NOT NULL,
  head_subject        BLOB    NOT NULL,
  head_author         BLOB    NOT NULL,
  head_time           INTEGER,
  head_dirty          INTEGER NOT NULL CHECK (head_dirty IN (0, 1)),
  base_image_ref      BLOB    NOT NULL,
  base_image_digest   TEXT    NOT NULL,
  base_image_pipeline BLOB    NOT NULL,
  base_image_step     BLOB    NOT NULL,
  head_image_ref      BLOB    NOT NULL,
  head_image_digest   TEXT    NOT NULL,
  head_image_pipeline BLOB    NOT NULL,
  head_image_step     BLOB    NOT NULL,
  engine              TEXT    NOT NULL,
  seed                INTEGER NOT NULL CHECK (seed >= 0),
  rounds              INTEGER NOT NULL,
  warmups             INTEGER NOT NULL,
  cpus                TEXT    NOT NULL,
  harness_cpus        TEXT    NOT NULL,
  suite_path          BLOB    NOT NULL,
  suite_text          BLOB    NOT NULL,
  benchmarks          TEXT    NOT NULL CHECK (json_valid(benchmarks)),
  environment         TEXT    NOT NULL CHECK (json_valid(environment)),
  guards              TEXT    NOT NULL CHECK (json_valid(guards)),
  versions            TEXT    NOT NULL CHECK (json_valid(versions)),
  command             TEXT    NOT NULL CHECK (json_valid(command))
) STRICT;

CREATE INDEX runs_created ON runs (created);
CREATE INDEX runs_unfinished ON runs (state) WHERE finished IS NULL;

-- Dictionaries, shared by all runs. Rows are added, never changed.
CREATE TABLE benchmarks (
  id   INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE metrics (
  id        INTEGER PRIMARY KEY,
  case_name BLOB NOT NULL,
  name      BLOB NOT NULL,
  unit      BLOB NOT NULL,
  better    TEXT NOT NULL,
  UNIQUE (case_name, name, unit, better)
) STRICT;

-- Rows of a run lie together, in the order taken, and are found without an index,
-- because their number spells their place: an execution's is run * 2^22 + seq, a
-- sample's is that of its execution * 2^18 + position. New rows of a run go to the
-- end of a page, which keeps pages full and writes few of them. run, seq and
-- position are computed and take no room.

-- One process each, with what the kernel charged to it. side: 0 base, 1 head.
CREATE TABLE executions (
  id              INTEGER PRIMARY KEY,
  run             INTEGER NOT NULL AS (id >> 22) REFERENCES runs (num),
  seq             INTEGER NOT NULL AS (id & 0x3fffff),
  round           INTEGER NOT NULL,
  warmup          INTEGER NOT NULL CHECK (warmup IN (0, 1)),
  benchmark       INTEGER NOT NULL REFERENCES benchmarks (id),
  side            INTEGER NOT NULL CHECK (side IN (0, 1)),
  started         INTEGER,
  env_bytes       INTEGER NOT NULL,
  wall_ns         INTEGER NOT NULL,
  user_ns         INTEGER NOT NULL,
  system_ns       INTEGER NOT NULL,
  max_rss_bytes   INTEGER NOT NULL,
  minor_faults    INTEGER NOT NULL,
  major_faults    INTEGER NOT NULL,
  voluntary_ctx   INTEGER NOT NULL,
  involuntary_ctx INTEGER NOT NULL,
  exit_code       INTEGER NOT NULL,
  signal          INTEGER NOT NULL
) STRICT;

-- Why an execution is not usable; no row for one that is.
CREATE TABLE faults (
  execution INTEGER PRIMARY KEY REFERENCES executions (id),
  kind      TEXT NOT NULL,
  detail    BLOB NOT NULL,
  stderr    BLOB NOT NULL,
  stdout    BLOB NOT NULL
) STRICT;

-- position: 0-based place among the samples of its execution.
CREATE TABLE samples (
  id        INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL AS (id >> 18) REFERENCES executions (id),
  position  INTEGER NOT NULL AS (id & 0x3ffff),
  metric    INTEGER NOT NULL REFERENCES metrics (id),
  value     REAL    NOT NULL
) STRICT;

-- For people with a SQLite shell; perfrun itself does not read it.
CREATE VIEW measurements AS
SELECT r.id AS run, e.seq, e.round, e.warmup,
       CAST(b.name AS TEXT) AS benchmark,
       CASE e.side WHEN 0 THEN 'base' ELSE 'head' END AS side,
       CAST(m.case_name AS TEXT) AS case_name,
       CAST(m.name AS TEXT) AS metric,
       s.value,
       CAST(m.unit AS TEXT) AS unit
FROM samples s
JOIN executions e ON e.id = s.execution
JOIN runs r ON r.num = e.run
JOIN benchmarks b ON b.id = e.benchmark
JOIN metrics m ON m.id = s.metric;
