-- Tries that a stop of the daemon cut short: they are not the job's fault.

ALTER TABLE jobs ADD COLUMN stops INTEGER NOT NULL DEFAULT 0;
