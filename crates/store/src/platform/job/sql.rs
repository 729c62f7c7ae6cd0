//! The statements, which are the same for guilds and for lanes but for the table and whose the row is.
//!
//! Those that the scheduler runs are an operator's, and each touches one party: on PostgreSQL they take no
//! lock that a handler holds, and with a file for each guild they open one file.

use crate::statement::{Gather, GuildStatement, OperatorStatement, guild as of_guild, operator};

macro_rules! statements {
    ($table:literal, $owner:literal, $by:literal, $gather:expr) => {
        const HELD: Gather = $gather;

        /// What waits in one party and may run now, by urgency, as long as fewer than `$4` of the kinds in
        /// `$3` are running, or else of the other kinds.
        pub(crate) const HEAD: OperatorStatement = operator(
            concat!($table, "_head"),
            concat!(
                "SELECT priority FROM ", $table, " WHERE ", $owner, " = $1 AND state = 'waiting'
                 AND not_before <= $2
                 AND (REPLACE($3, '|' || kind || '|', '') = $3
                     OR (SELECT COUNT(*) FROM ", $table, " WHERE ", $owner, " = $1 AND state = 'running'
                         AND REPLACE($3, '|' || kind || '|', '') <> $3) < $4)
                 ORDER BY priority LIMIT 1"
            ),
        )
        .gathered(HELD);

        /// When the next job of a party may run.
        pub(crate) const NEXT: OperatorStatement = operator(
            concat!($table, "_next"),
            concat!(
                "SELECT MIN(not_before) AS at FROM ", $table, " WHERE ", $owner, " = $1 AND state = 'waiting'"
            ),
        )
        .gathered(HELD);

        /// Takes the best job of a party that may run, as long as the party has fewer than `$7` running, and
        /// fewer than `$9` of the kinds in `$8` where it is one of those.
        pub(crate) const CLAIM: OperatorStatement = operator(
            concat!($table, "_claim"),
            concat!(
                "UPDATE ", $table, " SET state = 'running', epoch = epoch + 1, holder = $3, lease_until = $4,
                 changed_at = $2 WHERE ", $owner, " = $1 AND state = 'waiting'
                 AND id = (SELECT id FROM ", $table, " WHERE ", $owner, " = $1 AND state = 'waiting'
                     AND not_before <= $2 AND priority <= $5 AND crashes <= $6
                     AND (REPLACE($8, '|' || kind || '|', '') = $8
                         OR (SELECT COUNT(*) FROM ", $table, " WHERE ", $owner, " = $1 AND state = 'running'
                             AND REPLACE($8, '|' || kind || '|', '') <> $8) < $9)
                     ORDER BY priority, not_before, id LIMIT 1)
                 AND (SELECT COUNT(*) FROM ", $table, " WHERE ", $owner, " = $1 AND state = 'running') < $7
                 RETURNING ", $owner, ", id, epoch, kind, payload, priority, created_at, tries, crashes, ", $by, " AS user_id"
            ),
        )
        .gathered(HELD);

        /// Extends a lease.
        pub(crate) const BEAT: OperatorStatement = operator(
            concat!($table, "_beat"),
            concat!(
                "UPDATE ", $table, " SET lease_until = $4
                 WHERE ", $owner, " = $1 AND id = $2 AND epoch = $3 AND state = 'running'"
            ),
        )
        .gathered(HELD);

        /// Puts a job back that was cut short without being to blame.
        pub(crate) const RELEASE: OperatorStatement = operator(
            concat!($table, "_release"),
            concat!(
                "UPDATE ", $table, " SET state = 'waiting', not_before = $4, changed_at = $5, holder = NULL,
                 lease_until = NULL
                 WHERE ", $owner, " = $1 AND id = $2 AND epoch = $3 AND state = 'running'"
            ),
        )
        .gathered(HELD);

        /// Counts a failure; `$4` of them are the end.
        pub(crate) const FAIL: OperatorStatement = operator(
            concat!($table, "_fail"),
            concat!(
                "UPDATE ", $table, " SET state = CASE WHEN tries + 1 >= $4 THEN 'dead' ELSE 'waiting' END,
                 tries = tries + 1, not_before = $5, changed_at = $6, last_error = $7, reference = $8,
                 holder = NULL, lease_until = NULL
                 WHERE ", $owner, " = $1 AND id = $2 AND epoch = $3 AND state = 'running' RETURNING state"
            ),
        )
        .gathered(HELD);

        /// Counts a crash; `$4` of them are the end.
        pub(crate) const CRASHED: OperatorStatement = operator(
            concat!($table, "_crashed"),
            concat!(
                "UPDATE ", $table, " SET state = CASE WHEN crashes + 1 >= $4 THEN 'quarantined' ELSE 'waiting' END,
                 crashes = crashes + 1, not_before = $5, changed_at = $5, holder = NULL, lease_until = NULL,
                 last_error = COALESCE(last_error, 'the process ended while it ran')
                 WHERE ", $owner, " = $1 AND id = $2 AND epoch = $3 AND state = 'running' AND lease_until < $6
                 RETURNING state"
            ),
        )
        .gathered(HELD);

        /// Leases that ran out.
        pub(crate) const EXPIRED: OperatorStatement = operator(
            concat!($table, "_expired"),
            concat!(
                "SELECT ", $owner, ", id, epoch, kind FROM ", $table, "
                 WHERE state = 'running' AND lease_until < $1 ORDER BY ", $owner, ", id"
            ),
        );

        /// How many there are of each kind and state, and since when the oldest could have run.
        pub(crate) const COUNTS: OperatorStatement = operator(
            concat!($table, "_counts"),
            concat!(
                "SELECT kind, state, COUNT(*) AS jobs, MIN(not_before) AS oldest FROM ", $table, "
                 GROUP BY kind, state ORDER BY kind, state"
            ),
        );

        /// Those in a state, the longest so first.
        pub(crate) const IN_STATE: OperatorStatement = operator(
            concat!($table, "_in_state"),
            concat!(
                "SELECT ", $owner, ", id, kind, state, priority, created_at, changed_at, not_before, tries,
                 crashes, last_error, reference FROM ", $table, "
                 WHERE state = $1 ORDER BY changed_at, ", $owner, ", id LIMIT $2"
            ),
        );

        /// Lets a job run again that was given up.
        pub(crate) const REPLAY: OperatorStatement = operator(
            concat!($table, "_replay"),
            concat!(
                "UPDATE ", $table, " SET state = 'waiting', tries = 0, crashes = 0, not_before = $3, changed_at = $3
                 WHERE ", $owner, " = $1 AND id = $2 AND state IN ('dead', 'quarantined')"
            ),
        )
        .gathered(HELD);
    };
}

/// The jobs of guilds.
pub(crate) mod guild {
    use super::{Gather, GuildStatement, OperatorStatement, of_guild, operator};

    statements!("job", "guild_id", "user_id", Gather::Guild);

    /// Guilds with jobs that may run at `$2`.
    pub(crate) const PARTIES: OperatorStatement = operator(
        "job_parties",
        "SELECT guild_id, MIN(not_before) AS at FROM job
         WHERE guild_id > $1 AND state = 'waiting' AND not_before <= $2
         GROUP BY guild_id ORDER BY guild_id LIMIT $3",
    )
    .gathered(Gather::Pages);

    /// Whether a job of this kind and key waits.
    pub(crate) const WAITS: GuildStatement = of_guild(
        "job_waits",
        "SELECT id FROM job WHERE guild_id = $1 AND kind = $2 AND dedupe = $3 AND state = 'waiting' LIMIT 1",
    );

    /// A new job.
    pub(crate) const ADD: GuildStatement = of_guild(
        "job_add",
        "INSERT INTO job (guild_id, id, kind, payload, priority, state, dedupe, user_id, created_at, changed_at,
         not_before, tries, crashes, epoch)
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $8, $9, 0, 0, 0)",
    );

    /// The job is done.
    pub(crate) const DONE: GuildStatement = of_guild(
        "job_done",
        "DELETE FROM job WHERE guild_id = $1 AND id = $2 AND epoch = $3 AND state = 'running'",
    );

    /// The job goes on later.
    pub(crate) const AGAIN: GuildStatement = of_guild(
        "job_again",
        "UPDATE job SET state = 'waiting', not_before = $4, changed_at = $5, tries = 0, crashes = 0,
         holder = NULL, lease_until = NULL
         WHERE guild_id = $1 AND id = $2 AND epoch = $3 AND state = 'running'",
    );
}

/// The jobs of lanes.
pub(crate) mod global {
    use super::{Gather, OperatorStatement, operator};

    statements!("global_job", "lane", "CAST(NULL AS BIGINT)", Gather::Rows);

    /// Lanes with jobs that may run at `$1`.
    pub(crate) const PARTIES: OperatorStatement = operator(
        "global_job_parties",
        "SELECT lane, MIN(not_before) AS at FROM global_job WHERE state = 'waiting' AND not_before <= $1
         GROUP BY lane ORDER BY lane",
    );

    /// Whether the lane has work that is not done.
    pub(crate) const OPEN: OperatorStatement = operator(
        "global_job_open",
        "SELECT id FROM global_job WHERE lane = $1 AND state IN ('waiting', 'running') LIMIT 1",
    );

    /// New work in a lane, of the kind that it is named after.
    pub(crate) const ADD: OperatorStatement = operator(
        "global_job_add",
        "INSERT INTO global_job (lane, id, kind, payload, priority, state, created_at, changed_at, not_before,
         tries, crashes, epoch) VALUES ($1, $2, $1, 'null', 1, 'waiting', $3, $3, $3, 0, 0, 0)",
    );

    /// The job is done.
    pub(crate) const DONE: OperatorStatement = operator(
        "global_job_done",
        "DELETE FROM global_job WHERE lane = $1 AND id = $2 AND epoch = $3 AND state = 'running'",
    );
}
