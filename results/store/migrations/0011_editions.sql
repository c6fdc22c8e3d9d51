-- Pages are kept until what they show changes. A run that measures changes nothing that
-- they show, thousands of times.
CREATE TABLE editions (
	id       INTEGER PRIMARY KEY CHECK (id = 1),
	runs     INTEGER NOT NULL,
	findings INTEGER NOT NULL
) STRICT;
INSERT INTO editions (id, runs, findings) VALUES (1, 1, 1);
