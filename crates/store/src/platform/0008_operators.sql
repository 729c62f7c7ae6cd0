-- What those who run the bot have decided for all of its processes: one value a row, as JSON.
CREATE TABLE operator_setting (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (name)
);
