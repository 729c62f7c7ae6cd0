//! The partitions of the bus whose events this process's workers handle: taken by leases, like shards.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use guildhall_bus::{NatsBus, nats::PARTITIONS};
use guildhall_store::{OperatorPath, Store, StoreError, platform::lease};
use parking_lot::Mutex;
use tokio::time::timeout;

use super::{
    Beat, Member,
    balance::{self, Candidate, Shard},
};

/// How long what the workers hold of a partition may take when it is handed over.
const PATIENCE: Duration = Duration::from_secs(5);

/// The partitions that this process reads.
pub struct Partitions {
    member: Arc<Member>,
    store: Store,
    bus: NatsBus,
    held: Mutex<BTreeSet<u32>>,
    /// Whether every partition that is this process's to read is taken.
    settled: AtomicBool,
    /// Held by whoever takes or hands over; says whether everything is to be handed over for good.
    turn: tokio::sync::Mutex<bool>,
}

impl Partitions {
    /// The kind of their leases.
    pub const KIND: &str = "partition";

    /// Reads none yet.
    pub fn new(member: Arc<Member>, store: Store, bus: NatsBus) -> Self {
        Self {
            member,
            store,
            bus,
            held: Mutex::default(),
            settled: AtomicBool::new(false),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Whether every partition that is this process's to read is taken.
    pub fn settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    /// Takes and hands over what a look at all processes says.
    pub async fn step(&self, beat: &Beat) -> Result<(), StoreError> {
        let leaving = self.turn.lock().await;
        if *leaving {
            return Ok(());
        }
        let leases = {
            let mut read = self.store.read().await?;
            lease::of_kind(&mut read.operator(OperatorPath::Cluster), Self::KIND).await?
        };
        let holders: HashMap<u32, String> =
            leases.into_iter().filter_map(|lease| Some((lease.number, lease.holder?))).collect();
        let me = &**self.member.id();
        // What the leases say holds: an earlier step may have been cut short.
        let mine = holders.iter().filter(|(_, holder)| *holder == me).map(|(number, _)| *number);
        let mut mine: BTreeSet<u32> = mine.collect();
        let (candidates, partitions) = picture(beat, &holders);
        let moves = balance::moves(me, &candidates, &partitions);
        if let Some(number) = moves.release {
            mine.remove(&number);
            self.read(&mine);
            self.let_go(&[number]).await?;
        }
        if !moves.take.is_empty() {
            let mut write = self.store.write().await?;
            let mut tx = write.operator(OperatorPath::Cluster);
            for number in moves.take {
                if lease::take(&mut tx, Self::KIND, number, me, beat.now).await?.is_some() {
                    mine.insert(number);
                }
            }
            write.commit().await?;
        }
        self.read(&mine);
        let open = partitions.iter().any(|one| one.holder.is_none() && !mine.contains(&one.number));
        self.settled.store(!open, Ordering::Relaxed);
        Ok(())
    }

    /// Stops reading at once: others have the partitions.
    pub fn abandon(&self) {
        self.read(&BTreeSet::new());
    }

    /// Hands everything over for good.
    pub async fn hand_over_all(&self) -> Result<(), StoreError> {
        let mut leaving = self.turn.lock().await;
        *leaving = true;
        let numbers: Vec<u32> = self.held.lock().iter().copied().collect();
        self.abandon();
        self.let_go(&numbers).await
    }

    fn read(&self, partitions: &BTreeSet<u32>) {
        let mut held = self.held.lock();
        if *held != *partitions {
            held.clone_from(partitions);
            self.bus.set_partitions(partitions.clone());
        }
    }

    /// Lets go of partitions that are read no more, once the workers have ended with what they held of them. What
    /// takes too long is done again by whoever has them next; the inbox sees to it that it has no second effect.
    async fn let_go(&self, numbers: &[u32]) -> Result<(), StoreError> {
        let _late = timeout(PATIENCE, self.bus.released()).await;
        let mut write = self.store.write().await?;
        let mut tx = write.operator(OperatorPath::Cluster);
        for number in numbers {
            lease::release(&mut tx, Self::KIND, *number, self.member.id()).await?;
        }
        write.commit().await
    }
}

/// The processes that work, and the partitions with their holders.
fn picture(beat: &Beat, holders: &HashMap<u32, String>) -> (Vec<Candidate>, Vec<Shard>) {
    let able = beat.peers.iter().filter(|peer| peer.reads_partitions() && !peer.report.draining);
    let candidates = able
        .map(|peer| Candidate { id: peer.instance.id.clone(), weight: peer.weight(), room: None, only: None })
        .collect();
    let alive = |id: &String| beat.peers.iter().any(|peer| peer.instance.id == *id);
    let partition = |number| {
        let holder = holders.get(&number).filter(|id| alive(id)).cloned();
        Shard { number, holder, load: 1 }
    };
    (candidates, (0..PARTITIONS).map(partition).collect())
}
