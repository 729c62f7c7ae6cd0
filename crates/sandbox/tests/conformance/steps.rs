//! The list of steps, a file for each topic.

mod components;
mod drops;
mod files;
mod guild;
mod intents;
mod interactions;
mod limits;
mod members;
mod messages;
mod reshard;
mod threads;

use futures::future::BoxFuture;

use crate::stage::Stage;

type Play = for<'a> fn(&'a mut Stage) -> BoxFuture<'a, ()>;

/// One step, the same in every library.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// The bot that played it is not fit for another.
    pub(crate) is_last_of_its_bot: bool,
    play: Play,
}

impl Step {
    pub(crate) fn play<'a>(&self, stage: &'a mut Stage) -> BoxFuture<'a, ()> {
        (self.play)(stage)
    }
}

macro_rules! steps {
    ($($topic:ident: $($step:ident),+;)+) => {
        vec![$($(Step {
            name: concat!(stringify!($topic), " ", stringify!($step)),
            is_last_of_its_bot: false,
            play: |stage| Box::pin($topic::$step(stage)),
        },)+)+]
    };
}

/// Every step in its order.
pub(crate) fn all() -> Vec<Step> {
    let mut steps = steps! {
        interactions: options, subcommand, autocomplete, user_command, message_command, buttons, selects, modal,
            deferred, ephemeral, answered_twice, answered_late;
        components: shown, layout_refused;
        messages: spoken, heard, refused, history, pins, reactions, bulk_delete, typing_and_dm, polls, crosspost;
        files: up_and_down, kept_and_added, refused;
        threads: from_message, own, forum, archived, members, refused;
        guild: surveyed, roles, channels, overwrites, people, bans, webhooks, invites, settings, outage, voice;
        members: by_query, by_id, all, too_soon, over_rest;
        limits: user, shared, global, sub_limit, many_routes;
        drops: op_7, tcp_cut, close_4000, close_4001, close_4008, close_4009, op_9_resumable, op_9, zombie,
            asked_to_beat, partition;
        intents: disallowed, without_content;
        reshard: with_overlap;
    };
    for step in &mut steps {
        step.is_last_of_its_bot = step.name.starts_with("reshard");
    }
    steps
}

/// The texts of a list, in order.
pub(crate) fn sorted(list: &serde_json::Value) -> Vec<String> {
    let mut texts: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(|one| one.as_str()).map(str::to_owned).collect();
    texts.sort();
    texts
}
