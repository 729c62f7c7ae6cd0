//! Checks of this machine: the token's file, the disk, the database.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use guildhall_core::{error::chain, secret::ExposeSecret as _};
use guildhall_framework::Registry;
use guildhall_store::{Store, StoreError, StoreOptions};

use super::report::{Finding, Report};
use crate::{
    config::{Config, without_password},
    parts::{self, World},
};

/// Below this much free space the bot may soon be unable to commit.
const LITTLE_SPACE: u64 = 1 << 30;

/// A commit waits for this; longer than that, and commands feel slow.
const SLOW_SYNC: Duration = Duration::from_millis(50);

/// Whether others on this machine can read the token.
pub(super) fn token_file(report: &mut Report, config: &Config) {
    let Some(path) = &config.discord.token_file else { return };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode() & 0o777);
        let others = mode & 0o077;
        report.add(if others == 0 {
            Finding::ok("token file", format!("`{}` is readable by its owner only", path.display()))
        } else {
            let found = format!("`{}` can be read by others on this machine", path.display());
            Finding::warn("token file", found, format!("run `chmod 600 {}`", path.display()))
        });
    }
}

/// Whether the data folder can be written, has space left, and reaches the disk in good time.
pub(super) fn disk(report: &mut Report, folder: &Path) {
    match sync(folder) {
        Ok(took) => {
            let found = format!("`{}` is written and synced in {} ms", folder.display(), took.as_millis());
            report.add(if took < SLOW_SYNC {
                Finding::ok("data folder", found)
            } else {
                Finding::warn("data folder", found, "each change waits for the disk; a local SSD is faster")
            });
        }
        Err(error) => {
            let found = format!("`{}` cannot be written: {error}", folder.display());
            report.add(Finding::fail(
                "data folder",
                found,
                "let the bot's user own the folder, or set `storage.folder`",
            ));
            return;
        }
    }
    match rustix::fs::statvfs(folder) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let found = format!("{} MiB are free", free >> 20);
            report.add(if free > LITTLE_SPACE {
                Finding::ok("disk", found)
            } else {
                Finding::warn("disk", found, "free some space, or set `storage.folder` to a larger disk")
            });
        }
        Err(error) => report.add(Finding::skip("disk", format!("its free space cannot be read: {error}"))),
    }
}

/// Whether Redis can be used, where one is configured.
pub(super) async fn redis(report: &mut Report, config: &Config, world: &World) {
    let Some(url) = &config.cache.redis_url else { return };
    let place = without_password(url.expose_secret());
    let cache = match parts::connected_cache(config, world).await {
        Ok(cache) => cache,
        Err(error) => {
            report.add(Finding::fail("redis", chain(&*error), "correct `cache.redis_url`"));
            return;
        }
    };
    report.add(if cache.is_some_and(|cache| cache.available()) {
        Finding::ok("redis", format!("`{place}` can be used"))
    } else {
        let mend = "start it, or correct `cache.redis_url`; until then the bot goes on without";
        Finding::warn("redis", format!("`{place}` does not answer"), mend)
    });
}

/// How long one small write takes to reach the disk.
fn sync(folder: &Path) -> std::io::Result<Duration> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(".doctor");
    let mut file = File::create(&path)?;
    let started = Instant::now();
    file.write_all(&[0; 4096])?;
    file.sync_all()?;
    let took = started.elapsed();
    std::fs::remove_file(&path)?;
    Ok(took)
}

/// Whether the database is sound. Only looks, so that it may be asked while the bot runs.
pub(super) async fn database(report: &mut Report, config: &Config, registry: &Registry, world: &World) {
    let schemas = parts::schemas(registry);
    let options = StoreOptions { read_only: true, ..parts::store_options(config) };
    let checked = async {
        let plan = Store::plan(&options, &schemas).await?;
        if plan.empty {
            return Ok(None);
        }
        let store = Store::open(options, &schemas, world.clock.clone()).await?;
        let health = store.check().await;
        store.close().await;
        Ok::<_, StoreError>(Some((plan.pending.len(), health?)))
    };
    report.add(match checked.await {
        Ok(None) => Finding::ok("database", "there is none yet; the first start makes it"),
        Ok(Some((_, health))) if !health.is_good() => {
            let found = format!("{}: {}", health.engine, health.findings.join("; "));
            Finding::fail(
                "database",
                found,
                "stop the bot, keep a copy of the data, and restore a backup where it is damaged",
            )
        }
        Ok(Some((0, health))) => {
            let found = format!(
                "{}, {} migrations, {} KiB",
                health.engine,
                health.migrations.len(),
                health.bytes >> 10
            );
            Finding::ok("database", found)
        }
        Ok(Some((pending, health))) => Finding::warn(
            "database",
            format!("{}, sound; {pending} migrations wait", health.engine),
            "the next start runs them; `guildhall migrate --dry-run` shows them",
        ),
        Err(error) => Finding::fail("database", chain(&error), "the message says what is wrong"),
    });
}
