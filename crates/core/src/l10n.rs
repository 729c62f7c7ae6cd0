//! Localisation: Fluent messages by key, with a fallback to English. Every text that a user sees comes
//! from here.

use std::{borrow::Cow, collections::HashMap, fmt};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

/// The language that every key exists in and every other language falls back to.
pub const DEFAULT: Locale = Locale("en-US");

/// A locale by the code that Discord uses for it (Discord docs: Reference, Locales).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Locale(&'static str);

impl Locale {
    /// The code, such as `en-US` or `de`.
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A value that a message takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Words, inserted as they are.
    Text(String),
    /// A number, formatted and pluralised by the language.
    Number(i64),
}

macro_rules! arg_from {
    ($($from:ty => |$value:ident| $make:expr),+ $(,)?) => {$(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self {
                $make
            }
        }
    )+};
}

arg_from! {
    &str => |value| Self::Text(value.to_owned()),
    String => |value| Self::Text(value),
    i64 => |value| Self::Number(value),
    i32 => |value| Self::Number(value.into()),
    u32 => |value| Self::Number(value.into()),
    u64 => |value| Self::Number(i64::try_from(value).unwrap_or(i64::MAX)),
    usize => |value| Self::Number(i64::try_from(value).unwrap_or(i64::MAX)),
}

/// A message that is not yet in any language: its key and its values. Made by [`text!`](crate::text).
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The Fluent message, or `message.attribute`.
    pub key: Cow<'static, str>,
    /// Its values by name.
    pub args: Vec<(&'static str, Arg)>,
}

/// A [`Text`](crate::l10n::Text): `text!("knowledge-learned")`, `text!("knowledge-learned", id = 7)`.
#[macro_export]
macro_rules! text {
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::l10n::Text {
            key: ::std::borrow::Cow::from($key),
            args: ::std::vec![$((stringify!($name), $crate::l10n::Arg::from($value))),*],
        }
    };
}

/// One Fluent file of one language.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The locale's code.
    pub locale: &'static str,
    /// The file's text.
    pub ftl: &'static str,
}

/// A Fluent file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file does not parse.
    #[error("a `{locale}` text does not parse: {reason}")]
    Syntax {
        /// The locale.
        locale: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// Two files define one key.
    #[error("a `{locale}` text is defined twice: {reason}")]
    Duplicate {
        /// The locale.
        locale: &'static str,
        /// Which one.
        reason: String,
    },
    /// No file is in the default language.
    #[error("no text is in the default language `en-US`")]
    NoDefault,
}

/// Every text in every language.
pub struct Catalogue {
    bundles: HashMap<&'static str, FluentBundle<FluentResource>>,
    locales: Vec<Locale>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("locales", &self.locales).finish_non_exhaustive()
    }
}

impl Catalogue {
    /// The catalogue of these files.
    pub fn build(sources: impl IntoIterator<Item = Source>) -> Result<Self, CatalogueError> {
        let mut bundles: HashMap<&'static str, FluentBundle<FluentResource>> = HashMap::new();
        let mut locales = Vec::new();
        for Source { locale, ftl } in sources {
            let resource = FluentResource::try_new(ftl.to_owned())
                .map_err(|(_, errors)| CatalogueError::Syntax { locale, reason: format!("{errors:?}") })?;
            let bundle = bundles.entry(locale).or_insert_with(|| {
                locales.push(Locale(locale));
                let language = locale.parse().unwrap_or_default();
                let mut bundle = FluentBundle::new_concurrent(vec![language]);
                // Discord shows the isolation marks as boxes in some clients.
                bundle.set_use_isolating(false);
                bundle
            });
            bundle
                .add_resource(resource)
                .map_err(|errors| CatalogueError::Duplicate { locale, reason: format!("{errors:?}") })?;
        }
        if bundles.contains_key(DEFAULT.code()) {
            Ok(Self { bundles, locales })
        } else {
            Err(CatalogueError::NoDefault)
        }
    }

    /// The languages there are.
    pub fn locales(&self) -> &[Locale] {
        &self.locales
    }

    /// The language for a locale that Discord names: the same, else the same language, else English.
    pub fn negotiate(&self, code: &str) -> Locale {
        let language = |code: &str| code.split('-').next().unwrap_or_default().to_owned();
        let exact = self.locales.iter().find(|locale| locale.code() == code);
        let near = || self.locales.iter().find(|locale| language(locale.code()) == language(code));
        exact.or_else(near).copied().unwrap_or(DEFAULT)
    }

    /// The text in this language, else in English. A key that does not exist at all comes back as itself,
    /// so that a missing text is seen and never stops anything; tests keep that from happening.
    pub fn format(&self, locale: Locale, text: &Text) -> String {
        self.lookup(locale, text).or_else(|| self.lookup(DEFAULT, text)).unwrap_or_else(|| {
            report_missing(&text.key);
            text.key.clone().into_owned()
        })
    }

    /// The text in exactly this language; `None` where the language lacks it.
    pub fn lookup(&self, locale: Locale, text: &Text) -> Option<String> {
        let bundle = self.bundles.get(locale.code())?;
        let (id, attribute) = text.key.split_once('.').map_or((&*text.key, None), |(id, at)| (id, Some(at)));
        let message = bundle.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let mut args = FluentArgs::new();
        for (name, value) in &text.args {
            match value {
                Arg::Text(words) => args.set(*name, FluentValue::from(words.as_str())),
                Arg::Number(number) => args.set(*name, FluentValue::from(*number)),
            }
        }
        let mut errors = Vec::new();
        let formatted = bundle.format_pattern(pattern, Some(&args), &mut errors);
        errors.is_empty().then(|| formatted.into_owned())
    }
}

/// A missing text is a defect of ours, worth a look and nothing more.
fn report_missing(key: &str) {
    tracing::error!(text.key = key, "a text is missing in every language");
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = "hello = Hello { $name }\ncount = { $n ->\n    [one] one entry\n   *[other] { $n } entries\n }\nonly-en = English\ncmd = cmd\n    .description = What it does\n";
    const DE: &str =
        "hello = Hallo { $name }\ncount = { $n ->\n    [one] ein Eintrag\n   *[other] { $n } Einträge\n }\n";

    fn catalogue() -> Catalogue {
        Catalogue::build([Source { locale: "en-US", ftl: EN }, Source { locale: "de", ftl: DE }]).unwrap()
    }

    #[test]
    fn a_text_comes_in_the_language_asked_for_and_falls_back_to_english() {
        let texts = catalogue();
        let german = texts.negotiate("de");
        assert_eq!(texts.format(german, &text!("hello", name = "Ada")), "Hallo Ada");
        assert_eq!(texts.format(german, &text!("count", n = 1_i64)), "ein Eintrag");
        assert_eq!(texts.format(german, &text!("count", n = 3_i64)), "3 Einträge");
        assert_eq!(texts.format(german, &text!("only-en")), "English");
        assert_eq!(texts.format(DEFAULT, &text!("cmd.description")), "What it does");
        assert_eq!(texts.format(german, &text!("nowhere")), "nowhere");
    }

    #[test]
    fn discord_locales_map_to_the_nearest_language() {
        let texts = catalogue();
        assert_eq!(texts.negotiate("en-GB").code(), "en-US");
        assert_eq!(texts.negotiate("de").code(), "de");
        assert_eq!(texts.negotiate("pt-BR").code(), "en-US");
    }

    #[test]
    fn a_broken_or_doubled_text_is_refused() {
        let broken = Source { locale: "en-US", ftl: "= no key" };
        assert!(matches!(Catalogue::build([broken]), Err(CatalogueError::Syntax { .. })));
        let twice = [Source { locale: "en-US", ftl: "a = 1\n" }, Source { locale: "en-US", ftl: "a = 2\n" }];
        assert!(matches!(Catalogue::build(twice), Err(CatalogueError::Duplicate { .. })));
        assert!(matches!(
            Catalogue::build([Source { locale: "de", ftl: DE }]),
            Err(CatalogueError::NoDefault)
        ));
    }
}
