-- What was measured of a commit is asked for by its revision.
CREATE INDEX runs_base_rev ON runs (base_rev);
CREATE INDEX runs_head_rev ON runs (head_rev);
