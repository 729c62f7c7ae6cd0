//! Gateway sessions that are looked for.

use super::Look;
use crate::{
    Engine,
    engine::SessionInfo,
    hands::Mark,
    journal::{Filter, Kind},
    snowflake::Id,
};

/// What a session must have done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ready {
    /// It has a connection now.
    Connected,
    /// It was opened by an identify.
    Identified,
    /// It was resumed.
    Resumed,
}

/// Sessions of an application, or of all.
#[derive(Clone, Copy, Debug)]
pub struct SessionLook {
    /// Whose.
    pub application: Option<Id>,
    /// What they must have done.
    pub ready: Ready,
    /// At least so many.
    pub count: usize,
}

impl Look for SessionLook {
    type Found = usize;

    fn wanted(&self) -> String {
        let what = match self.ready {
            Ready::Connected => "connected",
            Ready::Identified => "opened by an identify",
            Ready::Resumed => "resumed",
        };
        if self.count == 1 { format!("a session {what}") } else { format!("{} sessions {what}", self.count) }
    }

    fn look(&self, engine: &Engine, since: Mark) -> Result<usize, String> {
        let event = match self.ready {
            Ready::Connected => {
                let own = |id| self.application.is_none_or(|application| application == id);
                // Its socket has taken a dispatch, and not only been opened.
                let taken = |one: &SessionInfo| one.seq > u64::try_from(one.backlog).unwrap_or(u64::MAX);
                let all = engine.sessions();
                let count =
                    all.iter().filter(|one| own(one.application_id) && one.connected && taken(one)).count();
                return if count >= self.count { Ok(count) } else { Err(format!("there are {count}")) };
            }
            Ready::Identified => "READY",
            Ready::Resumed => "RESUMED",
        };
        let filter = Filter {
            after: since.seq,
            kind: Some(Kind::GatewayOut),
            application_id: self.application,
            event: Some(event.to_owned()),
            limit: usize::MAX,
            ..Filter::default()
        };
        let count = engine.journal().query(&filter).len();
        if count >= self.count { Ok(count) } else { Err(format!("there were {count}")) }
    }
}
