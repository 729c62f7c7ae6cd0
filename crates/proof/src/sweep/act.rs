//! One thing that somebody in a guild does, and everything that comes out of it.

use std::{sync::Arc, time::Duration};

use guildhall_core::{
    error::chain,
    event::EventKind,
    id::UserId,
    random::{Random as _, Seeded},
};
use guildhall_framework::{
    Ctx, Event, Failure, Reply, Services,
    component::{self, Input},
    event::EventHandler,
};
use serde_json::{Value, json};

use super::{
    Coverage, Stock, files,
    options::{Leaf, Maker, filled_in},
    payload,
};
use crate::{
    canary,
    house::{Caller, House},
    listen::Heard,
};

/// How many components of a guild are remembered.
const REMEMBERED: usize = 60;

/// What came out of one act.
#[derive(Debug, Default)]
pub(super) struct Out {
    /// What was done, in a few words.
    pub(super) what: String,
    /// What the guild gets to see.
    pub(super) shown: Vec<String>,
    /// What whoever did it knew already: an id that a guild showed and somebody used in another.
    pub(super) known: String,
    /// Who alone sees it, where that is somebody who is in every guild: their own is theirs wherever they are.
    pub(super) private: Option<UserId>,
    /// Whether it is for those who run the bot alone.
    pub(super) operator: bool,
    /// What somebody could not make, or what went wrong where nothing should.
    pub(super) fault: Option<String>,
    /// Whether it ended as the feature meant it to.
    pub(super) done: bool,
}

/// The person or the event behind one act.
pub(super) struct Actor<'a> {
    pub(super) house: &'a House,
    pub(super) heard: &'a Heard,
    pub(super) leaves: &'a [Leaf],
    pub(super) coverage: &'a Coverage,
    pub(super) guild: u64,
    pub(super) random: Seeded,
    /// Counts the acts, for ids.
    pub(super) number: u64,
    /// Whether people act who are in every guild.
    pub(super) shared: bool,
}

impl Actor<'_> {
    /// Does one thing. `stock` holds what this guild has been offered, `others` what another has.
    pub(super) async fn act(&mut self, stock: &mut Stock, others: Option<&Stock>) -> Out {
        let maker = self.maker(stock);
        match self.random.below(100) {
            0..=44 => {
                let leaf = &self.leaves[maker.pick(self.leaves.len())];
                self.command(leaf, stock).await
            }
            45..=59 => self.completion(stock).await,
            60..=74 => self.component(stock).await,
            75..=79 => self.component_of_another(others, stock).await,
            80..=96 => self.event(stock).await,
            _ => self.figures(stock).await,
        }
    }

    /// Whether it is the scheduler's turn, which works for no guild in particular.
    pub(super) fn is_job(&self) -> bool {
        self.random.below(50) == 0
    }

    fn maker<'m>(&'m self, stock: &'m Stock) -> Maker<'m> {
        Maker { random: &self.random, guild: self.guild, offered: &stock.offered }
    }

    fn caller(&self) -> Caller {
        let shared = if self.shared { canary::SHARED } else { 0 };
        let user = canary::member(self.guild, self.random.below(canary::MEMBERS + shared));
        Caller { user, manager: self.random.below(2) == 0, german: self.random.below(4) == 0 }
    }

    fn services(&self) -> &Services {
        &self.house.services
    }

    fn begin(&self) -> Ctx {
        self.house.ctx(self.guild, Some(self.caller()), None)
    }

    async fn command(&self, leaf: &Leaf, stock: &mut Stock) -> Out {
        let what = format!("/{}", leaf.name());
        let made = self.maker(stock).data(leaf);
        let data = match made.map(serde_json::from_value) {
            Ok(Ok(data)) => data,
            Ok(Err(error)) => return Out::fault(what, format!("its options do not read: {error}")),
            Err(option) => {
                return Out::fault(what, format!("nobody knows how to fill the option `{option}`"));
            }
        };
        let Some((_, command)) = self.services().registry.command(&leaf.command) else {
            return Out::fault(what, "it is not registered".to_owned());
        };
        let mut ctx = self.begin();
        let result = command.run(&mut ctx, data).await;
        let out = self.finish(what, ctx, result, stock).await;
        Out { operator: command.access.operators, ..out }
    }

    async fn completion(&self, stock: &mut Stock) -> Out {
        let completed: Vec<(&Leaf, &str)> = self
            .leaves
            .iter()
            .flat_map(|leaf| {
                let options = leaf.options.iter().filter(|option| option.autocomplete.unwrap_or(false));
                options.map(move |option| (leaf, option.name.as_str()))
            })
            .collect();
        if completed.is_empty() {
            return Out::default();
        }
        let maker = self.maker(stock);
        let (leaf, option) = completed[maker.pick(completed.len())];
        let (what, typed) = (format!("/{} {option}:", leaf.name()), maker.typed());
        let Some((_, command)) = self.services().registry.command(&leaf.command) else {
            return Out::fault(what, "it is not registered".to_owned());
        };
        let mut ctx = self.begin();
        let result = command.complete(&mut ctx, option, &typed).await;
        drop(ctx);
        match result {
            Ok(choices) => {
                let values = choices.iter().map(|choice| choice.value.clone());
                stock.offered.extend(values);
                let surplus = stock.offered.len().saturating_sub(REMEMBERED);
                stock.offered.drain(..surplus);
                self.coverage.done(&what);
                Out { what, shown: vec![format!("{choices:?}")], done: true, ..Out::default() }
            }
            Err(failure) => self.failed(what, &failure),
        }
    }

    async fn component(&self, stock: &mut Stock) -> Out {
        if stock.components.is_empty() {
            return self.component_by_name(stock).await;
        }
        let at = self.maker(stock).pick(stock.components.len());
        let (id, value) = stock.components[at].clone();
        if self.random.below(8) == 0 {
            return self.component_by_name(stock).await;
        }
        self.using(&id, &value, stock).await
    }

    /// What another guild was shown, used in this one.
    async fn component_of_another(&self, others: Option<&Stock>, stock: &mut Stock) -> Out {
        let Some(others) = others.filter(|others| !others.components.is_empty()) else {
            return Out::default();
        };
        let (id, value) = others.components[self.maker(stock).pick(others.components.len())].clone();
        let mut used = Stock::default();
        let out = self.using(&id, &value, &mut used).await;
        Out { known: id, ..out }
    }

    /// A component that nobody was shown, with arguments that somebody made up.
    async fn component_by_name(&self, stock: &mut Stock) -> Out {
        let features = self.services().registry.features();
        let all: Vec<&str> =
            features.iter().flat_map(|feature| feature.components.iter().map(|one| one.name)).collect();
        if all.is_empty() {
            return Out::default();
        }
        let name = all[self.maker(stock).pick(all.len())];
        let arguments = (0..self.random.below(4)).map(|_| match self.random.below(4) {
            0 => "on".to_owned(),
            1 => canary::member(self.guild, 0).to_string(),
            _ => (1 + self.random.below(30)).to_string(),
        });
        let id = arguments.fold(name.to_owned(), |id, argument| format!("{id}:{argument}"));
        self.using(&id, &Value::Null, stock).await
    }

    async fn using(&self, id: &str, value: &Value, stock: &mut Stock) -> Out {
        let Some((name, arguments)) = component::split(id) else { return Out::default() };
        let what = format!("component {name}");
        let Some((_, component)) = self.services().registry.component(name) else {
            // Not every custom id is a handler's: a form's inputs have some, too.
            return Out::default();
        };
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        let maker = self.maker(stock);
        let mut input = Input { arguments, component: None, modal: None };
        if value["components"].is_array() {
            match serde_json::from_value(filled_in(id, &value["components"], &maker)) {
                Ok(modal) => input.modal = Some(modal),
                Err(error) => return Out::fault(what, format!("its form cannot be filled in: {error}")),
            }
        } else {
            let kind = value["type"].as_u64().unwrap_or(2);
            let options = value["options"].as_array().into_iter().flatten();
            let values: Vec<Value> = options.map(|option| option["value"].clone()).take(1).collect();
            let data = json!({ "custom_id": id, "component_type": kind, "values": values, "id": 1 });
            match serde_json::from_value(data) {
                Ok(data) => input.component = Some(data),
                Err(error) => return Out::fault(what, format!("its use cannot be made: {error}")),
            }
        }
        let mut ctx = self.begin();
        let result = component.run(&mut ctx, input).await;
        self.finish(what, ctx, result, stock).await
    }

    async fn event(&self, stock: &mut Stock) -> Out {
        let registry = Arc::clone(&self.services().registry);
        let wanted: Vec<(EventKind, usize, EventHandler)> = EventKind::ALL
            .iter()
            .flat_map(|kind| {
                registry.handlers(*kind).enumerate().map(|(at, (_, handler))| (*kind, at, *handler))
            })
            .collect();
        if wanted.is_empty() {
            return Out::default();
        }
        let maker = self.maker(stock);
        let (kind, at, handler) = wanted[maker.pick(wanted.len())];
        // A guild without the bot is quiet for long, so that is rare.
        if kind == EventKind::GuildDelete && self.random.below(20) > 0 {
            return Out::default();
        }
        let what = format!("event {} {at}", kind.name());
        let user = self.caller().user;
        let now = self.services().clock.now();
        let said = maker.sentence();
        let payload = payload::event(self.guild, user, &said, now, self.number).to_string();
        let event =
            Event { kind, guild: canary::guild(self.guild), received: now, payload: payload.as_bytes() };
        let mut ctx = self.house.ctx(self.guild, None, Some(format!("{what} {}", self.number)));
        let result = handler.run(&mut ctx, &event).await;
        self.finish(what, ctx, result.map(|()| Reply::Acknowledge), stock).await
    }

    pub(super) async fn job(&self) -> Out {
        let features = self.services().registry.features();
        let periodic: Vec<_> = features.iter().flat_map(|feature| &feature.periodic).collect();
        let schedules: Vec<_> = features.iter().flat_map(|feature| &feature.schedules).collect();
        if periodic.is_empty() && schedules.is_empty() {
            return Out::default();
        }
        let at = self.random.below((periodic.len() + schedules.len()) as u64);
        let at = usize::try_from(at).unwrap_or(0);
        let (name, run) = if let Some(one) = periodic.get(at) {
            (one.name, (one.run)(self.services()))
        } else {
            let one = schedules[at - periodic.len()];
            (one.name, (one.run)(self.services()))
        };
        let what = format!("job {name}");
        match run.await {
            Ok(()) => {
                self.coverage.done(&what);
                Out { what, done: true, ..Out::default() }
            }
            // Two that write for several guilds may be in each other's way on PostgreSQL; it is then tried again.
            Err(failure) if failure.is_outage() => Out { what, ..Out::default() },
            // Jobs work for all guilds, so their errors are nobody's.
            Err(failure) => Out::fault(what, chain(&failure)),
        }
    }

    async fn figures(&self, stock: &mut Stock) -> Out {
        let features = self.services().registry.features();
        let with: Vec<_> = features.iter().filter_map(|one| Some((one.name, one.figures?))).collect();
        if with.is_empty() {
            return Out::default();
        }
        let (name, figures) = with[self.maker(stock).pick(with.len())];
        let what = format!("figures {name}");
        let mut ctx = self.begin();
        let result = figures(&mut ctx).await;
        drop(ctx);
        match result {
            Ok(lines) => {
                self.coverage.done(&what);
                Out { what, shown: vec![format!("{lines:?}")], done: true, ..Out::default() }
            }
            Err(failure) => self.failed(what, &failure),
        }
    }

    /// Commits as the runtime does, and gathers what is shown.
    async fn finish(&self, what: String, ctx: Ctx, result: Result<Reply, Failure>, stock: &mut Stock) -> Out {
        let caller = ctx.invocation().user.filter(|user| canary::is_shared(*user));
        let work = ctx.finish();
        let reply = match result {
            Ok(reply) => reply,
            Err(failure) => return self.failed(what, &failure),
        };
        if let Some(write) = work.write
            && let Err(error) = write.commit().await
        {
            return self.failed(what, &error.into());
        }
        self.services().forget_cached(&work.stale).await;
        for (guild, change) in work.changes {
            self.services().heed(guild, change);
        }
        for (user, choice) in work.chosen {
            self.services().consents.set(user, choice);
        }
        let mut shown = vec![format!("{reply:?}")];
        shown.extend(work.outgoing.iter().map(|outgoing| format!("{outgoing:?}")));
        if let Reply::Message { body, .. } | Reply::Update(body) = &reply {
            shown.extend(body.files.iter().map(|file| files::opened(&file.bytes)));
        }
        shown.extend(
            work.outgoing.iter().flat_map(|one| &one.body.files).map(|file| files::opened(&file.bytes)),
        );
        stock.remember(&reply, REMEMBERED);
        for outgoing in &work.outgoing {
            stock.remember(&Reply::Update(outgoing.body.clone()), REMEMBERED);
        }
        self.coverage.done(&what);
        let alone = work.outgoing.is_empty() && matches!(reply, Reply::Message { ephemeral: true, .. });
        Out { what, shown, private: caller.filter(|_| alone), done: true, ..Out::default() }
    }

    /// What the runtime tells the user, and writes into the log.
    fn failed(&self, what: String, failure: &Failure) -> Out {
        let catalogue = self.services().registry.catalogue();
        let mut out = Out { what, ..Out::default() };
        match failure {
            Failure::Refused(text) => {
                self.coverage.refused(&out.what);
                out.shown.extend(catalogue.locales().iter().map(|locale| catalogue.format(*locale, text)));
                out.done = true;
            }
            Failure::DoneBefore => out.done = true,
            failure if failure.is_internal() => {
                let cause = chain(failure);
                self.heard.say(self.guild, format!("{} failed: {cause}", out.what));
                out.fault = Some(cause);
            }
            failure => {
                self.coverage.refused(&out.what);
                out.shown.push(failure.to_string());
                out.done = true;
            }
        }
        out
    }
}

impl Out {
    fn fault(what: String, fault: String) -> Self {
        Self { what, fault: Some(fault), ..Self::default() }
    }
}

/// How much time passes between two acts of a guild.
pub(super) const PAUSE: Duration = Duration::from_secs(20);
