-- Whose data this is.
CREATE TABLE claim (
    subject TEXT NOT NULL,
    holder TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (subject)
);
