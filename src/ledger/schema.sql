-- The ledger, version 1; schema_2.sql goes on from here. Times are milliseconds since 1970 UTC. Nothing is ever deleted but attributes and settings, so
-- that ids stay true for ever; what is no longer in the data set has state 3 or 4.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Labels, keys and values of attributes, reviewers and the like, each once: a million shapes share a few of them.
CREATE TABLE name (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- What is indexed and reviewed: images and the shapes on them.
CREATE TABLE item (
    id     INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    asset  INTEGER REFERENCES asset (id),     -- the image of a shape; NULL: is an image itself
    shape  TEXT,                              -- id of a shape on its image, as the annotations have it
    label  INTEGER REFERENCES name (id),      -- the annotator's class; NULL: none
    x      REAL,                              -- the box of a shape in pixels: left,
    y      REAL,                              --     top,
    w      REAL,                              --     width,
    h      REAL,                              --     height
    state  INTEGER NOT NULL DEFAULT 0,        -- 0 pending, 1 described, 2 failed, 3 gone, 4 (shape) gone with its image
    reason TEXT,                              -- why it failed; NULL unless state is 2
    run    INTEGER NOT NULL DEFAULT 0         -- the last import that had it
) STRICT;
CREATE UNIQUE INDEX item_by_shape ON item (asset, shape) WHERE asset IS NOT NULL;
CREATE INDEX item_by_label ON item (label) WHERE label IS NOT NULL;

-- The file of an image.
CREATE TABLE asset (
    id       INTEGER PRIMARY KEY REFERENCES item (id),
    path     TEXT NOT NULL UNIQUE,            -- relative to the data set's folder, '/' between its parts
    bytes    INTEGER NOT NULL DEFAULT 0,      -- size of the file as it was last read
    mtime_ns INTEGER NOT NULL DEFAULT 0,      -- its time of modification then, nanoseconds since 1970 UTC
    hash     INTEGER NOT NULL DEFAULT 0,      -- XXH3 of its content, 64 bits as a signed number; 0: not read yet
    width    INTEGER NOT NULL DEFAULT 0,      -- of the upright image in pixels; 0: not known
    height   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- An item's own attributes; those of an image count for its shapes too. Keys and values are not declared as references,
-- which would cost a quarter of a large import: names are never deleted.
CREATE TABLE attribute (
    item  INTEGER NOT NULL REFERENCES item (id),
    key   INTEGER NOT NULL,                   -- name.id
    value INTEGER NOT NULL,                   -- name.id
    PRIMARY KEY (item, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX attribute_by_value ON attribute (key, value);

-- Jobs: lists of items to review, and how they were drawn.
CREATE TABLE job (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       INTEGER NOT NULL,              -- 1 audit, 2 kin, 3 suspects, 4 control
    unit       INTEGER NOT NULL,              -- what was drawn: 1 images, 2 shapes
    seed       INTEGER NOT NULL,              -- of the draw, 64 bits as a signed number; 0: nothing was random
    population INTEGER NOT NULL,              -- items that could have been drawn
    stratify   TEXT,                          -- the attribute whose values were the strata; NULL: none
    title      TEXT,                          -- one line for people
    created    INTEGER NOT NULL               -- time
) STRICT;

CREATE TABLE stratum (
    job        INTEGER NOT NULL REFERENCES job (id),
    number     INTEGER NOT NULL,              -- from 0
    name       TEXT NOT NULL,
    population INTEGER NOT NULL,              -- its items that no earlier audit had drawn
    drawn      INTEGER NOT NULL,              -- of them by this one
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_item (
    job         INTEGER NOT NULL REFERENCES job (id),
    position    INTEGER NOT NULL,             -- 1 is first; the random order of an audit
    item        INTEGER NOT NULL REFERENCES item (id),
    stratum     INTEGER NOT NULL,             -- stratum.number; 0 where there are no strata
    probability REAL,                         -- of being drawn, given what earlier audits had drawn; NULL: not random
    score       REAL,                         -- of a ranking; NULL: none
    PRIMARY KEY (job, position),
    UNIQUE (job, item)
) STRICT, WITHOUT ROWID;

-- Judgements. The one that counts is an item's last by time, then by id.
CREATE TABLE verdict (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    item      INTEGER NOT NULL REFERENCES item (id),
    job       INTEGER REFERENCES job (id),    -- in which it was given; NULL: none
    grade     INTEGER NOT NULL,               -- 1 ok, 2 minor, 3 critical; 0: earlier ones are withdrawn
    should_be INTEGER REFERENCES name (id),   -- the right label; NULL: not said
    kind      INTEGER REFERENCES name (id),   -- kind of error; NULL: not said
    note      TEXT,                           -- NULL: none
    reviewer  INTEGER REFERENCES name (id),   -- NULL: not known
    count     INTEGER NOT NULL,               -- errors on the item, at least 1
    time      INTEGER NOT NULL
) STRICT;
CREATE INDEX verdict_by_item ON verdict (item, time);

-- What was drawn and what was judged is evidence: a correction is a new row.
CREATE TRIGGER verdict_stays BEFORE UPDATE ON verdict BEGIN SELECT RAISE (ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_kept BEFORE DELETE ON verdict BEGIN SELECT RAISE (ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER job_stays BEFORE UPDATE ON job BEGIN SELECT RAISE (ABORT, 'jobs are append-only'); END;
CREATE TRIGGER job_kept BEFORE DELETE ON job BEGIN SELECT RAISE (ABORT, 'jobs are append-only'); END;
CREATE TRIGGER job_item_stays BEFORE UPDATE ON job_item BEGIN SELECT RAISE (ABORT, 'draws are append-only'); END;
CREATE TRIGGER job_item_kept BEFORE DELETE ON job_item BEGIN SELECT RAISE (ABORT, 'draws are append-only'); END;
CREATE TRIGGER stratum_stays BEFORE UPDATE ON stratum BEGIN SELECT RAISE (ABORT, 'draws are append-only'); END;
CREATE TRIGGER stratum_kept BEFORE DELETE ON stratum BEGIN SELECT RAISE (ABORT, 'draws are append-only'); END;
