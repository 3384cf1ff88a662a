-- Version 2: a job says how its items were chosen, so that the hunt for a mistake can go on where it left off.

ALTER TABLE job ADD COLUMN ranking   TEXT;    -- what put the items in order: mistake, looks, ..; NULL: nothing did
ALTER TABLE job ADD COLUMN label     TEXT;    -- only items with this label; NULL: any
ALTER TABLE job ADD COLUMN given     TEXT;    -- the mistake that was looked for: the label given to an item
ALTER TABLE job ADD COLUMN should_be TEXT;    --     that should have this one; NULL: not known
ALTER TABLE job ADD COLUMN origin    INTEGER; -- the job that began the hunt this one goes on with; NULL: none
ALTER TABLE job ADD COLUMN expected  REAL;    -- mistakes among the items, as estimated then; NULL: not estimated

-- The items that a job was to be like and unlike.
CREATE TABLE job_like (
    job    INTEGER NOT NULL REFERENCES job (id),
    item   INTEGER NOT NULL REFERENCES item (id),
    unlike INTEGER NOT NULL,                  -- 1: unlike
    PRIMARY KEY (job, item)
) STRICT, WITHOUT ROWID;

-- Conditions on attributes that all items of a job met.
CREATE TABLE job_where (
    job   INTEGER NOT NULL REFERENCES job (id),
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (job, key, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_by_origin ON job (origin) WHERE origin IS NOT NULL;

CREATE TRIGGER job_like_stays BEFORE UPDATE ON job_like BEGIN SELECT RAISE (ABORT, 'jobs are append-only'); END;
CREATE TRIGGER job_like_kept BEFORE DELETE ON job_like BEGIN SELECT RAISE (ABORT, 'jobs are append-only'); END;
CREATE TRIGGER job_where_stays BEFORE UPDATE ON job_where BEGIN SELECT RAISE (ABORT, 'jobs are append-only'); END;
CREATE TRIGGER job_where_kept BEFORE DELETE ON job_where BEGIN SELECT RAISE (ABORT, 'jobs are append-only'); END;
