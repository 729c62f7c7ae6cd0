//! What users allow, and what was erased lately: a copy in memory, so that an event is not looked up in the
//! database to know whether it may be counted.

use std::{collections::HashMap, time::Duration};

use guildhall_core::{
    clock::Timestamp,
    id::{GuildId, UserId},
};
use guildhall_store::{
    OperatorPath, Store, StoreError, Subject,
    platform::privacy::{self, Choice},
    tombstone,
};
use parking_lot::RwLock;

/// For this long an event may come late: Discord replays those of minutes.
const LATE: Duration = Duration::from_hours(24);
/// Choices that are loaded at once.
const PAGE: u32 = 1_000;

/// What users allow. Those who have chosen nothing allow [`Choice::default`].
#[derive(Debug, Default)]
pub struct Consents {
    choices: RwLock<HashMap<UserId, Choice>>,
    erased: RwLock<HashMap<Subject, Timestamp>>,
}

impl Consents {
    /// Loads what is stored, at the start.
    pub async fn load(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let mut last = None;
        loop {
            let mut read = store.read().await?;
            let page = privacy::choices(&mut read.operator(OperatorPath::Settings), last, PAGE).await?;
            let Some((end, _)) = page.last() else { break };
            last = Some(*end);
            for (user, choice) in page {
                self.set(user, choice);
            }
        }
        let mut read = store.read().await?;
        for tombstone in tombstone::since(&mut read.operator(OperatorPath::Privacy), now - LATE).await? {
            self.erased(tombstone.subject, tombstone.erased_at);
        }
        Ok(())
    }

    /// Takes note of what was chosen and erased through other processes since then. Gives what was erased.
    pub async fn refresh(&self, store: &Store, since: Timestamp) -> Result<Vec<Subject>, StoreError> {
        let mut read = store.read().await?;
        for (user, choice) in privacy::changed(&mut read.operator(OperatorPath::Settings), since).await? {
            self.set(user, choice);
        }
        let tombstones = tombstone::since(&mut read.operator(OperatorPath::Privacy), since).await?;
        let note = |tombstone: tombstone::Tombstone| {
            self.erased(tombstone.subject, tombstone.erased_at);
            tombstone.subject
        };
        Ok(tombstones.into_iter().map(note).collect())
    }

    /// What the user allows.
    pub fn of(&self, user: UserId) -> Choice {
        self.choices.read().get(&user).copied().unwrap_or_default()
    }

    /// Takes note of a choice that is stored.
    pub fn set(&self, user: UserId, choice: Choice) {
        let mut choices = self.choices.write();
        if choice == Choice::default() {
            choices.remove(&user);
        } else {
            choices.insert(user, choice);
        }
    }

    /// Takes note of an erasure. Those that no event can be older than are forgotten.
    pub fn erased(&self, subject: Subject, at: Timestamp) {
        let mut erased = self.erased.write();
        erased.retain(|_, time| *time + LATE > at);
        erased.insert(subject, at);
    }

    /// Whether an erasure covers what the user did at that time.
    pub fn is_erased(&self, guild: Option<GuildId>, user: UserId, at: Timestamp) -> bool {
        let erased = self.erased.read();
        if erased.is_empty() {
            return false;
        }
        let in_guild = guild.map(|guild| [Subject::Member(guild, user), Subject::Guild(guild)]);
        let subjects = in_guild.into_iter().flatten().chain([Subject::User(user)]);
        subjects.into_iter().any(|subject| erased.get(&subject).is_some_and(|time| at <= *time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_an_erasure_is_covered_by_it_and_nothing_else() {
        let consents = Consents::default();
        let (here, there) = (GuildId::new(1), GuildId::new(2));
        let (one, two) = (UserId::new(20).unwrap(), UserId::new(21).unwrap());
        consents.erased(Subject::Member(here.unwrap(), one), Timestamp(100));
        for (guild, user, at, covered) in
            [(here, one, 100, true), (here, one, 101, false), (there, one, 50, false), (here, two, 50, false)]
        {
            assert_eq!(consents.is_erased(guild, user, Timestamp(at)), covered, "{guild:?} {user} {at}");
        }
        consents.erased(Subject::User(two), Timestamp(200));
        assert!(
            consents.is_erased(there, two, Timestamp(150)) && consents.is_erased(None, two, Timestamp(1))
        );
        consents.erased(Subject::Guild(there.unwrap()), Timestamp(100) + LATE);
        assert!(!consents.is_erased(here, one, Timestamp(100)), "too long ago for any event");
    }

    #[test]
    fn who_chose_nothing_is_counted_and_not_learned_from() {
        let consents = Consents::default();
        let user = UserId::new(20).unwrap();
        assert_eq!(consents.of(user), Choice::MODERATE);
        consents.set(user, Choice::STRICT);
        assert_eq!(consents.of(user), Choice::STRICT);
    }
}
