//! Loads a configuration: finds the file, lays the environment over it, checks what comes out.

use std::path::{Path, PathBuf};

use config::{File, FileFormat};
use serde_json::Value;

use super::{
    Config, env,
    error::ConfigError,
    guide,
    idle::Idle,
    rollout, secret,
    tree::{Given, shape},
};

/// The files that are looked for when none is named.
const FILES: &[&str] = &["guildhall.toml", "guildhall.json5", "guildhall.json"];

/// Where the configuration comes from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// The file that was named on the command line or by `GUILDHALL_CONFIG`.
    pub(crate) file: Option<PathBuf>,
    /// The folder where the default files and `.env` are looked for.
    pub(crate) folder: PathBuf,
    /// The environment.
    pub(crate) variables: Vec<(String, String)>,
}

/// A configuration, and what is worth telling about it.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The configuration.
    pub(crate) config: Config,
    /// The file it came from, if any.
    pub(crate) file: Option<PathBuf>,
    /// The settings that were given: path, value (secrets hidden) and source.
    pub(crate) given: Vec<(String, String, String)>,
    /// Variables and settings of the guides that were given and have no effect.
    pub(crate) idle: Vec<Idle>,
}

impl Sources {
    /// The real ones.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn of_process(file: Option<PathBuf>) -> Self {
        let folder = PathBuf::from(".");
        let dotenv =
            dotenvy::from_path_iter(folder.join(".env")).into_iter().flatten().filter_map(Result::ok);
        let mut variables: Vec<_> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        // What the process was started with wins over the file.
        let missing: Vec<_> =
            dotenv.filter(|(name, _)| !variables.iter().any(|(set, _)| set == name)).collect();
        variables.extend(missing);
        let named = variables.iter().find(|(name, _)| name == "GUILDHALL_CONFIG");
        let file = file.or_else(|| named.map(|(_, path)| PathBuf::from(path)));
        Self { file, folder, variables }
    }
}

/// The configuration from these sources.
pub(crate) fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let shape = shape();
    let mut given = Given::default();
    let (mut unknown, mut idle) = (Vec::new(), Vec::new());
    let file = sources
        .file
        .clone()
        .or_else(|| FILES.iter().map(|name| sources.folder.join(name)).find(|path| path.is_file()));
    if let Some(path) = &file {
        let (mut read, source) = (read_file(path)?, format!("`{}`", path.display()));
        idle.extend(guide::take(&mut read, &source, &mut given));
        unknown.extend(given.set_file(read, &source, &shape));
    }
    let (unknown_variables, idle_variables) = env::apply(&sources.variables, &shape, &mut given);
    unknown.extend(unknown_variables);
    idle.extend(idle_variables);
    if !unknown.is_empty() {
        return Err(ConfigError::Unknown(unknown));
    }
    let mut config = given.config()?;
    secret::resolve(&mut config, &given)?;
    validate(&config, &given)?;
    let shown = |(path, value, source): (&str, &Value, &str)| {
        (path.to_owned(), secret::shown(path, value), source.to_owned())
    };
    Ok(Loaded { given: given.iter().map(shown).collect(), config, file, idle })
}

fn read_file(path: &Path) -> Result<Value, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        Some("json" | "json5") => FileFormat::Json5,
        _ => FileFormat::Toml,
    };
    let parsed = config::Config::builder().add_source(File::from_str(&text, format)).build();
    parsed.and_then(config::Config::try_deserialize).map_err(|error| ConfigError::Syntax {
        path: path.to_owned(),
        reason: without_excerpt(&error.to_string()),
    })
}

/// The parser's words without the lines that it quotes: those may hold a token.
fn without_excerpt(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.contains('|') && !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

/// What no single setting can tell.
fn validate(config: &Config, given: &Given) -> Result<(), ConfigError> {
    let invalid = |key: &str, reason: &str| {
        Err(ConfigError::Invalid {
            key: key.to_owned(),
            source_name: given.source(key).map(str::to_owned),
            reason: reason.to_owned(),
        })
    };
    let discord = &config.discord;
    if !discord.shard_ids.is_empty() && discord.shard_count == 0 {
        return invalid(
            "discord.shard_ids",
            "set `discord.shard_count` too: a shard is one of a known number",
        );
    }
    if discord.shard_ids.iter().any(|id| *id >= discord.shard_count) {
        return invalid("discord.shard_ids", "shards are counted from 0 and lie below `discord.shard_count`");
    }
    let backup = &config.backup;
    if backup.passphrase_file.is_some() && !(backup.recipients.is_empty() && backup.identity_file.is_none()) {
        return invalid(
            "backup.passphrase_file",
            "`backup.recipients` or `backup.identity_file` is set too; a backup is for keys or for a passphrase",
        );
    }
    if !config.sandbox.listen.ip().is_loopback() {
        return invalid(
            "sandbox.listen",
            "the sandbox has no passwords; use a loopback address such as 127.0.0.1:7300",
        );
    }
    if let Some((key, reason)) = config
        .storage
        .fault()
        .or_else(|| config.cluster.fault())
        .or_else(|| config.bus.fault())
        .or_else(|| config.cache.fault())
        .or_else(|| config.markov.fault())
    {
        return invalid(key, reason);
    }
    rollout::check(&config.rollout, &guildhall_features::all(), given)?;
    if !(1..=1_000_000).contains(&config.limits.requests_per_second) {
        return invalid("limits.requests_per_second", "use a number from 1");
    }
    if config.limits.commands == 0 || config.limits.commands_per_guild == 0 {
        return invalid("limits.commands", "at least one command must be able to run");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use guildhall_core::secret::ExposeSecret as _;

    use super::*;

    fn with(file: Option<(&str, &str)>, variables: &[(&str, &str)]) -> Result<Loaded, String> {
        let folder = tempfile::tempdir().unwrap();
        if let Some((name, text)) = file {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sources = Sources { file: None, folder: folder.path().to_owned(), variables };
        load(&sources).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_given_means_the_sandbox_on_loopback() {
        let loaded = with(None, &[]).unwrap();
        assert!(loaded.config.uses_sandbox());
        assert!(loaded.config.sandbox.listen.ip().is_loopback());
        assert!(loaded.given.is_empty());
    }

    #[test]
    fn the_environment_wins_over_the_file_and_both_formats_are_read() {
        let toml = ("guildhall.toml", "[discord]\nshard_count = 2\n[web]\nlisten = \"127.0.0.1:9000\"\n");
        let loaded = with(Some(toml), &[("GUILDHALL_DISCORD__SHARD_COUNT", "4")]).unwrap();
        assert_eq!(loaded.config.discord.shard_count, 4);
        assert_eq!(loaded.config.web.listen.port(), 9000);
        let json5 = ("guildhall.json5", "{ discord: { shard_count: 3, }, // a comment\n }");
        assert_eq!(with(Some(json5), &[]).unwrap().config.discord.shard_count, 3);
    }

    fn names(loaded: &Loaded) -> Vec<&str> {
        loaded.idle.iter().map(|idle| idle.name).collect()
    }

    #[test]
    fn the_names_of_the_guides_are_accepted() {
        let env = [
            ("DISCORD_TOKEN", "abc.def.ghi"),
            ("SHARD_ID", "1"),
            ("TOTAL_SHARDS", "3"),
            ("GLOBAL_ADMIN_IDS", "175928847299117063,80351110224678912"),
            ("NEO4J_URI", "bolt://localhost:7687"),
        ];
        let loaded = with(None, &env).unwrap();
        assert!(!loaded.config.uses_sandbox());
        let discord = &loaded.config.discord;
        assert_eq!((discord.shard_ids.as_slice(), discord.shard_count), ([1].as_slice(), 3));
        assert_eq!(loaded.config.operators.ids.len(), 2);
        assert_eq!(names(&loaded), ["NEO4J_URI"]);
    }

    #[test]
    fn the_file_and_the_variables_of_the_bot_for_random_sentences_are_accepted() {
        let file = "{ token: \"abc.def.ghi\", ownerIds: [\"175928847299117063\"], stateSize: 3, minScore: 4, \
                    messageCommandPrefix: \"!mark\", optimizationRolloutPercentage: 50, batchSize: 500 }";
        let loaded = with(Some(("guildhall.json5", file)), &[("MAX_TRIES", "77")]).unwrap();
        let markov = &loaded.config.markov;
        assert_eq!(
            (markov.state_size, markov.min_score, markov.max_tries, markov.batch_size),
            (3, 4, 77, 500)
        );
        assert_eq!(loaded.config.operators.ids.len(), 1);
        assert!(!loaded.config.uses_sandbox());
        assert_eq!(names(&loaded), ["messageCommandPrefix", "optimizationRolloutPercentage"]);
        // Where it would leave servers without the engine, it is said how a part of them is served first.
        assert!(loaded.idle[1].why.contains("rollout.markov"), "{:?}", loaded.idle);
        assert!(loaded.config.rollout.is_empty(), "nobody loses a command by it");
        let given = [("OPTIMIZATION_ROLLOUT_PERCENTAGE", "25"), ("OPTIMIZATION_FORCE_GUILD_IDS", "1,2")];
        let loaded = with(None, &given).unwrap();
        assert!(loaded.idle.len() == 2 && loaded.idle.iter().all(|idle| idle.why.contains("rollout.markov")));
        assert!(loaded.config.rollout.is_empty());
        let variables = [
            ("STATE_SIZE", "1"),
            ("CHAIN_CACHE_MEMORY_LIMIT", "64"),
            ("CHAIN_SAVE_DEBOUNCE_MS", "1000"),
            ("WORKER_POOL_SIZE", "3"),
            ("BATCH_SIZE", "100"),
            ("MIN_SCORE", "0"),
        ];
        let markov = with(None, &variables).unwrap().config.markov;
        assert_eq!((markov.state_size, markov.cache_megabytes, markov.save_debounce_ms), (1, 64, 1_000));
        assert_eq!((markov.threads, markov.batch_size, markov.min_score), (3, 100, 0));
        assert!(with(None, &[("STATE_SIZE", "5")]).unwrap_err().contains("1 to 4"));
        let error = with(None, &[("GUILDHALL_MARKOV__LEARNING_PERMISSION", " ")]).unwrap_err();
        assert!(error.contains("markov.learning_permission"), "{error}");
    }

    #[test]
    fn what_does_not_exist_is_named_with_a_suggestion() {
        let file = Some(("guildhall.toml", "[discord]\ntokn = \"x\"\n[wep]\nlisten = \"\"\n"));
        let error = with(file, &[("GUILDHALL_DISCORD__SHARDCOUNT", "4")]).unwrap_err();
        assert!(error.contains("there is no setting `discord.tokn`"), "{error}");
        assert!(error.contains("did you mean `discord.token`?"), "{error}");
        assert!(error.contains("did you mean `web`?"), "{error}");
        assert!(error.contains("did you mean `GUILDHALL_DISCORD__SHARD_COUNT`?"), "{error}");
    }

    #[test]
    fn a_wrong_value_names_the_setting_and_its_source() {
        let error = with(None, &[("GUILDHALL_WEB__LISTEN", "everywhere")]).unwrap_err();
        assert!(error.contains("`web.listen` (from `GUILDHALL_WEB__LISTEN`)"), "{error}");
        let error = with(None, &[("SHARD_ID", "3"), ("TOTAL_SHARDS", "3")]).unwrap_err();
        assert!(error.contains("`discord.shard_ids` (from `SHARD_ID`)"), "{error}");
        let error = with(Some(("guildhall.toml", "[sandbox]\nlisten = \"0.0.0.0:1\"\n")), &[]).unwrap_err();
        assert!(error.contains("loopback"), "{error}");
        let error = with(Some(("guildhall.toml", "[discord\n")), &[]).unwrap_err();
        assert!(error.contains("does not parse"), "{error}");
    }

    #[test]
    fn a_secret_is_never_shown() {
        let loaded = with(None, &[("DISCORD_TOKEN", "very-secret-canary")]).unwrap();
        assert!(!format!("{loaded:?}").contains("canary"));
        let error = with(None, &[("DISCORD_TOKEN", "secret canary with spaces")]).unwrap_err();
        assert!(!error.contains("canary"), "{error}");
        for file in ["[discord]\ntoken = \"canary\nx", "[discord]\ntoken = 4711\n"] {
            let error = with(Some(("guildhall.toml", file)), &[]).unwrap_err();
            assert!(!error.contains("canary") && !error.contains("4711"), "{error}");
        }
    }

    #[test]
    fn a_redis_is_named_as_the_guides_name_it() {
        let loaded = with(None, &[("REDIS_URL", "redis://:canary@cache.example:6379/1")]).unwrap();
        assert_eq!(
            loaded.config.cache.redis_url.as_ref().unwrap().expose_secret(),
            "redis://:canary@cache.example:6379/1"
        );
        assert!(!format!("{loaded:?}").contains("canary"));
        let error = with(None, &[("REDIS_URL", "canary://cache.example")]).unwrap_err();
        assert!(
            error.contains("`cache.redis_url` (from `REDIS_URL`)") && !error.contains("canary"),
            "{error}"
        );
        let error = with(None, &[("GUILDHALL_CACHE__PREFIX", "a:b")]).unwrap_err();
        assert!(error.contains("cache.prefix"), "{error}");
    }

    #[test]
    fn a_database_is_named_as_the_guides_and_usual_practice_name_it() {
        let url = |variables: &[(&str, &str)]| -> Result<String, String> {
            let loaded = with(None, variables)?;
            Ok(loaded.config.storage.url.map_or_else(String::new, |url| url.expose_secret().to_owned()))
        };
        assert_eq!(url(&[]).unwrap(), "");
        let plain = "postgresql://bot:word@db.example:5433/bots?sslmode=require";
        assert_eq!(url(&[("DATABASE_URL", plain)]).unwrap(), plain);
        assert_eq!(url(&[("POSTGRES_URL", plain)]).unwrap(), plain);
        let parts = [
            ("POSTGRES_HOST", "db"),
            ("POSTGRES_USER", "bot"),
            ("POSTGRES_PASSWORD", "a@b/c"),
            ("POSTGRES_DB", "bots"),
        ];
        assert_eq!(url(&parts).unwrap(), "postgres://bot:a%40b%2Fc@db:5432/bots");
        let both = [parts.as_slice(), &[("POSTGRES_PORT", "6432"), ("DATABASE_URL", plain)]].concat();
        assert_eq!(url(&both).unwrap(), plain, "a whole address wins over its parts");
        let ours = [("GUILDHALL_STORAGE__URL", "postgres://ours/bots"), ("DATABASE_URL", plain)];
        assert_eq!(url(&ours).unwrap(), "postgres://ours/bots");
        assert!(url(&[("DATABASE_URL", "mysql://db/bots")]).unwrap_err().contains("postgres://"));
        assert!(url(&[("DATABASE_URL", "sqlite:///data.db")]).unwrap_err().contains("storage.folder"));
        assert!(url(&[("DATABASE_URL", "postgres://db")]).unwrap_err().contains("names no database"));
        assert!(
            url(&[("POSTGRES_HOST", "db"), ("POSTGRES_PORT", "x")]).unwrap_err().contains("POSTGRES_HOST")
        );
        // Without a host they are meant for the database's own container.
        let loaded = with(None, &[("POSTGRES_PASSWORD", "word"), ("DB_PATH", "database.db")]).unwrap();
        assert!(loaded.config.storage.url.is_none());
        assert_eq!(names(&loaded), ["POSTGRES_PASSWORD", "DB_PATH"]);
    }

    #[test]
    fn a_database_address_is_shown_without_its_password() {
        let canary = "postgres://bot:canary@db/bots?password=canary";
        for variable in ["DATABASE_URL", "GUILDHALL_STORAGE__OWNER_URL"] {
            let variables = [("GUILDHALL_STORAGE__URL", "postgres://bot@db/bots"), (variable, canary)];
            let loaded = with(None, &variables).unwrap();
            assert!(!format!("{loaded:?}").contains("canary"), "{loaded:?}");
        }
        let shown = with(None, &[("DATABASE_URL", canary)]).unwrap().given;
        assert_eq!(shown[0].1, "postgres://bot:hidden@db/bots");
        for wrong in
            ["postgres://bot:canary@[db/bots", "canary", "mysql://bot:canary@db", "postgres://bot:canary@db"]
        {
            let error = with(None, &[("DATABASE_URL", wrong)]).unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
        let file = Some(("guildhall.toml", "[storage]\nurl = [\"canary\"]\n"));
        assert!(!with(file, &[]).unwrap_err().contains("canary"));
    }

    #[test]
    fn a_feature_is_rolled_out_from_a_file_or_a_variable() {
        let file = "[rollout]\nknowledge = { percent = 12.5, guilds = [\"175928847299117063\"] }\n";
        let loaded = with(Some(("guildhall.toml", file)), &[]).unwrap();
        let part = &loaded.config.rollout["knowledge"];
        assert_eq!((part.percent, part.guilds.len()), (12.5, 1));
        let variable = [("GUILDHALL_ROLLOUT__KNOWLEDGE", "40, 175928847299117063,80351110224678912")];
        let loaded = with(Some(("guildhall.toml", file)), &variable).unwrap();
        let part = &loaded.config.rollout["knowledge"];
        assert_eq!((part.percent, part.guilds.len()), (40.0, 2), "the variable wins");
        let refused =
            |value: &str| with(Some(("guildhall.toml", &format!("[rollout]\n{value}\n"))), &[]).unwrap_err();
        assert!(refused("knowlege = { percent = 5 }").contains("did you mean `rollout.knowledge`?"));
        assert!(refused("help = { percent = 5 }").contains("part of the bot itself"));
        assert!(refused("knowledge = { percent = 101 }").contains("from 0 to 100"));
        assert!(refused("knowledge = { percents = 5 }").contains("rollout.knowledge"));
        let odd = with(None, &[("GUILDHALL_ROLLOUT__KNOWLEDGE", "many")]).unwrap_err();
        assert!(odd.contains("`GUILDHALL_ROLLOUT__KNOWLEDGE`"), "{odd}");
    }

    #[test]
    fn settings_of_the_store_that_do_not_fit_together_are_refused() {
        let refused =
            |file: &str| with(Some(("guildhall.toml", &format!("[storage]\n{file}\n"))), &[]).unwrap_err();
        assert!(refused("layout = \"per_guild\"\nurl = \"postgres://db/bots\"").contains("storage.layout"));
        assert!(refused("owner_url = \"postgres://db/bots\"").contains("storage.url"));
        assert!(refused("roles_prefix = \"a-b; DROP\"").contains("storage.roles_prefix"));
        assert!(refused("connections = 1").contains("2 to 1000"));
        assert!(refused("layout = \"per_server\"").contains("storage.layout"));
        let both = refused("url = \"postgres://db/bots\"\nurl_file = \"file\"");
        assert!(both.contains("storage.url_file") && both.contains("keep one"), "{both}");
    }
}
