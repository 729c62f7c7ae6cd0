//! Rollout: a feature is there for a part of the guilds first, and for guilds that are named.
//!
//! A guild's place is a hash of the feature's name and its id, so it is the same in every process and after every
//! start, and a guild that is in stays in when the part grows. Each feature draws its own part.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_core::id::GuildId;

/// Places that a guild may have; the part is counted in hundredths of a percent.
const PLACES: u64 = 10_000;

/// For whom a feature is there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Part {
    places: u64,
    guilds: BTreeSet<GuildId>,
}

impl Part {
    /// For so many percent of all guilds, in steps of a hundredth, and for these in any case.
    pub fn new(percent: f64, guilds: impl IntoIterator<Item = GuildId>) -> Self {
        let hundredths = (percent * 100.0).round().clamp(0.0, 10_000.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped just before")]
        let places = hundredths as u64;
        Self { places, guilds: guilds.into_iter().collect() }
    }

    /// The percentage.
    pub fn percent(&self) -> f64 {
        // Ten thousand at the most.
        self.places as f64 / 100.0
    }

    /// The guilds that are named.
    pub const fn guilds(&self) -> &BTreeSet<GuildId> {
        &self.guilds
    }

    fn holds(&self, feature: &str, guild: GuildId) -> bool {
        self.guilds.contains(&guild) || place(feature, guild) < self.places
    }
}

/// For whom features are there; those that are not named are there for everybody.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rollout(BTreeMap<String, Part>);

impl FromIterator<(String, Part)> for Rollout {
    fn from_iter<I: IntoIterator<Item = (String, Part)>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl Rollout {
    /// Whether the feature is there for the guild.
    pub fn holds(&self, feature: &str, guild: GuildId) -> bool {
        self.0.get(feature).is_none_or(|part| part.holds(feature, guild))
    }

    /// Whether every feature is there for everybody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For whom this feature is there, where that is not everybody.
    pub fn part(&self, feature: &str) -> Option<&Part> {
        self.0.get(feature)
    }

    /// Every feature that is not there for everybody.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Part)> {
        self.0.iter().map(|(feature, part)| (feature.as_str(), part))
    }
}

/// The guild's place for the feature. It must never change: guilds would fall out of a rollout.
fn place(feature: &str, guild: GuildId) -> u64 {
    let bytes = feature.bytes().chain([0]).chain(guild.get().to_le_bytes());
    // FNV-1a, and a last mixing, since its high bits alone are well spread.
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)) % PLACES
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rollout(percent: f64, guilds: &[u64]) -> Rollout {
        let guilds = guilds.iter().filter_map(|guild| GuildId::new(*guild));
        [("knowledge".to_owned(), Part::new(percent, guilds))].into_iter().collect()
    }

    proptest! {
        #[test]
        fn a_guild_that_is_in_stays_in_when_the_part_grows(
            guild in 1_u64..1 << 62, less in 0.0..100.0_f64, more in 0.0..100.0_f64,
        ) {
            let guild = GuildId::new(guild).unwrap();
            let (less, more) = (less.min(more), less.max(more));
            if rollout(less, &[]).holds("knowledge", guild) {
                prop_assert!(rollout(more, &[]).holds("knowledge", guild));
            }
            prop_assert!(rollout(100.0, &[]).holds("knowledge", guild));
            prop_assert!(!rollout(0.0, &[]).holds("knowledge", guild));
        }

        #[test]
        fn a_guild_that_is_named_is_in_and_changes_nothing_for_others(
            named in 1_u64..1 << 62, other in 1_u64..1 << 62, percent in 0.0..100.0_f64,
        ) {
            let (one, two) = (GuildId::new(named).unwrap(), GuildId::new(other).unwrap());
            let with = rollout(percent, &[named]);
            prop_assert!(with.holds("knowledge", one));
            if one != two {
                prop_assert_eq!(with.holds("knowledge", two), rollout(percent, &[]).holds("knowledge", two));
            }
            prop_assert!(with.holds("statistics", two), "nothing is said of that feature");
        }

        #[test]
        fn the_part_is_about_as_large_as_it_is_said_to_be(start in 1_u64..1 << 60, percent in 0.0..100.0_f64) {
            let rollout = rollout(percent, &[]);
            // Ids of guilds grow by milliseconds and a few bits.
            let guilds = (0..4_000_u64).map(|step| GuildId::new(start + (step << 22) + step % 3).unwrap());
            let inside = guilds.filter(|guild| rollout.holds("knowledge", *guild)).count();
            let share = inside as f64 / 40.0;
            prop_assert!((share - percent).abs() < 5.0, "{share} of {percent}");
        }
    }

    #[test]
    fn places_are_those_of_every_version() {
        let place = |number| place("knowledge", GuildId::new(number).unwrap());
        assert_eq!([1, 2, 175_928_847_299_117_063].map(place), PLACES_OF_EVERY_VERSION);
        let different = (1..200).filter(|number| {
            let guild = GuildId::new(*number).unwrap();
            super::place("knowledge", guild) != super::place("statistics", guild)
        });
        assert!(different.count() > 190, "each feature draws its own part");
    }

    /// Written down once: a change here throws guilds out of rollouts.
    const PLACES_OF_EVERY_VERSION: [u64; 3] = [2_390, 5_878, 3_370];
}
