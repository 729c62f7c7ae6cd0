//! Signed links to attachments: `?ex=&is=&hm=` in hexadecimal (Discord docs: Reference, Signed Attachment
//! CDN URLs). How long Discord's links live is not documented; here it is one of the limits.

use serde_json::Value;

use crate::{snowflake::Millis, world::World};

/// What links are made and checked with.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Scheme and authority before every link; empty until the sandbox listens.
    pub base: String,
    /// The key of this sandbox.
    pub key: [u8; 32],
}

/// The part of an address that is a path to one of this sandbox's attachments, without its query.
pub fn path_of<'a>(world: &World, url: &'a str) -> Option<&'a str> {
    let path = url.strip_prefix(&world.links.base)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.strip_prefix("/attachments/")?.split('/');
    let number = |part: Option<&str>| part.is_some_and(|part| crate::snowflake::parse(part).is_some());
    (number(parts.next()) && number(parts.next()) && parts.next().is_some() && parts.next().is_none())
        .then_some(path)
}

/// A link with a fresh signature; any other address stays as it is.
pub fn sign(world: &World, url: &str) -> String {
    let Some(path) = path_of(world, url) else { return url.to_owned() };
    let issued = world.now / 1000;
    let lifetime = Millis::try_from(world.limits.attachment_lifetime).unwrap_or(Millis::MAX) / 1000;
    let expires = issued.saturating_add(lifetime.max(1));
    let mark = mark(world, path, expires, issued);
    format!("{}{path}?ex={expires:x}&is={issued:x}&hm={mark}&", world.links.base)
}

/// Whether a link of this query opens this path now.
pub fn opens(world: &World, path: &str, query: &str) -> bool {
    let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    let number = |key: &str| Millis::from_str_radix(value(key)?, 16).ok();
    let (Some(expires), Some(issued), Some(given)) = (number("ex"), number("is"), value("hm")) else {
        return false;
    };
    expires > world.now / 1000 && given == mark(world, path, expires, issued)
}

/// Signs every link to an attachment that stands alone somewhere in an embed or component.
pub(super) fn sign_all(world: &World, value: &mut Value) {
    match value {
        Value::String(text) if path_of(world, text).is_some() => *text = sign(world, text),
        Value::Array(items) => items.iter_mut().for_each(|item| sign_all(world, item)),
        Value::Object(keys) => keys.values_mut().for_each(|item| sign_all(world, item)),
        _ => {}
    }
}

fn mark(world: &World, path: &str, expires: Millis, issued: Millis) -> String {
    let text = format!("{path}\n{expires:x}\n{issued:x}");
    blake3::keyed_hash(&world.links.key, text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        let mut world = World::default();
        world.links.base = "http://127.0.0.1:5".to_owned();
        world.now = 1_790_000_000_000;
        world
    }

    #[test]
    fn a_link_opens_its_own_path_until_it_expires() {
        let mut world = world();
        let path = "/attachments/100/200/a.png";
        let link = sign(&world, &format!("http://127.0.0.1:5{path}?ex=1&hm=old"));
        let query = link.split_once('?').expect("a query").1.to_owned();
        assert!(opens(&world, path, &query), "{link}");
        assert!(!opens(&world, "/attachments/100/201/a.png", &query));
        assert!(
            !opens(&world, path, &query.replacen("ex=", "ex=1", 1)),
            "a later end needs another signature"
        );
        assert!(!opens(&world, path, ""));
        world.now += i64::try_from(world.limits.attachment_lifetime).expect("small");
        assert!(!opens(&world, path, &query));
    }

    #[test]
    fn other_addresses_stay_as_they_are() {
        let world = world();
        for url in ["https://example.org/attachments/1/2/a", "http://127.0.0.1:5/attachments/1/x/a", "text"] {
            assert_eq!(sign(&world, url), url);
        }
    }
}
