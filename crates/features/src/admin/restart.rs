//! `/admin restart tasks`: every process ends its background tasks and starts them anew. Runs that do not come to
//! their end soon are put back and go on afterwards.

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, Reply};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::command;

/// Start the background tasks of all processes anew
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "tasks")]
pub(super) struct Tasks;

impl Tasks {
    pub(super) async fn run(ctx: &mut Ctx) -> Result<Reply, Failure> {
        ctx.services().restart_tasks().await?;
        Ok(Reply::hidden(ctx.t(&text!("admin-restarted", tasks = command(ctx, "admin tasks")))))
    }
}

#[cfg(test)]
mod tests {
    use guildhall_store::{OperatorPath, platform::schedule};
    use serde_json::json;

    use crate::testing::{World, words};

    #[tokio::test]
    async fn every_process_is_asked_once_for_each_command() {
        let world = World::new().await;
        let asked = async || {
            let mut read = world.services.store.read().await.unwrap();
            schedule::all(&mut read.operator(OperatorPath::Jobs)).await.unwrap().restarts
        };
        for round in 0..3 {
            assert_eq!(asked().await, round);
            let options = json!({ "restart": { "tasks": {} } });
            let reply = world.operator(1).run("admin", options).await.unwrap();
            assert!(words(&reply).contains("admin tasks"), "{reply:?}");
        }
    }
}
