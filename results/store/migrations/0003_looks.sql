-- When a run is looked at while it goes on, the second block that confirms its
-- alarms, what became of those, and the digest of its verdicts when it ended.
-- Runs from before were judged once, at their end: no looks, block 0, no digest.

ALTER TABLE runs ADD COLUMN looks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(looks));
ALTER TABLE runs ADD COLUMN max_time_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN alarms TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(alarms));
ALTER TABLE runs ADD COLUMN judged TEXT NOT NULL DEFAULT '';

ALTER TABLE executions ADD COLUMN block INTEGER NOT NULL DEFAULT 0 CHECK (block IN (0, 1));

DROP VIEW measurements;
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
