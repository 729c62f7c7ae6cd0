//! Looks for what the words of a text command name, so that handlers are told of it as a slash command would tell.
//!
//! Discord is only asked what it does not count as a refusal: whoever types ids of foreign channels must not be able to
//! bring the bot near the ban on invalid requests. So the server's lists are read, and not single channels.

use guildhall_core::id::{ChannelId, RoleId, UserId};
use guildhall_discord::rest::{Call as Request, Priority, RestError, guilds};
use guildhall_framework::{
    Failure,
    directory::Directory as _,
    text_command::{Fault, Known, Sought, Stop, parse},
};
use serde::Deserialize;
use twilight_model::{
    application::interaction::{InteractionChannel, InteractionMember, application_command::CommandData},
    channel::{Channel, ChannelType},
    guild::{Member, Permissions},
    id::Id,
};

use super::{Call, Dispatcher};

/// Things that one command may name: 25 options, each of which may be a role or a person.
const MOST: usize = 60;

#[derive(Deserialize)]
struct Active {
    threads: Vec<Channel>,
}

impl Dispatcher {
    /// The options of a call, or what is wrong with its words.
    pub(super) async fn options_of(&self, call: &Call<'_>) -> Result<Result<CommandData, Fault>, Failure> {
        let name = &call.called.definition.name;
        // Without its id, which only says under which number Discord knows it, a command runs as well.
        let id = self.services.command_ids.read().get(name).map_or(1, |id| id.get());
        let held = |user: UserId, roles: &[RoleId]| self.held(call, call.place.channel, user, roles);
        let mut known =
            Known { users: call.message.people(held), attachments: call.message.files(), ..Known::default() };
        for _ in 0..MOST {
            match parse(call.called.definition, Id::new(id), call.called.rest, &known) {
                Ok(data) => return Ok(Ok(data)),
                Err(Stop::Fault(fault)) => return Ok(Err(fault)),
                Err(Stop::Sought(sought)) => {
                    self.look_up(call, sought, &mut known).await.map_err(Failure::internal)?;
                }
            }
        }
        Err(Failure::internal("a text command names more than a command has options"))
    }

    fn held(&self, call: &Call<'_>, channel: ChannelId, user: UserId, roles: &[RoleId]) -> Permissions {
        self.known.member_permissions(call.guild, channel, user, roles).unwrap_or(Permissions::empty())
    }

    async fn look_up(&self, call: &Call<'_>, sought: Sought, known: &mut Known) -> Result<(), RestError> {
        let found = match sought {
            Sought::User(id) => self.member(call, id, known).await?,
            Sought::Role(id) => {
                let roles = guilds::roles(&self.rest, call.guild, Priority::Command).await?;
                known.roles = roles.into_iter().map(|role| (role.id.get(), role)).collect();
                known.roles.contains_key(&id)
            }
            Sought::Channel(id) => self.channel(call, id, known).await?,
        };
        if !found {
            known.nowhere.insert(sought);
        }
        Ok(())
    }

    async fn member(&self, call: &Call<'_>, id: u64, known: &mut Known) -> Result<bool, RestError> {
        let Some(user) = UserId::new(id) else { return Ok(false) };
        let member = match guilds::member(&self.rest, call.guild, user, Priority::Command).await {
            Ok(member) => member,
            Err(error) if error.status() == Some(404) => return Ok(false),
            Err(error) => return Err(error),
        };
        let roles: Vec<RoleId> = member.roles.iter().map(|role| role.into_nonzero().into()).collect();
        let held = self.held(call, call.place.channel, user, &roles);
        known.users.insert(id, (member.user.clone(), Some(described(member, held))));
        Ok(true)
    }

    /// A channel or a thread of the server that the caller sees.
    async fn channel(&self, call: &Call<'_>, id: u64, known: &mut Known) -> Result<bool, RestError> {
        let Some(wanted) = ChannelId::new(id) else { return Ok(false) };
        let listed = self.known.bot_permissions(call.guild, wanted).is_some();
        let channels = if listed {
            guilds::channels(&self.rest, call.guild, Priority::Command).await?
        } else {
            let request = self.rest.builder().active_threads(Id::new(call.guild.get()));
            self.rest.send(Request::build(request, Priority::Command)?).await?.model::<Active>()?.threads
        };
        let Some(channel) = channels.into_iter().find(|channel| channel.id.get() == id) else {
            return Ok(false);
        };
        let place = if listed { Some(wanted) } else { channel.parent_id.map(|id| id.into_nonzero().into()) };
        let (user, roles) = (call.message.author.id, call.message.member.roles.as_slice());
        let held = place.map_or(Permissions::empty(), |place| self.held(call, place, user, roles));
        // Who is in a private thread is not known here; those who look after threads see it in any case.
        let private = channel.kind == ChannelType::PrivateThread;
        let wanted = if private { Permissions::MANAGE_THREADS } else { Permissions::VIEW_CHANNEL };
        let seen = held.contains(wanted);
        if seen {
            known.channels.insert(
                id,
                InteractionChannel {
                    id: channel.id,
                    kind: channel.kind,
                    name: channel.name.unwrap_or_default(),
                    parent_id: channel.parent_id,
                    permissions: held,
                    app_permissions: place.and_then(|place| self.known.bot_permissions(call.guild, place)),
                    thread_metadata: channel.thread_metadata,
                },
            );
        }
        Ok(seen)
    }
}

/// A member as an interaction describes one.
fn described(member: Member, permissions: Permissions) -> InteractionMember {
    InteractionMember {
        avatar: member.avatar,
        avatar_decoration_data: member.avatar_decoration_data,
        banner: member.banner,
        communication_disabled_until: member.communication_disabled_until,
        flags: member.flags,
        joined_at: member.joined_at,
        nick: member.nick,
        pending: member.pending,
        permissions,
        premium_since: member.premium_since,
        roles: member.roles,
    }
}
