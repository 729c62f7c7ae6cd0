//! Gateway addresses, ours and those the server hands out. The bot's token is sent to them.

use url::{Host, Url};

/// The scheme, host and port of a gateway address; `None` for what is none. Written anew from its parts,
/// so that twilight, which panics on a bad address, never sees one.
pub(super) fn normal(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "ws" | "wss") || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = match url.host()? {
        Host::Domain(name) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            name.bytes().all(plain).then(|| name.to_owned())?
        }
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => format!("[{ip}]"),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

/// The address to resume at, if it may be trusted with the token: encrypted if the first one was, and
/// the same host or a sibling of it. Otherwise the session is resumed at the first address.
pub(super) fn resume(candidate: &str, base: &str) -> Option<String> {
    let (theirs, ours) = (Url::parse(candidate).ok()?, Url::parse(base).ok()?);
    let related = match (theirs.host()?, ours.host()?) {
        (Host::Domain(a), Host::Domain(b)) => a == b || parent(a).is_some_and(|p| Some(p) == parent(b)),
        (a, b) => a == b,
    };
    if theirs.scheme() == ours.scheme() && related { normal(candidate) } else { None }
}

/// The last two labels of a name that has more.
fn parent(name: &str) -> Option<&str> {
    let last = name.rfind('.')?;
    let before = name[..last].rfind('.')?;
    Some(&name[before + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_reduced_to_scheme_host_and_port() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(normal(text).as_deref(), expected, "{text}");
        check("wss://gateway.discord.gg", Some("wss://gateway.discord.gg"));
        check("wss://gateway.discord.gg/?v=9", Some("wss://gateway.discord.gg"));
        check("ws://127.0.0.1:7000/", Some("ws://127.0.0.1:7000"));
        check("ws://[::1]:7000", Some("ws://[::1]:7000"));
        for bad in
            ["", "gateway.discord.gg", "https://discord.gg", "wss://", "wss://u:p@discord.gg", "wss://a b"]
        {
            check(bad, None);
        }
    }

    #[test]
    fn a_resume_address_must_be_of_the_same_house() {
        let base = "wss://gateway.discord.gg";
        let check =
            |text, expected: Option<&str>| assert_eq!(resume(text, base).as_deref(), expected, "{text}");
        check("wss://gateway-us-east1-b.discord.gg", Some("wss://gateway-us-east1-b.discord.gg"));
        check("wss://gateway.discord.gg/?x", Some("wss://gateway.discord.gg"));
        check("ws://gateway.discord.gg", None);
        check("wss://gateway.discord.gg.evil.example", None);
        check("wss://notdiscord.gg", None);
        check("wss://127.0.0.1", None);
        check("nonsense", None);
        assert_eq!(resume("ws://127.0.0.1:2", "ws://127.0.0.1:1").as_deref(), Some("ws://127.0.0.1:2"));
        assert_eq!(resume("ws://127.0.0.2:2", "ws://127.0.0.1:1"), None);
    }
}
