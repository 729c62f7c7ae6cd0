//! The web client: static files compiled into the binary, with strict headers.
//!
//! The files speak only to the control interface. There is no build step: what
//! lies in `client/` is what the browser gets.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What the page may do: load its own files and talk to its own origin, nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// One embedded file: its name below `/client/`, its media type, its text.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

macro_rules! assets {
    ($($name:literal: $media_type:expr),* $(,)?) => {
        &[$(Asset {
            name: $name,
            media_type: $media_type,
            text: include_str!(concat!("client/", $name)),
        }),*]
    };
}

static ASSETS: &[Asset] = assets! {
    "index.html": HTML,
    "icon.svg": SVG,
    "app.css": CSS,
    "places.css": CSS,
    "content.css": CSS,
    "panel.css": CSS,
    "app.js": JS,
    "apps/combobox.js": JS,
    "apps/command_form.js": JS,
    "apps/commands.js": JS,
    "apps/components.js": JS,
    "apps/interactions.js": JS,
    "apps/modal.js": JS,
    "apps/modal_fields.js": JS,
    "apps/options.js": JS,
    "apps/selects.js": JS,
    "bench/clock.js": JS,
    "bench/curl.js": JS,
    "bench/fault_list.js": JS,
    "bench/faults.js": JS,
    "bench/gateway.js": JS,
    "bench/journal.js": JS,
    "bench/journal_row.js": JS,
    "bench/panel.js": JS,
    "bench/poll.js": JS,
    "bench/sessions.js": JS,
    "choice.js": JS,
    "core/announce.js": JS,
    "core/api.js": JS,
    "core/dialog.js": JS,
    "core/dom.js": JS,
    "core/events.js": JS,
    "core/format.js": JS,
    "core/keys.js": JS,
    "core/locale.js": JS,
    "core/menu.js": JS,
    "core/roving.js": JS,
    "core/state.js": JS,
    "core/switcher.js": JS,
    "people/bans.js": JS,
    "people/members.js": JS,
    "people/permissions.js": JS,
    "people/profile.js": JS,
    "people/roles.js": JS,
    "people/search.js": JS,
    "places/channel_forms.js": JS,
    "places/channels.js": JS,
    "places/dms.js": JS,
    "places/events.js": JS,
    "places/guilds.js": JS,
    "places/make.js": JS,
    "places/server_menu.js": JS,
    "places/voice.js": JS,
    "room/actions.js": JS,
    "room/attachments.js": JS,
    "room/composer.js": JS,
    "room/embeds.js": JS,
    "room/emoji.js": JS,
    "room/forum.js": JS,
    "room/markdown.js": JS,
    "room/message.js": JS,
    "room/message_keys.js": JS,
    "room/pins.js": JS,
    "room/polls.js": JS,
    "room/reactions.js": JS,
    "room/search.js": JS,
    "room/threads.js": JS,
    "room/timeline.js": JS,
    "room/typing.js": JS,
    "room/uploads.js": JS,
};

/// The page at `/` and its files below `/client/`. The gateway socket is also at `/`; requests
/// that ask for it never come here.
pub(crate) fn router() -> Router {
    Router::new().route("/", get(page)).route("/client/{*file}", get(file))
}

async fn page() -> Response {
    find("index.html").map_or_else(not_found, respond)
}

async fn file(Path(name): Path<String>) -> Response {
    find(&name).map_or_else(not_found, respond)
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "no such file\n").into_response()
}

fn respond(asset: &Asset) -> Response {
    let mut response = Response::new(Body::from(asset.text));
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, asset.media_type);
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    // The files change with the binary, and a local server is fast enough.
    set(header::CACHE_CONTROL, "no-store");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of what `from` imports as `./x.js` or `../folder/x.js`.
    fn resolve(from: &str, import: &str) -> String {
        let mut folders: Vec<&str> = from.split('/').collect();
        folders.pop();
        for part in import.split('/') {
            match part {
                "." => {}
                ".." => drop(folders.pop()),
                name => folders.push(name),
            }
        }
        folders.join("/")
    }

    #[test]
    fn every_file_the_client_imports_is_served() {
        let served: Vec<&str> = ASSETS.iter().map(|asset| asset.name).collect();
        let mut imported = vec!["app.js".to_owned()];
        for asset in ASSETS {
            for line in asset.text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let Some((_, import)) = line.split_once("from \".") else { continue };
                let import = import.split('"').next().unwrap();
                let name = resolve(asset.name, &format!(".{import}"));
                assert!(served.contains(&name.as_str()), "{} imports {name}", asset.name);
                imported.push(name);
            }
        }
        for asset in ASSETS.iter().filter(|asset| asset.media_type == JS) {
            assert!(imported.iter().any(|name| name == asset.name), "nobody imports {}", asset.name);
        }
    }

    #[test]
    fn every_file_of_the_client_has_one_job() {
        for asset in ASSETS {
            let lines = asset.text.lines().count();
            assert!(lines <= 450, "{} has {lines} lines", asset.name);
        }
    }

    #[test]
    fn the_client_never_parses_text_as_markup() {
        for asset in ASSETS.iter().filter(|asset| asset.media_type == JS) {
            for unsafe_call in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
            {
                assert!(!asset.text.contains(unsafe_call), "{} uses {unsafe_call}", asset.name);
            }
        }
    }

    #[test]
    fn the_page_has_no_inline_script_or_style() {
        let page = find("index.html").unwrap().text;
        assert!(!page.contains("<style"));
        assert!(!page.contains("style="));
        assert!(!page.contains("javascript:"));
        for tag in page.match_indices("<script") {
            assert!(page[tag.0..].starts_with("<script type=\"module\" src="));
        }
        for asset in ASSETS {
            let response = respond(asset);
            let policy = response.headers().get(header::CONTENT_SECURITY_POLICY);
            assert!(policy.is_some_and(|policy| !policy.to_str().unwrap().contains("unsafe")));
        }
    }
}
