-- What is worth knowing of how a run came about and no number depends on: how its
-- sides were built, where its host stood, which build asked for it.

ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes));
