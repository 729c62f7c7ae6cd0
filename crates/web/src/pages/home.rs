//! `GET /`: a small status page for people. Plain HTML, no scripts.

use std::{fmt::Write as _, time::Duration};

use axum::{
    extract::State,
    http::header,
    response::{Html, IntoResponse},
};

use crate::{
    server::App,
    status::{Link, Snapshot},
};

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8886; }
caption { text-align: left; font-weight: 600; padding: 1rem 0 .3rem; }
";

/// The status page.
pub(crate) async fn page(State(app): State<App>) -> Html<String> {
    Html(render(&app.status.snapshot()))
}

/// Its style sheet.
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

fn render(snapshot: &Snapshot) -> String {
    let state = if snapshot.is_ready() { "ready" } else { "not ready" };
    let checks = table(
        "Checks",
        &["Check", "State", "Detail"],
        snapshot.checks.iter().map(|check| {
            let state = if check.ready { "ready" } else { "not ready" };
            vec![check.name.clone(), state.to_owned(), check.detail.clone()]
        }),
    );
    let shards = table(
        "Shards",
        &["Shard", "State", "Latency", "Servers"],
        snapshot.shards.iter().map(|shard| {
            let latency =
                shard.latency.map_or_else(|| "unknown".to_owned(), |time| format!("{} ms", time.as_millis()));
            vec![shard.id.to_string(), shard.state.clone(), latency, shard.guilds.to_string()]
        }),
    );
    let links: String = snapshot.links.iter().filter_map(link).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Guildhall: {state}</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n\
         <main>\n<h1>Guildhall</h1>\n\
         <p>Version {version}, <strong>{state}</strong>, up for {uptime}, in {guilds} servers.</p>\n\
         {checks}{shards}<h2>Elsewhere</h2>\n<ul>\n{links}\
         <li><a href=\"/ready\">Checks as JSON</a></li>\n<li><a href=\"/metrics\">Metrics</a></li>\n\
         <li><a href=\"/servers\">Servers as JSON</a></li>\n<li><a href=\"/database\">Database as JSON</a></li>\n\
         </ul>\n</main>\n</body>\n</html>\n",
        version = escape(&snapshot.version),
        uptime = span(snapshot.uptime()),
        guilds = snapshot.guilds,
    )
}

fn table(caption: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("<table>\n<caption>{caption}</caption>\n<tr>");
    for head in heads {
        // Writing into a string cannot fail.
        let _ = write!(text, "<th scope=\"col\">{head}</th>");
    }
    text.push_str("</tr>\n");
    for row in rows {
        text.push_str("<tr>");
        for cell in row {
            let _ = write!(text, "<td>{}</td>", escape(&cell));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    text
}

/// A link, if its address is one that only leads somewhere.
fn link(link: &Link) -> Option<String> {
    let safe = ["http://", "https://", "/"].iter().any(|start| link.address.starts_with(start));
    safe.then(|| format!("<li><a href=\"{}\">{}</a></li>\n", escape(&link.address), escape(&link.label)))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A time span in its two largest units.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Check;

    #[test]
    fn what_comes_from_elsewhere_cannot_become_markup() {
        let page = render(&Snapshot {
            version: "<script>".to_owned(),
            checks: vec![Check::new("<b>", true, "\"quoted\" & 'so'")],
            links: vec![
                Link { label: "<i>".to_owned(), address: "http://x/?\"onclick=".to_owned() },
                Link { label: "bad".to_owned(), address: "javascript:alert(1)".to_owned() },
            ],
            ..Snapshot::default()
        });
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("<i>"));
        assert!(!page.contains("javascript:") && !page.contains("\"onclick"));
        assert!(page.contains("&quot;quoted&quot; &amp; &#39;so&#39;"));
    }

    #[test]
    fn spans_show_two_units() {
        for (seconds, text) in [(5, "5 s"), (65, "1 min 5 s"), (3_700, "1 h 1 min"), (90_000, "1 d 1 h")] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
