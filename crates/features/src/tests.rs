//! What holds for all features together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use guildhall_core::{l10n::DEFAULT, text};
use guildhall_framework::Registry;
use guildhall_store::testing;

use crate::testing::World;

fn registry() -> Registry {
    Registry::new(crate::all()).unwrap()
}

#[test]
fn every_command_is_explained_in_every_language() {
    assert_eq!(registry().missing_texts(), []);
}

#[test]
fn discord_takes_every_command() {
    for command in registry().definitions() {
        twilight_validate::command::command(&command)
            .unwrap_or_else(|error| panic!("{}: {error}", command.name));
        let size = twilight_validate::command::command_characters(&command);
        assert!(size <= 4_000, "{} has {size} characters", command.name);
    }
}

#[test]
fn the_commands_are_as_they_were() {
    insta::with_settings!({ sort_maps => true }, {
        for command in registry().definitions() {
            insta::assert_json_snapshot!(command.name.clone(), command);
        }
    });
}

#[test]
fn every_feature_has_a_name_for_people_in_every_language() {
    let registry = registry();
    for feature in registry.features() {
        for locale in registry.catalogue().locales() {
            for text in [feature.title(), feature.description()] {
                assert!(registry.catalogue().lookup(*locale, &text).is_some(), "{} in {locale}", text.key);
            }
        }
    }
}

/// The keys of a Fluent file with the variables that each takes.
fn keys(ftl: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut message, mut key) = (String::new(), String::new());
    for line in ftl.lines() {
        if let Some((name, _)) = line.split_once(" =")
            && !name.contains(['{', '[', '*'])
        {
            match name.trim().strip_prefix('.') {
                Some(attribute) => key = format!("{message}.{attribute}"),
                None if !name.starts_with(' ') => {
                    name.clone_into(&mut message);
                    name.clone_into(&mut key);
                }
                None => {}
            }
            found.entry(key.clone()).or_default();
        }
        for part in line.split("{ $").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            found.entry(key.clone()).or_default().insert(name);
        }
    }
    found
}

#[test]
fn the_languages_have_the_same_texts_with_the_same_variables() {
    for feature in crate::all() {
        let of = |code: &str| {
            let source = feature.locales.iter().find(|source| source.locale == code).unwrap();
            keys(source.ftl)
        };
        assert_eq!(of("en-US"), of("de"), "{}", feature.name);
    }
}

/// Every `text!("key", name = ...)` in the sources: its key and the names of its values.
fn used(folder: &Path, found: &mut Vec<(String, BTreeSet<String>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            used(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let source = fs::read_to_string(&path).unwrap();
            for part in source.split("text!(").skip(1) {
                let Some(rest) = part.trim_start().strip_prefix('"') else { continue };
                let (key, rest) = rest.split_once('"').unwrap();
                found.push((key.to_owned(), names(rest)));
            }
        }
    }
}

/// The names before ` = ` up to the closing parenthesis of the macro.
fn names(rest: &str) -> BTreeSet<String> {
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    let arguments = &rest[..end.unwrap()];
    let before = arguments.split(" = ").map(|part| part.rsplit([' ', ',', '\n']).next().unwrap_or_default());
    let mut names: Vec<_> = before.map(str::to_owned).collect();
    names.pop();
    names.into_iter().collect()
}

#[test]
fn every_text_that_is_used_exists_and_takes_what_it_is_given() {
    let sources: String = crate::all()
        .iter()
        .flat_map(|feature| feature.locales)
        .filter(|source| source.locale == DEFAULT.code())
        .map(|source| source.ftl)
        .collect();
    let known = keys(&sources);
    let catalogue = registry();
    let catalogue = catalogue.catalogue();
    let mut found = Vec::new();
    used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 60, "the search for texts finds only {}", found.len());
    for (key, given) in found {
        if key.starts_with("failure-") {
            assert!(catalogue.lookup(DEFAULT, &text!(key.clone())).is_some(), "{key}");
        } else {
            assert_eq!(known.get(&key), Some(&given), "{key}");
        }
    }
}

#[tokio::test]
async fn the_tables_are_declared_and_walled() {
    let world = World::new().await;
    let schemas = world.services.registry.schemas();
    assert_eq!(testing::prepare_every_statement(&world.services.store, &schemas).await.unwrap(), [""; 0]);
    let inventory = testing::inventory_names_every_table_and_column(&world.services.store, &schemas).await;
    assert_eq!(inventory.unwrap(), [""; 0]);
    assert_eq!(testing::guild_statements_filter_by_guild(&schemas), [""; 0]);
    assert_eq!(testing::persons_are_found(&schemas), [""; 0]);
    let derived = [schemas.as_slice(), &[testing::derived_statements(&schemas)]].concat();
    assert_eq!(testing::prepare_every_statement(&world.services.store, &derived).await.unwrap(), [""; 0]);
    assert_eq!(testing::guild_statements_filter_by_guild(&derived), [""; 0]);
}
