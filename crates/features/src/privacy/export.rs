//! `/privacy export`: everything that is kept about the caller, as a ZIP of documented JSON.

use std::io::{self, Write};

use guildhall_core::text;
use guildhall_framework::{Ctx, Failure, File, Reply, reply::FILE_BYTES};
use guildhall_store::{
    StoreError,
    export::{self, Export as Pages},
    platform::privacy,
};
use twilight_interactions::command::{CommandModel, CreateCommand};

/// A file with everything that is kept about you in this server and beyond servers
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "export")]
pub(super) struct Export;

impl Export {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let (user, guild) = (ctx.caller()?, ctx.invocation().guild);
        let pages = Pages::own(&ctx.services().store, user, guild);
        let (bytes, rows) = zipped(ctx, pages).await?;
        let now = ctx.now();
        let detail =
            format!("{rows} rows, server {}", guild.map_or_else(|| "none".to_owned(), |id| id.to_string()));
        privacy::record(&mut ctx.user_db().await?, "export", &detail, now).await?;
        let words = match guild {
            Some(_) => text!("privacy-export-done", rows = rows),
            None => text!("privacy-export-done-direct", rows = rows),
        };
        let file = File { name: format!("guildhall-{user}.zip"), description: None, bytes };
        Ok(Reply::hidden(ctx.t(&words)).with_files(vec![file]))
    }
}

/// The archive and how many rows it has; refused where Discord would not take it.
pub(super) async fn zipped(ctx: &Ctx, pages: Pages) -> Result<(Vec<u8>, u64), Failure> {
    match export::archive(pages, Capped(Vec::new()), ctx.now()).await {
        Ok(archive) => Ok((archive.out.0, archive.rows)),
        Err(StoreError::Export(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
            Err(Failure::files_too_large())
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes no more than Discord does.
struct Capped(Vec<u8>);

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > FILE_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{World, body, unzipped};

    #[tokio::test]
    async fn it_holds_what_is_the_callers_here_and_nothing_of_others_or_elsewhere() {
        let world = World::new().await;
        for (guild, user, words) in [(1, 20, "mine"), (1, 21, "of another"), (2, 20, "mine elsewhere")] {
            let content = json!({ "content": format!("The canary is {words}.") });
            world.member(guild, user).run("learn", content).await.unwrap();
        }
        let reply = world.member(1, 20).run("privacy", json!({ "export": {} })).await.unwrap();
        assert!(matches!(reply, Reply::Message { ephemeral: true, .. }));
        let files = unzipped(&body(&reply).files[0].bytes);
        let entries = &files["servers/1/knowledge_entry.json"];
        assert!(entries.contains("The canary is mine."), "{entries}");
        assert!(files["servers/1/knowledge_posting.json"].contains("canari"));
        for (name, text) in &files {
            assert!(!text.contains("of another") && !text.contains("elsewhere"), "{name}");
        }
        // In direct messages there is no server.
        let reply = world.direct(20).run("privacy", json!({ "export": {} })).await.unwrap();
        let files = unzipped(&body(&reply).files[0].bytes);
        assert!(files.keys().all(|name| !name.starts_with("servers/")), "{:?}", files.keys());
        // The first export is part of what the second shows.
        assert!(files["privacy_audit.json"].contains("\"action\":\"export\""));
    }
}
