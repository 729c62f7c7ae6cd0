//! A sandbox and one client of it, each a process on a processor of its own.

use std::{net::TcpListener, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{control::Control, crash::load::text_channel, process::Process};

/// The sandbox runs here, so that it takes nothing from the client.
const SANDBOX_PROCESSOR: usize = 1;
const CLIENT_PROCESSOR: usize = 0;

const TOKEN: &str = "MTAwMDAwMDAwMDAwMDA5MDAx.bench0.a-token-that-only-this-sandbox-knows";

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

/// A running sandbox with guilds, and a client that is connected and has nothing left to do.
pub(crate) struct Stage {
    pub(crate) control: Control,
    pub(crate) client: Process,
    pub(crate) application: String,
    pub(crate) user: String,
    pub(crate) guild: String,
    pub(crate) channel: String,
    // Ends with the stage.
    _sandbox: Process,
    folder: tempfile::TempDir,
}

impl Stage {
    /// Sets the stage: `guilds` servers of 20 channels, 30 roles and 50 members.
    pub(crate) async fn set(client: Client, guilds: u32, shards: u32) -> Result<Self> {
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
        let application = control.post("/applications", json!({ "name": "Bench", "token": TOKEN })).await?;
        let application = text(&application, "id")?;
        let user = text(&control.post("/users", json!({ "username": "bencher" })).await?, "id")?;
        let bulk = json!({
            "count": guilds, "channels": 20, "roles": 30, "members": 50, "application_ids": [application],
        });
        let bulk = control.post("/guilds/bulk", bulk).await?;
        let guild = text(&bulk, "first_id")?;
        control.put(&format!("/guilds/{guild}/members/{user}"), json!({})).await?;
        let seen = control.get(&format!("/as/{user}/guilds/{guild}")).await?;
        let channels = seen["channels"].as_array().into_iter().flatten();
        let channel =
            channels.filter(|channel| channel["type"] == 0).find_map(|channel| channel["id"].as_str());
        let channel = channel.context("the server has no text channel")?.to_owned();

        let client = start(client, &address, shards, folder.path())?;
        let connected =
            |counters: &Value| (counters["identifies"].as_u64()? >= u64::from(shards)).then_some(());
        control.until("/counters", Duration::from_mins(2), connected).await?;
        let stage = Self { control, client, application, user, guild, channel, _sandbox: sandbox, folder };
        stage.settle().await?;
        Ok(stage)
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
        let registered = |commands: &Value| {
            let commands = commands.as_array().or_else(|| commands["commands"].as_array())?;
            commands.iter().any(|found| found["name"] == "ask_knowledge").then_some(())
        };
        for channel in &places {
            let path = format!("/as/{}/channels/{channel}/commands", self.user);
            self.control.until(&path, Duration::from_secs(30), registered).await?;
        }
        Ok(places)
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

fn start(client: Client, address: &str, shards: u32, folder: &std::path::Path) -> Result<Process> {
    let rest = format!("http://{address}/api/v10");
    let gateway = format!("ws://{address}");
    let count = shards.to_string();
    match client {
        Client::Guildhall | Client::GuildhallPlain => {
            let environment = [
                ("DISCORD_TOKEN", TOKEN.to_owned()),
                ("GUILDHALL_DISCORD__REST_URL", rest),
                ("GUILDHALL_DISCORD__GATEWAY_URL", gateway),
                ("GUILDHALL_DISCORD__SHARD_COUNT", count),
                ("GUILDHALL_DISCORD__COMPRESS", (client == Client::Guildhall).to_string()),
                ("GUILDHALL_STORAGE__FOLDER", folder.join("data").display().to_string()),
                ("GUILDHALL_WEB__LISTEN", "127.0.0.1:0".to_owned()),
                ("GUILDHALL_LOG__LEVEL", "warn".to_owned()),
            ];
            Process::start(CLIENT_PROCESSOR, &["run"], &environment, folder)
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
            Process::start(CLIENT_PROCESSOR, &arguments, &[], folder)
        }
    }
}

/// The text in this field of an answer.
pub(crate) fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field].as_str().with_context(|| format!("the answer has no `{field}`: {value}"))?.to_owned())
}

/// A port that nothing listens on at the moment.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
