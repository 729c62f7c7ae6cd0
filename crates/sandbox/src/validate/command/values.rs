//! The option values of an invocation against the command's definition, as a real client checks them
//! before it sends anything. (Discord docs: Application Commands, Option Structure.)

use serde_json::Value;

use super::{SUB_COMMAND, SUB_COMMAND_GROUP};

/// The largest integer an INTEGER option may carry, either way: 2^53 - 1.
const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// Why a client would not send these values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OptionProblem {
    /// The command has no such option.
    #[error("unknown option `{0}`")]
    Unknown(String),
    /// The type given is not the type defined.
    #[error("option `{0}` is of type {1}")]
    WrongType(String, i64),
    /// A required option is absent.
    #[error("option `{0}` is required")]
    Required(String),
    /// The value has the wrong JSON kind.
    #[error("the value of option `{0}` is not of its type")]
    WrongValue(String),
    /// The value lies outside `min`/`max`.
    #[error("the value of option `{0}` is outside its bounds")]
    OutOfBounds(String),
    /// The value is none of the choices.
    #[error("the value of option `{0}` is none of its choices")]
    NotAChoice(String),
    /// A command with sub-commands needs exactly one of them.
    #[error("exactly one sub-command must be chosen")]
    SubCommand,
    /// The same option twice.
    #[error("option `{0}` is given twice")]
    Twice(String),
    /// Autocomplete needs exactly one focused option that has autocomplete.
    #[error("exactly one option with autocomplete must be focused")]
    Focus,
}

/// Checks `given` against `defined`. With `autocomplete`, required options may be missing, bounds are
/// not looked at, and one option must be focused.
pub(crate) fn check_values(
    defined: &[Value],
    given: &[Value],
    autocomplete: bool,
) -> Result<(), OptionProblem> {
    let focused = check_level(defined, given, autocomplete)?;
    if autocomplete && focused != 1 { Err(OptionProblem::Focus) } else { Ok(()) }
}

fn check_level(defined: &[Value], given: &[Value], autocomplete: bool) -> Result<usize, OptionProblem> {
    let nests = |o: &Value| matches!(o["type"].as_i64(), Some(SUB_COMMAND | SUB_COMMAND_GROUP));
    if defined.iter().any(nests) && given.len() != 1 {
        return Err(OptionProblem::SubCommand);
    }
    let mut focused = 0;
    for (index, option) in given.iter().enumerate() {
        let name = option["name"].as_str().unwrap_or_default().to_owned();
        if given[..index].iter().any(|o| o["name"] == option["name"]) {
            return Err(OptionProblem::Twice(name));
        }
        let Some(definition) = defined.iter().find(|d| d["name"] == option["name"]) else {
            return Err(OptionProblem::Unknown(name));
        };
        let kind = definition["type"].as_i64().unwrap_or_default();
        if option["type"].as_i64() != Some(kind) {
            return Err(OptionProblem::WrongType(name, kind));
        }
        if matches!(kind, SUB_COMMAND | SUB_COMMAND_GROUP) {
            let none = Vec::new();
            let inner = definition["options"].as_array().unwrap_or(&none);
            let values = option["options"].as_array().unwrap_or(&none);
            focused += check_level(inner, values, autocomplete)?;
            continue;
        }
        if autocomplete && option["focused"].as_bool() == Some(true) {
            if definition["autocomplete"].as_bool() != Some(true) {
                return Err(OptionProblem::Focus);
            }
            focused += 1;
        } else if !autocomplete {
            check_value(definition, kind, &option["value"], name)?;
        }
    }
    if !autocomplete {
        for definition in defined.iter().filter(|d| d["required"].as_bool() == Some(true)) {
            if !given.iter().any(|o| o["name"] == definition["name"]) {
                return Err(OptionProblem::Required(
                    definition["name"].as_str().unwrap_or_default().to_owned(),
                ));
            }
        }
    }
    Ok(focused)
}

fn check_value(definition: &Value, kind: i64, value: &Value, name: String) -> Result<(), OptionProblem> {
    let fits = match kind {
        3 | 6..=9 | 11 => value.is_string(),
        4 => value.as_i64().is_some_and(|n| (-MAX_INTEGER..=MAX_INTEGER).contains(&n)),
        5 => value.is_boolean(),
        10 => value.as_f64().is_some_and(f64::is_finite),
        _ => false,
    };
    if !fits {
        return Err(OptionProblem::WrongValue(name));
    }
    let measure = if kind == 3 {
        let length = value.as_str().map_or(0, |t| t.chars().count());
        if length > 6000 {
            return Err(OptionProblem::OutOfBounds(name));
        }
        Some((length as f64, "min_length", "max_length"))
    } else {
        value.as_f64().map(|number| (number, "min_value", "max_value"))
    };
    if let Some((measure, min, max)) = measure
        && (definition[min].as_f64().is_some_and(|min| measure < min)
            || definition[max].as_f64().is_some_and(|max| measure > max))
    {
        return Err(OptionProblem::OutOfBounds(name));
    }
    match definition["choices"].as_array().filter(|c| !c.is_empty()) {
        Some(choices)
            if !choices.iter().any(|c| {
                c["value"] == *value || c["value"].as_f64().is_some_and(|n| Some(n) == value.as_f64())
            }) =>
        {
            Err(OptionProblem::NotAChoice(name))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(defined: &Value, given: &Value, autocomplete: bool) -> Result<(), OptionProblem> {
        check_values(defined.as_array().expect("array"), given.as_array().expect("array"), autocomplete)
    }

    #[test]
    fn bounds_choices_and_required_are_kept() {
        let defined = json!([
            { "type": 4, "name": "n", "required": true, "min_value": 1, "max_value": 3 },
            { "type": 3, "name": "c", "choices": [{ "name": "X", "value": "x" }] },
        ]);
        assert_eq!(run(&defined, &json!([{ "name": "n", "type": 4, "value": 2 }]), false), Ok(()));
        assert_eq!(run(&defined, &json!([]), false), Err(OptionProblem::Required("n".into())));
        assert_eq!(
            run(&defined, &json!([{ "name": "n", "type": 4, "value": 4 }]), false),
            Err(OptionProblem::OutOfBounds("n".into()))
        );
        assert_eq!(
            run(
                &defined,
                &json!([{ "name": "n", "type": 4, "value": 1 }, { "name": "c", "type": 3, "value": "y" }]),
                false
            ),
            Err(OptionProblem::NotAChoice("c".into()))
        );
        assert_eq!(
            run(&defined, &json!([{ "name": "n", "type": 3, "value": "1" }]), false),
            Err(OptionProblem::WrongType("n".into(), 4))
        );
        assert_eq!(
            run(&defined, &json!([{ "name": "z", "type": 3, "value": "1" }]), false),
            Err(OptionProblem::Unknown("z".into()))
        );
    }

    #[test]
    fn a_command_with_sub_commands_cannot_be_called_itself() {
        let defined =
            json!([{ "type": 1, "name": "a", "options": [{ "type": 5, "name": "b", "required": true }] }]);
        assert_eq!(run(&defined, &json!([]), false), Err(OptionProblem::SubCommand));
        let call =
            json!([{ "type": 1, "name": "a", "options": [{ "type": 5, "name": "b", "value": true }] }]);
        assert_eq!(run(&defined, &call, false), Ok(()));
    }

    #[test]
    fn autocomplete_needs_one_focus_and_forgives_the_rest() {
        let defined = json!([
            { "type": 3, "name": "q", "autocomplete": true, "required": true },
            { "type": 4, "name": "n", "required": true },
        ]);
        assert_eq!(
            run(&defined, &json!([{ "name": "q", "type": 3, "value": "", "focused": true }]), true),
            Ok(())
        );
        assert_eq!(
            run(&defined, &json!([{ "name": "q", "type": 3, "value": "" }]), true),
            Err(OptionProblem::Focus)
        );
        assert_eq!(
            run(&defined, &json!([{ "name": "n", "type": 4, "value": "1", "focused": true }]), true),
            Err(OptionProblem::Focus)
        );
    }
}
