//! Faults to be played: rules, each for whom it selects, for a number of times or a while.

mod model;
mod rule;
mod select;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

pub(crate) use model::Point;
pub use model::{FaultKind, LimitScope, Occasion, PartitionMode};
pub use rule::FaultRule;
pub(crate) use select::Moment;
pub use select::{Selector, ShardIs};

use crate::snowflake::{Id, Millis};

/// A rule in force.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its number.
    pub id: u64,
    /// The rule.
    pub rule: FaultRule,
    /// How many more times; without end when none.
    pub left: Option<u64>,
    /// Until when; without end when none.
    pub until: Option<Millis>,
    /// How often it was played.
    pub played: u64,
    /// Guilds that it has made unavailable.
    pub(super) guilds: Vec<Id>,
    dice: Dice,
}

impl Fault {
    /// The fault as the control interface shows it.
    pub fn to_json(&self) -> Value {
        let rule = serde_json::to_value(&self.rule).unwrap_or_default();
        let mut all = json!({
            "id": self.id,
            "kind": rule["kind"],
            "rule": rule,
            "left": self.left,
            "until": self.until.map(crate::clock::iso),
            "played": self.played,
        });
        if matches!(self.rule.kind, FaultKind::GuildOutage) {
            all["guilds"] = json!(self.guilds.len());
        }
        all
    }

    fn over(&self, now: Millis) -> bool {
        self.left == Some(0) || self.until.is_some_and(|until| until <= now)
    }
}

/// A fault being played once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Played {
    /// The rule's number.
    pub(crate) rule: u64,
    /// What goes wrong.
    pub(crate) kind: FaultKind,
    /// A random number for kinds that need one.
    pub(crate) chance: u64,
}

/// The faults to be played.
#[derive(Debug, Default)]
pub struct Faults {
    list: Mutex<(u64, Vec<Fault>)>,
    /// The places at which any rule may be played, so that none costs nothing.
    points: AtomicU32,
    /// Tells those who wait that rules came or went.
    changed: Arc<Notify>,
}

impl Faults {
    /// Faults whose coming and going is told on this bell.
    pub(super) fn ringing(changed: Arc<Notify>) -> Self {
        Self { changed, ..Self::default() }
    }

    /// Puts a rule in force and returns its number, or says what is wrong with it.
    pub fn add(&self, rule: impl Into<FaultRule>, now: Millis) -> Result<u64, String> {
        self.add_with(rule.into(), now, Vec::new())
    }

    pub(super) fn add_with(&self, rule: FaultRule, now: Millis, guilds: Vec<Id>) -> Result<u64, String> {
        rule.check()?;
        let mut list = self.list.lock();
        list.0 += 1;
        let id = list.0;
        let until = rule.for_ms.map(|ms| now.saturating_add(Millis::try_from(ms).unwrap_or(Millis::MAX)));
        let dice = Dice(rule.seed ^ id.rotate_left(32));
        list.1.push(Fault { id, left: rule.count, rule, until, played: 0, guilds, dice });
        self.note(&list.1);
        drop(list);
        self.changed.notify_waiters();
        Ok(id)
    }

    /// Removes one fault, or all, and returns them.
    pub(super) fn take(&self, id: Option<u64>) -> Vec<Fault> {
        self.remove(|fault| id.is_none_or(|id| fault.id == id))
    }

    /// Removes the faults whose time is over, and returns them.
    pub(super) fn expire(&self, now: Millis) -> Vec<Fault> {
        if self.points.load(Ordering::Relaxed) == 0 {
            Vec::new()
        } else {
            self.remove(|fault| fault.over(now))
        }
    }

    fn remove(&self, gone: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let mut list = self.list.lock();
        let removed: Vec<Fault> = list.1.extract_if(.., |fault| gone(fault)).collect();
        if !removed.is_empty() {
            self.note(&list.1);
            drop(list);
            self.changed.notify_waiters();
        }
        removed
    }

    /// The faults that are still to be played.
    pub fn list(&self) -> Vec<Fault> {
        self.list.lock().1.clone()
    }

    /// Whether any rule may be played here: one load, whatever happens elsewhere.
    pub(crate) fn any(&self, point: Point) -> bool {
        self.points.load(Ordering::Relaxed) & point.bit() != 0
    }

    /// Plays the first rule that fits: it is counted.
    pub(crate) fn play(&self, now: Millis, point: Point, moment: &Moment<'_>) -> Option<Played> {
        self.play_if(now, point, moment, |_| true)
    }

    /// The same, of the kinds that can be played now.
    pub(crate) fn play_if(
        &self,
        now: Millis,
        point: Point,
        moment: &Moment<'_>,
        able: impl Fn(FaultKind) -> bool,
    ) -> Option<Played> {
        if !self.any(point) {
            return None;
        }
        let mut list = self.list.lock();
        let mut fitting = list.1.iter_mut().filter(|fault| {
            let rule = &fault.rule;
            rule.kind.point() == point && !fault.over(now) && able(rule.kind) && rule.on.fits(moment)
        });
        let fault = fitting.find_map(|fault| {
            let hit = fault.rule.on.share.is_none_or(|share| fault.dice.hits(share));
            hit.then_some(fault)
        })?;
        fault.played += 1;
        fault.left = fault.left.map(|left| left.saturating_sub(1));
        let played = Played { rule: fault.id, kind: fault.rule.kind, chance: fault.dice.next() };
        if fault.left == Some(0) && fault.guilds.is_empty() {
            let id = fault.id;
            list.1.retain(|fault| fault.id != id);
            self.note(&list.1);
        }
        Some(played)
    }

    /// How the network is cut for an application, or for those of whom nothing is known, and until when.
    pub(crate) fn partition(
        &self,
        now: Millis,
        application: Option<Id>,
    ) -> Option<(PartitionMode, Option<Millis>)> {
        if !self.any(Point::Network) {
            return None;
        }
        let moment = Moment { application, ..Moment::default() };
        self.list.lock().1.iter().find_map(|fault| match fault.rule.kind {
            FaultKind::Partition { mode } if !fault.over(now) && fault.rule.on.fits(&moment) => {
                Some((mode, fault.until))
            }
            _ => None,
        })
    }

    /// Waits until rules come or go, or the clock is moved.
    pub(crate) fn changed(&self) -> &Notify {
        &self.changed
    }

    fn note(&self, list: &[Fault]) {
        let points = list.iter().fold(0, |all, fault| all | fault.rule.kind.point().bit());
        self.points.store(points, Ordering::Relaxed);
    }
}

/// A small generator (`SplitMix64`): the same start gives the same run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Whether a throw falls into a share.
    pub(crate) fn hits(&mut self, share: f64) -> bool {
        // 53 bits are what a float can hold.
        ((self.next() >> 11) as f64) < share * (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests;
