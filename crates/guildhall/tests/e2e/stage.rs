//! A sandbox with the example world, and the bot as a child process beside it.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Output},
    time::Duration,
};

use guildhall_sandbox::{Options, Sandbox, example};
use guildhall_store::StoreOptions;
use guildhall_testkit::{control::Control, postgres::Postgres, process::Process, wait};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::person::Seat;

/// Generous: a busy machine may be slow, and a passing test never waits this long.
pub(crate) const BOUND: Duration = Duration::from_mins(1);

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_guildhall");

/// Everything that a test needs.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) control: Control,
    bot: Option<Process>,
    web: Option<Control>,
    address: String,
    folder: TempDir,
    /// Where the bot keeps its data, unless it is in the folder.
    server: Option<Postgres>,
    /// Further settings of the bot.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Stage {
    /// A sandbox, and no bot yet.
    pub(crate) async fn empty() -> Self {
        let sandbox =
            Sandbox::start(Options { journal_body: 64 * 1024, ..Options::default() }).await.unwrap();
        let control = Control::new(sandbox.addr());
        Self {
            sandbox,
            control,
            bot: None,
            web: None,
            address: String::new(),
            folder: tempfile::tempdir().unwrap(),
            server: None,
            settings: Vec::new(),
        }
    }

    /// A sandbox, and a bot that is ready and whose commands are registered.
    pub(crate) async fn open() -> Self {
        Self::empty().await.opened().await
    }

    /// The same with a PostgreSQL of its own for the bot's data.
    pub(crate) async fn open_on_postgres() -> Self {
        Self::empty_on_postgres().await.opened().await
    }

    /// A sandbox and a PostgreSQL, and no bot yet.
    pub(crate) async fn empty_on_postgres() -> Self {
        let mut stage = Self::empty().await;
        let server = Postgres::start().await.unwrap();
        server.create_database("bot").await.unwrap();
        stage.server = Some(server);
        stage
    }

    /// Starts a process of the bot that the test looks after itself, with these settings and a folder of this name.
    pub(crate) async fn process(
        &self,
        name: &str,
        settings: &[(&'static str, String)],
    ) -> (Process, Control) {
        let mut environment = self.environment();
        let data = self.folder.path().join(name);
        environment.push(("GUILDHALL_STORAGE__FOLDER", data.display().to_string()));
        environment.extend_from_slice(settings);
        let mut process =
            Process::start(Path::new(BINARY), &["run"], &environment, self.folder.path()).unwrap();
        let line = process.line("status ", BOUND).await.unwrap();
        let web = Control::new(line.rsplit("http://").next().unwrap().trim_end_matches('/'));
        let ready = wait::until(BOUND, || async {
            web.raw("GET", "/ready", None).await.ok().filter(|(status, _)| *status == 200)
        });
        assert!(ready.await.is_some(), "{name} was not ready; it wrote:\n{}", process.output());
        (process, web)
    }

    pub(crate) async fn opened(self) -> Self {
        let mut stage = self;
        stage.start().await;
        stage.ready().await;
        stage.registered("ping").await;
        stage
    }

    /// Starts the bot; it is not ready yet.
    pub(crate) async fn start(&mut self) {
        let process =
            Process::start(Path::new(BINARY), &["run"], &self.environment(), self.folder.path()).unwrap();
        self.adopt(process).await;
    }

    /// Starts the bot where no file may grow beyond `kib`, as on a full disk.
    pub(crate) async fn start_confined(&mut self, kib: u64) {
        // A write beyond the limit also raises a signal, which ends a process that does not ignore it.
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" run", kib * 2);
        let args = ["-c", &script, BINARY];
        let process =
            Process::start(Path::new("/bin/sh"), &args, &self.environment(), self.folder.path()).unwrap();
        self.adopt(process).await;
    }

    async fn adopt(&mut self, mut process: Process) {
        assert!(self.bot.is_none(), "the bot runs already");
        let line = process.line("status ", BOUND).await.unwrap();
        let address = line.rsplit("http://").next().unwrap().trim_end_matches('/');
        self.web = Some(Control::new(address));
        self.address = format!("http://{address}/");
        self.bot = Some(process);
    }

    /// Waits until the bot says that it is ready.
    pub(crate) async fn ready(&mut self) {
        let web = self.web.clone().expect("the bot was started");
        let ready = wait::until(BOUND, || async {
            web.raw("GET", "/ready", None).await.ok().filter(|(status, _)| *status == 200)
        });
        let ready = ready.await.is_some();
        assert!(ready, "the bot was not ready within {BOUND:?}; it wrote:\n{}", self.output());
    }

    /// Waits until Discord knows the bot's command.
    pub(crate) async fn registered(&self, command: &str) {
        known(&self.control, self.channel(example::BOOK_CLUB, "general").await, command).await;
    }

    /// Ends the bot as a power cut would.
    pub(crate) async fn kill(&mut self) {
        self.bot.take().expect("the bot was started").kill().await.unwrap();
    }

    /// Asks the bot to stop and waits until it has.
    pub(crate) async fn terminate(&mut self) -> ExitStatus {
        self.bot.take().expect("the bot was started").terminate(BOUND).await.unwrap()
    }

    /// Ends everything in order; the bot must end well.
    pub(crate) async fn close(mut self) {
        if self.bot.is_some() {
            assert!(self.terminate().await.success());
        }
        self.sandbox.shutdown().await;
    }

    /// What the bot wrote last.
    pub(crate) fn output(&mut self) -> String {
        self.bot.as_mut().map(Process::output).unwrap_or_default()
    }

    /// The folder in which everything runs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder with the bot's database and logs.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where the web port of the bot that was started last is, or was.
    pub(crate) fn web_address(&self) -> String {
        self.address.clone()
    }

    /// Status and body of a page of the web port.
    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let web = self.web.as_ref().expect("the bot was started");
        let (status, body) = web.raw("GET", path, None).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// A page of the web port as JSON.
    pub(crate) async fn page_json(&self, path: &str) -> Value {
        serde_json::from_str(&self.page(path).await.1).unwrap()
    }

    /// The sum of a metric over all its labels.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.page("/metrics").await;
        let values = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let value = match rest.strip_prefix('{') {
                Some(labelled) => labelled.rsplit_once("} ")?.1,
                None => rest.strip_prefix(' ')?,
            };
            value.parse::<f64>().ok()
        });
        values.sum()
    }

    /// Runs the binary to its end, as an operator at the same machine would.
    pub(crate) async fn cli(&self, args: &[&str]) -> Output {
        self.cli_with(args, &[]).await
    }

    /// The same with other settings.
    pub(crate) async fn cli_with(&self, args: &[&str], settings: &[(&'static str, &str)]) -> Output {
        let mut command = tokio::process::Command::new(BINARY);
        command.args(args).env_clear().envs(self.environment()).envs(settings.iter().copied());
        command.current_dir(self.folder.path()).kill_on_drop(true);
        tokio::time::timeout(BOUND, command.output()).await.expect("the command ends").unwrap()
    }

    /// How the bot's database is opened while the bot does not run.
    pub(crate) fn store_options(&self) -> StoreOptions {
        match &self.server {
            Some(server) => StoreOptions::postgres(server.url("bot")),
            None => StoreOptions::new(self.data().join(format!("bot-{}.db", example::APPLICATION))),
        }
    }

    /// The settings of the bot.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("DISCORD_TOKEN", example::BOT_TOKEN.to_owned()),
            ("GUILDHALL_DISCORD__REST_URL", self.sandbox.rest_url()),
            ("GUILDHALL_DISCORD__GATEWAY_URL", self.sandbox.gateway_url()),
            ("GUILDHALL_STORAGE__FOLDER", self.data().display().to_string()),
            ("GUILDHALL_WEB__LISTEN", "127.0.0.1:0".to_owned()),
        ];
        environment.extend(self.settings.iter().cloned());
        environment.extend(self.server.as_ref().map(|server| ("GUILDHALL_STORAGE__URL", server.url("bot"))));
        environment
    }

    /// How often something happened in the sandbox.
    pub(crate) async fn counter(&self, name: &str) -> u64 {
        let counters = self.control.get("/counters").await.unwrap();
        counters[name].as_u64().unwrap_or_else(|| panic!("no counter {name} in {counters}"))
    }

    /// Waits until something has happened this often.
    pub(crate) async fn counted(&mut self, name: &str, times: u64) {
        let reached =
            wait::until(BOUND, || async { (self.counter(name).await >= times).then_some(()) }).await;
        if reached.is_none() {
            let count = self.counter(name).await;
            panic!("{name} is {count}, not {times}; the bot wrote:\n{}", self.output());
        }
    }

    /// The id of a channel by its name.
    pub(crate) async fn channel(&self, guild: u64, name: &str) -> u64 {
        channel(&self.control, guild, name).await
    }

    /// A person in `general` of a server.
    pub(crate) async fn seat(&self, user: u64, guild: u64) -> Seat {
        let channel = self.channel(guild, "general").await;
        Seat { control: self.control.clone(), user, channel }
    }

    /// A new server of Ada's with one channel, without the bot.
    pub(crate) async fn found(&self, name: &str) -> u64 {
        let body = json!({ "name": name, "owner_id": example::ADA.to_string(), "channels": ["general"] });
        number(&self.control.post("/guilds", body).await.unwrap()["id"])
    }

    /// Invites the bot.
    pub(crate) async fn invite(&self, guild: u64) {
        let path = format!("/guilds/{guild}/bots/{}", example::APPLICATION);
        self.control.post(&path, json!({})).await.unwrap();
    }

    /// Takes the bot out of a server.
    pub(crate) async fn kick(&self, guild: u64) {
        self.control.delete(&format!("/guilds/{guild}/bots/{}", example::APPLICATION)).await.unwrap();
    }
}

/// The id of a channel by its name.
pub(crate) async fn channel(control: &Control, guild: u64, name: &str) -> u64 {
    let view = control.get(&format!("/as/{}/guilds/{guild}", example::ADA)).await.unwrap();
    let channels = view["channels"].as_array().unwrap();
    let found = channels.iter().find(|channel| channel["name"] == name);
    number(&found.unwrap_or_else(|| panic!("no channel {name} in {view}"))["id"])
}

/// Waits until a command can be used in a channel.
pub(crate) async fn known(control: &Control, channel: u64, command: &str) {
    let path = format!("/as/{}/channels/{channel}/commands", example::ADA);
    let known = wait::until(BOUND, || async {
        let listed = control.get(&path).await.unwrap().to_string();
        listed.contains(&format!("\"{command}\"")).then_some(())
    });
    known.await.unwrap_or_else(|| panic!("/{command} was not registered"));
}

/// An id as a number.
pub(crate) fn number(id: &Value) -> u64 {
    id.as_str().unwrap_or_else(|| panic!("no id but {id}")).parse().unwrap()
}
