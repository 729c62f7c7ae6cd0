//! Reading text commands: each type of option, both ways of naming them, and whatever people may write.

use std::collections::HashMap;

use guildhall_core::l10n::{Catalogue, DEFAULT, Source};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use twilight_model::{
    application::{command::Command as Definition, interaction::application_command::CommandData},
    id::Id,
};

use super::*;

/// `type` as Discord numbers it.
fn option(name: &str, kind: u8, more: &Json) -> Json {
    let mut option = json!({ "name": name, "description": "x", "type": kind });
    option.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    option
}

fn command(options: &[Json]) -> Definition {
    serde_json::from_value(json!({
        "name": "do", "description": "x", "type": 1, "version": "1", "options": options,
        "name_localizations": { "de": "tu" },
    }))
    .unwrap()
}

/// A text that takes the rest of the line, and two options behind it.
fn mark() -> Definition {
    command(&[
        option("seed", 3, &json!({ "max_length": 100, "name_localizations": { "de": "saat" } })),
        option("debug", 5, &json!({})),
        option("count", 4, &json!({ "min_value": 1, "max_value": 5 })),
    ])
}

fn learn() -> Definition {
    command(&[
        option("content", 3, &json!({ "required": true, "min_length": 3 })),
        option("category", 3, &json!({})),
        option("concepts", 3, &json!({})),
    ])
}

fn read_with(definition: &Definition, words: &str, known: &Known) -> Result<Json, Stop> {
    let data = parse(definition, Id::new(1), words, known)?;
    Ok(flat(&data))
}

/// The options as a map from names to values, parts within parts.
fn flat(data: &CommandData) -> Json {
    fn options(list: &Json) -> Json {
        let one = |option: &Json| {
            let value = if option.get("value").is_some() {
                option["value"].clone()
            } else {
                options(option.get("options").unwrap_or(&json!([])))
            };
            (option["name"].as_str().unwrap().to_owned(), value)
        };
        Json::Object(list.as_array().into_iter().flatten().map(one).collect())
    }
    options(&serde_json::to_value(&data.options).unwrap())
}

fn read(definition: &Definition, words: &str) -> Json {
    read_with(definition, words, &Known::default()).unwrap_or_else(|stop| panic!("{words}: {stop:?}"))
}

fn fault(definition: &Definition, words: &str) -> Fault {
    match read_with(definition, words, &Known::default()) {
        Err(Stop::Fault(fault)) => fault,
        other => panic!("{words}: {other:?}"),
    }
}

#[test]
fn options_come_by_position_and_by_name_in_any_language() {
    let mark = mark();
    for (words, options) in [
        ("", json!({})),
        ("two words", json!({ "seed": "two words" })),
        (" two   words\n and \t more ", json!({ "seed": "two   words and \t more" })),
        ("two words debug:yes", json!({ "seed": "two words", "debug": true })),
        ("debug:no two words", json!({ "seed": "two words", "debug": false })),
        ("seed:two words debug:True", json!({ "seed": "two words", "debug": true })),
        ("SAAT:two Debug:ja", json!({ "seed": "two", "debug": true })),
        ("\"two words\" on 3", json!({ "seed": "two words", "debug": true, "count": 3 })),
        ("seed:\"debug:yes\"", json!({ "seed": "debug:yes" })),
        ("\"debug:yes\"", json!({ "seed": "debug:yes" })),
        ("it's 5\" long", json!({ "seed": "it's 5\" long" })),
        ("12:30 https://example.org", json!({ "seed": "12:30 https://example.org" })),
        ("debug: yes", json!({ "seed": "debug: yes" })),
        ("count:5", json!({ "count": 5 })),
    ] {
        assert_eq!(read(&mark, words), options, "{words}");
    }
}

#[test]
fn the_text_that_is_required_takes_the_rest_of_the_line() {
    let learn = learn();
    for (words, options) in [
        ("apples are red", json!({ "content": "apples are red" })),
        ("apples are red category:fruit", json!({ "content": "apples are red", "category": "fruit" })),
        ("category:fruit apples are red", json!({ "content": "apples are red", "category": "fruit" })),
        // As a client copies it.
        (
            "content:apples are red category:tree fruit concepts:a b",
            json!({ "content": "apples are red", "category": "tree fruit", "concepts": "a b" }),
        ),
        (
            "\"apples are red\" \"tree fruit\" apple",
            json!({ "content": "apples are red", "category": "tree fruit", "concepts": "apple" }),
        ),
    ] {
        assert_eq!(read(&learn, words), options, "{words}");
    }
}

#[test]
fn what_is_wrong_is_named_with_what_would_be_right() {
    let (mark, learn) = (mark(), learn());
    assert!(matches!(fault(&learn, ""), Fault::Missing { option, .. } if option == "content"));
    assert!(
        matches!(fault(&learn, "ab"), Fault::Wrong { option, given, .. } if option == "content" && given == "ab")
    );
    assert!(matches!(fault(&mark, "debug:perhaps"), Fault::Wrong { expected: Expected::Boolean, .. }));
    assert!(matches!(
        fault(&mark, &"x".repeat(101)),
        Fault::Wrong { expected: Expected::Text { most: 100, .. }, .. }
    ));
    assert!(matches!(fault(&mark, "debug:yes debug:no"), Fault::Twice { option } if option == "debug"));
    assert!(matches!(fault(&mark, "\"a\" yes 3 surplus"), Fault::Surplus { word } if word == "surplus"));
    assert!(matches!(fault(&mark, "\"\""), Fault::Wrong { .. }));
    for number in ["0", "6", "1.5", "x", "99999999999999999999", "+"] {
        let fault = fault(&mark, &format!("count:{number}"));
        let Fault::Wrong { option, expected: Expected::Integer { least, most }, .. } = fault else {
            panic!("{number}: {fault:?}");
        };
        assert_eq!((option.as_str(), least.as_deref(), most.as_deref()), ("count", Some("1"), Some("5")));
    }
    assert_eq!(fault(&mark, &"x".repeat(20_000)), Fault::TooLong);
}

#[test]
fn numbers_and_choices_are_read_as_discord_sends_them() {
    let number = command(&[option("n", 10, &json!({ "min_value": -1.5, "max_value": 2.0 }))]);
    assert_eq!(read(&number, "-1.5"), json!({ "n": -1.5 }));
    assert_eq!(read(&number, "0,25"), json!({ "n": 0.25 }));
    for bad in ["NaN", "inf", "-2", "1e400", "infinity", "3"] {
        assert!(matches!(fault(&number, bad), Fault::Wrong { .. }), "{bad}");
    }
    let choices = json!([
        { "name": "By day", "value": "day", "name_localizations": { "de": "Bei Tag" } },
        { "name": "By night", "value": "night" },
    ]);
    let choice = command(&[option("when", 3, &json!({ "choices": choices, "required": true }))]);
    for words in ["day", "DAY", "\"by day\"", "when:\"bei tag\""] {
        assert_eq!(read(&choice, words), json!({ "when": "day" }), "{words}");
    }
    assert!(
        matches!(fault(&choice, "noon"), Fault::Wrong { expected: Expected::Choice(names), .. } if names.len() == 2)
    );
    let numbers = command(&[option("n", 4, &json!({ "choices": [{ "name": "seven", "value": 7 }] }))]);
    assert_eq!((read(&numbers, "7"), read(&numbers, "Seven")), (json!({ "n": 7 }), json!({ "n": 7 })));
}

#[test]
fn parts_are_named_first_and_keep_their_options() {
    let show = option("show", 1, &json!({ "options": [option("id", 4, &json!({ "required": true }))] }));
    let list = option("list", 1, &json!({ "name_localizations": { "de": "liste" } }));
    let group = option("of", 2, &json!({ "options": [list] }));
    let command = command(&[show, group]);
    assert_eq!(read(&command, "show 7"), json!({ "show": { "id": 7 } }));
    assert_eq!(read(&command, "OF Liste"), json!({ "of": { "list": {} } }));
    assert_eq!(fault(&command, "dance"), Fault::Part { names: vec!["show".to_owned(), "of".to_owned()] });
    assert_eq!(fault(&command, "of"), Fault::Part { names: vec!["list".to_owned()] });
    assert!(matches!(fault(&command, "show"), Fault::Missing { .. }));
    let usage = |rest| usage("!", &command, rest, DEFAULT);
    assert_eq!(
        [usage("dance"), usage("show x"), usage("of")],
        ["!do show|of", "!do show <id>", "!do of list"]
    );
}

fn known() -> Known {
    let user = json!({ "id": "5", "username": "ada", "discriminator": "0", "avatar": null });
    let role = json!({
        "id": "6", "name": "keeper", "color": 0, "colors": { "primary_color": 0 }, "hoist": false, "managed": false,
        "mentionable": false, "permissions": "0", "position": 1, "flags": 0,
    });
    let channel = json!({ "id": "7", "type": 0, "name": "general", "permissions": "0" });
    let file = |id: &str| {
        serde_json::from_value(json!({
            "id": id, "filename": "a.json", "size": 1, "url": "https://example.invalid/a",
            "proxy_url": "https://example.invalid/a",
        }))
        .unwrap()
    };
    Known {
        users: HashMap::from([(5, (serde_json::from_value(user).unwrap(), None))]),
        roles: HashMap::from([(6, serde_json::from_value(role).unwrap())]),
        channels: HashMap::from([(7, serde_json::from_value(channel).unwrap())]),
        attachments: vec![file("8"), file("9")],
        nowhere: [Sought::User(50), Sought::Role(50), Sought::Channel(50)].into(),
    }
}

#[test]
fn what_is_mentioned_comes_resolved_and_what_is_unknown_is_asked_for() {
    let known = known();
    let one = |kind: u8| command(&[option("it", kind, &json!({}))]);
    for (kind, words) in [
        (6, "<@5>"),
        (6, "<@!5>"),
        (6, "5"),
        (7, "<#7>"),
        (7, "7"),
        (8, "<@&6>"),
        (8, "6"),
        (9, "<@5>"),
        (9, "<@&6>"),
        (9, "6"),
    ] {
        let data = parse(&one(kind), Id::new(1), words, &known).unwrap();
        let resolved = data.resolved.clone().unwrap();
        let count = resolved.users.len() + resolved.channels.len() + resolved.roles.len();
        assert_eq!(count, 1, "{kind} {words}");
        let id: String = words.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(flat(&data)["it"], json!(id), "{kind} {words}");
    }
    for (kind, words, sought) in [
        (6, "<@40>", Sought::User(40)),
        (7, "40", Sought::Channel(40)),
        (8, "<@&40>", Sought::Role(40)),
        (9, "<@40>", Sought::User(40)),
        (9, "40", Sought::Role(40)),
    ] {
        assert_eq!(read_with(&one(kind), words, &known), Err(Stop::Sought(sought)), "{kind} {words}");
    }
    for (kind, words) in [
        (6, "<@50>"),
        (7, "50"),
        (8, "50"),
        (9, "50"),
        (6, "ada"),
        (6, "<@&5>"),
        (7, "<#>"),
        (8, "0"),
        (6, "18446744073709551615"),
    ] {
        let stop = read_with(&one(kind), words, &known);
        assert!(matches!(stop, Err(Stop::Fault(Fault::Wrong { .. }))), "{kind} {words}: {stop:?}");
    }
    let voice = command(&[option("it", 7, &json!({ "channel_types": [2] }))]);
    assert!(matches!(read_with(&voice, "7", &known), Err(Stop::Fault(Fault::Wrong { .. }))));
}

#[test]
fn files_are_those_of_the_message_in_their_order() {
    let files = command(&[
        option("words", 3, &json!({})),
        option("one", 11, &json!({ "required": true })),
        option("two", 11, &json!({})),
    ]);
    let data = parse(&files, Id::new(1), "all of it one:x", &known()).unwrap();
    assert_eq!(flat(&data), json!({ "words": "all of it one:x", "one": "8", "two": "9" }));
    assert_eq!(data.resolved.unwrap().attachments.len(), 2);
    assert!(matches!(fault(&files, "x"), Fault::Missing { expected: Expected::Attachment, .. }));
}

#[test]
fn faults_are_told_in_every_language_and_repeat_nothing_harmful() {
    let texts = [
        Source { locale: "en-US", ftl: include_str!("../../locales/en-US.ftl") },
        Source { locale: "de", ftl: include_str!("../../locales/de.ftl") },
    ];
    let catalogue = Catalogue::build(texts).unwrap();
    let expected = [
        Expected::Choice(Vec::new()),
        Expected::Text { least: 1, most: 2 },
        Expected::Integer { least: None, most: None },
        Expected::Integer { least: Some("1".to_owned()), most: None },
        Expected::Number { least: None, most: Some("1".to_owned()) },
        Expected::Number { least: Some("1".to_owned()), most: Some("2".to_owned()) },
        Expected::Boolean,
        Expected::User,
        Expected::Channel,
        Expected::Role,
        Expected::Mentionable,
        Expected::Attachment,
    ];
    let wrong =
        |expected| Fault::Wrong { option: "it".to_owned(), given: "a`\n@everyone".to_owned(), expected };
    let faults = expected.into_iter().map(wrong).chain([
        Fault::TooLong,
        Fault::Part { names: vec!["a".to_owned()] },
        Fault::Missing { option: "it".to_owned(), expected: Expected::Boolean },
        Fault::Twice { option: "it".to_owned() },
        Fault::Surplus { word: "x".repeat(500) },
    ]);
    for fault in faults {
        for locale in catalogue.locales() {
            let words = fault.explain(&catalogue, *locale);
            assert!(!words.contains("failure-") && !words.contains('{'), "{words}");
            assert!(!words.contains("a`") && words.chars().count() < 400, "{words}");
        }
    }
}

#[test]
fn a_command_is_found_by_its_names_and_by_nothing_else() {
    let vocabulary = Vocabulary::new(vec![command(&[])]);
    for (name, found) in [("do", true), ("DO", true), ("Tu", true), ("", false), ("dō", false)] {
        assert_eq!(vocabulary.find(name).is_some(), found, "{name}");
    }
    assert!(vocabulary.find(&"x".repeat(100_000)).is_none());
}

/// A text as somebody quotes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Any text that a client could send for an option: on one line, with something in it, no spaces around.
fn text() -> impl Strategy<Value = String> {
    let any = "\\PC{1,40}".prop_map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    any.prop_filter("something to read", |text| !text.is_empty())
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_or_refused(words in any::<String>(), nested in "[\"“„«»\\\\: a-c]{0,300}") {
        for definition in [mark(), learn(), command(&[])] {
            let _ = read_with(&definition, &words, &known());
            let _ = read_with(&definition, &nested, &known());
            let _ = usage("!", &definition, &words, DEFAULT);
        }
    }

    #[test]
    fn what_is_quoted_comes_back_whole(content in text(), category in text(), debug in any::<bool>(), n in 1_i64..=5) {
        let options = json!({ "content": content, "category": category });
        let learn = command(&[option("content", 3, &json!({ "required": true })), option("category", 3, &json!({}))]);
        let by_name = format!("category:{} content:{}", quoted(&category), quoted(&content));
        let by_place = format!("{} {}", quoted(&content), quoted(&category));
        prop_assert_eq!(read(&learn, &by_name), options.clone());
        prop_assert_eq!(read(&learn, &by_place), options);
        let seed = format!("count:{n} {} debug:{debug}", quoted(&content));
        prop_assert_eq!(read(&mark(), &seed), json!({ "seed": content, "debug": debug, "count": n }));
    }

    #[test]
    fn plain_words_need_no_quotes(words in "[a-zäöü,.!?' ]{3,80}") {
        let words = words.trim();
        prop_assume!(words.chars().count() >= 3);
        prop_assert_eq!(read(&learn(), words), json!({ "content": words }));
    }
}
