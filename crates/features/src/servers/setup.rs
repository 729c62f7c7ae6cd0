//! Quick setup: one form in which those who manage a guild choose its features.

use guildhall_core::text;
use guildhall_framework::{
    Ctx, Failure, OnComponent, Reply, Toggle,
    component::{Input, custom_id},
    reply::Modal,
};
use twilight_model::{
    application::interaction::modal::{ModalInteractionComponent, ModalInteractionData},
    channel::message::{
        Component,
        component::{CheckboxGroup, CheckboxGroupOption, Label},
    },
    guild::Permissions,
};

use super::config;
use crate::view::{cut, require};

/// The group of boxes in the form.
const BOXES: &str = "features";

/// Boxes in one group (Discord docs: Component Reference, Checkbox Group).
const BOXES_MAX: usize = 10;

/// The button that opens the form.
pub(super) struct Open;

impl OnComponent for Open {
    const NAME: &'static str = "servers:setup";

    async fn run(ctx: &mut Ctx, _input: Input) -> Result<Reply, Failure> {
        require(ctx, Permissions::MANAGE_GUILD)?;
        let guild = ctx.guild()?;
        let services = ctx.services();
        let option = |feature: &guildhall_framework::Feature| CheckboxGroupOption {
            default: Some(services.toggles.enabled(guild, feature)),
            description: Some(cut(&ctx.t(&feature.description()), 100)),
            label: cut(&ctx.t(&feature.title()), 100),
            value: feature.name.to_owned(),
        };
        let there = services.registry.toggles().filter(|one| services.toggles.available(guild, one));
        let options: Vec<_> = there.take(BOXES_MAX).map(option).collect();
        let group = CheckboxGroup {
            custom_id: BOXES.to_owned(),
            id: None,
            max_values: u8::try_from(options.len()).ok(),
            min_values: Some(0),
            options,
            required: Some(false),
        };
        let label = Label {
            component: Box::new(Component::CheckboxGroup(group)),
            description: Some(cut(&ctx.t(&text!("setup-hint")), 100)),
            id: None,
            label: cut(&ctx.t(&text!("setup-label")), 45),
        };
        Ok(Reply::Modal(Modal {
            custom_id: custom_id(Choose::NAME, &[]),
            title: cut(&ctx.t(&text!("setup-title")), 45),
            components: vec![Component::Label(label)],
        }))
    }
}

/// The form, filled in.
pub(super) struct Choose;

impl OnComponent for Choose {
    const NAME: &'static str = "servers:choose";

    async fn run(ctx: &mut Ctx, input: Input) -> Result<Reply, Failure> {
        require(ctx, Permissions::MANAGE_GUILD)?;
        let guild = ctx.guild()?;
        let chosen = input.modal.as_ref().map(chosen).unwrap_or_default();
        let services = ctx.services();
        let changes: Vec<(&'static str, bool)> = services
            .registry
            .toggles()
            .filter(|feature| services.toggles.available(guild, feature))
            .take(BOXES_MAX)
            .filter(|feature| feature.toggle != Toggle::Always)
            .map(|feature| (feature, chosen.iter().any(|name| name == feature.name)))
            .filter(|(feature, on)| services.toggles.enabled(guild, feature) != *on)
            .map(|(feature, on)| (feature.name, on))
            .collect();
        for (feature, on) in &changes {
            ctx.set_toggle(feature, *on).await?;
        }
        let body = config::overview(ctx, &ctx.t(&text!("setup-done")), &changes)?;
        Ok(Reply::Message { body, ephemeral: true })
    }
}

/// The boxes that were ticked.
fn chosen(modal: &ModalInteractionData) -> Vec<String> {
    let group = modal.components.iter().find_map(|component| match component {
        ModalInteractionComponent::Label(label) => match &*label.component {
            ModalInteractionComponent::CheckboxGroup(group) if group.custom_id == BOXES => Some(group),
            _ => None,
        },
        _ => None,
    });
    group.map(|group| group.values.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use guildhall_framework::Failure;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{World, guild, words};

    fn ticked(names: &[&str]) -> Value {
        json!({ "type": 22, "id": 2, "custom_id": BOXES, "values": names })
    }

    fn on(world: &World, name: &str) -> bool {
        let feature = world.services.registry.feature(name).unwrap();
        world.services.toggles.enabled(guild(1), feature)
    }

    #[tokio::test]
    async fn managers_choose_the_features_in_one_form() {
        let world = World::new().await;
        let manager = world.manager(1, 20);
        let Reply::Modal(modal) = manager.press(Open::NAME).await.unwrap() else { panic!("not a form") };
        assert_eq!(modal.custom_id, Choose::NAME);
        let shown = serde_json::to_value(&modal.components).unwrap();
        let options = shown[0]["component"]["options"].as_array().unwrap();
        let ticks: Vec<_> =
            options.iter().map(|option| (option["value"].as_str(), option["default"].as_bool())).collect();
        assert_eq!(ticks, [(Some("knowledge"), Some(true)), (Some("statistics"), Some(false))]);
        let saved = manager.submit(Choose::NAME, ticked(&["statistics", "help", "nonsense"])).await.unwrap();
        assert!(
            words(&saved).contains("**Message statistics**: on")
                && words(&saved).contains("**Knowledge**: off")
        );
        assert!(on(&world, "statistics") && !on(&world, "knowledge") && on(&world, "help"));
        manager.submit(Choose::NAME, ticked(&[])).await.unwrap();
        assert!(!on(&world, "statistics"));
    }

    #[tokio::test]
    async fn others_cannot_open_or_forge_it() {
        let world = World::new().await;
        let member = world.member(1, 20);
        let opened = member.press(Open::NAME).await;
        assert!(matches!(opened, Err(Failure::CallerLacks(Permissions::MANAGE_GUILD))), "{opened:?}");
        let forged = member.submit(Choose::NAME, ticked(&["statistics"])).await;
        assert!(matches!(forged, Err(Failure::CallerLacks(_))), "{forged:?}");
        assert!(!on(&world, "statistics"));
    }
}
