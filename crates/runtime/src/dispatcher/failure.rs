//! What a user is told when something did not work, in their language, seen by them alone.

use guildhall_core::{reference::RefId, text};
use guildhall_framework::{
    Failure, Reply,
    ctx::{Invocation, Services},
    permissions,
};
use twilight_model::guild::Permissions;

use crate::telemetry::InternalFailure;

/// The answer to a failure. An internal one is logged here, once, under the reference id that the answer
/// names.
pub fn reply(
    services: &Services,
    invocation: &Invocation,
    failure: &Failure,
    place: &'static str,
    name: &str,
) -> Reply {
    let names =
        |lacking: Permissions| permissions::names(services.registry.catalogue(), invocation.locale, lacking);
    let text = match failure {
        Failure::Refused(text) => text.clone(),
        Failure::BotLacks(lacking) => text!("failure-bot-lacks", permissions = names(*lacking)),
        Failure::CallerLacks(lacking) => text!("failure-caller-lacks", permissions = names(*lacking)),
        Failure::DoneBefore | Failure::Store(_) | Failure::Internal(_) => {
            let reference = RefId::draw(&*services.random);
            let cause = guildhall_core::error::chain(failure);
            InternalFailure { reference, place, name, guild: invocation.guild, cause: &cause }.emit();
            text!("failure-internal", reference = reference.as_str())
        }
    };
    Reply::hidden(services.registry.catalogue().format(invocation.locale, &text))
}

/// The answer to a replay whose effect has happened, where nothing holds the first answer.
pub fn done_before(services: &Services, invocation: &Invocation) -> Reply {
    Reply::hidden(services.registry.catalogue().format(invocation.locale, &text!("failure-done-before")))
}

/// The answer where too much of a guild waits.
pub fn busy(services: &Services, invocation: &Invocation) -> Reply {
    Reply::hidden(services.registry.catalogue().format(invocation.locale, &text!("failure-busy")))
}

/// The answer where no worker can be reached.
pub fn unavailable(services: &Services, invocation: &Invocation) -> Reply {
    Reply::hidden(services.registry.catalogue().format(invocation.locale, &text!("failure-unavailable")))
}
