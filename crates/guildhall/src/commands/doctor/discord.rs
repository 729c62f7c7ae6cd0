//! Checks against Discord: token, intents, identify budget, clock, commands, permissions.

use std::time::Duration;

use anyhow::Result;
use guildhall_core::id::ApplicationId;
use guildhall_discord::{
    gateway::Intents,
    rest::{Call, Priority, Rest, RestError, commands, gateway_info::GatewayInfo, guilds},
};
use guildhall_framework::Registry;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use twilight_model::{guild::Permissions, oauth::ApplicationFlags, user::CurrentUserGuild};

use super::report::{Finding, Report};
use crate::{
    config::Config,
    parts::{self, Account, World},
};

/// What the bot needs in a server to be of use.
const NEEDED: Permissions =
    Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES).union(Permissions::EMBED_LINKS);

/// Discord's deadlines and time stamps are off by as much as the clock is.
const CLOCK_OFF: Duration = Duration::from_secs(2);

pub(super) async fn check(
    report: &mut Report,
    config: &Config,
    account: &Account,
    registry: &Registry,
    world: &World,
) -> Result<()> {
    let rest = parts::rest(config, account, world)?;
    clock(report, account, world).await;
    match guilds::current_user(&rest).await {
        Ok(user) => report.add(Finding::ok("token", format!("it belongs to `{}` ({})", user.name, user.id))),
        Err(error) => {
            report.add(failed("token", &error));
            return Ok(());
        }
    }
    match guilds::current_application(&rest).await {
        Ok(application) => {
            intents(
                report,
                parts::intents(config, registry),
                application.flags.unwrap_or(ApplicationFlags::empty()),
            );
            registration(report, &rest, config, registry, ApplicationId::from(application.id.into_nonzero()))
                .await;
        }
        Err(error) => report.add(failed("application", &error)),
    }
    budget(report, &rest, config).await;
    permissions(report, &rest).await;
    Ok(())
}

fn failed(check: &'static str, error: &RestError) -> Finding {
    let mend = match error.status() {
        Some(401) => "copy the bot token anew from the developer portal (Bot, Reset Token)",
        Some(_) => "Discord refused; its message says why",
        None => "check the network, and `discord.rest_url` if it is set",
    };
    Finding::fail(check, error.to_string(), mend)
}

/// Compares this machine's clock with the `Date` of an answer.
async fn clock(report: &mut Report, account: &Account, world: &World) {
    let base = account.rest_url.as_deref().unwrap_or("https://discord.com/api/v10");
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
    let answer = match client {
        Ok(client) => client.get(format!("{base}/gateway")).send().await,
        Err(error) => Err(error),
    };
    let date = answer.ok().and_then(|answer| {
        let date = answer.headers().get("date")?.to_str().ok()?.replace("GMT", "+0000");
        OffsetDateTime::parse(&date, &Rfc2822).ok()
    });
    let Some(date) = date else {
        report.add(Finding::skip("clock", "there was no answer to compare it with"));
        return;
    };
    let off = world.clock.now().as_secs().abs_diff(date.unix_timestamp());
    report.add(if off <= CLOCK_OFF.as_secs() {
        Finding::ok("clock", format!("within {off} s of Discord's"))
    } else {
        Finding::fail(
            "clock",
            format!("{off} s off"),
            "set the clock by NTP, for example with systemd-timesyncd",
        )
    });
}

/// Whether the portal grants the privileged intents that the features ask for.
fn intents(report: &mut Report, wanted: Intents, flags: ApplicationFlags) {
    let granted = |full, limited| flags.intersects(full | limited);
    let privileged = [
        (
            Intents::GUILD_MEMBERS,
            "Server Members",
            granted(ApplicationFlags::GATEWAY_GUILD_MEMBERS, ApplicationFlags::GATEWAY_GUILD_MEMBERS_LIMITED),
        ),
        (
            Intents::GUILD_PRESENCES,
            "Presence",
            granted(ApplicationFlags::GATEWAY_PRESENCE, ApplicationFlags::GATEWAY_PRESENCE_LIMITED),
        ),
        (
            Intents::MESSAGE_CONTENT,
            "Message Content",
            granted(
                ApplicationFlags::GATEWAY_MESSAGE_CONTENT,
                ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED,
            ),
        ),
    ];
    let missing: Vec<&str> = privileged
        .iter()
        .filter(|(intent, _, granted)| wanted.contains(*intent) && !granted)
        .map(|(_, name, _)| *name)
        .collect();
    report.add(if missing.is_empty() {
        Finding::ok("intents", format!("{wanted:?}; every privileged one among them is granted"))
    } else {
        let mend = "turn them on in the developer portal (Bot, Privileged Gateway Intents)";
        Finding::fail("intents", format!("not granted: {}", missing.join(", ")), mend)
    });
}

/// Whether enough sessions may still be started today.
async fn budget(report: &mut Report, rest: &Rest, config: &Config) {
    match GatewayInfo::fetch(rest).await {
        Ok(info) => {
            let limit = info.session_start_limit;
            let shards =
                if config.discord.shard_count == 0 { info.shards } else { config.discord.shard_count };
            let left = limit.remaining;
            let found = format!(
                "{left} of {} identifies left today, {} shards recommended",
                limit.total, info.shards
            );
            report.add(if left >= shards.saturating_mul(2) {
                Finding::ok("gateway budget", found)
            } else {
                let mend = "find out what restarts the bot so often; the budget is full again within a day";
                Finding::fail("gateway budget", found, mend)
            });
            if shards < info.shards {
                let found = format!("{shards} configured, Discord recommends {}", info.shards);
                report.add(Finding::warn(
                    "shards",
                    found,
                    "set `discord.shard_count` to 0 to follow Discord",
                ));
            }
        }
        Err(error) => report.add(failed("gateway budget", &error)),
    }
}

/// Whether Discord knows the commands of this version.
async fn registration(
    report: &mut Report,
    rest: &Rest,
    config: &Config,
    registry: &Registry,
    application: ApplicationId,
) {
    let registered = match config.discord.command_guild {
        None => commands::global(rest, application).await,
        Some(guild) => commands::guild(rest, application, guild).await,
    };
    match registered {
        Ok(registered) => {
            let known: Vec<&str> = registered.iter().map(|command| command.name.as_str()).collect();
            let definitions = registry.definitions();
            let missing: Vec<&str> = definitions
                .iter()
                .map(|definition| definition.name.as_str())
                .filter(|name| !known.contains(name))
                .collect();
            report.add(if missing.is_empty() {
                Finding::ok("commands", format!("all {} are registered", definitions.len()))
            } else {
                let found = format!("not registered yet: {}", missing.join(", "));
                Finding::warn("commands", found, "the bot registers them when it starts")
            });
        }
        Err(error) => report.add(failed("commands", &error)),
    }
}

/// In how many servers the bot lacks what it needs, and in how many it has more than it should.
async fn permissions(report: &mut Report, rest: &Rest) {
    let call = Call::build(rest.builder().current_user_guilds().limit(200), Priority::Command);
    let answer = match call {
        Ok(call) => rest.send(call).await,
        Err(error) => Err(error),
    };
    match answer.and_then(|answer| answer.model::<Vec<CurrentUserGuild>>()) {
        Ok(guilds) => {
            let admin = |guild: &&CurrentUserGuild| guild.permissions.contains(Permissions::ADMINISTRATOR);
            let lacking: Vec<&str> = guilds
                .iter()
                .filter(|guild| !admin(guild) && !guild.permissions.contains(NEEDED))
                .map(|guild| guild.name.as_str())
                .collect();
            let admins = guilds.iter().filter(admin).count();
            report.add(if lacking.is_empty() {
                Finding::ok("permissions", format!("enough in each of {} servers looked at", guilds.len()))
            } else {
                let found = format!(
                    "too few in {} of {} servers, such as `{}`",
                    lacking.len(),
                    guilds.len(),
                    lacking[0]
                );
                Finding::warn("permissions", found, "/server_info in such a server names what is missing")
            });
            if admins > 0 {
                let found = format!("the bot is an administrator in {admins} servers");
                report.add(Finding::warn(
                    "administrator",
                    found,
                    "it needs no such power; take that permission away",
                ));
            }
        }
        Err(error) => report.add(failed("permissions", &error)),
    }
}
