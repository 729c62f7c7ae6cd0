//! Names of permissions for people (Discord docs: Permissions).

use guildhall_core::{
    l10n::{Catalogue, Locale},
    text,
};
use twilight_model::guild::Permissions;

/// The permissions in `wanted` that `held` lacks. An administrator lacks none.
pub fn missing(held: Permissions, wanted: Permissions) -> Permissions {
    if held.contains(Permissions::ADMINISTRATOR) { Permissions::empty() } else { wanted - held }
}

/// The names of these permissions as the client shows them, joined with commas.
pub fn names(catalogue: &Catalogue, locale: Locale, permissions: Permissions) -> String {
    let name = |(name, _): (&str, Permissions)| {
        let key = format!("permission-{}", name.to_lowercase().replace('_', "-"));
        catalogue.lookup(locale, &text!(key)).unwrap_or_else(|| readable(name))
    };
    permissions.iter_names().map(name).collect::<Vec<_>>().join(", ")
}

/// `READ_MESSAGE_HISTORY` as `Read Message History`, for permissions without a text of their own.
fn readable(constant: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_string() + &letters.as_str().to_lowercase()).unwrap_or_default()
    };
    constant.split('_').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_lacks_nothing() {
        let wanted = Permissions::SEND_MESSAGES | Permissions::EMBED_LINKS;
        assert_eq!(missing(Permissions::SEND_MESSAGES, wanted), Permissions::EMBED_LINKS);
        assert_eq!(missing(Permissions::ADMINISTRATOR, wanted), Permissions::empty());
    }

    #[test]
    fn a_permission_without_a_text_is_still_readable() {
        assert_eq!(readable("READ_MESSAGE_HISTORY"), "Read Message History");
    }
}
