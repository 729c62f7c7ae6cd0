//! Slash commands: one leaf file each, with typed options.

use futures::future::BoxFuture;
use twilight_interactions::command::{CommandInputData, CommandModel, CreateCommand};
use twilight_model::{
    application::{
        command::{Command as Definition, CommandOptionType},
        interaction::application_command::{CommandData, CommandDataOption, CommandOptionValue},
    },
    guild::Permissions,
};

use crate::{
    ctx::{Ctx, Services},
    failure::Failure,
    reply::Reply,
};

/// Where a command works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// In servers only.
    Guild,
    /// In servers and in direct messages with the bot.
    Anywhere,
}

/// Who may run a command, and what it needs. Checked again on our side for every use, because a guild can
/// change what Discord checks.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Where it works.
    pub place: Place,
    /// What the caller must be allowed to do; nothing for everyone.
    pub caller: Permissions,
    /// What the bot must be allowed to do in the channel.
    pub bot: Permissions,
    /// Whether the answer is for the caller alone. A slow answer is announced with this.
    pub ephemeral: bool,
    /// Whether only those may who run the bot. `caller` then says to whom Discord shows the command.
    pub operators: bool,
}

impl Access {
    /// A command that everyone in a server may run, answered in the open.
    pub const EVERYONE: Self = Self {
        place: Place::Guild,
        caller: Permissions::empty(),
        bot: Permissions::empty(),
        ephemeral: false,
        operators: false,
    };

    /// The same, answered to the caller alone.
    pub const PRIVATE: Self = Self { ephemeral: true, ..Self::EVERYONE };

    /// A command for those who may manage the server, answered to them alone.
    pub const MANAGERS: Self = Self { caller: Permissions::MANAGE_GUILD, ..Self::PRIVATE };

    /// A command for those who run the bot, shown to administrators only.
    pub const OPERATORS: Self = Self { caller: Permissions::ADMINISTRATOR, operators: true, ..Self::PRIVATE };
}

/// A slash command: its options are its fields.
pub trait SlashCommand: CommandModel + CreateCommand + Send + 'static {
    /// Who may run it.
    const ACCESS: Access;

    /// Runs it.
    fn run(self, ctx: &mut Ctx) -> impl Future<Output = Result<Reply, Failure>> + Send;

    /// Completes what the caller has `typed` so far into the option `option`. At most 25 choices are shown.
    fn complete(
        _ctx: &mut Ctx,
        _option: &str,
        _typed: &str,
    ) -> impl Future<Output = Result<Vec<Choice>, Failure>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// One suggestion while typing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// What is shown, up to 100 characters.
    pub name: String,
    /// What the option becomes, up to 100 characters.
    pub value: String,
}

type Run = for<'a> fn(&'a mut Ctx, CommandData) -> BoxFuture<'a, Result<Reply, Failure>>;
type Complete = for<'a> fn(&'a mut Ctx, &'a str, &'a str) -> BoxFuture<'a, Result<Vec<Choice>, Failure>>;

/// A [`SlashCommand`] among others.
#[derive(Clone)]
pub struct Command {
    /// Who may run it.
    pub access: Access,
    /// What Discord is told, before localisation.
    pub definition: Definition,
    run: Run,
    complete: Complete,
}

impl Command {
    /// The command `C`.
    pub fn of<C: SlashCommand>() -> Self {
        Self {
            access: C::ACCESS,
            definition: C::create_command().into(),
            run: |ctx, data| {
                Box::pin(async move {
                    let input = CommandInputData::from(data);
                    let reply = C::from_interaction(input).map_err(Failure::internal)?.run(ctx).await?;
                    if let Ok(guild) = ctx.guild() {
                        ctx.services().usage.count(guild);
                    }
                    Ok(reply)
                })
            },
            complete: |ctx, option, typed| Box::pin(C::complete(ctx, option, typed)),
        }
    }

    /// The name that members type.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// Runs the command with these options.
    pub fn run<'a>(&self, ctx: &'a mut Ctx, data: CommandData) -> BoxFuture<'a, Result<Reply, Failure>> {
        (self.run)(ctx, data)
    }

    /// Completes an option.
    pub fn complete<'a>(
        &self,
        ctx: &'a mut Ctx,
        option: &'a str,
        typed: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Choice>, Failure>> {
        (self.complete)(ctx, option, typed)
    }
}

impl Services {
    /// A command as a link that fills it in; `path` is `learn` or `knowledge list`.
    pub fn mention(&self, path: &str) -> String {
        let name = path.split(' ').next().unwrap_or(path);
        match self.command_ids.read().get(name) {
            Some(id) => format!("</{path}:{id}>"),
            None => format!("`/{path}`"),
        }
    }
}

/// The option that the caller is typing into, and the words so far.
pub fn focused(options: &[CommandDataOption]) -> Option<(String, String, CommandOptionType)> {
    options.iter().find_map(|option| match &option.value {
        CommandOptionValue::Focused(typed, kind) => Some((option.name.clone(), typed.clone(), *kind)),
        CommandOptionValue::SubCommand(inner) | CommandOptionValue::SubCommandGroup(inner) => focused(inner),
        _ => None,
    })
}
