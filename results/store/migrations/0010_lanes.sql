-- Pages ask for the newest runs of one suite on one class of hosts, and of a class: what
-- others measured, or was imported from elsewhere, must not stand in the way.
CREATE INDEX runs_lanes ON runs (suite, class, kind, created);
CREATE INDEX runs_class ON runs (class, created) WHERE kind <> 'elsewhere';

-- What became of alarms is counted from this index alone: the rows of large suites lie on
-- a hundred pages each, and these columns at their ends.
CREATE INDEX runs_alarms ON runs (suite, host, alarms, kind, state, finished, looks) WHERE kind = 'comparison';
