//! `/privacy policy`: what is kept about people, why and for how long, as the inventories say it.

use guildhall_core::{l10n::Text, text};
use guildhall_framework::{Ctx, Reply};
use guildhall_store::{Person, Retention, Table};
use twilight_interactions::command::{CommandModel, CreateCommand};

use crate::view::{Card, command};

/// What is kept about people, why, and for how long
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "policy")]
pub(super) struct Policy;

impl Policy {
    pub(super) fn run(ctx: &Ctx) -> Reply {
        let tables = ctx.services().store.schemas().iter().flat_map(|schema| schema.inventory);
        let lines: Vec<_> = tables.filter(|table| is_personal(table)).map(|table| line(ctx, table)).collect();
        let foot = text!(
            "privacy-policy-rights",
            export = command(ctx, "privacy export"),
            erase = command(ctx, "privacy erase"),
            level = command(ctx, "privacy level"),
        );
        let card = Card::new(&ctx.t(&text!("privacy-policy-title")))
            .text(&format!("{}\n\n{}", ctx.t(&text!("privacy-policy-intro")), lines.join("\n")))
            .field(&ctx.t(&text!("privacy-policy-rights-title")), &ctx.t(&foot));
        Reply::embed(card.build()).ephemeral()
    }
}

/// Whether the table has rows that are about single persons.
fn is_personal(table: &Table) -> bool {
    !matches!(table.person, Person::Nobody | Person::Guild | Person::Aggregate { .. })
}

fn line(ctx: &Ctx, table: &Table) -> String {
    let words = text!(
        "privacy-policy-line",
        table = table.name,
        purpose = table.purpose,
        kept = ctx.t(&kept(table.retention)),
    );
    ctx.t(&words)
}

/// How long, in words.
pub(super) fn kept(retention: Retention) -> Text {
    match retention {
        Retention::WithOwner => text!("privacy-kept-owner"),
        Retention::UntilDone { failed_days, .. } => text!("privacy-kept-done", days = failed_days),
        Retention::Hours { hours, .. } => text!("privacy-kept-hours", hours = hours),
        Retention::Days { days, .. } => text!("privacy-kept-days", days = days),
        Retention::Class { class, .. } => match class.days {
            Some(days) => text!("privacy-kept-class", days = days),
            None => text!("privacy-kept-good"),
        },
        Retention::Permanent => text!("privacy-kept-running"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{World, words};

    #[tokio::test]
    async fn it_names_every_table_with_something_about_a_person_in_both_languages_and_places() {
        let world = World::new().await;
        let policy = json!({ "policy": {} });
        let tables: Vec<_> =
            world.services.store.schemas().iter().flat_map(|schema| schema.inventory).collect();
        let personal: Vec<_> = tables.iter().filter(|table| is_personal(table)).collect();
        assert!(personal.len() > 6);
        let shown = [
            words(&world.member(1, 20).run("privacy", policy.clone()).await.unwrap()),
            words(&world.member(1, 20).german().run("privacy", policy.clone()).await.unwrap()),
            words(&world.direct(20).run("privacy", policy).await.unwrap()),
        ];
        for table in personal {
            assert!(shown.iter().all(|text| text.contains(table.name)), "{}", table.name);
        }
        assert!(shown[1].contains("Tage") && shown[0].contains("90 days"), "{}", shown[0]);
    }
}
