//! A feature that does what the tests ask of it.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use guildhall_core::{
    event::{EventKind, EventSet},
    id::ChannelId,
    scope::GuildScope,
    text,
};
use guildhall_framework::{
    Access, Body, Choice, Command, Component, Ctx, Event, EventHandler, Failure, Feature, File, OnComponent,
    OnEvent, Periodic, Place, Reply, Services, SlashCommand, Toggle, component::Input, text_command::Prefix,
};
use guildhall_store::platform::privacy::Choice as Allowed;
use guildhall_store::{
    Column, GuildStatement, Migration, Person, Retention, Schema, ScopeKind, Table, guild, params,
};
use serde::Deserialize;
use twilight_interactions::command::{CommandModel, CreateCommand, ResolvedMentionable, ResolvedUser};
use twilight_model::{
    application::interaction::InteractionChannel,
    guild::{Permissions, Role},
};

const ADD: GuildStatement = guild(
    "note_add",
    "INSERT INTO note (guild_id, n, words) VALUES ($1, (SELECT COUNT(*) FROM note WHERE guild_id = $1), $2)",
);
const ALL: GuildStatement = guild("note_all", "SELECT words FROM note WHERE guild_id = $1 ORDER BY n");

const HEARD: GuildStatement = guild(
    "note_heard_add",
    "INSERT INTO note_heard (guild_id, words, times) VALUES ($1, $2, $3)
     ON CONFLICT (guild_id, words) DO UPDATE SET times = note_heard.times + excluded.times",
);
const TIMES: GuildStatement = guild(
    "note_heard_all",
    "SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) AS times FROM note_heard WHERE guild_id = $1",
);

pub(crate) const SCHEMA: Schema = Schema {
    owner: "test",
    migrations: &[Migration {
        version: 1,
        breaks: false,
        name: "notes",
        sql: "CREATE TABLE note (guild_id BIGINT NOT NULL, n BIGINT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (guild_id, n));
              CREATE TABLE note_heard (guild_id BIGINT NOT NULL, words TEXT NOT NULL, times BIGINT NOT NULL, PRIMARY KEY (guild_id, words));",
    }],
    inventory: &[
        Table {
            name: "note",
            scope: ScopeKind::Guild,
            columns: &[Column::plain("guild_id"), Column::plain("n"), Column::content("words")],
            key: &["guild_id", "n"],
            person: Person::Guild,
            retention: Retention::WithOwner,
            purpose: "test",
        },
        Table {
            name: "note_heard",
            scope: ScopeKind::Guild,
            columns: &[Column::plain("guild_id"), Column::content("words"), Column::plain("times")],
            key: &["guild_id", "words"],
            person: Person::Guild,
            retention: Retention::WithOwner,
            purpose: "test",
        },
    ],
    statements: &[ADD.any(), ALL.any(), HEARD.any(), TIMES.any()],
};

/// The test feature.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "test",
        toggle: Toggle::On,
        needs: Permissions::empty(),
        figures: None,
        commands: vec![
            Command::of::<Ping>(),
            Command::of::<Write>(),
            Command::of::<Slow>(),
            Command::of::<Broken>(),
            Command::of::<Manage>(),
            Command::of::<Operate>(),
            Command::of::<Embed>(),
            Command::of::<Off>(),
            Command::of::<Attach>(),
            Command::of::<Own>(),
            Command::of::<Resolve>(),
            Command::of::<Dawdle>(),
            Command::of::<SetPrefix>(),
        ],
        components: vec![Component::of::<Press>()],
        events: vec![EventHandler::of::<Echo>()],
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: vec![
            Periodic {
                name: "test_job",
                every: Duration::from_hours(1),
                at_stop: false,
                run: |_| Box::pin(async { panic!("a job panics") }),
            },
            Periodic {
                name: "test_save",
                every: Duration::from_hours(1),
                at_stop: true,
                run: |services| Box::pin(save(services)),
            },
        ],
        schema: SCHEMA,
        locales: &[],
    }
}

/// Everything that was noted in the guild.
pub(crate) async fn notes(store: &guildhall_store::Store, guild: guildhall_core::id::GuildId) -> Vec<String> {
    let mut read = store.read().await.unwrap();
    let rows = read.guild(GuildScope(guild)).fetch_all(&ALL, params![]).await.unwrap();
    rows.iter().map(|row| row.get("words").unwrap()).collect()
}

/// How many messages were counted.
pub(crate) async fn heard(store: &guildhall_store::Store, guild: guildhall_core::id::GuildId) -> i64 {
    let mut read = store.read().await.unwrap();
    let row = read.guild(GuildScope(guild)).fetch_one(&TIMES, params![]).await.unwrap();
    row.get("times").unwrap()
}

/// How much was noted in the guild, as its transaction sees it.
pub(crate) async fn noted(ctx: &mut Ctx) -> Result<usize, Failure> {
    Ok(ctx.snapshot().await?.fetch_all(&ALL, params![]).await?.len())
}

/// Notes how often commands ran.
async fn save(services: &Services) -> Result<(), Failure> {
    for (guild, commands) in services.usage.take() {
        let mut write = services.store.write().await?;
        write.guild(GuildScope(guild)).execute(&ADD, params![format!("used {commands}")]).await?;
        write.commit().await?;
    }
    Ok(())
}

/// Slow events that were begun.
pub(crate) static BEGUN: AtomicUsize = AtomicUsize::new(0);
/// Whether an event has hung; it does so once.
pub(crate) static HUNG: AtomicBool = AtomicBool::new(false);

pub(crate) async fn note(ctx: &mut Ctx, words: &str) -> Result<(), Failure> {
    ctx.db().await?.execute(&ADD, params![words]).await?;
    Ok(())
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "ping", desc = "Answers")]
struct Ping {}

impl SlashCommand for Ping {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, _ctx: &mut Ctx) -> Result<Reply, Failure> {
        Ok(Reply::public("pong"))
    }
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "write", desc = "Notes something, says so and sends it on")]
struct Write {
    /// What to note.
    words: String,
}

impl SlashCommand for Write {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        note(ctx, &self.words).await?;
        let channel = ctx.invocation().channel.ok_or_else(Failure::guild_only)?;
        ctx.send(channel, Body::text(format!("noted {}", self.words))).await?;
        Ok(Reply::hidden(format!("wrote {}", self.words)))
    }

    async fn complete(_ctx: &mut Ctx, option: &str, typed: &str) -> Result<Vec<Choice>, Failure> {
        assert_ne!(typed, "panic", "suggestions panic");
        let value = format!("{option} {typed}");
        Ok((0..40).map(|n| Choice { name: format!("{value} {n}"), value: value.clone() }).collect())
    }
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "slow", desc = "Answers late")]
struct Slow {
    /// How late.
    millis: i64,
    /// Whether it writes.
    writes: bool,
}

impl SlashCommand for Slow {
    const ACCESS: Access = Access::PRIVATE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        tokio::time::sleep(Duration::from_millis(self.millis.unsigned_abs())).await;
        if self.writes {
            note(ctx, "slow").await?;
        }
        Ok(Reply::hidden("at last"))
    }
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "broken", desc = "Fails as told")]
struct Broken {
    /// How.
    how: String,
}

impl SlashCommand for Broken {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        note(ctx, "written before it broke").await?;
        match self.how.as_str() {
            "panic" => panic!("the handler panics on purpose"),
            "refuse" => Err(text!("failure-busy").into()),
            "forever" => std::future::pending().await,
            _ => Err(Failure::internal(std::io::Error::other("the disk is on fire"))),
        }
    }
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "attach", desc = "Answers with a file and sends another")]
struct Attach {
    /// How late.
    millis: i64,
}

impl SlashCommand for Attach {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        tokio::time::sleep(Duration::from_millis(self.millis.unsigned_abs())).await;
        let file = |name: &str| File {
            name: name.to_owned(),
            description: Some("what is kept".to_owned()),
            bytes: b"words in a file".to_vec(),
        };
        let channel = ctx.invocation().channel.ok_or_else(Failure::guild_only)?;
        let sent = format!("sent-{}.txt", self.millis);
        ctx.send(channel, Body { files: vec![file(&sent)], ..Body::text("noted with a file") }).await?;
        Ok(Reply::public("here").with_files(vec![file(&format!("answer-{}.txt", self.millis))]))
    }
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "own", desc = "Changes what the caller allows")]
struct Own {}

impl SlashCommand for Own {
    const ACCESS: Access = Access { place: Place::Anywhere, ..Access::PRIVATE };

    async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        ctx.choose(Allowed::STRICT).await?;
        Ok(Reply::hidden("chosen"))
    }
}

#[derive(CommandModel, CreateCommand)]
#[command(name = "resolve", desc = "Says what it was given")]
struct Resolve {
    /// A channel.
    channel: Option<InteractionChannel>,
    /// A role.
    role: Option<Role>,
    /// A person.
    user: Option<ResolvedUser>,
    /// One of both.
    who: Option<ResolvedMentionable>,
}

impl SlashCommand for Resolve {
    const ACCESS: Access = Access::EVERYONE;

    async fn run(self, _ctx: &mut Ctx) -> Result<Reply, Failure> {
        let user = |user: ResolvedUser| {
            let held = user.member.map(|member| member.permissions.bits()).unwrap_or_default();
            format!("user {} {held}", user.resolved.name)
        };
        let who = self.who.map(|who| match who {
            ResolvedMentionable::User(someone) => user(someone),
            ResolvedMentionable::Role(role) => format!("role {}", role.name),
        });
        let channel =
            self.channel.map(|channel| format!("channel {} {}", channel.name, channel.permissions.bits()));
        let parts = [channel, self.role.map(|role| format!("role {}", role.name)), self.user.map(user), who];
        Ok(Reply::public(parts.into_iter().flatten().collect::<Vec<_>>().join(", ")))
    }
}

macro_rules! simple {
    ($type:ident, $name:literal, $access:expr) => {
        #[derive(CommandModel, CreateCommand)]
        #[command(name = $name, desc = "Answers")]
        struct $type {}

        impl SlashCommand for $type {
            const ACCESS: Access = $access;

            async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
                match $name {
                    "off" => ctx.set_toggle("test", false).await?,
                    "set_prefix" => ctx.set_prefix(Prefix::new("!").ok()).await?,
                    "dawdle" => tokio::time::sleep(Duration::from_millis(300)).await,
                    _ => {}
                }
                Ok(Reply::public($name))
            }
        }
    };
}

simple!(Manage, "manage", Access::MANAGERS);
simple!(Operate, "operate", Access::OPERATORS);
simple!(Embed, "embed", Access { bot: Permissions::EMBED_LINKS, ..Access::EVERYONE });
simple!(Off, "off", Access::EVERYONE);
simple!(SetPrefix, "set_prefix", Access::EVERYONE);
simple!(Dawdle, "dawdle", Access::EVERYONE);

struct Press;

impl OnComponent for Press {
    const NAME: &'static str = "test:press";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        note(ctx, &input.arguments.join("+")).await?;
        Ok(Reply::Update(Body::text("pressed")))
    }
}

#[derive(Deserialize)]
struct Said {
    channel_id: ChannelId,
    content: String,
}

struct Echo;

impl OnEvent for Echo {
    const KINDS: EventSet = EventSet::of(&[EventKind::MessageCreate, EventKind::GuildDelete]);

    async fn run<'a>(ctx: &'a mut Ctx, event: &'a Event<'a>) -> Result<(), Failure> {
        if event.kind == EventKind::GuildDelete {
            return note(ctx, "left").await;
        }
        let said: Said = event.read()?;
        // The bot hears itself, too.
        if said.content.starts_with("echo ") || said.content.starts_with("noted ") {
            return Ok(());
        }
        note(ctx, &said.content).await?;
        ctx.tally(&HEARD, params![&said.content], 1).await?;
        match said.content.as_str() {
            "panic" => panic!("an event handler panics on purpose"),
            "fail" => Err(Failure::internal("an event handler fails on purpose")),
            "forever" => std::future::pending().await,
            "slow" => {
                BEGUN.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(2)).await;
                Ok(())
            }
            "hang" if !HUNG.swap(true, Ordering::SeqCst) => std::future::pending().await,
            words => ctx.send(said.channel_id, Body::text(format!("echo {words}"))).await,
        }
    }
}
