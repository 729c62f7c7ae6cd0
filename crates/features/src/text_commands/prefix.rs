//! `/prefix`: what stands before a command that is written as text.

use guildhall_core::text;
use guildhall_framework::{
    Access, Ctx, Failure, Reply, SlashCommand,
    text_command::{Prefix, shown},
};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view;

/// Let commands be written as text behind a prefix
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "prefix", desc = "Let commands be written as text behind a prefix")]
pub(super) enum PrefixCommand {
    /// Another one.
    #[command(name = "set")]
    Set(Set),
    /// The one there is.
    #[command(name = "show")]
    Show(Show),
    /// None.
    #[command(name = "off")]
    Off(Off),
}

/// Choose the prefix
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "set")]
pub(super) struct Set {
    /// One to five characters, the last of them a mark
    #[command(min_length = 1, max_length = 5)]
    prefix: String,
}

/// See the prefix
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "show")]
pub(super) struct Show {}

/// Answer to slash commands alone
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "off")]
pub(super) struct Off {}

impl SlashCommand for PrefixCommand {
    const ACCESS: Access = Access::MANAGERS;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let words = match self {
            Self::Set(Set { prefix }) => {
                if !ctx.services().prefixes.are_allowed() {
                    return Err(text!("prefix-not-allowed").into());
                }
                let typed = prefix.trim();
                let unfit = |_| text!("prefix-unfit", prefix = shown(typed));
                let prefix = Prefix::new(typed).map_err(unfit)?;
                let example = format!("{prefix}help");
                ctx.set_prefix(Some(prefix)).await?;
                text!("prefix-set", example = example)
            }
            Self::Show(_) => {
                let services = ctx.services();
                match services.prefixes.of(ctx.guild()?) {
                    Some(prefix) => text!("prefix-is", prefix = prefix.as_str()),
                    None if !services.prefixes.are_allowed() => text!("prefix-not-allowed"),
                    None => text!("prefix-none", set = view::command(ctx, "prefix set")),
                }
            }
            Self::Off(_) => {
                ctx.set_prefix(None).await?;
                text!("prefix-off")
            }
        };
        Ok(Reply::hidden(ctx.t(&words)))
    }
}

#[cfg(test)]
mod tests {
    use guildhall_core::scope::GuildScope;
    use guildhall_framework::Services;
    use guildhall_store::platform::setting;
    use serde_json::json;

    use super::*;
    use crate::testing::{World, guild, refused, words};

    fn of(services: &Services, number: u64) -> Option<String> {
        services.prefixes.of(guild(number)).map(|prefix| prefix.to_string())
    }

    #[tokio::test]
    async fn a_prefix_is_set_here_and_nowhere_else_and_turned_off() {
        let world = World::new().await;
        let manager = world.manager(1, 20);
        let set = |prefix: &str| json!({ "set": { "prefix": prefix } });
        let said = words(&manager.run("prefix", set("gh!")).await.unwrap());
        assert!(said.contains("`gh!help`"), "{said}");
        assert_eq!((of(&world.services, 1), of(&world.services, 2)), (Some("gh!".to_owned()), None));
        let shown = words(&manager.run("prefix", json!({ "show": {} })).await.unwrap());
        assert!(shown.contains("`gh!`"), "{shown}");
        for unfit in ["gh", "/", "a b!", "😀"] {
            assert_eq!(refused(manager.run("prefix", set(unfit)).await), "prefix-unfit", "{unfit}");
        }
        let mut read = world.services.store.read().await.unwrap();
        let stored = setting::all(&mut read.guild(GuildScope(guild(1)))).await.unwrap();
        assert_eq!((stored.len(), stored[0].value.as_str()), (1, "\"gh!\""));
        drop(read);
        manager.run("prefix", json!({ "off": {} })).await.unwrap();
        assert_eq!(of(&world.services, 1), None);
        // What other processes read is that there is none.
        let mut read = world.services.store.read().await.unwrap();
        let stored = setting::all(&mut read.guild(GuildScope(guild(1)))).await.unwrap();
        world.services.prefixes.set(guild(1), Prefix::new("?").ok());
        assert!(world.services.load(guild(1), &stored[0]));
        assert_eq!(of(&world.services, 1), None);
    }

    #[tokio::test]
    async fn help_names_the_prefix_where_there_is_one() {
        let world = World::new().await;
        let without = words(&world.member(1, 20).run("help", json!({})).await.unwrap());
        world.manager(1, 20).run("prefix", json!({ "set": { "prefix": "!" } })).await.unwrap();
        let with = words(&world.member(1, 20).run("help", json!({})).await.unwrap());
        let elsewhere = words(&world.member(2, 20).run("help", json!({})).await.unwrap());
        assert!(with.contains("`!help`"), "{with}");
        assert!(!without.contains("`!help`") && !elsewhere.contains("`!help`"));
    }
}
