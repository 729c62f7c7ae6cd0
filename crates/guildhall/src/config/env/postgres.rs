//! A database address in parts, as the official container image of PostgreSQL takes it.

use url::Url;

/// The part without which the others mean nothing to us: they may be there for the database's container.
pub(super) const HOST: &str = "POSTGRES_HOST";

/// Whether the parts name a database for us.
pub(super) fn takes_part(variables: &[(String, String)]) -> bool {
    part(variables, HOST).is_some()
}

/// The address that the parts make. A part that does not fit makes an address that is refused as such.
pub(super) fn url(variables: &[(String, String)]) -> Option<String> {
    let host = part(variables, HOST)?;
    let user = part(variables, "POSTGRES_USER").unwrap_or("postgres");
    let database = part(variables, "POSTGRES_DB").unwrap_or(user);
    let port = part(variables, "POSTGRES_PORT").unwrap_or("5432");
    let plain = format!("postgres://{host}:{port}/");
    let Ok(mut url) = Url::parse(&plain) else { return Some(plain) };
    let named = url.set_username(user).and_then(|()| url.set_password(part(variables, "POSTGRES_PASSWORD")));
    named.ok()?;
    url.path_segments_mut().ok()?.clear().push(database);
    Some(url.into())
}

fn part<'v>(variables: &'v [(String, String)], name: &str) -> Option<&'v str> {
    let found = variables.iter().find(|(given, text)| given == name && !text.trim().is_empty());
    found.map(|(_, text)| text.trim())
}
