//! The example world: three servers, four people, two applications. Every id is fixed, so that a bot's
//! database stays valid when the sandbox is started anew.

use crate::{
    gateway::intents::Intents,
    model::{ChannelKind, Overwrite, OverwriteKind, User},
    permissions::Permissions,
    snowflake::{Id, Millis},
    world::{NewApplication, NewChannel, NewGuild, NewRole, World, WorldError},
};

/// The bot token of the application "Guildhall". It is public and opens nothing but a sandbox.
pub const BOT_TOKEN: &str = "MTAwMDAwMDAwMDAwMDAxMDAx.sandbx.the-guildhall-bot-of-the-example-world";

/// The bot token of the application "Other bot", for a bot of your own.
pub const OTHER_BOT_TOKEN: &str = "MTAwMDAwMDAwMDAwMDAxMDAy.sandbx.any-other-bot-of-the-example-world";

/// The application "Guildhall", and its bot user.
pub const APPLICATION: Id = 100_000_000_000_001_001;
/// The application "Other bot", and its bot user.
pub const OTHER_APPLICATION: Id = 100_000_000_000_001_002;

/// Owns all three servers.
pub const ADA: Id = 100_000_000_000_002_001;
/// Moderates the first server.
pub const GRACE: Id = 100_000_000_000_002_002;
/// A plain member.
pub const LINUS: Id = 100_000_000_000_002_003;
/// A plain member.
pub const MARGARET: Id = 100_000_000_000_002_004;

/// The usernames of the four.
pub(crate) const PEOPLE: [&str; 4] = ["ada", "grace", "linus", "margaret"];

/// The server "Riverside Book Club".
pub const BOOK_CLUB: Id = 110_000_000_000_000_000;
/// The server "Maple Street Makers".
pub const MAKERS: Id = 120_000_000_000_000_000;
/// The server "Night Shift Games".
pub const GAMES: Id = 130_000_000_000_000_000;

/// What the bots may do: everything a helpful bot asks for, but not administrator.
const BOT_PERMISSIONS: Permissions = Permissions(
    Permissions::DEFAULT.0
        | Permissions::KICK_MEMBERS.0
        | Permissions::BAN_MEMBERS.0
        | Permissions::MANAGE_CHANNELS.0
        | Permissions::MANAGE_GUILD.0
        | Permissions::MANAGE_MESSAGES.0
        | Permissions::MANAGE_ROLES.0
        | Permissions::MANAGE_WEBHOOKS.0
        | Permissions::MANAGE_THREADS.0
        | Permissions::MODERATE_MEMBERS.0
        | Permissions::PIN_MESSAGES.0
        | Permissions::VIEW_AUDIT_LOG.0,
);

const MODERATOR_PERMISSIONS: Permissions = Permissions(
    Permissions::MANAGE_MESSAGES.0
        | Permissions::KICK_MEMBERS.0
        | Permissions::BAN_MEMBERS.0
        | Permissions::MODERATE_MEMBERS.0
        | Permissions::PIN_MESSAGES.0
        | Permissions::VIEW_AUDIT_LOG.0,
);

/// A server of the example world.
struct Server {
    id: Id,
    name: &'static str,
    channels: [(&'static str, &'static str); 3],
    voice: &'static str,
    moderator_manages: bool,
}

const SERVERS: [Server; 3] = [
    Server {
        id: BOOK_CLUB,
        name: "Riverside Book Club",
        channels: [
            ("general", "Anything about books, and the rest of life"),
            ("introductions", "Tell us who you are and what you read"),
            ("this-month", "The book we are reading together"),
        ],
        voice: "Reading room",
        moderator_manages: true,
    },
    Server {
        id: MAKERS,
        name: "Maple Street Makers",
        channels: [
            ("general", "Talk while the glue dries"),
            ("introductions", "What do you build"),
            ("projects", "Show what is on your bench"),
        ],
        voice: "Workshop",
        moderator_manages: false,
    },
    Server {
        id: GAMES,
        name: "Night Shift Games",
        channels: [
            ("general", "Who is awake"),
            ("introductions", "Your name and your favourite game"),
            ("looking-for-players", "Find company for tonight"),
        ],
        voice: "Lobby",
        moderator_manages: false,
    },
];

/// Fills a world that is empty.
pub(crate) fn build(world: &mut World, now: Millis) {
    fill(world, now).expect("the fixed ids of the example world are free in an empty world");
}

fn fill(world: &mut World, now: Millis) -> Result<(), WorldError> {
    let people = [
        (ADA, "ada", "Ada"),
        (GRACE, "grace", "Grace"),
        (LINUS, "linus", "Linus"),
        (MARGARET, "margaret", "Margaret"),
    ];
    for (id, username, name) in people {
        world.users.insert(id, User::person(id, username, Some(name)));
    }
    let applications =
        [(APPLICATION, "Guildhall", BOT_TOKEN), (OTHER_APPLICATION, "Other bot", OTHER_BOT_TOKEN)];
    for (id, name, token) in applications {
        let new = NewApplication {
            name: name.to_owned(),
            token: Some(token.to_owned()),
            privileged: Intents::PRIVILEGED,
            owner_id: Some(ADA),
        };
        world.insert_application(id, new)?;
    }
    SERVERS.iter().try_for_each(|server| open(world, server, now))
}

fn open(world: &mut World, server: &Server, now: Millis) -> Result<(), WorldError> {
    let id = server.id;
    let mut next = id;
    let mut fixed = || {
        next += 1;
        Some(next)
    };
    world.create_guild(NewGuild { name: server.name.to_owned(), owner_id: ADA, id: Some(id) }, now)?;
    let role = |name: &str, permissions, id| NewRole {
        name: name.to_owned(),
        permissions,
        hoist: true,
        mentionable: true,
        color: 0x34_98db,
        id,
        ..NewRole::default()
    };
    let manages = if server.moderator_manages { Permissions::MANAGE_GUILD } else { Permissions::NONE };
    let member = world.create_role(id, role("Member", Permissions::NONE, fixed()), now)?.0;
    let moderator =
        world.create_role(id, role("Moderator", MODERATOR_PERMISSIONS | manages, fixed()), now)?.0;
    for (application, name) in [(APPLICATION, "Guildhall"), (OTHER_APPLICATION, "Other bot")] {
        let tags = crate::model::RoleTags { bot_id: Some(application), ..Default::default() };
        let own = NewRole {
            managed: true,
            tags: Some(tags),
            hoist: false,
            color: 0,
            ..role(name, BOT_PERMISSIONS, fixed())
        };
        let own = world.create_role(id, own, now)?.0;
        world.add_member(id, application, &[own], now)?;
    }
    // A bot can only manage roles below its own.
    let bots: Vec<Id> =
        world.guild(id)?.roles.iter().filter(|role| role.managed).map(|role| role.id).collect();
    let order: Vec<(Id, i32)> = [member, moderator].into_iter().chain(bots).zip(1..).collect();
    world.move_roles(id, &order)?;
    for (user, roles) in [(GRACE, vec![moderator, member]), (LINUS, vec![member]), (MARGARET, vec![member])] {
        world.add_member(id, user, &roles, now)?;
    }
    let channel = |name: &str, id| NewChannel { name: name.to_owned(), id, ..NewChannel::default() };
    let text = NewChannel { kind: ChannelKind::Category, ..channel("Text channels", fixed()) };
    let category = Some(world.create_channel(id, text, now)?.0);
    for (name, topic) in server.channels {
        let new = NewChannel { topic: Some(topic.to_owned()), parent_id: category, ..channel(name, fixed()) };
        world.create_channel(id, new, now)?;
    }
    let allow = |role| Overwrite {
        id: role,
        kind: OverwriteKind::Role,
        allow: Permissions::VIEW_CHANNEL,
        deny: Permissions::NONE,
    };
    let hidden = Overwrite {
        id,
        kind: OverwriteKind::Role,
        allow: Permissions::NONE,
        deny: Permissions::VIEW_CHANNEL,
    };
    let bots = world.guild(id)?.roles.iter().filter(|role| role.managed).map(|role| allow(role.id));
    let overwrites = bots.chain([hidden, allow(moderator)]).collect();
    let staff = NewChannel { overwrites, parent_id: category, ..channel("staff", fixed()) };
    world.create_channel(id, staff, now)?;
    let voice = NewChannel { kind: ChannelKind::Voice, ..channel(server.voice, fixed()) };
    world.create_channel(id, voice, now)?;
    let first =
        world.guild(id)?.channels.iter().find(|channel| channel.name == "general").map(|found| found.id);
    world.guild_mut(id)?.system_channel_id = first;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions;

    fn world() -> World {
        let mut world = World::default();
        build(&mut world, 1_790_000_000_000);
        world
    }

    #[test]
    fn the_staff_channel_is_for_moderators_and_bots() {
        let world = world();
        for guild in world.guilds.values() {
            let staff = guild.channels.iter().find(|channel| channel.name == "staff").unwrap();
            let sees = |user| permissions::can_view(guild, staff, user);
            assert!(sees(ADA) && sees(GRACE) && sees(APPLICATION) && sees(OTHER_APPLICATION));
            assert!(!sees(LINUS) && !sees(MARGARET));
        }
    }

    #[test]
    fn grace_manages_the_first_server_alone() {
        let world = world();
        let manages = |guild| world.guild_permissions(guild, GRACE, 0).contains(Permissions::MANAGE_GUILD);
        assert!(manages(BOOK_CLUB) && !manages(MAKERS) && !manages(GAMES));
    }

    #[test]
    fn the_bots_stand_above_the_moderators() {
        let world = world();
        for guild in world.guilds.values() {
            let place = |user| guild.top_role(user).unwrap().position;
            assert!(place(APPLICATION) > place(GRACE) && place(GRACE) > place(LINUS));
        }
    }

    #[test]
    fn both_tokens_open_their_application() {
        let world = world();
        assert_eq!(world.authenticate(BOT_TOKEN).unwrap().id, APPLICATION);
        assert_eq!(world.authenticate(&format!("Bot {OTHER_BOT_TOKEN}")).unwrap().id, OTHER_APPLICATION);
        assert!(world.authenticate("Bot nonsense").is_none());
    }
}
