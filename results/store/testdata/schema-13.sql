PRAGMA application_id = 1885762158;
PRAGMA user_version = 13;
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
, witness BLOB, block INTEGER NOT NULL DEFAULT 0 CHECK (block IN (0, 1))) STRICT;
CREATE TABLE faults (
  execution INTEGER PRIMARY KEY REFERENCES executions (id),
  kind      TEXT NOT NULL,
  detail    BLOB NOT NULL,
  stderr    BLOB NOT NULL,
  stdout    BLOB NOT NULL
) STRICT;
CREATE TABLE samples (
  id        INTEGER PRIMARY KEY,
  execution INTEGER NOT NULL AS (id >> 18) REFERENCES executions (id),
  position  INTEGER NOT NULL AS (id & 0x3ffff),
  metric    INTEGER NOT NULL REFERENCES metrics (id),
  value     REAL    NOT NULL
) STRICT;
CREATE TABLE contaminations (
  execution INTEGER NOT NULL REFERENCES executions (id),
  position  INTEGER NOT NULL,
  reason    TEXT    NOT NULL,
  PRIMARY KEY (execution, position)
) STRICT;
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
, stops INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX jobs_open ON jobs (state, num) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_head ON jobs (head, state);
CREATE INDEX jobs_branch ON jobs (branch, state) WHERE state = 'queued';
CREATE INDEX jobs_same ON jobs (same) WHERE same <> '';
CREATE INDEX jobs_submitter ON jobs (submitter, started);
CREATE INDEX jobs_done ON jobs (suite, num) WHERE state = 'done' AND same = '';
CREATE TABLE schedules (
  name       TEXT    NOT NULL PRIMARY KEY,
  cron       TEXT    NOT NULL,
  order_json BLOB    NOT NULL,
  person     BLOB    NOT NULL,
  created    INTEGER,
  last       INTEGER,
  last_job   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
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
CREATE TABLE "runs" (
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
CREATE INDEX runs_base_rev ON runs (base_rev);
CREATE INDEX runs_head_rev ON runs (head_rev);
CREATE INDEX runs_lanes ON runs (suite, class, kind, created);
CREATE INDEX runs_class ON runs (class, created) WHERE kind <> 'elsewhere';
CREATE INDEX runs_alarms ON runs (suite, host, alarms, kind, state, finished, looks) WHERE kind = 'comparison';
CREATE TABLE editions (
	id       INTEGER PRIMARY KEY CHECK (id = 1),
	runs     INTEGER NOT NULL,
	findings INTEGER NOT NULL
) STRICT;
CREATE TABLE lookbacks (
	series INTEGER PRIMARY KEY REFERENCES series (id),
	points TEXT NOT NULL,
	places TEXT NOT NULL CHECK (json_valid(places))
, sizes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sizes))) STRICT;
-- rows
INSERT INTO runs (num, id, state, kind, suite, class, host, created, finished, counts, disturbed, owner, user, repo, base_rev, base_asked, base_subject, base_author, base_time, base_dirty, base_branch, head_rev, head_asked, head_subject, head_author, head_time, head_dirty, head_branch, base_image_ref, base_image_digest, base_image_pipeline, base_image_step, head_image_ref, head_image_digest, head_image_pipeline, head_image_step, engine, seed, rounds, warmups, cpus, harness_cpus, error, max_time_ns, judged, suite_path, suite_text, benchmarks, environment, guards, versions, command, quiet, looks, alarms, notes, noise) VALUES (1, 'old', 'failed', 'comparison', 'dataflow', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'', 1793613487123456789, 1793699887123456789, '{"broken":1,"regression":2}', '{}', '4711@box', 'nikhil', X'2F7372632F6F6C64', '0a1b', X'6D61696E7E31', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'4AF67267', 1793609887123456789, 0, X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', '2c3d', X'2E', X'', X'4AC3B67267', 1793613427123456789, 1, X'', X'63693A31', 'sha256:11', X'63692F273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'62656E6368', X'63693A32', 'sha256:22', X'', X'', 'docker', 4611686018427387905, 30, 1, '2-3', '0', X'69742062726F6B65', 600000000000, '0123abcd', X'706572662E796D6C', X'73756974653A2064617461666C6F770A2320FF0A', '[{"name":"join","command":"cargo bench","format":"criterion","cpus":2,"min_effect":0.02,"precision":0.1},{"name":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"command":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"format":"","cpus":0,"min_effect":0,"precision":0}]', '[{"name":"cpu.model","value":"x"},{"name":"kernel.cmdline","value":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="}}]', '[{"aspect":"cpus","held":true,"detail":"2-3"},{"aspect":"network","held":false,"detail":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="}}]', '[{"name":"perfrun","value":"1"}]', '["perfrun","run",{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},""]', '{"asked":"isolate","reached":"pin","shield":"allowed cpus","why":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"knobs":[{"name":"governor","outcome":"applied","was":"powersave","is":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"detail":{"base64":"/w=="}}],"limits":[{"quantity":"foreign","floor":1000000,"per_second":20000,"source":"default"}],"unseen":["throttles"]}', '[6,8,30]', '[{"benchmark":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"case":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"metric":"wall","unit":"sec","better":"lower","outcome":"refuted"},{"benchmark":"join","metric":"rate","unit":{"base64":"/w=="},"better":"higher","outcome":"confirmed"}]', '[{"name":"build of base","value":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="}}]', '[{"benchmark":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"case":{"base64":"JzsgRFJPUCBUQUJMRSBydW5zOyAtLQoA//4gPHNjcmlwdD4bWzMxbSDigK4lXz8="},"metric":"wall","unit":"sec","better":"lower","run":"c0ffee","rounds":30,"cv":0.01,"spread":0.02,"drift":-0.03,"autocorrelation":-0.4,"floor":0.05,"visible":0.06,"false_alarms":0.07}]');
INSERT INTO benchmarks (id, name) VALUES (1, X'6A6F696E');
INSERT INTO benchmarks (id, name) VALUES (2, X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F');
INSERT INTO metrics (id, case_name, name, unit, better) VALUES (1, X'', X'77616C6C', X'736563', 'lower');
INSERT INTO metrics (id, case_name, name, unit, better) VALUES (2, X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'7261746500', X'FF', 'higher');
INSERT INTO metrics (id, case_name, name, unit, better) VALUES (3, X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'77616C6C', X'FF', 'higher');
INSERT INTO metrics (id, case_name, name, unit, better) VALUES (4, X'', X'', X'', '');
INSERT INTO metrics (id, case_name, name, unit, better) VALUES (5, X'', X'637075', X'', '');
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194304, 0, 1, 1, 0, 1793613600999999999, 0, 1000000000, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, NULL, 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194305, 0, 1, 1, 1, 1793613601999999999, 3, 1000000001, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'8B578092F401A4130E8E079035808080808040D00F09', 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194306, 0, 1, 2, 0, 1793613602999999999, 6, 1000000002, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'00', 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194307, 0, 1, 2, 1, 1793613603999999999, 9, 1000000003, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, NULL, 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194308, 1, 0, 1, 0, 1793613604999999999, 12, 1000000004, 2, 3, 8589934592, 5, 6, 7, 8, -1, 9, X'8B578092F401A4130E8E079035808080808040C03E09', 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194309, 1, 0, 1, 1, 1793613605999999999, 15, 1000000005, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'00', 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194310, 1, 0, 2, 0, 1793613606999999999, 18, 1000000006, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, NULL, 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194311, 1, 0, 2, 1, 1793613607999999999, 21, 1000000007, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'8B578092F401A4130E8E079035808080808040B06D09', 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194312, 2, 0, 1, 0, 1793613608999999999, 24, 1000000008, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'00', 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194313, 2, 0, 1, 1, 1793613609999999999, 27, 1000000009, 2, 3, 8589934592, 5, 6, 7, 8, -1, 9, NULL, 0);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194314, 2, 0, 2, 0, 1793613610999999999, 30, 1000000010, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'8B578092F401A4130E8E079035808080808040A09C0109', 1);
INSERT INTO executions (id, round, warmup, benchmark, side, started, env_bytes, wall_ns, user_ns, system_ns, max_rss_bytes, minor_faults, major_faults, voluntary_ctx, involuntary_ctx, exit_code, signal, witness, block) VALUES (4194315, 2, 0, 2, 1, 1793613611999999999, 33, 1000000011, 2, 3, 8589934592, 5, 6, 7, 8, 0, 0, X'00', 1);
INSERT INTO faults (execution, kind, detail, stderr, stdout) VALUES (4194308, 'signal', X'6B696C6C6564', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'C32800');
INSERT INTO faults (execution, kind, detail, stderr, stdout) VALUES (4194313, 'signal', X'6B696C6C6564', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'C32800');
INSERT INTO contaminations (execution, position, reason) VALUES (4194305, 0, 'other programs ran 1.2 ms');
INSERT INTO contaminations (execution, position, reason) VALUES (4194305, 1, '''; DROP TABLE runs; -- <script>[31m ‮%_?');
INSERT INTO contaminations (execution, position, reason) VALUES (4194308, 0, 'other programs ran 1.2 ms');
INSERT INTO contaminations (execution, position, reason) VALUES (4194308, 1, '''; DROP TABLE runs; -- <script>[31m ‮%_?');
INSERT INTO contaminations (execution, position, reason) VALUES (4194311, 0, 'other programs ran 1.2 ms');
INSERT INTO contaminations (execution, position, reason) VALUES (4194311, 1, '''; DROP TABLE runs; -- <script>[31m ‮%_?');
INSERT INTO contaminations (execution, position, reason) VALUES (4194314, 0, 'other programs ran 1.2 ms');
INSERT INTO contaminations (execution, position, reason) VALUES (4194314, 1, '''; DROP TABLE runs; -- <script>[31m ‮%_?');
INSERT INTO samples (id, metric, value) VALUES (1099511627776, 1, 0.33333333333333332);
INSERT INTO samples (id, metric, value) VALUES (1099511627777, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099511627778, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099511889920, 1, 0.25);
INSERT INTO samples (id, metric, value) VALUES (1099511889921, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099511889922, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099512152064, 1, 0.2);
INSERT INTO samples (id, metric, value) VALUES (1099512152065, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099512152066, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099512414208, 1, 0.16666666666666666);
INSERT INTO samples (id, metric, value) VALUES (1099512414209, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099512414210, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099512938496, 1, 0.125);
INSERT INTO samples (id, metric, value) VALUES (1099512938497, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099512938498, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099513200640, 1, 0.1111111111111111);
INSERT INTO samples (id, metric, value) VALUES (1099513200641, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099513200642, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099513462784, 1, 0.1);
INSERT INTO samples (id, metric, value) VALUES (1099513462785, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099513462786, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099513724928, 1, 0.090909090909090912);
INSERT INTO samples (id, metric, value) VALUES (1099513724929, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099513724930, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099514249216, 1, 0.076923076923076927);
INSERT INTO samples (id, metric, value) VALUES (1099514249217, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099514249218, 1, 4.9406564584124654e-324);
INSERT INTO samples (id, metric, value) VALUES (1099514511360, 1, 0.071428571428571425);
INSERT INTO samples (id, metric, value) VALUES (1099514511361, 2, -1.0e+300);
INSERT INTO samples (id, metric, value) VALUES (1099514511362, 1, 4.9406564584124654e-324);
INSERT INTO series (id, suite, branch, class, benchmark, metric) VALUES (1, 'dataflow', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', 2, 3);
INSERT INTO environments (id, digest) VALUES (1, 'e1');
INSERT INTO points (series, time, run, side, environment, value, low, high, executions) VALUES (1, 1793609887123456789, 1, 0, 1, 1.5, -1.0e+300, 4.9406564584124654e-324, 7);
INSERT INTO points (series, time, run, side, environment, value, low, high, executions) VALUES (1, 1793613427123456789, 1, 1, 1, 2.5, -1.0e+300, 4.9406564584124654e-324, 7);
INSERT INTO steps (series, environment, bad, good, change, low, high, before, after, source, run, announced) VALUES (1, 1, '2c3d', '0a1b', 0.5, 0.25, 0.75, 2.0, 3.0, 'history', 1, 1793664000000000007);
INSERT INTO acceptances (id, suite, benchmark, rev, run, reason, person, at, undone_by, undone_at) VALUES (1, 'dataflow', 2, '2c3d', 1, X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', 1793750400000000007, NULL, NULL);
INSERT INTO outcomes (run, position, benchmark, metric, verdict, reason, measured, change, low, high, base, head, base_n, head_n, min_effect, noise_floor) VALUES (1, 0, 2, 4, 'broken', X'273B2044524F50205441424C452072756E733B202D2D0A00FFFE203C7363726970743E1B5B33316D20E280AE255F3F', 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0.0);
INSERT INTO outcomes (run, position, benchmark, metric, verdict, reason, measured, change, low, high, base, head, base_n, head_n, min_effect, noise_floor) VALUES (1, 1, 1, 3, 'regression', X'736C6F776572', 1, 0.5, -1.0e+300, 4.9406564584124654e-324, 2.0, 3.0, 7, 8, 0.02, 0.03);
INSERT INTO outcomes (run, position, benchmark, metric, verdict, reason, measured, change, low, high, base, head, base_n, head_n, min_effect, noise_floor) VALUES (1, 2, 1, 5, 'regression', X'', 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0.0);
