-- What a look back at a whole series saw: to see it again takes several times as long as to
-- read the points. It is kept when a run ends; points that came otherwise have another digest.
CREATE TABLE lookbacks (
	series INTEGER PRIMARY KEY REFERENCES series (id),
	points TEXT NOT NULL,
	places TEXT NOT NULL CHECK (json_valid(places))
) STRICT;
