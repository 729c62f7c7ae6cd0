//! `/maintenance_mode`: members' commands are answered with a notice, in all processes, until it is ended. What
//! goes on in the background goes on.

use guildhall_core::text;
use guildhall_framework::{
    Access, Ctx, Failure, Reply, SlashCommand,
    operating::{Maintenance, neutral},
};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::command;

/// Let nobody but those who run the bot use it for a while
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "maintenance_mode", desc = "Let nobody but those who run the bot use it for a while")]
pub(super) enum MaintenanceMode {
    /// Begin.
    #[command(name = "on")]
    On(On),
    /// End.
    #[command(name = "off")]
    Off(Off),
}

/// Answer members' commands with a notice
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "on")]
pub(super) struct On {
    /// What members are told besides
    #[command(max_length = 500)]
    message: Option<String>,
}

/// Let members use the bot again
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "off")]
pub(super) struct Off;

impl SlashCommand for MaintenanceMode {
    const ACCESS: Access = Access::OPERATORS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let now = ctx.now();
        let services = ctx.services();
        let (operating, store) = (&services.operating, &services.store);
        let before = operating.maintenance();
        let said = match self {
            Self::On(On { message }) => {
                let words = message.unwrap_or_default().trim().to_owned();
                let shown = neutral(&words);
                // A new message does not begin it anew.
                let since = before.map_or(now, |before| before.since);
                operating.set_maintenance(store, Some(Maintenance { words, since }), now).await?;
                let off = command(ctx, "maintenance_mode off");
                if shown.is_empty() {
                    text!("maintenance-begun", off = off)
                } else {
                    text!("maintenance-begun-words", off = off, words = shown)
                }
            }
            Self::Off(Off) if before.is_none() => text!("maintenance-none"),
            Self::Off(Off) => {
                operating.set_maintenance(store, None, now).await?;
                text!("maintenance-ended")
            }
        };
        tracing::warn!(
            on = ctx.services().operating.maintenance().is_some(),
            by = ctx.caller()?.get(),
            "maintenance was switched"
        );
        Ok(Reply::hidden(ctx.t(&said)))
    }
}

#[cfg(test)]
mod tests {
    use guildhall_framework::Operating;
    use serde_json::json;

    use crate::testing::{NOON, World, words};

    #[tokio::test]
    async fn maintenance_is_kept_in_the_database_with_what_the_operator_says() {
        let world = World::new().await;
        let operator = world.operator(1);
        let none = operator.run("maintenance_mode", json!({ "off": {} })).await.unwrap();
        assert!(words(&none).contains("There is no maintenance"), "{none:?}");
        let message = json!({ "on": { "message": " Back at six, @everyone " } });
        let begun = operator.run("maintenance_mode", message).await.unwrap();
        assert!(words(&begun).contains("Back at six, @\u{200b}everyone"), "{begun:?}");
        let elsewhere = Operating::default();
        elsewhere.refresh(&world.services.store).await.unwrap();
        let kept = elsewhere.maintenance().unwrap();
        assert_eq!((kept.words.as_str(), kept.since), ("Back at six, @everyone", NOON));
        world.clock.advance(std::time::Duration::from_mins(1));
        operator.run("maintenance_mode", json!({ "on": {} })).await.unwrap();
        let kept = world.services.operating.maintenance().unwrap();
        assert_eq!((kept.words.as_str(), kept.since), ("", NOON), "the words go, the beginning stays");
        operator.run("maintenance_mode", json!({ "off": {} })).await.unwrap();
        elsewhere.refresh(&world.services.store).await.unwrap();
        assert_eq!(elsewhere.maintenance(), None);
    }
}
