//! Statements: portable SQL with a name and the scope it may run in.

use std::marker::PhantomData;

/// Whose rows a statement or table is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ScopeKind {
    /// One guild's.
    Guild,
    /// One member's: a user within a guild.
    Member,
    /// One user's, across guilds.
    User,
    /// Nobody's in particular; reached by a named operator path.
    Global,
}

impl ScopeKind {
    /// How many values the store binds before the caller's.
    pub(crate) const fn bound(self) -> usize {
        match self {
            Self::Global => 0,
            Self::Guild | Self::User => 1,
            Self::Member => 2,
        }
    }
}

/// The scopes as types.
pub mod marker {
    use super::ScopeKind;

    /// A scope that a statement is made for.
    pub trait Scope {
        /// Which one.
        const KIND: ScopeKind;
    }

    macro_rules! scopes {
        ($($(#[$doc:meta])* $name:ident = $kind:ident),+ $(,)?) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl Scope for $name {
                const KIND: ScopeKind = ScopeKind::$kind;
            }
        )+};
    }

    scopes! {
        /// One guild.
        Guild = Guild,
        /// One member.
        Member = Member,
        /// One user.
        User = User,
        /// A named operator path.
        Operator = Global,
    }
}

/// One SQL statement. The scope decides which ids the store binds first.
#[derive(Clone, Copy, Debug)]
pub struct Statement<S> {
    name: &'static str,
    sql: &'static str,
    parameters: usize,
    gather: Gather,
    scope: PhantomData<S>,
}

/// What becomes of the answers where an operator's statement about tables of guilds is run over many files,
/// one for each guild. With one database it has no meaning.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Gather {
    /// The rows of all files, guild after guild.
    #[default]
    Rows,
    /// A page of guilds: `$1` is the guild after which it begins, the last value how many rows at the most.
    Pages,
    /// One row; the columns are added up.
    Sum,
    /// One row; the least value of each column.
    Least,
    /// Nothing is gathered: `$1` is the guild whose file the statement is run on.
    Guild,
}

/// A statement about one guild: `$1` is the guild, the caller's values follow from `$2`.
pub type GuildStatement = Statement<marker::Guild>;
/// A statement about one member: `$1` is the guild, `$2` the user, the caller's values follow from `$3`.
pub type MemberStatement = Statement<marker::Member>;
/// A statement about one user: `$1` is the user, the caller's values follow from `$2`.
pub type UserStatement = Statement<marker::User>;
/// A statement across guilds: all values are the caller's.
pub type OperatorStatement = Statement<marker::Operator>;

/// A statement about one guild. Does not compile as a constant where the text leaves out `$1`.
pub const fn guild(name: &'static str, sql: &'static str) -> GuildStatement {
    Statement::new(name, sql)
}

/// A statement about one member. Does not compile as a constant where the text leaves out `$1` or `$2`.
pub const fn member(name: &'static str, sql: &'static str) -> MemberStatement {
    Statement::new(name, sql)
}

/// A statement about one user. Does not compile as a constant where the text leaves out `$1`.
pub const fn user(name: &'static str, sql: &'static str) -> UserStatement {
    Statement::new(name, sql)
}

/// A statement across guilds.
pub const fn operator(name: &'static str, sql: &'static str) -> OperatorStatement {
    Statement::new(name, sql)
}

impl<S: marker::Scope> Statement<S> {
    const fn new(name: &'static str, sql: &'static str) -> Self {
        let mut number = 1;
        while number <= S::KIND.bound() {
            assert!(
                uses(sql, number),
                "a scoped statement names every id of its scope: $1, for members also $2"
            );
            number += 1;
        }
        Self { name, sql, parameters: highest(sql), gather: Gather::Rows, scope: PhantomData }
    }

    /// Its name in errors and metrics.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its text.
    pub const fn sql(&self) -> &'static str {
        self.sql
    }

    /// The highest `$n` in its text.
    pub(crate) const fn parameters(&self) -> usize {
        self.parameters
    }

    /// What becomes of the answers of many files.
    pub(crate) const fn gather(&self) -> Gather {
        self.gather
    }

    /// The statement without its scope as a type, for lists.
    pub const fn any(&self) -> AnyStatement {
        AnyStatement { name: self.name, sql: self.sql, scope: S::KIND }
    }
}

impl OperatorStatement {
    /// The same, gathered in another way than row by row.
    #[must_use]
    pub const fn gathered(mut self, gather: Gather) -> Self {
        self.gather = gather;
        self
    }
}

/// A statement in a list, for tests and tools. It cannot be run.
#[derive(Clone, Copy, Debug)]
pub struct AnyStatement {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// The scope it runs in.
    pub scope: ScopeKind,
}

/// Whether `$number` occurs outside of quoted text.
const fn uses(sql: &str, number: usize) -> bool {
    let mut at = 0;
    loop {
        match next_parameter(sql, at) {
            None => return false,
            Some((found, _)) if found == number => return true,
            Some((_, end)) => at = end,
        }
    }
}

/// The highest `$n` outside of quoted text.
const fn highest(sql: &str) -> usize {
    let mut at = 0;
    let mut highest = 0;
    while let Some((found, end)) = next_parameter(sql, at) {
        if found > highest {
            highest = found;
        }
        at = end;
    }
    highest
}

/// The next parameter at or after `at`, and where it ends. `at` is never inside quotes.
const fn next_parameter(sql: &str, mut at: usize) -> Option<(usize, usize)> {
    let bytes = sql.as_bytes();
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            at += 1;
            while at < bytes.len() && bytes[at] != b'\'' {
                at += 1;
            }
        } else if bytes[at] == b'$' {
            let mut end = at + 1;
            let mut number = 0;
            while end < bytes.len() && bytes[end].is_ascii_digit() {
                number = number * 10 + (bytes[end] - b'0') as usize;
                end += 1;
            }
            return Some((number, end));
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_outside_of_quotes() {
        assert_eq!(highest("SELECT a FROM t WHERE b = $2 AND c = $12 AND d = $1"), 12);
        assert_eq!(highest("SELECT '$9', 'it''s $8' FROM t"), 0);
        assert!(uses("x = $1", 1));
        assert!(!uses("x = $10", 1));
    }

    #[test]
    #[should_panic(expected = "names every id of its scope")]
    fn a_guild_statement_that_forgets_its_guild_is_refused() {
        let _ = guild("all", "SELECT * FROM fact");
    }
}
