//! The processes of one bot: each says in the database that it lives, takes its share of the shards, and hands
//! them over when it ends. One that falls silent is evicted by the others, which go on with its sessions.
//!
//! The database's clock decides, and its fence: after an eviction it takes none of the process's writes
//! (`guildhall_store::Store::belong_to`).

pub mod advice;
pub mod balance;
mod budget;
pub mod keeping;
pub mod load;
pub mod partitions;
mod reshard;
pub mod role;
pub mod sets;
pub mod shards;

use std::{sync::Arc, time::Duration};

use guildhall_core::{
    clock::{SharedClock, Timestamp},
    random::SharedRandom,
};
use guildhall_store::{
    OperatorPath, Store, StoreError, host,
    platform::{
        instance::{self, Instance},
        outbox,
    },
};
use parking_lot::Mutex;
use tokio::time::Instant;

pub use self::{
    advice::{Advice, Measured, Reason},
    budget::Sharing,
    keeping::Keeping,
    load::Meter,
    partitions::Partitions,
    role::Role,
    sets::Sets,
    shards::Shards,
};
pub use guildhall_framework::report::{Load, Report};

/// The longest silence after which the others take a process for dead.
pub const TTL: Duration = Duration::from_secs(15);

/// A process that was itself without the database for this long lets the others be heard before it takes anybody for
/// dead: all of them were silent then.
const ABSENCE: Duration = Duration::from_secs(4);

/// How long it does so. Everybody else says every second that it lives.
const GRACE: Duration = Duration::from_secs(3);

/// How a process takes part.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// What it does.
    pub role: Role,
    /// How long its silence may last.
    pub ttl: Duration,
    /// How often it says that it lives and looks at the others.
    pub beat: Duration,
    /// What it tells about itself from the start: version, region, weight, bounds.
    pub report: Report,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        let report =
            Report { version: env!("CARGO_PKG_VERSION").to_owned(), weight: 1.0, ..Report::default() };
        Self { role: Role::All, ttl: TTL, beat: Duration::from_secs(1), report }
    }
}

/// This process among the others.
#[derive(Debug)]
pub struct Member {
    store: Store,
    clock: SharedClock,
    id: Arc<str>,
    role: Role,
    ttl: Duration,
    report: Mutex<Report>,
    contact: Mutex<Contact>,
}

/// This process's contact with the database.
#[derive(Clone, Copy, Debug)]
struct Contact {
    /// The last beat that was taken.
    last: Instant,
    /// Since when beats have been taken one soon after the other.
    steady_since: Instant,
}

impl Contact {
    fn new() -> Self {
        let now = Instant::now();
        Self { last: now, steady_since: now }
    }

    /// Takes note of a beat; says whether this process has heard for long enough who lives.
    fn beat(&mut self) -> bool {
        let now = Instant::now();
        if now.duration_since(self.last) > ABSENCE {
            self.steady_since = now;
        }
        self.last = now;
        now.duration_since(self.steady_since) >= GRACE
    }
}

/// A process of the bot, as its row says.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its row.
    pub instance: Instance,
    /// What it tells about itself.
    pub report: Report,
}

impl Peer {
    /// Whether it can run shards.
    pub fn runs_shards(&self) -> bool {
        self.role().is_some_and(Role::runs_shards)
    }

    /// Whether it handles commands and events, and sends messages.
    pub fn works(&self) -> bool {
        self.role().is_some_and(Role::works)
    }

    /// Whether it reads partitions of the bus.
    pub fn reads_partitions(&self) -> bool {
        self.role() == Some(Role::Worker)
    }

    /// How much it is to carry in comparison with others.
    pub fn weight(&self) -> f64 {
        if self.report.weight > 0.0 { self.report.weight } else { 1.0 }
    }

    fn role(&self) -> Option<Role> {
        Role::from_name(&self.instance.role)
    }
}

/// What a beat found.
#[derive(Clone, Debug)]
pub struct Beat {
    /// Every process that lives, this one among them.
    pub peers: Vec<Peer>,
    /// Processes that this one evicted just now.
    pub evicted: Vec<String>,
    /// The time that all agree on.
    pub now: Timestamp,
}

impl Member {
    /// Enters this process, and evicts those that are surely gone: all others where only one process can have the
    /// data open, else those of this machine that ended. What they had not sent yet is this one's then.
    pub async fn join(
        store: Store,
        clock: SharedClock,
        random: &SharedRandom,
        options: &ClusterOptions,
    ) -> Result<Arc<Self>, StoreError> {
        let id: Arc<str> = format!("{:016x}", random.next_u64()).into();
        let mut report = options.report.clone();
        report.budget.claim = Some(budget::RESERVE);
        let mut write = store.write_unfenced().await?;
        let mut tx = write.operator(OperatorPath::Cluster);
        let now = store.time(&mut tx, &*clock).await?;
        let row = Instance {
            id: id.to_string(),
            role: options.role.as_str().to_owned(),
            host: host::host(),
            process: host::process(),
            started_at: now,
            expires_at: now + options.ttl,
            report: report.text(),
        };
        instance::register(&mut tx, &row).await?;
        write.commit().await?;
        store.belong_to(&id);
        let report = Mutex::new(report);
        let member = Arc::new(Self {
            store,
            clock,
            id,
            role: options.role,
            ttl: options.ttl,
            report,
            contact: Mutex::new(Contact::new()),
        });
        member.beat().await?;
        if options.role.works() {
            member.adopt().await?;
        }
        Ok(member)
    }

    /// What it does.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its name.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Changes what it tells about itself from the next beat on.
    pub fn tell(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.report.lock());
    }

    /// What it tells about itself.
    pub fn report(&self) -> Report {
        self.report.lock().clone()
    }

    /// Says that this process lives, evicts who is gone, and tells who is there. Fails with
    /// [`StoreError::is_fenced`] where this process itself was evicted.
    pub async fn beat(&self) -> Result<Beat, StoreError> {
        let report = self.report.lock().text();
        let mut write = self.store.write().await?;
        let mut tx = write.operator(OperatorPath::Cluster);
        let now = self.store.time(&mut tx, &*self.clock).await?;
        instance::beat(&mut tx, &self.id, now + self.ttl, &report).await?;
        let rows = instance::all(&mut tx).await?;
        write.commit().await?;
        let steady = self.contact.lock().beat();
        let (mut peers, mut evicted) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let own = row.id == *self.id;
            let gone = !own && (!self.store.is_shared() || host::is_gone(&row.host, &row.process));
            // One that cannot be evicted was heard of again, or somebody else was quicker: the next beat knows.
            if !own && (gone || (steady && row.expires_at <= now)) && self.evict(&row, gone, now).await? {
                evicted.push(row.id);
                continue;
            }
            peers.push(Peer { report: Report::read(&row.report), instance: row });
        }
        Ok(Beat { peers, evicted, now })
    }

    async fn evict(&self, row: &Instance, gone: bool, now: Timestamp) -> Result<bool, StoreError> {
        let silent_since = if gone { Timestamp(i64::MAX) } else { now };
        let mut write = self.store.write().await?;
        // One that sends nothing leaves it to those that do: they adopt it at their next beat.
        let heir = if self.role.works() { outbox::left_to(&self.id) } else { String::new() };
        let evicted = instance::evict(&mut write, &row.id, silent_since, &heir).await?;
        write.commit().await?;
        if evicted {
            let silent = now.since(row.expires_at).as_secs();
            tracing::warn!(
                instance = row.id,
                role = row.role,
                gone,
                silent_seconds = silent,
                "a process of the bot is gone; its work is taken over"
            );
        }
        Ok(evicted)
    }

    /// Takes over what waits to be sent and belongs to no process that lives.
    pub async fn adopt(&self) -> Result<u64, StoreError> {
        let mut write = self.store.write().await?;
        let alive = instance::all(&mut write.operator(OperatorPath::Cluster)).await?;
        let mut tx = write.operator(OperatorPath::Outbox);
        let mut adopted = 0;
        for owner in outbox::owners(&mut tx).await? {
            if !alive.iter().any(|instance| instance.id == outbox::process_of(&owner)) {
                adopted += outbox::leave(&mut tx, &owner, &outbox::left_to(&self.id)).await?;
            }
        }
        write.commit().await?;
        Ok(adopted)
    }

    /// Takes this process out: it lets go of what it still holds, and what it has not sent is for the others, or for
    /// the next to start. Nothing can be written through the store after it.
    pub async fn leave(&self) -> Result<(), StoreError> {
        let mut write = self.store.write().await?;
        // Nobody's in particular: whoever lives takes it over at the next beat.
        instance::evict(&mut write, &self.id, Timestamp(i64::MAX), "").await?;
        write.commit().await
    }
}
