//! Buttons, menus and forms. Their custom id names the handler and carries its arguments, so that they
//! work after any restart: `feature:action:argument:argument`.

use futures::future::BoxFuture;
use twilight_model::application::interaction::{
    message_component::MessageComponentInteractionData, modal::ModalInteractionData,
};

use crate::{ctx::Ctx, failure::Failure, reply::Reply};

/// The most characters that a custom id has (Discord docs: Component Reference).
pub const CUSTOM_ID_MAX: usize = 100;

/// The custom id of a handler's component with these arguments.
///
/// # Panics
///
/// If it is longer than [`CUSTOM_ID_MAX`] or an argument holds a `:`, which is a defect of the feature.
pub fn custom_id(name: &str, arguments: &[&str]) -> String {
    assert!(arguments.iter().all(|argument| !argument.contains(':')), "an argument of `{name}` holds a `:`");
    let id = [&[name], arguments].concat().join(":");
    assert!(id.chars().count() <= CUSTOM_ID_MAX, "the custom id `{id}` is too long");
    id
}

/// Splits a custom id into its handler's name (`feature:action`) and the arguments.
pub fn split(custom_id: &str) -> Option<(&str, Vec<&str>)> {
    let (feature, rest) = custom_id.split_once(':')?;
    let action = rest.split(':').next()?;
    let name = &custom_id[..=feature.len() + action.len()];
    let arguments = custom_id.get(name.len() + 1..).map(|rest| rest.split(':').collect()).unwrap_or_default();
    Some((name, arguments))
}

/// What was clicked, chosen or filled in.
#[derive(Clone, Debug)]
pub struct Input {
    /// The arguments of the custom id.
    pub arguments: Vec<String>,
    /// A button's or menu's data.
    pub component: Option<MessageComponentInteractionData>,
    /// A form's data.
    pub modal: Option<ModalInteractionData>,
}

/// Does something when a component of its name is used.
pub trait OnComponent: 'static {
    /// `feature:action`.
    const NAME: &'static str;

    /// Handles one use.
    fn run(ctx: &mut Ctx, input: Input) -> impl Future<Output = Result<Reply, Failure>> + Send;
}

type Run = for<'a> fn(&'a mut Ctx, Input) -> BoxFuture<'a, Result<Reply, Failure>>;

/// An [`OnComponent`] among others.
#[derive(Clone, Copy)]
pub struct Component {
    /// `feature:action`.
    pub name: &'static str,
    run: Run,
}

impl Component {
    /// The handler `H`.
    pub fn of<H: OnComponent>() -> Self {
        Self { name: H::NAME, run: |ctx, input| Box::pin(H::run(ctx, input)) }
    }

    /// Handles one use.
    pub fn run<'a>(&self, ctx: &'a mut Ctx, input: Input) -> BoxFuture<'a, Result<Reply, Failure>> {
        (self.run)(ctx, input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_id_gives_back_its_name_and_arguments() {
        for arguments in [&[][..], &["7"][..], &["7", "next", ""][..]] {
            let id = custom_id("knowledge:page", arguments);
            assert_eq!(split(&id), Some(("knowledge:page", arguments.to_vec())), "{id}");
        }
        assert_eq!(split("of another bot"), None);
    }
}
