//! Activities that run in channels (Discord docs: Application, Get Application Activity Instance). What
//! they show is no part of the sandbox; that they run, and for whom, is.

use super::{World, WorldError};
use crate::snowflake::{Id, Millis};

/// A running activity.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Whose it is.
    pub application_id: Id,
    /// Its name among all that run.
    pub instance_id: String,
    /// When it was launched, as an id.
    pub launch_id: Id,
    /// Where it runs.
    pub channel_id: Id,
    /// The guild of that channel.
    pub guild_id: Option<Id>,
    /// Who takes part.
    pub users: Vec<Id>,
}

/// Activities that run at once; the oldest ends when there are more.
const MOST: usize = 1_000;

impl World {
    /// A user launches an application's activity in a channel, or joins the one that runs there.
    pub fn launch_activity(
        &mut self,
        application_id: Id,
        channel_id: Id,
        user_id: Id,
        now: Millis,
    ) -> Result<String, WorldError> {
        let guild_id = self.channel(channel_id).ok_or(WorldError::UnknownChannel)?.guild_id;
        let here = |one: &&mut Activity| one.application_id == application_id && one.channel_id == channel_id;
        if let Some(running) = self.activities.iter_mut().find(here) {
            if !running.users.contains(&user_id) {
                running.users.push(user_id);
            }
            return Ok(running.instance_id.clone());
        }
        if self.activities.len() >= MOST {
            self.activities.remove(0);
        }
        let launch_id = self.ids.next(now);
        let mut activity = Activity {
            application_id,
            launch_id,
            channel_id,
            guild_id,
            users: vec![user_id],
            ..Activity::default()
        };
        activity.instance_id = format!("i-{launch_id}-{}", activity.location());
        let instance_id = activity.instance_id.clone();
        self.activities.push(activity);
        Ok(instance_id)
    }

    /// A user leaves an activity, which ends with the last one; false when they were not in it.
    pub fn leave_activity(&mut self, application_id: Id, channel_id: Id, user_id: Id) -> bool {
        let mut left = false;
        self.activities.retain_mut(|one| {
            if one.application_id == application_id && one.channel_id == channel_id {
                let before = one.users.len();
                one.users.retain(|user| *user != user_id);
                left |= one.users.len() < before;
            }
            !one.users.is_empty()
        });
        left
    }

    /// An application's activity by its name.
    pub fn activity(&self, application_id: Id, instance_id: &str) -> Option<&Activity> {
        let own = |one: &&Activity| one.application_id == application_id && one.instance_id == instance_id;
        self.activities.iter().find(own)
    }

    /// An application's activity in a channel.
    pub fn activity_in(&self, application_id: Id, channel_id: Id) -> Option<&Activity> {
        let here = |one: &&Activity| one.application_id == application_id && one.channel_id == channel_id;
        self.activities.iter().find(here)
    }
}

impl Activity {
    /// The name of the place where it runs.
    pub fn location(&self) -> String {
        match self.guild_id {
            Some(guild_id) => format!("gc-{guild_id}-{}", self.channel_id),
            None => format!("pc-{}", self.channel_id),
        }
    }
}
