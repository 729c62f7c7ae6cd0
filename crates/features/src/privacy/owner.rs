//! `/privacy guild-export` and `/privacy guild-erase`: everything of a guild, for its owner alone.

use guildhall_core::text;
use guildhall_framework::{
    Ctx, Failure, File, OnComponent, Reply,
    component::{Input, custom_id},
    directory::GuildFacts,
    reply::Modal,
};
use guildhall_store::{Reason, Subject, export::Export, platform::privacy};
use twilight_interactions::command::{CommandModel, CreateCommand};
use twilight_model::{
    application::interaction::modal::{ModalInteractionComponent, ModalInteractionData},
    channel::message::{
        Component,
        component::{Label, TextInput, TextInputStyle},
    },
};

use super::{confirm, erase::listed, export::zipped};
use crate::view::{Card, cut};

/// The input in the form.
const NAME: &str = "name";

/// Lets only the owner of the guild go on.
pub(super) fn check(ctx: &Ctx) -> Result<GuildFacts, Failure> {
    let guild = ctx.guild()?;
    let facts = ctx.services().directory.guild(guild);
    let facts = facts.ok_or_else(|| Failure::from(text!("privacy-owner-unknown")))?;
    if facts.owner == ctx.caller()? { Ok(facts) } else { Err(text!("privacy-owner-only").into()) }
}

/// A file with everything that is kept for this server; for its owner
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "guild-export")]
pub(super) struct GuildExport;

impl GuildExport {
    pub(super) async fn run(self, ctx: &mut Ctx) -> Result<Reply, Failure> {
        let facts = check(ctx)?;
        let pages = Export::of(&ctx.services().store, Subject::Guild(facts.id)).await?;
        let (bytes, rows) = zipped(ctx, pages).await?;
        record(ctx, "guild-export", &format!("{rows} rows")).await?;
        let file = File { name: format!("guildhall-server-{}.zip", facts.id), description: None, bytes };
        Ok(Reply::hidden(ctx.t(&text!("privacy-guild-export-done", rows = rows))).with_files(vec![file]))
    }
}

/// Remove everything that is kept for this server; for its owner
#[derive(Clone, Debug, CommandModel, CreateCommand)]
#[command(name = "guild-erase")]
pub(super) struct GuildErase;

impl GuildErase {
    pub(super) fn run(ctx: &Ctx) -> Result<Reply, Failure> {
        check(ctx)?;
        let label = Label {
            component: Box::new(Component::TextInput(input())),
            description: Some(cut(&ctx.t(&text!("privacy-guild-erase-hint")), 100)),
            id: None,
            label: cut(&ctx.t(&text!("privacy-guild-erase-label")), 45),
        };
        let [user, until] = confirm::bind(ctx)?;
        Ok(Reply::Modal(Modal {
            custom_id: custom_id(Confirmed::NAME, &[&user, &until]),
            title: cut(&ctx.t(&text!("privacy-guild-erase-title")), 45),
            components: vec![Component::Label(label)],
        }))
    }
}

#[expect(deprecated, reason = "the type still has the field for a label of its own, which stays empty")]
fn input() -> TextInput {
    TextInput {
        custom_id: NAME.to_owned(),
        id: None,
        label: None,
        max_length: Some(100),
        min_length: Some(1),
        placeholder: None,
        required: Some(true),
        style: TextInputStyle::Short,
        value: None,
    }
}

/// The form, filled in: `privacy:guild_erase:USER:UNTIL`.
pub(super) struct Confirmed;

impl OnComponent for Confirmed {
    const NAME: &'static str = "privacy:guild_erase";

    async fn run(ctx: &mut Ctx, given: Input) -> Result<Reply, Failure> {
        confirm::check(ctx, &given.arguments)?;
        let facts = check(ctx)?;
        let name = given.modal.as_ref().and_then(typed).unwrap_or_default();
        if name.trim() != facts.name.trim() {
            return Err(text!("privacy-guild-erase-other-name").into());
        }
        let erased = ctx.erase(Subject::Guild(facts.id), Reason::Asked).await?;
        record(ctx, "guild-erase", &format!("{} rows", erased.total())).await?;
        let card = Card::new(&ctx.t(&text!("privacy-erased", rows = erased.total())));
        Ok(Reply::embed(card.text(&listed(ctx, &erased)).build()).ephemeral())
    }
}

/// In the trail of the guild, and in that of its owner.
pub(super) async fn record(ctx: &mut Ctx, action: &str, detail: &str) -> Result<(), Failure> {
    let (user, now, guild) = (ctx.caller()?, ctx.now(), ctx.guild()?);
    privacy::record_guild(&mut ctx.db().await?, action, Some(user), detail, now).await?;
    let detail = format!("{detail}, server {guild}");
    Ok(privacy::record(&mut ctx.user_db().await?, action, &detail, now).await?)
}

/// What stands in the form's input.
fn typed(modal: &ModalInteractionData) -> Option<String> {
    modal.components.iter().find_map(|component| match component {
        ModalInteractionComponent::Label(label) => match &*label.component {
            ModalInteractionComponent::TextInput(input) if input.custom_id == NAME => {
                Some(input.value.clone())
            }
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, body, guild, refused, unzipped, user, words};

    async fn world() -> World {
        let world = World::new().await;
        for (place, owner) in [(1, 20), (2, 30)] {
            let facts = GuildFacts {
                id: guild(place),
                name: format!("House {place}"),
                owner: user(owner),
                members: 3,
                channels: 1,
                roles: 1,
                locale: "en-US".to_owned(),
            };
            world.directory.guilds.lock().insert(guild(place), facts);
            let content = json!({ "content": format!("The canary of server {place} sings.") });
            world.member(place, 40).run("learn", content).await.unwrap();
            let on = json!({ "feature": "statistics", "enabled": true });
            world.manager(place, 40).run("server_config", on).await.unwrap();
        }
        world
    }

    fn name(words: &str) -> Value {
        json!({ "type": 4, "id": 2, "custom_id": NAME, "value": words })
    }

    #[tokio::test]
    async fn only_the_owner_may_export_and_erase_a_server() {
        let world = world().await;
        for command in ["guild-export", "guild-erase"] {
            for caller in [world.manager(1, 40), world.manager(1, 30)] {
                assert_eq!(
                    refused(caller.run("privacy", json!({ command: {} })).await),
                    "privacy-owner-only"
                );
            }
            let direct = world.direct(20).run("privacy", json!({ command: {} })).await;
            assert_eq!(refused(direct), "failure-guild-only");
        }
        let until = (world.services.clock.now() + std::time::Duration::from_mins(5)).as_millis();
        let forged = format!("privacy:guild_erase:40:{until}");
        assert_eq!(
            refused(world.manager(1, 40).submit(&forged, name("House 1")).await),
            "privacy-owner-only"
        );
    }

    #[tokio::test]
    async fn an_export_has_the_whole_server_and_no_other() {
        let world = world().await;
        let reply = world.member(1, 20).run("privacy", json!({ "guild-export": {} })).await.unwrap();
        let files = unzipped(&body(&reply).files[0].bytes);
        assert!(files["servers/1/knowledge_entry.json"].contains("canary of server 1"));
        assert!(files["servers/1/guild_setting.json"].contains("statistics"));
        assert!(files.values().all(|text| !text.contains("canary of server 2")));
    }

    #[tokio::test]
    async fn a_server_is_erased_once_its_name_is_typed_and_no_other_is() {
        let world = world().await;
        let owner = world.member(1, 20);
        let form = owner.run("privacy", json!({ "guild-erase": {} })).await.unwrap();
        let Reply::Modal(modal) = form else { panic!("not a form") };
        let other = owner.submit(&modal.custom_id, name("House 2")).await;
        assert_eq!(refused(other), "privacy-guild-erase-other-name");
        let done = owner.submit(&modal.custom_id, name(" House 1 ")).await.unwrap();
        assert!(words(&done).contains("knowledge_entry: 1"), "{}", words(&done));
        let dump = world.dump().await;
        assert!(!dump.iter().any(|(_, row)| row.contains("canary of server 1")));
        assert!(dump.iter().any(|(_, row)| row.contains("canary of server 2")));
        let statistics = world.services.registry.feature("statistics").unwrap();
        assert!(!world.services.toggles.enabled(guild(1), statistics), "back to how it starts");
        assert!(world.services.toggles.enabled(guild(2), statistics));
        // What was done is there to see.
        let trail = words(&owner.run("privacy", json!({ "audit": {} })).await.unwrap());
        assert!(trail.contains("`guild-erase` (<@20>)"), "{trail}");
        let other = words(&world.member(2, 30).run("privacy", json!({ "audit": {} })).await.unwrap());
        assert!(!other.contains("guild-erase"), "{other}");
    }
}
