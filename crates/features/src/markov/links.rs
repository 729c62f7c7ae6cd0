//! Attachments of learned messages, offered again with links that work: Discord's end after a day.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use guildhall_core::clock::Timestamp;
use guildhall_framework::Services;
use parking_lot::Mutex;

use super::telemetry::{self, Link};

/// How long a fresh link is used.
const FRESH: Duration = Duration::from_hours(23);
/// Links that are remembered.
const MOST: usize = 10_000;

/// Fresh links, remembered.
#[derive(Debug, Default)]
pub(super) struct Links {
    known: Mutex<HashMap<String, (String, Timestamp)>>,
    asked: AtomicU64,
    hits: AtomicU64,
}

impl Links {
    /// A link to the same attachment that works; `None` where Discord gives none just now.
    pub(super) async fn fresh(&self, services: &Services, link: &str) -> Option<String> {
        let place = link.split('?').next().unwrap_or_default().to_owned();
        let now = services.clock.now();
        self.asked.fetch_add(1, Ordering::Relaxed);
        let known = self.known.lock().get(&place).cloned();
        if let Some((fresh, _)) = known.filter(|(_, at)| now.since(*at) < FRESH) {
            self.hits.fetch_add(1, Ordering::Relaxed);
            telemetry::link(Link::Hit);
            return Some(fresh);
        }
        let fresh = services.outside.refresh(&[link.to_owned()]).await.ok().and_then(|mut found| found.pop());
        telemetry::link(if fresh.is_some() { Link::Miss } else { Link::Failed });
        let fresh = fresh?;
        let mut known = self.known.lock();
        if known.len() >= MOST {
            known.retain(|_, (_, at)| now.since(*at) < FRESH / 2);
        }
        if known.len() < MOST {
            known.insert(place, (fresh.clone(), now));
        }
        Some(fresh)
    }

    /// How many links were asked for, and how many of them were known.
    pub(super) fn figures(&self) -> (u64, u64) {
        (self.asked.load(Ordering::Relaxed), self.hits.load(Ordering::Relaxed))
    }
}

/// Whether it is an address under which Discord keeps attachments.
pub(super) fn is_discords(link: &str) -> bool {
    ["https://cdn.discordapp.com/attachments/", "https://media.discordapp.net/attachments/"]
        .iter()
        .any(|place| link.starts_with(place))
}
