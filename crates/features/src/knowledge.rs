//! Knowledge: what members teach, and answers from it with their sources.

use std::time::Duration;

use guildhall_cache::Category;
use guildhall_core::{l10n::Source, text};
use guildhall_framework::{Command, Component, Ctx, Failure, Feature, Figure, Toggle};
use guildhall_store::params;
use twilight_model::guild::Permissions;

mod ask;
mod entry;
mod index;
mod learn;
mod manage;
mod schema;

/// Answers to questions. Beyond this span a change that could not be heard of is seen, too.
static ANSWERS: Category =
    Category { name: "knowledge_answers", ttl: Duration::from_mins(2), weight: 8 << 20, shared: true };

/// What is suggested while somebody types: it is asked for with every key.
static SUGGESTIONS: Category =
    Category { name: "knowledge_suggestions", ttl: Duration::from_mins(2), weight: 4 << 20, shared: true };

/// What this feature caches.
pub(crate) static CACHES: &[&Category] = &[&ANSWERS, &SUGGESTIONS];

/// What was cached of the guild's entries is not right any more once they are changed.
fn changed(ctx: &mut Ctx) -> Result<(), Failure> {
    CACHES.iter().try_for_each(|category| ctx.stale(category))
}

/// The declaration.
pub(crate) fn feature() -> Feature {
    Feature {
        name: "knowledge",
        toggle: Toggle::On,
        needs: Permissions::empty(),
        commands: vec![
            Command::of::<learn::Learn>(),
            Command::of::<ask::AskKnowledge>(),
            Command::of::<manage::Knowledge>(),
        ],
        components: vec![
            Component::of::<manage::list::Turn>(),
            Component::of::<manage::edit::Rewrite>(),
            Component::of::<manage::forget::Confirmed>(),
            Component::of::<manage::forget::Kept>(),
        ],
        events: Vec::new(),
        jobs: Vec::new(),
        schedules: Vec::new(),
        periodic: Vec::new(),
        figures: Some(|ctx| Box::pin(figures(ctx))),
        schema: schema::SCHEMA,
        locales: &[
            Source { locale: "en-US", ftl: include_str!("knowledge/locales/en-US.ftl") },
            Source { locale: "de", ftl: include_str!("knowledge/locales/de.ftl") },
        ],
    }
}

async fn figures(ctx: &mut Ctx) -> Result<Vec<Figure>, Failure> {
    let row = ctx.snapshot().await?.fetch_one(&schema::COUNT, params![]).await?;
    let words = text!("knowledge-entries", count = row.get::<i64>("entries")?);
    Ok(vec![Figure { label: text!("feature-knowledge"), value: ctx.t(&words) }])
}
