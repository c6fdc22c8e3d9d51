-- How large the steps are that a look back saw, an object for each of its places: to measure
-- them again takes longer than to lay the whole series out. What was kept before has none.
ALTER TABLE lookbacks ADD COLUMN sizes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sizes));
