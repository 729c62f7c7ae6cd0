//! The page on which a person allows an application something: two plain forms that need no script. The
//! sandbox has no login, so the page first asks as whom to act.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde::Deserialize;

use super::authorize::{Asked, Wish, check};
use crate::control::guard;
use crate::model::User;
use crate::permissions::{self, Permissions};
use crate::rest::face::Face;
use crate::snowflake::{Id, parse};
use crate::world::World;

/// People and guilds that a page lists; others are named by their id.
const LISTED: usize = 500;

/// Remembers as whom a browser acts, for `prompt=none`.
const COOKIE_NAME: &str = "sandbox_person";

/// The page at the addresses at which Discord has its own.
pub(crate) fn router() -> Router<Arc<Face>> {
    let page = || get(show).post(decide);
    Router::new()
        .route("/oauth2/authorize", page())
        .route("/api/oauth2/authorize", page())
        .route("/api/v10/oauth2/authorize", page())
        .route("/oauth2/style.css", get(style))
}

/// What the forms send beside the address's own query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    as_user: String,
    as_user_id: String,
    choose_guild_id: String,
    decision: String,
}

impl Chosen {
    fn user(&self) -> Option<Id> {
        parse(self.as_user_id.trim()).or_else(|| parse(&self.as_user))
    }
}

/// `GET /oauth2/authorize`
async fn show(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
    Query(chosen): Query<Chosen>,
) -> Response {
    if guard::allowed(&headers, true).is_err() {
        return refused("This host name is not served.");
    }
    let now = face.engine.now();
    let remembered = remembered(&headers);
    let quiet = face.engine.apply(|world, _| {
        let Some((asked, user)) = check(world, &wish).ok().zip(remembered) else { return (None, Vec::new()) };
        if !asked.quiet || !asked.agreed_before(world, user) {
            return (None, Vec::new());
        }
        match asked.agree(world, user, None, now) {
            Ok((location, told)) => (location, told),
            Err(_) => (None, Vec::new()),
        }
    });
    if let Some(location) = quiet {
        return away(location.as_str(), None);
    }
    face.engine.read(|world| match check(world, &wish) {
        Err(error) => refused(&error.message),
        Ok(asked) => match chosen.user().filter(|id| world.users.contains_key(id)) {
            None => page(&asked, &who(world, &wish, &asked)),
            Some(user) => page(&asked, &consent(world, &wish, &asked, user, now)),
        },
    })
}

/// `POST /oauth2/authorize`: from this page alone, which the browser vouches for with `Origin`.
async fn decide(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
    Form(chosen): Form<Chosen>,
) -> Response {
    if guard::allowed(&headers, false).is_err() {
        return refused("Another site may not do this.");
    }
    let Some(user) = chosen.user() else { return refused("Choose as whom to act.") };
    let guild = parse(&chosen.choose_guild_id);
    let done = face.engine.try_apply_as(Some(user), None, |world, now| {
        let asked = check(world, &wish)?;
        if chosen.decision == "allow" {
            asked.agree(world, user, guild, now)
        } else {
            Ok((asked.denied(), Vec::new()))
        }
    });
    match done {
        Ok(Some(location)) => away(location.as_str(), Some(user)),
        Ok(None) if chosen.decision == "allow" => said(StatusCode::OK, "Done", "The application was added."),
        Ok(None) => said(StatusCode::OK, "Nothing was changed", "The application was not added."),
        Err(error) => refused(&error.message),
    }
}

/// `GET /oauth2/style.css`
async fn style() -> Response {
    let css = "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;\
        color:#1b1b1b;background:#fff}main{border:1px solid #767676;border-radius:.5rem;padding:1.5rem}\
        label,select,input{display:block;width:100%;box-sizing:border-box;font:inherit}\
        select,input{padding:.5rem;margin:.25rem 0 1rem}button{font:inherit;padding:.6rem 1.2rem;\
        margin-right:.5rem;border:1px solid #1b1b1b;border-radius:.3rem;background:#fff;color:#1b1b1b}\
        button.main{background:#1f4e8c;border-color:#1f4e8c;color:#fff}\
        :focus-visible{outline:3px solid #c05600;outline-offset:2px}\
        @media(prefers-color-scheme:dark){body{background:#16181c;color:#eee}\
        button,select,input{background:#24272d;color:#eee;border:1px solid #999}}";
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff")], css).into_response()
}

fn remembered(headers: &HeaderMap) -> Option<Id> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let own = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    own.filter(|(name, _)| *name == COOKIE_NAME).find_map(|(_, value)| parse(value))
}

/// The first form: as whom.
fn who(world: &World, wish: &Wish, asked: &Asked) -> String {
    let mut people: Vec<&User> = world.users.values().filter(|user| !user.bot).collect();
    people.sort_unstable_by_key(|user| user.id);
    let options: String = people.iter().take(LISTED).fold(String::new(), |mut all, user| {
        // Writing into a string cannot fail.
        let _ = write!(all, "<option value=\"{}\">{}</option>", user.id, escape(user.display_name()));
        all
    });
    let more = if people.len() > LISTED {
        "<label for=\"id\">or the id of someone else</label><input id=\"id\" name=\"as_user_id\" inputmode=\"numeric\">"
    } else {
        ""
    };
    format!(
        "<h1>{} asks for access</h1><form method=\"get\">{}<label for=\"who\">Act as</label>\
         <select id=\"who\" name=\"as_user\" autofocus>{options}</select>{more}\
         <button class=\"main\">Continue</button></form>",
        escape(&name(world, asked)),
        hidden(wish),
    )
}

/// The second form: what is asked, where, and the decision.
fn consent(world: &World, wish: &Wish, asked: &Asked, user: Id, now: i64) -> String {
    let person = world.users.get(&user).map_or("", |user| user.display_name());
    let scopes: String =
        asked.scopes.names().flat_map(|scope| ["<li><code>", scope, "</code></li>"]).collect();
    let guild = if asked.wants_guild() { guilds(world, asked, user, now) } else { String::new() };
    let back = asked.back.as_ref().map_or_else(String::new, |back| {
        format!("<p>Afterwards you are sent to <code>{}</code>.</p>", escape(&back.registered))
    });
    format!(
        "<h1>{name} asks for access</h1><p>You act as <strong>{person}</strong>. It asks for:</p>\
         <ul>{scopes}</ul>{back}<form method=\"post\" action=\"?{query}\">\
         <input type=\"hidden\" name=\"as_user\" value=\"{user}\">{guild}\
         <button class=\"main\" name=\"decision\" value=\"allow\">Authorise</button>\
         <button name=\"decision\" value=\"deny\">Cancel</button></form>",
        name = escape(&name(world, asked)),
        person = escape(person),
        query = escape(&query(wish)),
    )
}

fn guilds(world: &World, asked: &Asked, user: Id, now: i64) -> String {
    let granted: Vec<&str> = Permissions::NAMES
        .iter()
        .filter(|(_, bit)| asked.permissions.contains(*bit))
        .map(|(name, _)| *name)
        .collect();
    let manages =
        |id| permissions::in_guild(&world.guilds[&id], user, now).contains(Permissions::MANAGE_GUILD);
    let own = world.guilds_of(user).filter(|guild| manages(guild.id));
    let own = own.filter(|guild| !asked.guild_fixed || asked.guild_id == Some(guild.id));
    let options = own.take(LISTED).fold(String::new(), |mut all, guild| {
        let selected = if asked.guild_id == Some(guild.id) { " selected" } else { "" };
        let _ = write!(all, "<option value=\"{}\"{selected}>{}</option>", guild.id, escape(&guild.name));
        all
    });
    let permissions =
        if granted.is_empty() { "no permission of its own".to_owned() } else { granted.join(", ") };
    format!(
        "<label for=\"guild\">Add to server</label><select id=\"guild\" name=\"choose_guild_id\">{options}\
         </select><p>Its bot gets: {permissions}.</p>"
    )
}

fn name(world: &World, asked: &Asked) -> String {
    world.applications.get(&asked.application_id).map_or_else(String::new, |a| a.name.clone())
}

/// The query that came, without anything that is not part of it.
fn pairs(wish: &Wish) -> Vec<(&'static str, &str)> {
    let rest = [
        ("response_type", &wish.response_type),
        ("redirect_uri", &wish.redirect_uri),
        ("scope", &wish.scope),
        ("state", &wish.state),
        ("prompt", &wish.prompt),
        ("code_challenge", &wish.code_challenge),
        ("code_challenge_method", &wish.code_challenge_method),
        ("permissions", &wish.permissions),
        ("guild_id", &wish.guild_id),
        ("disable_guild_select", &wish.disable_guild_select),
        ("integration_type", &wish.integration_type),
    ];
    let given = rest.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)));
    std::iter::once(("client_id", wish.client_id.as_str())).chain(given).collect()
}

fn query(wish: &Wish) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(wish)).finish()
}

fn hidden(wish: &Wish) -> String {
    pairs(wish).into_iter().fold(String::new(), |mut all, (key, value)| {
        let _ = write!(all, "<input type=\"hidden\" name=\"{key}\" value=\"{}\">", escape(value));
        all
    })
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut all, c| {
        match c {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '"' => all.push_str("&quot;"),
            '\'' => all.push_str("&#39;"),
            c => all.push(c),
        }
        all
    })
}

fn refused(why: &str) -> Response {
    said(StatusCode::BAD_REQUEST, "This cannot be authorised", why)
}

fn said(status: StatusCode, title: &str, text: &str) -> Response {
    html(status, "'self'", &format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text)))
}

/// Browsers hold the address to which a form's answer leads against the policy too.
fn page(asked: &Asked, body: &str) -> Response {
    let back = asked.back.as_ref().map(|back| match back.uri.origin() {
        url::Origin::Opaque(_) => format!("{}:", back.uri.scheme()),
        origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
    });
    html(StatusCode::OK, &format!("'self' {}", back.unwrap_or_default()), body)
}

fn html(status: StatusCode, form_action: &str, body: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    );
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Authorise an application</title>\
         <link rel=\"stylesheet\" href=\"/oauth2/style.css\"></head><body><main>{body}</main></body></html>"
    );
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, page).into_response()
}

/// Sends the browser back to the application.
fn away(location: &str, person: Option<Id>) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else { return refused("The address cannot be used.") };
    let mut response = (StatusCode::FOUND, [(LOCATION, location)]).into_response();
    let cookie = person.map(|id| format!("{COOKIE_NAME}={id}; Path=/; HttpOnly; SameSite=Lax"));
    if let Some(cookie) = cookie.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
