//! Access that is gained: bots hear of the open threads in channels that they see from now on
//! (Discord docs: Gateway Events, Thread List Sync). They know the channels themselves from the start.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Dispatch, World};
use crate::{
    model::{Channel, Guild},
    permissions,
    snowflake::{Id, Sid},
    wire,
};

/// Which channels with open threads the bots of a guild see.
#[derive(Debug)]
pub(super) struct Seen(BTreeSet<(Id, Id)>);

impl World {
    /// What the bots of a guild see before a change of its roles, overwrites or members. Guilds without
    /// open threads cost nothing more than a look at their channels.
    pub(super) fn seen(&self, guild_id: Id) -> Seen {
        let mut seen = BTreeSet::new();
        if let Some(guild) = self.guilds.get(&guild_id) {
            let parents: BTreeSet<Id> = open_threads(guild).filter_map(|thread| thread.parent_id).collect();
            if !parents.is_empty() {
                for bot in self.bots.keys().filter(|bot| guild.members.contains_key(bot)) {
                    let visible = parents.iter().filter(|id| {
                        guild.channel(**id).is_some_and(|channel| permissions::can_view(guild, channel, *bot))
                    });
                    seen.extend(visible.map(|id| (*bot, *id)));
                }
            }
        }
        Seen(seen)
    }

    /// The threads that bots see in addition since then.
    pub(super) fn tell_gained(&self, guild_id: Id, before: &Seen) -> Vec<Dispatch> {
        let after = self.seen(guild_id);
        let Some(guild) = self.guilds.get(&guild_id) else { return Vec::new() };
        let mut told = Vec::new();
        let mut gained = after.0.difference(&before.0).copied().peekable();
        while let Some((bot, first)) = gained.next() {
            let mut channels = vec![first];
            while let Some((_, channel)) = gained.next_if(|(other, _)| *other == bot) {
                channels.push(channel);
            }
            told.extend(self.thread_list(guild, bot, &channels));
        }
        told
    }

    fn thread_list(&self, guild: &Guild, bot: Id, channels: &[Id]) -> Option<Dispatch> {
        let application = self.application_of_bot(bot)?;
        let within = |thread: &&Channel| {
            thread.parent_id.is_some_and(|id| channels.contains(&id))
                && permissions::can_view(guild, thread, bot)
        };
        let threads: Vec<&Channel> = open_threads(guild).filter(within).collect();
        let own = |thread: &&Channel| {
            let (_, since) = thread.thread.as_ref()?.members.iter().find(|(id, _)| *id == bot)?;
            Some(json!({
                "id": Sid(thread.id),
                "user_id": Sid(bot),
                "join_timestamp": crate::clock::iso(*since),
                "flags": 0,
            }))
        };
        let members: Vec<Value> = threads.iter().filter_map(own).collect();
        let data = json!({
            "guild_id": Sid(guild.id),
            "channel_ids": channels.iter().copied().map(Sid).collect::<Vec<_>>(),
            "threads": threads.iter().map(|thread| wire::channel(self, thread, Some(bot))).collect::<Vec<_>>(),
            "members": members,
        });
        Some(Dispatch::application("THREAD_LIST_SYNC", application.id, Some(guild.id), &data))
    }
}

fn open_threads(guild: &Guild) -> impl Iterator<Item = &Channel> {
    guild.channels.iter().filter(|channel| channel.thread.as_ref().is_some_and(|thread| !thread.archived))
}
