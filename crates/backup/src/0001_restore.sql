-- One row, of the last restore into this database.
CREATE TABLE restore_run (
    id TEXT NOT NULL,
    file TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (id)
);
