//! `/admin config rate_limit_delay`: a pause between two requests of background work to Discord, beside all limits
//! of Discord's. Answers to people never wait for it.

use std::time::Duration;

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::command;

/// Set a pause between background requests to Discord
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "rate_limit_delay")]
pub(super) struct RateLimitDelay {
    /// The pause in milliseconds; leave it out to see the present one
    #[command(min_value = 0, max_value = 10_000)]
    milliseconds: Option<i64>,
}

impl RateLimitDelay {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        if let Some(milliseconds) = self.milliseconds {
            let delay = Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
            let services = ctx.services();
            services.operating.set_rate_limit_delay(&services.store, delay, ctx.now()).await?;
        }
        let delay = ctx.services().operating.settings().rate_limit_delay;
        let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let queue = command(ctx, "admin queue status");
        Ok(Reply::hidden(ctx.t(&match millis {
            0 => text!("admin-delay-none", queue = queue),
            millis => text!("admin-delay", millis = millis, queue = queue),
        })))
    }
}

#[cfg(test)]
mod tests {
    use guildhall_framework::Operating;
    use serde_json::json;

    use super::*;
    use crate::testing::{World, words};

    #[tokio::test]
    async fn the_pause_is_kept_for_all_processes_and_has_a_bound() {
        let world = World::new().await;
        let set = async |options| {
            let options = json!({ "config": { "rate_limit_delay": options } });
            words(&world.operator(1).run("admin", options).await.unwrap())
        };
        assert!(set(json!({})).await.contains("no pause"));
        assert!(set(json!({ "milliseconds": 250 })).await.contains("250 ms"));
        let elsewhere = Operating::default();
        elsewhere.refresh(&world.services.store).await.unwrap();
        assert_eq!(elsewhere.settings().rate_limit_delay, Duration::from_millis(250));
        // What Discord would not let through.
        let operating = &world.services.operating;
        let (store, now) = (&world.services.store, world.services.clock.now());
        operating.set_rate_limit_delay(store, Duration::from_hours(1), now).await.unwrap();
        assert_eq!(operating.settings().rate_limit_delay, Duration::from_secs(10));
        assert!(set(json!({ "milliseconds": 0 })).await.contains("no pause"));
        elsewhere.refresh(store).await.unwrap();
        assert_eq!(elsewhere.settings().rate_limit_delay, Duration::ZERO);
    }
}
