//! What a member may do in a channel (Discord docs: Permissions, Permission Overwrites).

use guildhall_core::id::{GuildId, RoleId, UserId};
use twilight_model::guild::Permissions;

use super::record::{Channel, Overwrite, Record};

/// What the bot, as `me`, may do in a channel of a guild.
pub fn in_channel(guild: GuildId, me: UserId, record: &Record, channel: &Channel) -> Permissions {
    of_member(guild, me, &record.own_roles, record, channel)
}

/// What a member with these roles may do in a channel of a guild.
pub fn of_member(
    guild: GuildId,
    user: UserId,
    roles: &[RoleId],
    record: &Record,
    channel: &Channel,
) -> Permissions {
    let base = in_guild(guild, user, roles, record);
    if base.contains(Permissions::ADMINISTRATOR) {
        return Permissions::all();
    }
    let of = |id: u64, member: bool| {
        move |overwrite: &&Overwrite| overwrite.id == id && overwrite.member == member
    };
    let mut held = base;
    let mut change = |allow: Permissions, deny: Permissions| held = (held - deny) | allow;
    if let Some(everyone) = channel.overwrites.iter().find(of(guild.get(), false)) {
        change(bits(everyone.allow), bits(everyone.deny));
    }
    let (mut allow, mut deny) = (Permissions::empty(), Permissions::empty());
    for role in roles {
        if let Some(overwrite) = channel.overwrites.iter().find(of(role.get(), false)) {
            allow |= bits(overwrite.allow);
            deny |= bits(overwrite.deny);
        }
    }
    change(allow, deny);
    if let Some(own) = channel.overwrites.iter().find(of(user.get(), true)) {
        change(bits(own.allow), bits(own.deny));
    }
    implied(held)
}

/// What a member with these roles may do in the guild where no channel says otherwise.
fn in_guild(guild: GuildId, user: UserId, roles: &[RoleId], record: &Record) -> Permissions {
    if record.owner == user {
        return Permissions::all();
    }
    let everyone = RoleId::from(std::num::NonZeroU64::from(guild));
    let held = |role: RoleId| role == everyone || roles.contains(&role);
    let held = record.roles.iter().filter(|role| held(role.id));
    let base = held.fold(Permissions::empty(), |all, role| all | bits(role.permissions));
    if base.contains(Permissions::ADMINISTRATOR) { Permissions::all() } else { base }
}

/// Takes away what is useless without another permission (Discord docs: Permissions, Implicit Permissions).
pub(super) fn implied(held: Permissions) -> Permissions {
    if !held.contains(Permissions::VIEW_CHANNEL) {
        return Permissions::empty();
    }
    if held.contains(Permissions::SEND_MESSAGES) {
        return held;
    }
    held - Permissions::MENTION_EVERYONE
        - Permissions::SEND_TTS_MESSAGES
        - Permissions::ATTACH_FILES
        - Permissions::EMBED_LINKS
}

/// Permissions that this program has no name for are kept, too.
const fn bits(bits: u64) -> Permissions {
    Permissions::from_bits_retain(bits)
}
