//! What processes share of Discord's limits: by their rows in PostgreSQL, and through Redis while that is there.

use std::{sync::Arc, time::Duration};

use guildhall_cache::{Cache, Options};
use guildhall_core::{
    clock::{SharedClock, SystemClock},
    id::GuildId,
    random::{SharedRandom, SystemRandom},
    secret::SecretString,
};
use guildhall_discord::rest::{Portion, Priority, Rest, RestOptions, guilds};
use guildhall_runtime::{
    RedisRate,
    cluster::{ClusterOptions, Member, Sharing},
};
use guildhall_sandbox::{
    Limits, Options as World, Sandbox,
    engine::{Counter, FaultKind, FaultRule},
    example,
};
use guildhall_server_kit::Redis;
use guildhall_store::Store;
use guildhall_testkit::database::{Database, Kind};

use crate::stage::until;

fn sender(base: &str) -> Rest {
    let options = RestOptions {
        base: base.to_owned(),
        ..RestOptions::new(SecretString::from(example::BOT_TOKEN.to_owned()))
    };
    Rest::new(options, Arc::new(SystemClock), Arc::new(SystemRandom::new())).unwrap()
}

/// A Discord whose only limit is that over all routes.
async fn world() -> Sandbox {
    let limits = Limits { bucket_requests: 1_000, ..Limits::default() };
    Sandbox::start(World { limits, ..World::default() }).await.unwrap()
}

/// A process: its row, its sender and its part.
struct Process {
    _store: Store,
    member: Arc<Member>,
    rest: Rest,
    sharing: Sharing,
}

impl Process {
    async fn start(database: &Database, base: &str) -> Self {
        let clock: SharedClock = Arc::new(SystemClock);
        let store = database.open(&[guildhall_runtime::store::SCHEMA], Arc::clone(&clock)).await.unwrap();
        let random: SharedRandom = Arc::new(SystemRandom::new());
        let options = ClusterOptions::default();
        let member = Member::join(store.clone(), clock, &random, &options).await.unwrap();
        let rest = sender(base);
        let sharing = Sharing::new(rest.clone());
        Self { _store: store, member, rest, sharing }
    }

    async fn beat(&mut self) {
        self.member.tell(|report| self.sharing.tell(report));
        let started = self.sharing.now();
        let beat = self.member.beat().await.unwrap();
        self.sharing.heard(self.member.id(), &beat.peers, started);
    }

    fn part(&self) -> usize {
        self.rest.stats().per_second
    }
}

/// Beats of all until it is so; the parts never come to more than the limit.
async fn beat_until(processes: &mut [Process], what: &str, so: impl Fn(&[usize]) -> bool) {
    for _ in 0..200 {
        for process in &mut *processes {
            process.beat().await;
        }
        let parts: Vec<usize> = processes.iter().map(Process::part).collect();
        assert!(parts.iter().sum::<usize>() <= 50, "{parts:?}");
        if so(&parts) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("in vain: {what}");
}

/// Keeps a sender busy.
fn load(rest: &Rest, calls: usize) -> Vec<tokio::task::JoinHandle<bool>> {
    let call = |number: usize| {
        let rest = rest.clone();
        let guilds = [example::BOOK_CLUB, example::MAKERS, example::GAMES];
        let guild = GuildId::new(guilds[number % guilds.len()]).unwrap();
        tokio::spawn(async move {
            match number / guilds.len() % 3 {
                0 => guilds::get(&rest, guild, Priority::Event).await.is_ok(),
                1 => guilds::roles(&rest, guild, Priority::Event).await.is_ok(),
                _ => guilds::channels(&rest, guild, Priority::Event).await.is_ok(),
            }
        })
    };
    (0..calls).map(call).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_follow_demand_through_the_rows_and_refused_requests_are_counted_together() {
    let database = Database::new(Kind::Postgres).await.unwrap();
    let sandbox = world().await;
    let mut processes = vec![
        Process::start(&database, &sandbox.rest_url()).await,
        Process::start(&database, &sandbox.rest_url()).await,
    ];
    assert_eq!(processes.iter().map(Process::part).collect::<Vec<_>>(), [1, 1]);
    beat_until(&mut processes, "even parts", |parts| parts.iter().all(|part| *part >= 24)).await;
    let calls = load(&processes[0].rest, 2_000);
    beat_until(&mut processes, "most of it for the busy one", |parts| parts[0] >= 40 && parts[1] >= 1).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    // Of a process that does not beat any more nothing is left but an even part.
    until("an even part", async || processes[0].part() == 25).await;
    assert_eq!(sandbox.engine().counters().get(Counter::Rest429, None), 0);
    sandbox.engine().add_fault(FaultRule::from(FaultKind::Global429 { retry_after: 0.1 }).times(2)).unwrap();
    let guild = GuildId::new(example::BOOK_CLUB).unwrap();
    guilds::get(&processes[0].rest, guild, Priority::Event).await.unwrap();
    let refused = processes[0].rest.stats().invalid_requests;
    assert_eq!(refused, 2);
    beat_until(&mut processes, "a beat", |_| true).await;
    beat_until(&mut processes, "a beat", |_| true).await;
    assert_eq!(processes[1].rest.stats().invalid_elsewhere, refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_gives_what_is_free_and_is_done_without_when_it_is_away() {
    let mut server = Redis::start().await.unwrap();
    let sandbox = world().await;
    let senders = [sender(&sandbox.rest_url()), sender(&sandbox.rest_url())];
    let mut caches = Vec::new();
    for rest in &senders {
        let options = Options {
            retry: Duration::from_millis(50),
            beat: Duration::from_millis(200),
            ..Options::new(server.url(), "test")
        };
        let cache = Cache::shared(&[], options, Arc::new(SystemRandom::new())).unwrap();
        rest.pool(Arc::new(RedisRate::new(cache.budget())));
        caches.push(cache);
        let holds = Duration::from_hours(1);
        rest.keep_to(Portion { per_second: 10, processes: 2, refused_elsewhere: 0, pooled: true, holds });
    }
    for round in 0..2 {
        until("Redis is used", async || senders.iter().all(|rest| rest.stats().pooled)).await;
        // Whoever needs it has more than its part, once it has gone without the others' word for a while.
        until("all of it", async || senders[0].stats().per_second == 50).await;
        let calls: Vec<_> = senders.iter().flat_map(|rest| load(rest, 60)).collect();
        for call in calls {
            assert!(call.await.unwrap(), "round {round}");
        }
        let calls: Vec<_> = senders.iter().flat_map(|rest| load(rest, 20)).collect();
        server.kill();
        until("parts", async || senders.iter().all(|rest| !rest.stats().pooled)).await;
        assert_eq!(senders[1].stats().per_second, 10);
        for call in calls {
            assert!(call.await.unwrap(), "a call is lost with Redis");
        }
        server.run().await.unwrap();
    }
    // What a busy machine holds up arrives together.
    assert!(sandbox.engine().counters().get(Counter::Rest429, None) <= 2);
}
