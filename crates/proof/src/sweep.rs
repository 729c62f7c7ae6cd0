//! The canary sweep: many guilds, everything that each can do, and no canary where it does not belong.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use guildhall_core::{
    clock::ManualClock,
    random::{Random as _, Seeded},
};
use guildhall_framework::{Registry, Reply};
use guildhall_store::{ColumnInfo, ColumnKind, ScopeKind, Store, TableInfo, Value, testing};
use metrics_exporter_prometheus::PrometheusHandle;
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    ProofError, canary,
    house::{self, House, NOON},
    listen::{GUILD, Heard},
};

mod act;
mod files;
mod options;
mod payload;
#[cfg(test)]
mod text;

use act::{Actor, Out, PAUSE};
use options::Leaf;

/// How large a sweep is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Guilds, each with rows in every table.
    pub guilds: u64,
    /// Things done, by all guilds together.
    pub acts: u64,
    /// Guilds that do something at the same time.
    pub at_once: u64,
    /// The seed of it all.
    pub seed: u64,
    /// The one guild that acts, where the others are to be still: then its acts are those of a sweep in which
    /// the others act, too.
    pub only: Option<u64>,
    /// The guild whose answers are kept, to be compared.
    pub trace: Option<u64>,
}

/// What a sweep came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Guilds.
    pub guilds: u64,
    /// Things done.
    pub acts: u64,
    /// Canaries that were looked for.
    pub canaries: usize,
    /// Tables that hold a canary of each guild in every column.
    pub tables: usize,
    /// Texts that were searched: answers, messages, choices, log lines, pages of metrics.
    pub searched: u64,
    /// Texts in which the guild's own canaries were found, which shows that there is something to find.
    pub own: u64,
    /// Canaries found where they do not belong.
    pub leaked: u64,
    /// The first of them.
    pub leaks: Vec<String>,
    /// Rows of the proof's own that a feature could not read, because it keeps JSON of its own in them, or yes
    /// and no.
    pub unreadable: u64,
    /// What could not be made, or failed although nothing was wrong.
    pub faults: BTreeMap<String, u64>,
    /// What was never done with success.
    pub untouched: Vec<String>,
    /// What the guild was shown whose answers are kept.
    #[serde(skip)]
    pub trace: Vec<String>,
}

impl Report {
    /// Whether the walls held, and everything was tried.
    pub fn is_clean(&self) -> bool {
        self.leaked == 0 && self.faults.is_empty() && self.untouched.is_empty() && self.own > 0
    }
}

impl Report {
    fn leak(&mut self, text: String) {
        self.leaked += 1;
        if self.leaks.len() < SHOWN {
            self.leaks.push(text);
        }
    }
}

/// The command that shows the servers of the bot, their names and ids, to those who run it.
const LIST: &str = "/server_list";

/// Commands that come to no good in a sweep: nobody runs the bot in it, and no announcement goes on for long enough to
/// be called off. That they refuse is searched.
const REFUSED: [&str; 2] = ["/cache stats", "/global_broadcast cancel"];

/// What is not done by chance within the acts of a sweep is waited for, up to so many times as many.
const PATIENCE: u64 = 4;

/// Leaks that are shown.
const SHOWN: usize = 20;

/// What has been done with success, or at least refused for a reason.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    done: Mutex<BTreeSet<String>>,
    refused: Mutex<BTreeSet<String>>,
}

impl Coverage {
    fn done(&self, what: &str) {
        note(&self.done, what);
    }

    fn refused(&self, what: &str) {
        note(&self.refused, what);
    }
}

fn note(set: &Mutex<BTreeSet<String>>, what: &str) {
    let mut set = set.lock();
    if !set.contains(what) {
        set.insert(what.to_owned());
    }
}

/// What a guild has been shown that can be used.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    /// Choices of completion.
    offered: Vec<String>,
    /// Buttons and menus as JSON, and forms, by their custom id.
    components: Vec<(String, Json)>,
}

impl Stock {
    fn remember(&mut self, reply: &Reply, most: usize) {
        fn walk(value: &Json, found: &mut Vec<(String, Json)>) {
            match value {
                Json::Object(map) => {
                    if let Some(id) = map.get("custom_id").and_then(Json::as_str) {
                        found.push((id.to_owned(), value.clone()));
                    }
                    map.values().for_each(|inner| walk(inner, found));
                }
                Json::Array(list) => list.iter().for_each(|inner| walk(inner, found)),
                _ => {}
            }
        }
        match reply {
            Reply::Message { body, .. } | Reply::Update(body) => {
                let json = serde_json::to_value(&body.components).unwrap_or_default();
                walk(&json, &mut self.components);
            }
            Reply::Modal(modal) => {
                let components = serde_json::to_value(&modal.components).unwrap_or_default();
                let form = serde_json::json!({ "components": components });
                self.components.push((modal.custom_id.clone(), form));
            }
            Reply::Acknowledge => {}
        }
        let surplus = self.components.len().saturating_sub(most);
        self.components.drain(..surplus);
    }
}

/// Everything that the tasks of a sweep share.
struct Sweep {
    house: House,
    registry: Arc<Registry>,
    heard: Heard,
    leaves: Vec<Leaf>,
    matcher: canary::Matcher,
    /// The canaries of tables that are nobody's, as words and as numbers: those who run the bot may see them.
    global: Vec<(String, String)>,
    coverage: Coverage,
    metrics: Option<PrometheusHandle>,
    stocks: Vec<tokio::sync::Mutex<Stock>>,
    report: Mutex<Report>,
    acts: AtomicU64,
    size: Size,
}

/// The ears of a sweep: a layer for the log, which the caller installs for the whole process.
#[derive(Clone, Debug, Default)]
pub struct Ears {
    heard: Heard,
    metrics: Option<PrometheusHandle>,
}

impl Ears {
    /// Installs a subscriber and a recorder for this process. Only one can be, so a process sweeps with one
    /// pair of ears.
    pub fn install() -> Self {
        use tracing_subscriber::layer::SubscriberExt as _;
        let ears = Self { heard: Heard::default(), metrics: None };
        let subscriber = tracing_subscriber::registry().with(ears.heard.clone());
        // Without them, a sweep still searches what is shown.
        let heard = tracing::subscriber::set_global_default(subscriber).is_ok();
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().ok();
        Self { metrics: recorder.filter(|_| heard), ..ears }
    }
}

/// Sweeps over an empty store that was opened with [`schemas`](crate::schemas) at the time of `clock`.
pub async fn run(
    store: Store,
    registry: Arc<Registry>,
    ears: Ears,
    size: Size,
    progress: impl Fn(u64) + Send + Sync + 'static,
) -> Result<Report, ProofError> {
    let clock = Arc::new(ManualClock::at(NOON));
    house::teach(&store, size.guilds).await?;
    let tables = fill(&store, size.guilds).await?;
    let global = global(&store);
    let house = House::new(store, Arc::clone(&registry), clock, size.guilds, size.seed).await?;
    let leaves: Vec<Leaf> = registry.definitions().iter().flat_map(options::leaves).collect();
    let matcher = canary::Matcher::new(size.guilds);
    let report = Report { guilds: size.guilds, tables, canaries: matcher.len(), ..Report::default() };
    let sweep = Arc::new(Sweep {
        house,
        registry,
        heard: ears.heard,
        leaves,
        matcher,
        global,
        coverage: Coverage::default(),
        metrics: ears.metrics,
        stocks: (0..=size.guilds).map(|_| tokio::sync::Mutex::default()).collect(),
        report: Mutex::new(report),
        acts: AtomicU64::new(0),
        size,
    });
    let progress = Arc::new(progress);
    let tasks: Vec<_> = (0..size.at_once)
        .map(|task| {
            let (sweep, progress) = (Arc::clone(&sweep), Arc::clone(&progress));
            tokio::spawn(async move { sweep.work(task, &*progress).await })
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    sweep.search_the_rest();
    let untouched = sweep.untouched();
    let mut report = std::mem::take(&mut *sweep.report.lock());
    report.untouched = untouched;
    Ok(report)
}

impl Sweep {
    /// The share of one task: guilds in turn.
    async fn work(&self, task: u64, progress: &(impl Fn(u64) + Sync)) {
        let random = Seeded::new(self.size.seed ^ (task << 32) ^ 0xACE5);
        loop {
            let number = self.acts.fetch_add(1, Ordering::Relaxed);
            if number >= self.size.acts && (number >= self.longest() || self.untouched().is_empty()) {
                return;
            }
            self.house.pass(PAUSE / u32::try_from(self.size.at_once).unwrap_or(1));
            let guild = 1 + random.below(self.size.guilds);
            let seed = random.next_u64();
            // What another guild was shown depends on that guild, so a guild whose answers are compared uses none.
            let other = 1 + random.below(self.size.guilds);
            let other = Some(other).filter(|other| *other != guild && self.size.trace != Some(guild));
            if self.size.only.is_some_and(|only| only != guild) {
                continue;
            }
            let out = self.one(guild, other, seed, number).await;
            self.search(guild, &out);
            if number.is_multiple_of(500) {
                self.search_the_rest();
                progress(number);
            }
        }
    }

    /// The most acts. Where answers are compared, all sweeps have the same.
    fn longest(&self) -> u64 {
        let compared = self.size.trace.is_some() || self.size.only.is_some();
        if compared { self.size.acts } else { self.size.acts * PATIENCE }
    }

    async fn one(&self, guild: u64, other: Option<u64>, seed: u64, number: u64) -> Out {
        let index = |guild: u64| usize::try_from(guild).unwrap_or(0);
        let mut stock = std::mem::take(&mut *self.stocks[index(guild)].lock().await);
        let others = match other {
            Some(other) => Some(self.stocks[index(other)].lock().await),
            None => None,
        };
        let mut actor = Actor {
            house: &self.house,
            heard: &self.heard,
            leaves: &self.leaves,
            coverage: &self.coverage,
            guild,
            random: Seeded::new(seed),
            number,
            shared: self.size.trace.is_none(),
        };
        let out = if self.size.trace.is_none() && actor.is_job() {
            actor.job().await
        } else {
            GUILD.scope(guild, actor.act(&mut stock, others.as_deref())).await
        };
        drop(others);
        *self.stocks[index(guild)].lock().await = stock;
        out
    }

    /// Searches what a guild was shown.
    fn search(&self, guild: u64, out: &Out) {
        let mut report = self.report.lock();
        report.acts += 1;
        // What those see who run the bot is of all guilds.
        if self.size.trace == Some(guild) && !out.operator {
            report.trace.push(format!("{}: {:?} {:?}", out.what, out.shown, out.fault));
        }
        if let Some(fault) = &out.fault {
            if ["the JSON has a fault", "read column `"].iter().any(|sign| fault.contains(sign)) {
                report.unreadable += 1;
                return;
            }
            *report.faults.entry(format!("{}: {fault}", out.what)).or_default() += 1;
        }
        for text in &out.shown {
            report.searched += 1;
            if self.matcher.any(text) {
                report.own += 1;
            }
            let foreign = self.matcher.foreign(Some(guild), text).into_iter();
            // Somebody who is in every guild gets their own back from all of them, alone; what is a user's and
            // no guild's, only that user.
            let theirs = |found: &canary::Found| {
                let user = canary::member(0, canary::MEMBERS);
                out.private.is_some_and(|caller| found.owner != canary::Owner::Nobody || caller == user)
            };
            // Those who run the bot see what is nobody's, and in their list the names of all servers.
            let listed = out.operator && out.what == LIST;
            let named = |found: &canary::Found| listed && found.owner != canary::Owner::Nobody;
            let theirs = |found: &canary::Found| {
                theirs(found) || named(found) || (out.operator && self.is_global(found))
            };
            for found in foreign.filter(|found| !out.known.contains(&found.canary) && !theirs(found)) {
                report.leak(format!(
                    "{} showed guild {guild} `{}` of {:?}",
                    out.what, found.canary, found.owner
                ));
            }
        }
    }

    /// Whether this stands in a table of no guild and no user.
    fn is_global(&self, found: &canary::Found) -> bool {
        found.owner == canary::Owner::Nobody
            && self
                .global
                .iter()
                .any(|(word, number)| *word == found.canary || number.starts_with(&found.canary))
    }

    /// Searches the log and the metrics.
    fn search_the_rest(&self) {
        let lines = self.heard.take();
        let page = self.metrics.as_ref().map(PrometheusHandle::render);
        let mut report = self.report.lock();
        for (guild, line) in lines {
            report.searched += 1;
            // A line about the work for all guilds may name one of them, and nothing else of it.
            let named = |found: &canary::Found| guild.is_none() && canary::is_guild(&found.canary);
            for found in self.matcher.foreign(guild, &line).into_iter().filter(|found| !named(found)) {
                report.leak(format!(
                    "the log of guild {guild:?} holds `{}` of {:?}: {line}",
                    found.canary, found.owner
                ));
            }
        }
        for line in page.iter().flat_map(|page| page.lines()) {
            report.searched += 1;
            for found in self.matcher.foreign(None, line) {
                report.leak(format!("the metrics hold `{}`: {line}", found.canary));
            }
        }
    }

    /// What the registry has and nobody did.
    fn untouched(&self) -> Vec<String> {
        let registry = &self.registry;
        let done = self.coverage.done.lock();
        let refused = self.coverage.refused.lock();
        let mut untouched = Vec::new();
        let mut expect = |what: String, refusal_counts: bool| {
            let tried = done.contains(&what) || (refusal_counts && refused.contains(&what));
            if !tried {
                untouched.push(what);
            }
        };
        for leaf in &self.leaves {
            let name = format!("/{}", leaf.name());
            let refused = REFUSED.contains(&name.as_str());
            expect(name, refused);
            for option in leaf.options.iter().filter(|option| option.autocomplete.unwrap_or(false)) {
                expect(format!("/{} {}:", leaf.name(), option.name), false);
            }
        }
        for feature in registry.features() {
            for component in &feature.components {
                expect(format!("component {}", component.name), true);
            }
            let schedules = feature.schedules.iter().map(|schedule| schedule.name);
            for name in schedules.chain(feature.periodic.iter().map(|periodic| periodic.name)) {
                expect(format!("job {name}"), false);
            }
            if feature.figures.is_some() {
                expect(format!("figures {}", feature.name), false);
            }
        }
        for kind in guildhall_core::event::EventKind::ALL {
            for at in 0..registry.handlers(*kind).count() {
                expect(format!("event {} {at}", kind.name()), false);
            }
        }
        untouched
    }
}

/// A row with canaries in every table of each guild, of its members, of users and of nobody. Returns how many
/// tables there are.
pub(crate) async fn fill(store: &Store, guilds: u64) -> Result<usize, ProofError> {
    let columns = numbered(store);
    let value = |owner: u64| {
        let columns = &columns;
        move |info: &TableInfo, column: &ColumnInfo| {
            let at = columns.get(&(info.table.name.to_owned(), column.name.clone())).copied().unwrap_or(0);
            match column.kind {
                ColumnKind::Int => Value::Int(canary::number(owner, at)),
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                ColumnKind::Real => Value::Real(canary::number(owner, at) as f64),
                // A list in JSON as well, which is what most features keep in a column of words.
                ColumnKind::Text => Value::Text(format!("[\"{}\"]", canary::word(owner, at))),
                ColumnKind::Blob => Value::Blob(canary::word(owner, at).into_bytes()),
            }
        }
    };
    let mut tables = BTreeSet::new();
    for number in 1..=guilds {
        let whose = testing::Whose::Guild(canary::guild(number), canary::member(number, 0));
        tables.extend(testing::fill(store, whose, value(number)).await?);
    }
    let user = testing::Whose::User(canary::member(1, canary::MEMBERS));
    tables.extend(testing::fill(store, user, value(0)).await?);
    tables.extend(testing::fill(store, testing::Whose::Nobody, value(0)).await?);
    Ok(tables.len())
}

/// The canaries of tables that are nobody's.
fn global(store: &Store) -> Vec<(String, String)> {
    let global = |name: &str| {
        let mut tables = store.tables().iter();
        tables.any(|info| info.table.name == name && info.table.scope == ScopeKind::Global)
    };
    let columns = numbered(store).into_iter().filter(|((table, _), _)| global(table));
    columns.map(|(_, at)| (canary::word(0, at), canary::number(0, at).to_string())).collect()
}

/// A number for each column.
fn numbered(store: &Store) -> BTreeMap<(String, String), u64> {
    let columns = store
        .tables()
        .iter()
        .flat_map(|info| info.columns.iter().map(|column| (info.table.name.to_owned(), column.name.clone())));
    columns.zip(0..).collect()
}
