//! Buttons, menus and forms.

use guildhall_core::text;
use guildhall_framework::{
    Ctx, Failure,
    component::{Input, split},
};
use twilight_model::application::interaction::{
    message_component::MessageComponentInteractionData, modal::ModalInteractionData,
};

use super::{
    Dispatcher, Work,
    command::{check, open},
    reply::Job,
};

impl Dispatcher {
    /// Handles the use of a button or menu.
    pub(crate) async fn component(&self, work: Work, data: MessageComponentInteractionData) {
        let custom_id = data.custom_id.clone();
        self.used(work, "component", &custom_id, Some(data), None).await;
    }

    /// Handles a form that was sent in.
    pub(crate) async fn modal(&self, work: Work, data: ModalInteractionData) {
        let custom_id = data.custom_id.clone();
        self.used(work, "modal", &custom_id, None, Some(data)).await;
    }

    async fn used(
        &self,
        work: Work,
        kind: &'static str,
        custom_id: &str,
        component: Option<MessageComponentInteractionData>,
        modal: Option<ModalInteractionData>,
    ) {
        let parts = split(custom_id);
        let found = parts.as_ref().and_then(|(name, _)| self.services.registry.component(name));
        let checked = open(&self.services, &work.invocation).and_then(|()| match &found {
            None => Err(Failure::Refused(text!("failure-unknown-component"))),
            Some((feature, _)) => check(&self.services, &work.invocation, feature, None),
        });
        let arguments = parts.map(|(_, arguments)| arguments.into_iter().map(str::to_owned).collect());
        let input = Input { arguments: arguments.unwrap_or_default(), component, modal };
        // The id as the log names it: a handler that exists, never what somebody sent.
        let name = found.map_or("unknown", |(_, component)| component.name);
        let run = async |ctx: &mut Ctx| {
            checked?;
            let (_, component) = found.ok_or_else(|| Failure::internal("the component is gone"))?;
            component.run(ctx, input).await
        };
        self.run(work, Job { kind, name, ephemeral: true }, run).await;
    }
}
