//! Suggestions while typing. They never fail visibly: no suggestions is an answer, too.

use std::{sync::Arc, time::Duration};

use guildhall_framework::{Choice, Ctx, command::focused};
use twilight_model::{
    application::{
        command::{CommandOptionChoice, CommandOptionChoiceValue, CommandOptionType},
        interaction::application_command::CommandData,
    },
    http::interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType},
};

use super::{
    Dispatcher, Work,
    command::{check, open},
    failure,
    guard::guarded,
};
use crate::{
    outbox::answer,
    telemetry::{self, InteractionDone},
};

/// Suggestions that Discord shows (Discord docs: Interactions, Autocomplete).
const CHOICES: usize = 25;
/// The longest name and value of a suggestion.
const CHOICE_LENGTH: usize = 100;
/// The time to find them; they cannot be deferred.
const LIMIT: Duration = Duration::from_millis(2_500);

impl Dispatcher {
    /// Answers with what the command suggests.
    pub(crate) async fn autocomplete(&self, work: Work, data: CommandData) {
        let Work { target, invocation, ack } = work;
        let mut choices = Vec::new();
        let mut outcome = "answered";
        if let Some((feature, command)) = self.services.registry.command(&data.name)
            && open(&self.services, &invocation).is_ok()
            && check(&self.services, &invocation, feature, Some(&command.access)).is_ok()
            && let Some((option, typed, kind)) = focused(&data.options)
        {
            let mut ctx = Ctx::new(Arc::clone(&self.services), invocation.clone(), None);
            match guarded(LIMIT, command.complete(&mut ctx, &option, &typed)).await {
                Ok(found) => {
                    choices =
                        found.into_iter().filter_map(|choice| wire(choice, kind)).take(CHOICES).collect();
                }
                Err(error) => {
                    outcome = if error.is_internal() { "failed" } else { "refused" };
                    if error.is_internal() {
                        // Logged under its reference; the caller sees an empty list.
                        let _ =
                            failure::reply(&self.services, &invocation, &error, "autocomplete", &data.name);
                    }
                }
            }
        }
        ack.complete();
        let data = InteractionResponseData { choices: Some(choices), ..InteractionResponseData::default() };
        let kind = InteractionResponseType::ApplicationCommandAutocompleteResult;
        if let Err(error) =
            answer::respond(&self.rest, &target, InteractionResponse { kind, data: Some(data) }).await
        {
            telemetry::answer_lost(&error);
            outcome = "lost";
        }
        InteractionDone { kind: "autocomplete", outcome, took: self.age(&target) }.emit();
    }
}

/// A suggestion as Discord takes it; `None` for a value that the option cannot have.
fn wire(choice: Choice, kind: CommandOptionType) -> Option<CommandOptionChoice> {
    let name: String = choice.name.chars().take(CHOICE_LENGTH).collect();
    let value = match kind {
        CommandOptionType::Integer => CommandOptionChoiceValue::Integer(choice.value.parse().ok()?),
        CommandOptionType::Number => CommandOptionChoiceValue::Number(choice.value.parse().ok()?),
        _ if choice.value.chars().count() <= CHOICE_LENGTH => CommandOptionChoiceValue::String(choice.value),
        _ => return None,
    };
    (!name.is_empty()).then_some(CommandOptionChoice { name, name_localizations: None, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_fit_what_discord_takes() {
        let choice = |name: &str, value: &str| Choice { name: name.to_owned(), value: value.to_owned() };
        let long = "x".repeat(300);
        let text = wire(choice(&long, "v"), CommandOptionType::String).unwrap();
        assert_eq!((text.name.len(), text.value), (100, CommandOptionChoiceValue::String("v".to_owned())));
        let number = wire(choice("seven", "7"), CommandOptionType::Integer).unwrap();
        assert_eq!(number.value, CommandOptionChoiceValue::Integer(7));
        assert_eq!(wire(choice("seven", "seven"), CommandOptionType::Integer), None);
        assert_eq!(wire(choice("n", &long), CommandOptionType::String), None);
        assert_eq!(wire(choice("", "v"), CommandOptionType::String), None);
    }
}
