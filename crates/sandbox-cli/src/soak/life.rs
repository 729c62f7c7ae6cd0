//! Life beside the load: a bot that writes, reacts and deletes over REST, whatever REST answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use guildhall_core::random::{Random as _, Seeded};
use guildhall_sandbox::{Engine, Sandbox, model::ChannelKind, snowflake::Id};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::{sync::broadcast::error::RecvError, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Between two acts of one bot hand, and how many hands there are.
const PAUSE: Duration = Duration::from_millis(20);
const HANDS: u64 = 4;

/// In how many guilds it happens.
const GUILDS: usize = 100;

/// No request takes longer unless its answer is held up on purpose.
const PATIENCE: Duration = Duration::from_secs(10);

/// What happened over REST.
#[derive(Debug, Default)]
pub(super) struct Lived {
    told: AtomicU64,
    done: AtomicU64,
    refused: AtomicU64,
    lost: AtomicU64,
}

impl Lived {
    /// Messages that were told of to the shards.
    pub(super) fn told(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }

    /// Requests that were carried out, refused, and without an answer.
    pub(super) fn requests(&self) -> [u64; 3] {
        [&self.done, &self.refused, &self.lost].map(|count| count.load(Ordering::Relaxed))
    }
}

/// The bot's hands. They end when `stop` is cancelled.
pub(super) struct Life {
    tasks: JoinSet<()>,
    lived: Arc<Lived>,
}

impl Life {
    pub(super) fn begin(
        sandbox: &Sandbox,
        application_id: Id,
        seed: u64,
        stop: &CancellationToken,
    ) -> Result<Self> {
        let (token, channels) = sandbox.engine().read(|world| {
            let guilds = world.guilds.values().take(GUILDS);
            let text = guilds.filter_map(|guild| {
                guild
                    .channels
                    .iter()
                    .find(|channel| channel.kind == ChannelKind::Text)
                    .map(|channel| channel.id)
            });
            let token = world.application(application_id).map(|own| own.token.clone());
            (token, text.collect::<Arc<[Id]>>())
        });
        let token = format!("Bot {}", token.context("the application is gone")?);
        let client = Client::builder().timeout(PATIENCE).build()?;
        let lived = Arc::new(Lived::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(Arc::clone(sandbox.engine()), Arc::clone(&lived), stop.clone()));
        for number in 0..HANDS {
            let hand = Hand {
                client: client.clone(),
                base: sandbox.rest_url(),
                token: token.clone(),
                channels: Arc::clone(&channels),
                random: Seeded::new(seed ^ (number << 32)),
                lived: Arc::clone(&lived),
            };
            let stop = stop.clone();
            tasks.spawn(async move { hand.work(&stop).await });
        }
        Ok(Self { tasks, lived })
    }

    /// Waits for the last requests and what they told.
    pub(super) async fn end(mut self) -> Arc<Lived> {
        while self.tasks.join_next().await.is_some() {}
        self.lived
    }

    pub(super) fn lived(&self) -> &Lived {
        &self.lived
    }
}

/// Counts what the world tells of new messages, which is what the shards get.
async fn listen(engine: Arc<Engine>, lived: Arc<Lived>, stop: CancellationToken) {
    let mut heard = engine.observe();
    let mut ending = false;
    loop {
        // What is under way when it ends is still told; a request lasts no longer than this.
        let next = tokio::select! {
            next = heard.recv() => next,
            () = stop.cancelled(), if !ending => { ending = true; continue; }
            () = tokio::time::sleep(Duration::from_secs(3)), if ending => return,
        };
        match next {
            Ok(dispatch) if dispatch.event == "MESSAGE_CREATE" => {
                lived.told.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => {}
            Err(RecvError::Lagged(missed)) => eprintln!("{missed} events were not counted"),
            Err(RecvError::Closed) => return,
        }
    }
}

struct Hand {
    client: Client,
    base: String,
    token: String,
    channels: Arc<[Id]>,
    random: Seeded,
    lived: Arc<Lived>,
}

impl Hand {
    async fn work(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() && !self.channels.is_empty() {
            let index = usize::try_from(self.random.below(self.channels.len() as u64)).unwrap_or(0);
            let messages = format!("/channels/{}/messages", self.channels[index]);
            let body = json!({ "content": "still here", "nonce": self.random.next_u64().to_string() });
            let made = self.call(Method::POST, &messages, &body).await;
            if let Some(id) = made.and_then(|made| made["id"].as_str().map(str::to_owned)) {
                let reaction = format!("{messages}/{id}/reactions/%F0%9F%91%8D/@me");
                self.call(Method::PUT, &reaction, &Value::Null).await;
                if self.random.below(2) == 0 {
                    self.call(Method::DELETE, &format!("{messages}/{id}"), &Value::Null).await;
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One request, which nothing is expected of.
    async fn call(&self, method: Method, path: &str, body: &Value) -> Option<Value> {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = request.header("authorization", &self.token);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await;
        let count = match &answer {
            Ok(answer) if answer.status().is_success() => &self.lived.done,
            Ok(_) => &self.lived.refused,
            Err(_) => &self.lived.lost,
        };
        count.fetch_add(1, Ordering::Relaxed);
        let answer = answer.ok().filter(|answer| answer.status() == StatusCode::OK)?;
        answer.json().await.ok()
    }
}
