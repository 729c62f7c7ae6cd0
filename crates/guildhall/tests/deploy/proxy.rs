//! The examples for proxies: what of the web port the world gets to see.

use std::collections::BTreeSet;

use regex::Regex;

use crate::{
    files::text,
    systemd,
    vocabulary::{pages, web_port},
};

/// Pages for those who run the bot.
const INSIDE: [&str; 2] = ["/metrics", "/database"];

fn shown() -> BTreeSet<String> {
    pages().into_iter().filter(|page| !INSIDE.contains(&page.as_str())).collect()
}

#[test]
fn nginx_shows_what_is_for_all_and_nothing_else() {
    let text = text("deploy/proxy/nginx.conf");
    let locations: Vec<_> = Regex::new(r"(?m)^\s*location (.+) \{")
        .unwrap()
        .captures_iter(&text)
        .map(|found| found[1].to_owned())
        .collect();
    assert_eq!(locations.len(), 2, "{locations:?}");
    let open = Regex::new(locations[0].strip_prefix("~ ").unwrap()).unwrap();
    for page in pages() {
        assert_eq!(open.is_match(&page), shown().contains(&page), "{page}");
    }
    assert_eq!(locations[1], "/");
    assert!(text.contains("return 404;"));
    assert!(text.contains("ssl_certificate ") && text.contains(&format!("server 127.0.0.1:{}", web_port())));
}

#[test]
fn caddy_shows_what_is_for_all_and_nothing_else() {
    let text = text("deploy/proxy/Caddyfile");
    let path = Regex::new(r"(?m)^\s*path (.+)$").unwrap().captures(&text).unwrap()[1].to_owned();
    assert_eq!(path.split(' ').map(str::to_owned).collect::<BTreeSet<_>>(), shown());
    let asked = Regex::new(r"health_uri (\S+)").unwrap().captures(&text).unwrap()[1].to_owned();
    assert!(pages().contains(&asked));
    assert!(
        text.contains("respond 404") && text.contains(&format!("reverse_proxy 127.0.0.1:{}", web_port()))
    );
}

#[test]
fn the_page_of_a_bot_that_is_split_is_where_the_proxies_look() {
    // Compose's is looked at in `compose`.
    let environment = systemd::environment("guildhall-web.service");
    let listens = environment.iter().find(|(name, _)| name == "GUILDHALL_WEB__LISTEN").unwrap();
    assert!(text("deploy/proxy/nginx.conf").contains(&format!("server {} ", listens.1)));
    assert!(text("deploy/proxy/Caddyfile").contains(&format!("reverse_proxy {} ", listens.1)));
}
