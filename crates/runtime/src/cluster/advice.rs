//! How many shards and processes the measured load asks for. Pure.
//!
//! The lines are cautious on purpose: another process costs memory, another number of shards costs a session start for
//! each, and too few of either cost answers. Between the lines the numbers stay what they are.

use std::{collections::HashMap, fmt};

use serde::Serialize;

use super::{Load, Peer, Role};

/// Servers that a shard carries well. Discord refuses a session with more than 2,500 (Discord docs: Gateway, Sharding).
const GUILDS: u64 = 1_000;

/// Events a second that a shard carries well: they come over one connection and are looked at one after the other.
const EVENTS: f64 = 2_000.0;

/// A bot that has more than so many times the shards it needs may do with fewer.
const FAR_TOO_MANY: u32 = 4;

/// The share of the processors that may be used; beyond, another process is advised.
const FULL: f64 = 0.7;

/// The share that is aimed at.
const AIM: f64 = 0.5;

/// Below this share fewer processes do.
const IDLE: f64 = 0.25;

/// Events that wait longer than this for their turn, in milliseconds, are felt.
const LATE_MS: f64 = 1_000.0;

/// With several processes one goes on when another ends.
const SAFE: u32 = 2;

/// What is measured, over all processes that live.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Processes that do the work.
    pub processes: u32,
    /// Shards that the bot runs.
    pub shards: u32,
    /// Servers on them.
    pub guilds: u64,
    /// Events a second.
    pub events_per_second: f64,
    /// Processors in use.
    pub cpu: f64,
    /// Processors that there are. Those of one machine count once.
    pub cores: u32,
    /// The longest wait of an event, of all processes, in milliseconds.
    pub queue_age_ms: f64,
    /// Whether several processes can share the data.
    pub shared: bool,
    /// Whether shards are run by processes of their own, so that those that work need none.
    pub apart: bool,
}

/// What is advised.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// Shards.
    pub shards: u32,
    /// Processes.
    pub processes: u32,
    /// Why these.
    pub reasons: Vec<Reason>,
}

/// Why a number is advised.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Too many servers for a shard.
    Guilds,
    /// Too many events for a shard.
    Events,
    /// There is to be a shard for each process.
    ShardEach,
    /// Far more shards than the load needs.
    FewerShards,
    /// The processors are full.
    Cpu,
    /// Events wait, and the processors are busy.
    Late,
    /// Events wait, and the processors are idle: something else is slow.
    SlowElsewhere,
    /// A single process is no other's stand-in.
    StandIn,
    /// Fewer processes would carry the load.
    FewerProcesses,
    /// The load asks for more processes, and the data is on SQLite.
    OneFile,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guilds => "more than 1000 servers for each shard",
            Self::Events => "more than 2000 events a second for each shard",
            Self::ShardEach => "each process is to have a shard",
            Self::FewerShards => "far more shards than servers and events need",
            Self::Cpu => "the processors are more than 70 % busy",
            Self::Late => "events wait for more than a second and the processors are busy",
            Self::SlowElsewhere => {
                "events wait for more than a second while the processors are idle: look at the database, another process does not help"
            }
            Self::StandIn => "a second process goes on when the first ends",
            Self::FewerProcesses => "the processors are less than 25 % busy",
            Self::OneFile => "the load asks for several processes, which need PostgreSQL",
        })
    }
}

impl Measured {
    /// What the processes say of themselves. `shards` is the number that the bot runs.
    pub fn of(peers: &[Peer], shards: u32, shared: bool) -> Self {
        let working = || peers.iter().filter(|peer| !peer.report.draining && peer.works());
        let mut machines: HashMap<&str, u32> = HashMap::new();
        for peer in working() {
            // Where the machine cannot be told, each process is taken to have one of its own.
            let host = if peer.instance.host.is_empty() { &peer.instance.id } else { &peer.instance.host };
            // The name of a host has its table of processes after the machine; containers of one machine share it.
            let machine = host.split('/').next().unwrap_or_default();
            let cores = machines.entry(machine).or_default();
            *cores = (*cores).max(peer.report.load.cores);
        }
        let loads = || peers.iter().map(|peer| &peer.report.load);
        let carried = peers.iter().flat_map(|peer| &peer.report.shards);
        Self {
            processes: u32::try_from(working().count()).unwrap_or(u32::MAX),
            shards,
            guilds: carried.filter(|shard| shard.total == shards).map(|shard| shard.guilds).sum(),
            events_per_second: loads().map(|load: &Load| load.events_per_second).sum(),
            cpu: loads().map(|load| load.cpu).sum(),
            cores: machines.values().sum(),
            queue_age_ms: loads().map(|load| load.queue_age_ms).fold(0.0, f64::max),
            shared,
            apart: peers.iter().any(|peer| peer.instance.role == Role::Gateway.as_str()),
        }
    }

    /// What this load asks for.
    pub fn advice(&self) -> Advice {
        let mut reasons = Vec::new();
        let processes = self.processes_advised(&mut reasons);
        let shards = self.shards_advised(processes, &mut reasons);
        Advice { shards, processes, reasons }
    }

    /// The share of the processors that is used.
    fn busy(&self) -> f64 {
        if self.cores == 0 { 0.0 } else { self.cpu / f64::from(self.cores) }
    }

    fn processes_advised(&self, reasons: &mut Vec<Reason>) -> u32 {
        let (now, busy) = (self.processes.max(1), self.busy());
        let fitting = up(f64::from(now) * busy / AIM).max(1);
        let late = self.queue_age_ms > LATE_MS;
        let (mut wanted, mut reason) = (now, None);
        if busy > FULL {
            (wanted, reason) = (fitting.max(now + 1), Some(Reason::Cpu));
        } else if late && busy >= IDLE {
            (wanted, reason) = (now + 1, Some(Reason::Late));
        } else if late {
            reason = Some(Reason::SlowElsewhere);
        } else if busy < IDLE && fitting < now {
            (wanted, reason) = (fitting, Some(Reason::FewerProcesses));
        }
        if !self.shared {
            reasons.extend(if wanted > 1 { Some(Reason::OneFile) } else { reason });
            return 1;
        }
        if wanted < SAFE {
            wanted = SAFE;
            reason = if now < SAFE { Some(Reason::StandIn) } else { reason.filter(|_| now > SAFE) };
        }
        reasons.extend(reason);
        wanted
    }

    fn shards_advised(&self, processes: u32, reasons: &mut Vec<Reason>) -> u32 {
        let by_guilds = u32::try_from(self.guilds.div_ceil(GUILDS)).unwrap_or(u32::MAX);
        let by_events = up(self.events_per_second / EVENTS);
        let each = if self.apart { 1 } else { processes };
        let needed = by_guilds.max(by_events).max(each).max(1);
        let now = self.shards.max(1);
        if needed > now {
            reasons.push(match needed {
                needed if needed == by_guilds => Reason::Guilds,
                needed if needed == by_events => Reason::Events,
                _ => Reason::ShardEach,
            });
            needed
        } else if now > needed.saturating_mul(FAR_TOO_MANY) {
            reasons.push(Reason::FewerShards);
            needed
        } else {
            now
        }
    }
}

/// The whole number that is no less; figures beyond all reason give the greatest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such a cast ends at the bounds, and no load is negative"
)]
fn up(number: f64) -> u32 {
    number.ceil() as u32
}

#[cfg(test)]
mod tests {
    use guildhall_core::clock::Timestamp;
    use guildhall_store::platform::instance::Instance;

    use super::*;
    use crate::cluster::Report;
    use guildhall_framework::report::ShardReport;

    fn usual() -> Measured {
        Measured {
            processes: 2,
            shards: 2,
            guilds: 800,
            events_per_second: 300.0,
            cpu: 1.6,
            cores: 4,
            queue_age_ms: 60.0,
            shared: true,
            apart: false,
        }
    }

    fn check(measured: &Measured, shards: u32, processes: u32, reasons: &[Reason]) {
        let expected = Advice { shards, processes, reasons: reasons.to_vec() };
        assert_eq!(measured.advice(), expected, "{measured:?}");
    }

    #[test]
    fn a_load_that_fits_changes_nothing() {
        check(&usual(), 2, 2, &[]);
        check(&Measured { cpu: 0.01, ..usual() }, 2, 2, &[]);
        check(&Measured { shards: 8, ..usual() }, 8, 2, &[]);
    }

    #[test]
    fn a_single_process_is_advised_a_stand_in_where_there_can_be_one() {
        let alone = Measured { processes: 1, shards: 1, cores: 2, cpu: 0.1, ..usual() };
        check(&alone, 2, 2, &[Reason::StandIn, Reason::ShardEach]);
        check(&Measured { shared: false, ..alone.clone() }, 1, 1, &[]);
        check(&Measured { shared: false, cpu: 1.9, ..alone }, 1, 1, &[Reason::OneFile]);
    }

    #[test]
    fn full_processors_and_late_events_ask_for_processes() {
        check(&Measured { cpu: 3.6, ..usual() }, 4, 4, &[Reason::Cpu, Reason::ShardEach]);
        check(&Measured { cpu: 2.9, shards: 8, ..usual() }, 8, 3, &[Reason::Cpu]);
        check(&Measured { queue_age_ms: 3_000.0, shards: 4, ..usual() }, 4, 3, &[Reason::Late]);
        // More processes would only wait with the others.
        check(&Measured { queue_age_ms: 3_000.0, cpu: 0.2, ..usual() }, 2, 2, &[Reason::SlowElsewhere]);
    }

    #[test]
    fn idle_processes_are_told_of_but_two_stay() {
        let many = Measured { processes: 8, shards: 8, cores: 32, cpu: 6.0, ..usual() };
        check(&many, 8, 3, &[Reason::FewerProcesses]);
        check(&Measured { cpu: 0.1, ..many }, 8, 2, &[Reason::FewerProcesses]);
    }

    #[test]
    fn servers_and_events_ask_for_shards() {
        check(&Measured { guilds: 2_001, ..usual() }, 3, 2, &[Reason::Guilds]);
        check(&Measured { events_per_second: 9_000.0, ..usual() }, 5, 2, &[Reason::Events]);
        check(&Measured { shards: 9, ..usual() }, 2, 2, &[Reason::FewerShards]);
    }

    #[test]
    fn processes_that_only_work_need_no_shard() {
        check(&Measured { cpu: 3.6, apart: true, ..usual() }, 2, 4, &[Reason::Cpu]);
    }

    #[test]
    fn nothing_measured_and_anything_measured_is_no_panic() {
        check(&Measured::default(), 1, 1, &[]);
        let absurd = Measured { events_per_second: f64::INFINITY, cpu: f64::NAN, ..usual() };
        assert_eq!(absurd.advice().shards, u32::MAX);
    }

    fn peer(host: &str, cores: u32, cpu: f64, draining: bool) -> Peer {
        let load = Load { cores, cpu, events_per_second: 10.0, queue_age_ms: cpu * 100.0 };
        let shard = |total| ShardReport { total, guilds: 5, ..ShardReport::default() };
        let report = Report { load, draining, shards: vec![shard(2), shard(4)], ..Report::default() };
        let instance = Instance {
            id: format!("{host}-{cpu}"),
            role: "all".to_owned(),
            host: host.to_owned(),
            process: "1/1".to_owned(),
            started_at: Timestamp(0),
            expires_at: Timestamp(1),
            report: report.text(),
        };
        Peer { instance, report }
    }

    #[test]
    fn processors_of_one_machine_count_once_and_who_leaves_is_not_counted_on() {
        let peers = [
            peer("boot/pid:[1]", 4, 1.0, false),
            peer("boot/pid:[2]", 4, 2.0, false),
            peer("other/pid:[1]", 8, 0.5, false),
            peer("third/pid:[1]", 16, 0.25, true),
        ];
        let measured = Measured::of(&peers, 2, true);
        assert_eq!((measured.processes, measured.cores, measured.guilds), (3, 12, 20));
        assert_eq!((measured.cpu, measured.events_per_second, measured.queue_age_ms), (3.75, 40.0, 200.0));
    }
}
