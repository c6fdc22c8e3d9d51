-- What runs concluded, so that pages need not judge samples again, and the columns
-- of lists of runs before those that may be long: SQLite reads a row from its front,
-- and those of a suite of a thousand benchmarks take a hundred pages.
--
-- counts: verdict -> number of outcomes; an empty object where that is not known, as
-- of runs from before. disturbed: results.Disturbances in the same way. host: the
-- host's name among the facts of the environment.

DROP VIEW measurements;

CREATE TABLE runs_by_use (
  num                 INTEGER PRIMARY KEY CHECK (num BETWEEN 1 AND 0x7fffff),
  id                  TEXT    NOT NULL UNIQUE CHECK (id <> ''),
  state               TEXT    NOT NULL,
  kind                TEXT    NOT NULL DEFAULT 'comparison',
  suite               TEXT    NOT NULL,
  class               BLOB    NOT NULL DEFAULT x'',
  host                BLOB    NOT NULL DEFAULT x'',
  created             INTEGER,
  finished            INTEGER,
  counts              TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(counts)),
  disturbed           TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(disturbed)),
  owner               TEXT    NOT NULL,
  user                TEXT    NOT NULL,
  repo                BLOB    NOT NULL,
  base_rev            TEXT    NOT NULL,
  base_asked          BLOB    NOT NULL,
  base_subject        BLOB    NOT NULL,
  base_author         BLOB    NOT NULL,
  base_time           INTEGER,
  base_dirty          INTEGER NOT NULL CHECK (base_dirty IN (0, 1)),
  base_branch         BLOB    NOT NULL DEFAULT x'',
  head_rev            TEXT    NOT NULL,
  head_asked          BLOB    NOT NULL,
  head_subject        BLOB    NOT NULL,
  head_author         BLOB    NOT NULL,
  head_time           INTEGER,
  head_dirty          INTEGER NOT NULL CHECK (head_dirty IN (0, 1)),
  head_branch         BLOB    NOT NULL DEFAULT x'',
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
  error               BLOB    NOT NULL,
  max_time_ns         INTEGER NOT NULL DEFAULT 0,
  judged              TEXT    NOT NULL DEFAULT '',
  suite_path          BLOB    NOT NULL,
  suite_text          BLOB    NOT NULL,
  benchmarks          TEXT    NOT NULL CHECK (json_valid(benchmarks)),
  environment         TEXT    NOT NULL CHECK (json_valid(environment)),
  guards              TEXT    NOT NULL CHECK (json_valid(guards)),
  versions            TEXT    NOT NULL CHECK (json_valid(versions)),
  command             TEXT    NOT NULL CHECK (json_valid(command)),
  quiet               TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(quiet)),
  looks               TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(looks)),
  alarms              TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(alarms)),
  notes               TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(notes)),
  noise               TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(noise))
) STRICT;

INSERT INTO runs_by_use (
  num, id, state, kind, suite, class, host, created, finished, owner, user, repo,
  base_rev, base_asked, base_subject, base_author, base_time, base_dirty, base_branch,
  head_rev, head_asked, head_subject, head_author, head_time, head_dirty, head_branch,
  base_image_ref, base_image_digest, base_image_pipeline, base_image_step,
  head_image_ref, head_image_digest, head_image_pipeline, head_image_step,
  engine, seed, rounds, warmups, cpus, harness_cpus, error, max_time_ns, judged,
  suite_path, suite_text, benchmarks, environment, guards, versions, command, quiet, looks, alarms, notes, noise)
SELECT
  num, id, state, kind, suite, class,
  coalesce((SELECT CAST(f.value ->> '$.value' AS BLOB) FROM json_each(CASE WHEN json_valid(environment) THEN environment ELSE '[]' END) f
    WHERE f.type = 'object' AND f.value ->> '$.name' = 'host.name' AND json_type(f.value, '$.value') = 'text' LIMIT 1), x''),
  created, finished, owner, user, repo,
  base_rev, base_asked, base_subject, base_author, base_time, base_dirty, base_branch,
  head_rev, head_asked, head_subject, head_author, head_time, head_dirty, head_branch,
  base_image_ref, base_image_digest, base_image_pipeline, base_image_step,
  head_image_ref, head_image_digest, head_image_pipeline, head_image_step,
  engine, seed, rounds, warmups, cpus, harness_cpus, error, max_time_ns, judged,
  suite_path, suite_text, benchmarks, environment, guards, versions, command, quiet, looks, alarms, notes, noise
FROM runs;

DROP TABLE runs;
ALTER TABLE runs_by_use RENAME TO runs;

CREATE INDEX runs_created ON runs (created);
CREATE INDEX runs_unfinished ON runs (state) WHERE finished IS NULL;
CREATE INDEX runs_calibrations ON runs (suite, created) WHERE kind = 'calibration';

CREATE VIEW measurements AS
SELECT r.id AS run, e.seq, e.block, e.round, e.warmup,
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

-- What a run concluded, in the order of its report. base and head are medians in the
-- metric's unit, change, low and high fractions of base, which mean something where
-- measured.
CREATE TABLE outcomes (
  run         INTEGER NOT NULL REFERENCES runs (num),
  position    INTEGER NOT NULL,
  benchmark   INTEGER NOT NULL REFERENCES benchmarks (id),
  metric      INTEGER NOT NULL REFERENCES metrics (id),
  verdict     TEXT    NOT NULL,
  reason      BLOB    NOT NULL,
  measured    INTEGER NOT NULL CHECK (measured IN (0, 1)),
  change      REAL    NOT NULL,
  low         REAL    NOT NULL,
  high        REAL    NOT NULL,
  base        REAL    NOT NULL,
  head        REAL    NOT NULL,
  base_n      INTEGER NOT NULL,
  head_n      INTEGER NOT NULL,
  min_effect  REAL    NOT NULL,
  noise_floor REAL    NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
