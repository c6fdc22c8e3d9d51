-- What a run is for, how quiet the machine was made for it, and what the machine
-- did while each execution ran.

ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'comparison';
ALTER TABLE runs ADD COLUMN quiet TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(quiet));
ALTER TABLE runs ADD COLUMN noise TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(noise));

-- The suite's latest calibration is looked for before every run.
CREATE INDEX runs_calibrations ON runs (suite, created) WHERE kind = 'calibration';

-- NULL where nothing was watched. Else two parts, all numbers as variable-length
-- integers of 7 bits a byte, lowest first: a mask of the quantities that are not
-- zero, then those, in the order and units of witness.go. A column a quantity
-- would take four times the room, and most are zero most of the time.
ALTER TABLE executions ADD COLUMN witness BLOB;

-- Why an execution counts in no verdict though its benchmark did nothing wrong;
-- no row for one that counts. position orders several reasons.
CREATE TABLE contaminations (
  execution INTEGER NOT NULL REFERENCES executions (id),
  position  INTEGER NOT NULL,
  reason    TEXT    NOT NULL,
  PRIMARY KEY (execution, position)
) STRICT;
