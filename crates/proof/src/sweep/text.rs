//! Every command as text: what is written behind a prefix is read as what Discord would have sent for the slash
//! command.

use guildhall_core::random::{Random as _, Seeded};
use guildhall_framework::{
    Registry,
    text_command::{Known, parse},
};
use serde_json::Value;
use twilight_model::{
    application::{
        command::{Command, CommandOption},
        interaction::{
            InteractionDataResolved,
            application_command::{CommandData, CommandDataOption, CommandOptionValue},
        },
    },
    channel::Attachment,
};

use super::options::{Leaf, Maker, leaves};

/// Uses of each command.
const USES: usize = 60;

/// The options of a use, without the parts above them.
fn innermost(options: &[CommandDataOption]) -> &[CommandDataOption] {
    match options {
        [
            CommandDataOption {
                value: CommandOptionValue::SubCommand(inner) | CommandOptionValue::SubCommandGroup(inner),
                ..
            },
        ] => innermost(inner),
        plain => plain,
    }
}

/// As a client sends texts: no spaces around them.
fn trimmed(options: &mut [CommandDataOption]) {
    for option in options {
        match &mut option.value {
            CommandOptionValue::SubCommand(inner) | CommandOptionValue::SubCommandGroup(inner) => {
                trimmed(inner);
            }
            CommandOptionValue::String(text) => *text = text.trim().to_owned(),
            _ => {}
        }
    }
}

/// A value as people write it; nothing for a file, which is attached instead.
fn written(value: &CommandOptionValue) -> Option<String> {
    Some(match value {
        CommandOptionValue::String(text) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        CommandOptionValue::Integer(number) => number.to_string(),
        CommandOptionValue::Number(number) => number.to_string(),
        CommandOptionValue::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        CommandOptionValue::User(id) => format!("<@{id}>"),
        CommandOptionValue::Mentionable(id) => format!("<@!{id}>"),
        CommandOptionValue::Channel(id) => format!("<#{id}>"),
        CommandOptionValue::Role(id) => format!("<@&{id}>"),
        _ => return None,
    })
}

/// How options are named.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// By their names, the last first.
    Named,
    /// By their names in another language.
    InGerman,
    /// By their places as far as that goes.
    Placed,
}

fn line(leaf: &Leaf, given: &[CommandDataOption], form: Form) -> String {
    let mut words: Vec<String> = leaf.path[1..].to_vec();
    let value = |option: &CommandOption| given.iter().find(|value| value.name == option.name);
    let mut placed = form == Form::Placed;
    let mut options = Vec::new();
    for option in &leaf.options {
        let Some(text) = value(option).map(|option| written(&option.value)) else {
            placed = false;
            continue;
        };
        let Some(text) = text else { continue };
        let german = option.name_localizations.as_ref().and_then(|names| names.get("de"));
        options.push(match form {
            Form::Placed if placed => text,
            Form::InGerman => format!("{}:{text}", german.unwrap()),
            _ => format!("{}:{text}", option.name),
        });
    }
    if form != Form::Placed {
        options.reverse();
    }
    words.extend(options);
    words.join(" ")
}

/// What a message would tell beside its words. Files are in the order of their options.
fn known(data: &CommandData) -> Known {
    let Some(resolved) = data.resolved.clone() else { return Known::default() };
    let file = |option: &CommandDataOption| match option.value {
        CommandOptionValue::Attachment(id) => resolved.attachments.get(&id).cloned(),
        _ => None,
    };
    let attachments: Vec<Attachment> = innermost(&data.options).iter().filter_map(file).collect();
    Known {
        users: resolved.users.into_iter().map(|(id, user)| (id.get(), (user, None))).collect(),
        roles: resolved.roles.into_iter().map(|(id, role)| (id.get(), role)).collect(),
        channels: resolved.channels.into_iter().map(|(id, channel)| (id.get(), channel)).collect(),
        attachments,
        nowhere: [].into(),
    }
}

fn is_empty(resolved: &InteractionDataResolved) -> bool {
    serde_json::to_value(resolved).unwrap() == Value::Object(serde_json::Map::new())
}

#[test]
fn every_command_is_read_from_text_as_discord_would_send_it() {
    let registry = Registry::new(guildhall_features::all()).unwrap();
    let random = Seeded::new(7);
    let (mut leaves_read, mut options_read) = (0, 0);
    let definitions: &[Command] = registry.vocabulary().definitions();
    assert_eq!(definitions.len(), registry.definitions().len());
    for definition in definitions {
        for leaf in leaves(definition) {
            for _ in 0..USES {
                let maker = Maker { random: &random, guild: 1 + random.below(5), offered: &[] };
                let mut wanted: CommandData = serde_json::from_value(maker.data(&leaf).unwrap()).unwrap();
                trimmed(&mut wanted.options);
                wanted.guild_id = None;
                let known = known(&wanted);
                wanted.resolved = wanted.resolved.filter(|resolved| !is_empty(resolved));
                // Whatever a slash command could not be sent with, either.
                let given = innermost(&wanted.options);
                if given.iter().any(|option| option.value == CommandOptionValue::String(String::new())) {
                    continue;
                }
                for form in [Form::Named, Form::InGerman, Form::Placed] {
                    let line = line(&leaf, given, form);
                    let read = parse(definition, wanted.id, &line, &known);
                    assert_eq!(read.as_ref(), Ok(&wanted), "{definition:?}\n{form:?} {line}");
                }
                options_read += given.len();
            }
            leaves_read += 1;
        }
    }
    assert!(leaves_read > 40 && options_read > 1_000, "{leaves_read} ways, {options_read} options");
}
