//! The reference page, written from the declared settings.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    env::{ALIASES, Effect, variable},
    tree::{Setting, shape},
};

/// The page as Markdown.
pub(crate) fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         This page is generated from the code by `cargo xtask docs`.\n\n\
         Settings come from one file, `guildhall.toml` or `guildhall.json5` in the working folder (or the one \
         named by `--config` or `GUILDHALL_CONFIG`), and from the environment, which wins. A `.env` file in \
         the working folder counts as environment. Settings that do not exist are refused by name. \
         `guildhall config check` tells whether everything is in order.\n",
    );
    for section in shape() {
        let _ = write!(page, "\n## `[{}]`\n\n{}\n\n", section.name, section.about);
        page.push_str("| setting | variable | default | what it is |\n|---|---|---|---|\n");
        for setting in &section.settings {
            let key = setting.path.split_once('.').map_or("", |(_, key)| key);
            let _ = writeln!(
                page,
                "| `{key}` | `{}` | {} | {}{} |",
                variable(&setting.path),
                default(setting),
                setting.about,
                choices(setting),
            );
        }
    }
    page.push_str(
        "\n## Names from the guides\n\nThese variables are accepted too.\n\n| variable | sets |\n|---|---|\n",
    );
    for alias in ALIASES {
        let sets = match alias.effect {
            Effect::Sets(path) => format!("`{path}`"),
            Effect::Own(about) | Effect::Nothing(about) => about.to_owned(),
        };
        let _ = writeln!(page, "| `{}` | {sets} |", alias.name);
    }
    page
}

fn default(setting: &Setting) -> String {
    match &setting.default {
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}

fn choices(setting: &Setting) -> String {
    if setting.choices.is_empty() {
        return String::new();
    }
    let list: Vec<String> = setting.choices.iter().map(|choice| format!("`{choice}`")).collect();
    format!(" One of {}.", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_page_is_the_generated_one() {
        let committed = include_str!("../../../../docs/configuration.md");
        assert!(committed == reference(), "docs/configuration.md is stale; run `cargo xtask docs`");
    }

    #[test]
    fn every_setting_is_described() {
        let all = shape();
        assert!(all.len() >= 6);
        for setting in all.iter().flat_map(|section| &section.settings) {
            assert!(!setting.about.is_empty(), "`{}` has no description", setting.path);
        }
    }
}
