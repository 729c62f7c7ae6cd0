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
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
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
    "app.css": CSS,
    "content.css": CSS,
    "icon.svg": SVG,
    "api.js": JS,
    "app.js": JS,
    "combobox.js": JS,
    "command_form.js": JS,
    "commands.js": JS,
    "components.js": JS,
    "composer.js": JS,
    "dms.js": JS,
    "dom.js": JS,
    "embeds.js": JS,
    "events.js": JS,
    "format.js": JS,
    "interactions.js": JS,
    "journal.js": JS,
    "markdown.js": JS,
    "message.js": JS,
    "modal.js": JS,
    "selects.js": JS,
    "sidebar.js": JS,
    "state.js": JS,
    "timeline.js": JS,
};

/// The page at `/` and its files below `/client/`. The gateway socket is also at `/`; requests
/// that ask for it never come here.
pub(crate) fn router() -> Router {
    Router::new().route("/", get(page)).route("/client/{file}", get(file))
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

    #[test]
    fn every_file_the_client_imports_is_served() {
        let served: Vec<&str> = ASSETS.iter().map(|asset| asset.name).collect();
        for asset in ASSETS {
            for line in asset.text.lines() {
                let Some(start) = line.find("from \"./") else {
                    continue;
                };
                let import = &line[start + "from \"./".len()..];
                let name = import.split('"').next().unwrap();
                assert!(served.contains(&name), "{} imports {name}", asset.name);
            }
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
