//! A sandbox and one client of it, each a process on a processor of its own.

use std::{net::TcpListener, ops::Deref, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{control::Control, crash::load::text_channel, process::Process};

/// The sandbox runs here, so that it takes nothing from the client.
const SANDBOX_PROCESSOR: usize = 1;
const CLIENT_PROCESSOR: usize = 0;

const TOKEN: &str = "MTAwMDAwMDAwMDAwMDA5MDAx.bench0.a-token-that-only-this-sandbox-knows";

/// Whom the token is for, as its first part says; the bot's data is named after it.
pub(crate) const BOT: &str = "100000000000009001";

/// Which client is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Client {
    /// Guildhall as it runs against Discord: the gateway sends compressed.
    Guildhall,
    /// Guildhall without compression.
    GuildhallPlain,
    /// A bare twilight client. It always asks for compression.
    Twilight,
}

impl Client {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Guildhall => "guildhall, zstd",
            Self::GuildhallPlain => "guildhall, plain",
            Self::Twilight => "bare twilight 0.18, zstd",
        }
    }
}

/// A running sandbox with guilds that an application is in, before any client is started.
pub(crate) struct Scene {
    pub(crate) control: Control,
    pub(crate) application: String,
    pub(crate) user: String,
    pub(crate) guild: String,
    address: String,
    // End with the scene.
    _sandbox: Process,
    folder: tempfile::TempDir,
}

impl Scene {
    /// `guilds` servers of 20 channels, 30 roles and 50 members, with these numbers enforced beside the usual ones.
    pub(crate) async fn make(guilds: u32, limits: Value) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let sandbox = Process::start(
            SANDBOX_PROCESSOR,
            &["sandbox", "--empty", "--listen", &address],
            &[],
            folder.path(),
        )?;
        let control = Control::new(&address)?;
        control.until("/state", Duration::from_secs(20), |_| Some(())).await?;
        // So that starting many shards takes no minutes; the identifies themselves stay one a shard.
        control.post("/limits", json!({ "max_concurrency": 64, "identify_window": 1000 })).await?;
        control.post("/limits", limits).await?;
        let application = control.post("/applications", json!({ "name": "Bench", "token": TOKEN })).await?;
        let application = text(&application, "id")?;
        let user = text(&control.post("/users", json!({ "username": "bencher" })).await?, "id")?;
        let bulk = json!({
            "count": guilds, "channels": 20, "roles": 30, "members": 50, "application_ids": [application],
            "owner_id": user,
        });
        let guild = text(&control.post("/guilds/bulk", bulk).await?, "first_id")?;
        Ok(Self { control, application, user, guild, address, _sandbox: sandbox, folder })
    }

    /// Where the bot keeps its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts a client with these further settings, and waits until it has nothing left to do.
    pub(crate) async fn play(
        self,
        client: Client,
        shards: u32,
        settings: &[(&'static str, String)],
    ) -> Result<Stage> {
        let channel = text_channel(&self.control, &self.user, &self.guild).await?;
        let (process, web) = self.start(client, shards, settings)?;
        let stage = Stage { client: process, web, channel, scene: self };
        stage.connected(shards.into()).await?;
        Ok(stage)
    }

    /// What the processes wrote last.
    fn output(&self) -> String {
        let output = std::fs::read_to_string(self.folder.path().join("output.log")).unwrap_or_default();
        let lines: Vec<&str> = output.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn start(
        &self,
        client: Client,
        shards: u32,
        settings: &[(&'static str, String)],
    ) -> Result<(Process, String)> {
        let rest = format!("http://{}/api/v10", self.address);
        let gateway = format!("ws://{}", self.address);
        let count = shards.to_string();
        let web = format!("127.0.0.1:{}", free_port()?);
        let process = match client {
            Client::Guildhall | Client::GuildhallPlain => {
                let mut environment = vec![
                    ("DISCORD_TOKEN", TOKEN.to_owned()),
                    ("GUILDHALL_DISCORD__REST_URL", rest),
                    ("GUILDHALL_DISCORD__GATEWAY_URL", gateway),
                    ("GUILDHALL_DISCORD__SHARD_COUNT", count),
                    ("GUILDHALL_DISCORD__COMPRESS", (client == Client::Guildhall).to_string()),
                    ("GUILDHALL_STORAGE__FOLDER", self.data().display().to_string()),
                    ("GUILDHALL_WEB__LISTEN", web.clone()),
                    ("GUILDHALL_LOG__LEVEL", "warn".to_owned()),
                ];
                environment.extend_from_slice(settings);
                Process::start(CLIENT_PROCESSOR, &["run"], &environment, self.folder.path())?
            }
            Client::Twilight => {
                let arguments = [
                    "bench",
                    "peer",
                    "--rest-url",
                    &rest,
                    "--gateway-url",
                    &gateway,
                    "--token",
                    TOKEN,
                    "--shards",
                    &count,
                ];
                Process::start(CLIENT_PROCESSOR, &arguments, &[], self.folder.path())?
            }
        };
        Ok((process, web))
    }
}

/// A scene and a client that is connected and has nothing left to do.
pub(crate) struct Stage {
    pub(crate) client: Process,
    pub(crate) channel: String,
    web: String,
    scene: Scene,
}

impl Deref for Stage {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

impl Stage {
    /// Sets the stage: `guilds` servers of 20 channels, 30 roles and 50 members.
    pub(crate) async fn set(client: Client, guilds: u32, shards: u32) -> Result<Self> {
        Scene::make(guilds, json!({})).await?.play(client, shards, &[]).await
    }

    /// Starts Guildhall again, with other settings.
    pub(crate) async fn replay(&mut self, settings: &[(&'static str, String)]) -> Result<()> {
        self.client.stop(Duration::from_mins(1)).await?;
        let before = sessions(&self.control.get("/counters").await?);
        (self.client, self.web) = self.scene.start(Client::Guildhall, 1, settings)?;
        self.connected(before + 1).await
    }

    /// Waits until so many sessions were begun or resumed, and then until there is nothing left to do.
    async fn connected(&self, times: u64) -> Result<()> {
        let enough = |counters: &Value| (sessions(counters) >= times).then_some(());
        let connected = self.control.until("/counters", Duration::from_mins(2), enough).await;
        connected.with_context(|| format!("the client did not connect; it wrote:\n{}", self.output()))?;
        self.settle().await
    }

    /// The sum of the series of a metric that begin like this, such as `name{label="value"` or a whole name.
    pub(crate) async fn figure(&self, series: &str) -> Result<f64> {
        let page = reqwest::get(format!("http://{}/metrics", self.web)).await?.text().await?;
        let value = |line: &str| {
            let rest = line.strip_prefix(series)?;
            let ends = rest.starts_with([' ', '{', ',', '}']);
            ends.then(|| rest.rsplit_once(' ')?.1.parse::<f64>().ok()).flatten()
        };
        let found: Vec<f64> = page.lines().filter_map(value).collect();
        if found.is_empty() {
            bail!("the bot has no figure `{series}`");
        }
        Ok(found.iter().sum())
    }

    /// A channel in each of so many further servers that have the bot, where its commands can be used.
    pub(crate) async fn places(&self, count: u32) -> Result<Vec<String>> {
        let mut places = Vec::new();
        for number in 0..count {
            let name = format!("Server {number}");
            let body = json!({ "name": name, "owner_id": self.user, "channels": ["general"] });
            let guild = text(&self.control.post("/guilds", body).await?, "id")?;
            self.control.post(&format!("/guilds/{guild}/bots/{}", self.application), json!({})).await?;
            places.push(text_channel(&self.control, &self.user, &guild).await?);
        }
        for channel in &places {
            self.registered(&self.user, channel, "ask_knowledge").await?;
        }
        Ok(places)
    }

    /// Waits until this person may use a command in a channel.
    pub(crate) async fn registered(&self, user: &str, channel: &str, command: &str) -> Result<()> {
        let registered = |commands: &Value| {
            let commands = commands.as_array().or_else(|| commands["commands"].as_array())?;
            commands.iter().any(|found| found["name"] == command).then_some(())
        };
        let path = format!("/as/{user}/channels/{channel}/commands");
        self.control.until(&path, Duration::from_secs(30), registered).await
    }

    /// Busy programs that take their part of the client's processor, until they are dropped.
    pub(crate) fn neighbours(&self, count: u32) -> Result<Vec<Process>> {
        (0..count).map(|_| Process::start_busy(CLIENT_PROCESSOR, self.folder.path())).collect()
    }

    /// Waits until the client uses no processor time any more.
    pub(crate) async fn settle(&self) -> Result<()> {
        let mut quiet = 0;
        let mut last = self.client.cpu()?;
        while quiet < 4 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let now = self.client.cpu()?;
            quiet = if now.saturating_sub(last) <= Duration::from_millis(10) { quiet + 1 } else { 0 };
            last = now;
        }
        Ok(())
    }
}

/// How many sessions were begun or went on.
fn sessions(counters: &Value) -> u64 {
    ["identifies", "resumed"].iter().filter_map(|name| counters[*name].as_u64()).sum()
}

/// The text in this field of an answer.
pub(crate) fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field].as_str().with_context(|| format!("the answer has no `{field}`: {value}"))?.to_owned())
}

/// A port that nothing listens on at the moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
