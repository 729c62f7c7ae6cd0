//! `/help`: what this caller may run here, and how.

use guildhall_core::{l10n::Text, text};
use guildhall_framework::{
    Access, Choice, Command, Ctx, Failure, Feature, Place, Reply, SlashCommand, Toggle, permissions,
};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::application::command::{CommandOption, CommandOptionType};

use crate::view::{self, Card, cut};

/// Show what you can do here
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "help")]
pub(super) struct Help {
    /// The command to explain
    #[command(autocomplete = true, max_length = 100)]
    command: Option<String>,
}

impl SlashCommand for Help {
    const ACCESS: Access = Access { place: Place::Anywhere, ..Access::PRIVATE };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let card = match self.command {
            None => overview(ctx),
            Some(typed) => details(ctx, &typed)?,
        };
        Ok(Reply::embed(card.build()).ephemeral())
    }

    async fn complete(ctx: &mut Ctx, option: &str, typed: &str) -> Result<Vec<Choice>, Failure> {
        let typed = clean(typed);
        let fits = |path: &String| option == "command" && path.contains(&typed);
        let choice = |path: String| Choice { name: format!("/{path}"), value: path };
        let paths = allowed(ctx).into_iter().flat_map(|(_, commands)| commands).flat_map(paths);
        Ok(paths.filter(fits).map(choice).take(25).collect())
    }
}

/// The commands that the caller may run here, under the names of their features.
fn overview(ctx: &Ctx) -> Card {
    let mut parts = Vec::new();
    for (feature, commands) in allowed(ctx) {
        let line = |path: String| {
            let about = ctx.t(&describe(&path));
            format!("{}: {about}", view::command(ctx, &path))
        };
        let lines: Vec<_> = commands.into_iter().flat_map(paths).map(line).collect();
        parts.push(format!("**{}**\n{}", ctx.t(&feature.title()), lines.join("\n")));
    }
    let prefix = ctx.invocation().guild.and_then(|guild| ctx.services().prefixes.of(guild));
    if let Some(prefix) = prefix {
        parts.push(ctx.t(&text!("help-prefix", example = format!("{prefix}help"))));
    }
    parts.push(ctx.t(&text!("help-hint", help = view::command(ctx, "help"))));
    Card::new(&ctx.t(&text!("help-title"))).text(&parts.join("\n\n"))
}

/// One command with its options.
fn details(ctx: &Ctx, typed: &str) -> Result<Card, Failure> {
    let wanted = clean(typed);
    let mut found = allowed(ctx).into_iter().flat_map(|(_, commands)| commands);
    let unknown = || text!("help-unknown", command = cut(&wanted, 50), help = view::command(ctx, "help"));
    let name = wanted.split(' ').next().unwrap_or_default();
    let command = found.find(|command| command.name() == name).ok_or_else(unknown)?;
    let mut card = Card::new(&format!("/{wanted}"));
    let Some((_, inner)) = wanted.split_once(' ') else {
        let about = ctx.t(&describe(name));
        card = card.text(&format!("{}\n{about}", mentions(ctx, command)));
        return Ok(options(ctx, card, name, &command.definition.options));
    };
    let inner = within(&command.definition.options, inner).ok_or_else(unknown)?;
    card = card.text(&format!("{}\n{}", view::command(ctx, &wanted), ctx.t(&describe(&wanted))));
    Ok(options(ctx, card, &wanted, inner.options.as_deref().unwrap_or_default()))
}

/// A field for each option, in the caller's language.
fn options(ctx: &Ctx, mut card: Card, path: &str, options: &[CommandOption]) -> Card {
    for option in options {
        let key = format!("{}-{}", key(path), option.name);
        let name = ctx.t(&text!(key.clone()));
        let required = option.required.unwrap_or(false);
        let name = match () {
            () if is_subcommand(option) => format!("/{path} {}", option.name),
            () if required => ctx.t(&text!("help-required", option = name)),
            () => ctx.t(&text!("help-optional", option = name)),
        };
        card = card.field(&name, &ctx.t(&text!(format!("{key}.description"))));
    }
    card
}

/// What the caller may run here, by feature.
fn allowed(ctx: &Ctx) -> Vec<(&Feature, Vec<&Command>)> {
    let invocation = ctx.invocation();
    let services = ctx.services();
    let on = |feature: &&Feature| match invocation.guild {
        Some(guild) => services.toggles.enabled(guild, feature),
        None => feature.toggle == Toggle::Always || feature.toggle.initial(),
    };
    let may = |command: &&Command| {
        let here = invocation.guild.is_some() || command.access.place == Place::Anywhere;
        if command.access.operators {
            return here && invocation.user.is_some_and(|user| services.operators.contains(user));
        }
        here && permissions::missing(invocation.user_permissions, command.access.caller).is_empty()
    };
    let features = services.registry.features().iter().filter(on);
    let each = features.map(|feature| (feature, feature.commands.iter().filter(may).collect::<Vec<_>>()));
    each.filter(|(_, commands)| !commands.is_empty()).collect()
}

/// The ways to call a command: its name, or the name with each of its subcommands.
fn paths(command: &Command) -> Vec<String> {
    let mut paths = Vec::new();
    for option in &command.definition.options {
        let path = format!("{} {}", command.name(), option.name);
        match option.kind {
            CommandOptionType::SubCommand => paths.push(path),
            CommandOptionType::SubCommandGroup => {
                let inner = option.options.iter().flatten();
                paths.extend(inner.map(|option| format!("{path} {}", option.name)));
            }
            _ => {}
        }
    }
    if paths.is_empty() { vec![command.name().to_owned()] } else { paths }
}

/// The subcommand or group of this path.
fn within<'c>(options: &'c [CommandOption], path: &str) -> Option<&'c CommandOption> {
    let (name, rest) = path.split_once(' ').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let found = options.iter().find(|option| option.name == name)?;
    match rest {
        Some(rest) => within(found.options.as_deref().unwrap_or_default(), rest),
        None => Some(found),
    }
}

fn mentions(ctx: &Ctx, command: &Command) -> String {
    let paths = paths(command);
    paths.iter().map(|path| view::command(ctx, path)).collect::<Vec<_>>().join(" ")
}

fn is_subcommand(option: &CommandOption) -> bool {
    matches!(option.kind, CommandOptionType::SubCommand | CommandOptionType::SubCommandGroup)
}

/// `command-knowledge-list` for `knowledge list`.
fn key(path: &str) -> String {
    format!("command-{}", path.replace(' ', "-"))
}

fn describe(path: &str) -> Text {
    text!(format!("{}.description", key(path)))
}

/// What somebody typed as a command: `/Learn ` is `learn`.
fn clean(typed: &str) -> String {
    view::one_line(typed).trim_start_matches('/').to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body, refused, words};

    #[tokio::test]
    async fn only_what_the_caller_may_run_here_is_listed() {
        let world = World::new().await;
        world.register(&[("learn", 5), ("knowledge", 6)]);
        let member = words(&world.member(1, 20).run("help", json!({})).await.unwrap());
        assert!(member.contains("</learn:5>: Teach me"), "{member}");
        assert!(member.contains("</knowledge list:6>") && member.contains("</knowledge forget:6>"));
        assert!(member.contains("`/ping`") && !member.contains("server_config"), "{member}");
        let manager = words(&world.manager(1, 20).run("help", json!({})).await.unwrap());
        assert!(manager.contains("server_config"));
        let off = json!({ "feature": "knowledge", "enabled": false });
        world.manager(1, 20).run("server_config", off).await.unwrap();
        let without = words(&world.member(1, 20).run("help", json!({})).await.unwrap());
        assert!(!without.contains("/learn") && without.contains("server_info"), "{without}");
        let elsewhere = words(&world.member(2, 20).run("help", json!({})).await.unwrap());
        assert!(elsewhere.contains("</learn:5>"));
    }

    #[tokio::test]
    async fn direct_messages_list_what_works_there() {
        let world = World::new().await;
        let mut caller = world.member(1, 20).german();
        caller.invocation.guild = None;
        let listed = words(&caller.run("help", json!({})).await.unwrap());
        assert!(listed.contains("/ping") && listed.contains("Was du hier tun kannst"), "{listed}");
        assert!(!listed.contains("/learn") && !listed.contains("server_info"), "{listed}");
    }

    #[tokio::test]
    async fn a_command_is_explained_with_its_options() {
        let world = World::new().await;
        let caller = world.member(1, 20);
        let learn = caller.run("help", json!({ "command": "/learn" })).await.unwrap();
        let names: Vec<_> = body(&learn).embeds[0].fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["content (required)", "category (optional)", "concepts (optional)"]);
        let german = caller.clone().german().run("help", json!({ "command": "learn" })).await.unwrap();
        assert_eq!(body(&german).embeds[0].fields[0].name, "inhalt (nötig)");
        let inner = caller.run("help", json!({ "command": "knowledge list" })).await.unwrap();
        assert_eq!(body(&inner).embeds[0].fields.len(), 2);
        let all = caller.run("help", json!({ "command": "knowledge" })).await.unwrap();
        assert_eq!(body(&all).embeds[0].fields.len(), 4);
        for unknown in ["dance", "server_config", "knowledge dance", ""] {
            let refusal = caller.run("help", json!({ "command": unknown })).await;
            assert_eq!(refused(refusal), "help-unknown", "{unknown}");
        }
        let typed = caller.complete("help", "command", "/know").await;
        let typed: Vec<_> = typed.iter().map(|choice| choice.value.as_str()).collect();
        assert_eq!(
            typed,
            ["ask_knowledge", "knowledge list", "knowledge show", "knowledge edit", "knowledge forget"]
        );
        assert!(caller.complete("help", "command", "config").await.is_empty());
    }

    #[test]
    fn a_command_is_found_as_people_write_it() {
        assert_eq!(clean(" /Knowledge   List "), "knowledge list");
        assert_eq!(describe("knowledge list").key, "command-knowledge-list.description");
    }
}
