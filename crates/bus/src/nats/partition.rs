//! Which partition an event belongs to.

use guildhall_core::{event::Envelope, id::GuildId};

/// The number of partitions. Part of the format on the wire: all processes must agree.
pub const PARTITIONS: u32 = 64;

/// The partition of an event: by its guild; by its shard where it belongs to none, which keeps direct messages
/// in order.
pub fn partition<P>(envelope: &Envelope<P>) -> u32 {
    let key = envelope.guild.map_or_else(|| u64::from(envelope.origin.shard), GuildId::get);
    u32::try_from(mix(key) % u64::from(PARTITIONS)).unwrap_or(0)
}

/// Spreads numbers that differ little (the finalizer of `SplitMix64`).
const fn mix(key: u64) -> u64 {
    let key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes_and_spreads_guilds() {
        // Two versions that disagree would have two workers on one guild.
        assert_eq!([0, 1, 41_771_983_423_143_937].map(|key| mix(key) % 64), [47, 1, 32]);
        let mut counts = [0_u32; PARTITIONS as usize];
        for index in 0..64_000_u64 {
            let guild = (1_000_000_000_000 + index * 86_400_000) << 22;
            counts[usize::try_from(mix(guild) % 64).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
