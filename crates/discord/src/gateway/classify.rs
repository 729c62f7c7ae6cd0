//! What a frame is, read from its raw bytes before anything is parsed whole.
//!
//! Most frames are nobody's business, so this must cost next to nothing: the head of a frame is compared
//! with the order in which Discord writes it (`t`, `s`, `op`, `d`), and the guild id is looked for only
//! when somebody wants the kind at all. Every shortcut falls back to a careful scan.

pub mod scan;

use std::ops::Range;

use guildhall_core::{
    event::{EventKind, EventSet},
    id::{GuildId, InteractionId},
};
use memchr::memmem;

use self::scan::Members;

/// Kinds that caches live on. They may be wanted as effects, too. The update of a member is the bot's own,
/// which Discord sends without an intent (Discord docs: Gateway Events, Guild Member Update): its roles
/// decide what it may do.
pub const CACHE: EventSet = EventSet::of(&[
    EventKind::GuildCreate,
    EventKind::GuildUpdate,
    EventKind::GuildDelete,
    EventKind::RoleCreate,
    EventKind::RoleUpdate,
    EventKind::RoleDelete,
    EventKind::ChannelCreate,
    EventKind::ChannelUpdate,
    EventKind::ChannelDelete,
    EventKind::MemberUpdate,
]);

/// What becomes of a dispatch.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    /// Delivered at once: it has a deadline.
    Interaction,
    /// Delivered: somebody in its guild wants it.
    Effect,
    /// Only for the cache.
    Cache,
    /// For nobody.
    Nothing,
    /// About the session itself: READY and RESUMED.
    Session,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] = [Self::Interaction, Self::Effect, Self::Cache, Self::Nothing, Self::Session];

    /// The class as a word for logs and labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interaction => "interaction",
            Self::Effect => "effect",
            Self::Cache => "cache",
            Self::Nothing => "nothing",
            Self::Session => "session",
        }
    }
}

/// The outer members of a frame (Discord docs: Gateway Events, Payload Structure).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The opcode.
    pub op: u8,
    /// What kind of dispatch it is; `None` for other opcodes.
    pub kind: Option<EventKind>,
    /// The sequence, for dispatches.
    pub sequence: Option<u64>,
    /// Where the raw `d` lies in the frame; empty where there is none.
    pub data: Range<usize>,
}

/// The head of a frame; `None` for what is not a frame.
pub fn head(frame: &[u8]) -> Option<Head> {
    usual_head(frame).or_else(|| careful_head(frame))
}

/// Reads `{"t":"NAME","s":1,"op":0,"d":{` and trusts that `d` is last: the four members of a frame have
/// then all been seen.
fn usual_head(frame: &[u8]) -> Option<Head> {
    let rest = frame.strip_prefix(br#"{"t":""#)?;
    let name_end = rest.iter().take(48).position(|byte| *byte == b'"')?;
    let (name, rest) = rest.split_at_checked(name_end)?;
    let rest = rest.strip_prefix(br#"","s":"#)?;
    let (sequence, digits) = leading_number(rest)?;
    let rest = rest.get(digits..)?.strip_prefix(br#","op":0,"d":"#)?;
    let start = frame.len() - rest.len();
    let end = frame.len() - 1;
    let (b'{', b"}}") = (*frame.get(start)?, frame.get(end.checked_sub(1)?..)?) else { return None };
    (start < end).then(|| Head {
        op: 0,
        kind: Some(EventKind::from_name(name)),
        sequence: Some(sequence),
        data: start..end,
    })
}

fn careful_head(frame: &[u8]) -> Option<Head> {
    let (mut op, mut kind, mut sequence, mut data) = (None, None, None, 0..0);
    let mut members = Members::of(frame);
    for (key, value) in members.by_ref() {
        let raw = frame.get(value.clone())?;
        match key {
            b"op" => op = whole_number(raw).and_then(|number| u8::try_from(number).ok()),
            b"t" => kind = quoted(raw).map(EventKind::from_name),
            b"s" => sequence = whole_number(raw),
            b"d" => data = value,
            _ => {}
        }
    }
    if !members.complete() {
        return None;
    }
    let op = op?;
    let (kind, sequence) = if op == 0 { (kind, sequence) } else { (None, None) };
    Some(Head { op, kind, sequence, data })
}

/// The guild that a dispatch belongs to, from its raw `d`. `GUILD_CREATE`, `GUILD_UPDATE` and
/// `GUILD_DELETE` are guild objects and have it as `id`; everything else has a `guild_id` or no guild.
///
/// A key that is spelled with escapes is not recognised; no JSON writer spells one so.
pub fn guild_id(kind: EventKind, data: &[u8]) -> Option<GuildId> {
    match kind {
        EventKind::GuildCreate | EventKind::GuildUpdate | EventKind::GuildDelete => {
            snowflake(member(data, b"id")?).and_then(GuildId::new)
        }
        _ => {
            if let Some(id) = last_guild_id(data) {
                return Some(id);
            }
            // Without these bytes anywhere there is no such member at any depth.
            memmem::find(data, br#""guild_id""#)?;
            snowflake(member(data, b"guild_id")?).and_then(GuildId::new)
        }
    }
}

/// The guild id where it is the last member of `d`, which is where Discord writes it for messages.
///
/// Sound without a scan: the last `}` closes `d`, so the quote before it closes a string; the digits hold
/// no quote and the quote before them follows a colon, so it is not escaped and opens that string; the
/// same holds for the key, and what is followed by the end of `d` is a member of `d` itself.
fn last_guild_id(data: &[u8]) -> Option<GuildId> {
    let rest = data.strip_suffix(br#""}"#)?;
    let digits = rest.iter().rev().take(21).take_while(|byte| byte.is_ascii_digit()).count();
    let (rest, number) = rest.split_at_checked(rest.len() - digits)?;
    let rest = rest.strip_suffix(br#""guild_id":""#)?;
    let (b',' | b'{') = rest.last()? else { return None };
    whole_number(number).and_then(GuildId::new)
}

/// The id of an interaction, from its raw `d`.
pub fn interaction_id(data: &[u8]) -> Option<InteractionId> {
    snowflake(member(data, b"id")?).and_then(InteractionId::new)
}

/// The raw value of a member of an object itself, not of anything inside it.
pub fn member<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    Members::of(object).find(|(name, _)| *name == key).and_then(|(_, value)| object.get(value))
}

/// An id is sent as a string; a number is understood, too.
fn snowflake(raw: &[u8]) -> Option<u64> {
    whole_number(quoted(raw).unwrap_or(raw))
}

fn quoted(raw: &[u8]) -> Option<&[u8]> {
    raw.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

fn whole_number(raw: &[u8]) -> Option<u64> {
    leading_number(raw).filter(|(_, digits)| *digits == raw.len()).map(|(number, _)| number)
}

/// A number of at most 63 bits and how many digits it has.
fn leading_number(raw: &[u8]) -> Option<(u64, usize)> {
    let digits = raw.iter().take(20).take_while(|byte| byte.is_ascii_digit()).count();
    let mut number = 0_u64;
    for byte in raw.get(..digits)? {
        number = number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
    }
    (digits > 0 && i64::try_from(number).is_ok()).then_some((number, digits))
}

#[cfg(test)]
mod tests;
