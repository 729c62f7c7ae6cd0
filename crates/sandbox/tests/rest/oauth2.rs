//! OAuth2 over HTTP: the page, codes with PKCE, tokens, scopes. (Discord docs: OAuth2.)

use guildhall_sandbox::example::{self, ADA, BOOK_CLUB, GRACE, LINUS};
use serde_json::{Value, json};

use crate::bot::{Bench, Got, read};

const APPLICATION: u64 = example::APPLICATION;
const BACK: &str = "http://127.0.0.1:9/callback?from=sandbox";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A sandbox whose application has an address to be sent back to.
struct Site {
    bench: Bench,
    secret: String,
}

impl Site {
    async fn start() -> Self {
        let bench = Bench::with(Bench::wide()).await;
        let edit = json!({ "redirect_uris": [BACK] });
        bench.control("PATCH", &format!("/applications/{APPLICATION}"), edit).await.good(200);
        let state = bench.control("GET", "/state", Value::Null).await.good(200);
        let (mut all, id) =
            (state["applications"].as_array().expect("a list").iter(), json!(APPLICATION.to_string()));
        let own = all.find(|a| a["id"] == id).expect("the example's application");
        let secret = own["client_secret"].as_str().expect("a secret").to_owned();
        Self { bench, secret }
    }

    async fn agree(&self, user: u64, more: Value) -> Got {
        let mut body = json!({ "client_id": APPLICATION.to_string(), "response_type": "code",
            "redirect_uri": BACK, "scope": "identify guilds", "state": "s1" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.bench.control("POST", &format!("/as/{user}/authorize"), body).await
    }

    async fn code(&self, user: u64, more: Value) -> String {
        self.agree(user, more).await.good(200)["code"].as_str().expect("a code").to_owned()
    }

    async fn form(&self, path: &str, secret: &str, pairs: &[(&str, &str)]) -> Got {
        let url = format!("http://{}/api{path}", self.bench.sandbox.addr());
        let request = self.bench.client.post(url).basic_auth(APPLICATION, Some(secret));
        let body = url_encoded(pairs);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        read(request.send().await.expect("an answer")).await
    }

    async fn exchange(&self, code: &str, more: &[(&str, &str)]) -> Got {
        let mut pairs = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)];
        pairs.extend(more);
        self.form("/oauth2/token", &self.secret, &pairs).await
    }

    async fn token(&self, user: u64, scope: &str) -> Value {
        let code = self.code(user, json!({ "scope": scope })).await;
        self.exchange(&code, &[]).await.good(200)
    }

    async fn by(&self, token: &Value, path: &str) -> Got {
        let token = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        self.bench.call("GET", path, Value::Null, Some(&token)).await
    }
}

fn url_encoded(pairs: &[(&str, &str)]) -> String {
    let plain = |text: &str| -> String {
        let byte = |b: u8| {
            if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }
        };
        text.bytes().map(byte).collect()
    };
    pairs.iter().map(|(k, v)| format!("{}={}", plain(k), plain(v))).collect::<Vec<_>>().join("&")
}

fn failed(got: &Got, status: u16, error: &str) {
    assert_eq!((got.status, &got.body["error"]), (status, &json!(error)), "{}", got.text);
    assert!(got.header("x-ratelimit-bucket").is_none());
}

#[tokio::test]
async fn a_code_becomes_a_token_once_and_with_its_proof() {
    let site = Site::start().await;
    let proof = json!({ "code_challenge": CHALLENGE, "code_challenge_method": "S256" });
    let agreed = site.agree(LINUS, proof.clone()).await.good(200);
    let location = agreed["location"].as_str().expect("an address");
    assert!(location.starts_with("http://127.0.0.1:9/callback?from=sandbox&code="), "{location}");
    assert_eq!(agreed["state"], "s1");
    let code = agreed["code"].as_str().expect("a code");
    failed(&site.exchange(code, &[("code_verifier", "wrong")]).await, 400, "invalid_grant");
    failed(&site.exchange(code, &[("code_verifier", VERIFIER)]).await, 400, "invalid_grant");

    let code = site.code(LINUS, proof).await;
    let got = site.exchange(&code, &[("code_verifier", VERIFIER)]).await;
    assert!(got.header("x-ratelimit-limit").is_none(), "token routes have no rate limit headers");
    let token = got.good(200);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(604_800)));
    assert_eq!(token["scope"], "identify guilds");
    failed(&site.exchange(&code, &[("code_verifier", VERIFIER)]).await, 400, "invalid_grant");
    assert_eq!(site.by(&token, "/users/@me").await.good(200)["username"], "linus");

    let late = site.code(LINUS, json!({})).await;
    site.bench.control("POST", "/clock/advance", json!({ "ms": 60_001 })).await.good(200);
    failed(&site.exchange(&late, &[]).await, 400, "invalid_grant");
    site.bench.close().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let site = Site::start().await;
    for (more, status) in [
        (json!({ "redirect_uri": "http://127.0.0.1:9/callback" }), 400),
        (json!({ "scope": "identify everything" }), 400),
        (json!({ "response_type": "password" }), 400),
        (json!({ "client_id": "5" }), 404),
        (json!({ "scope": "bot", "integration_type": 1 }), 400),
        (json!({ "code_challenge": "x", "code_challenge_method": "MD5" }), 400),
    ] {
        assert_eq!(site.agree(LINUS, more.clone()).await.status, status, "{more}");
    }
    let denied = site.agree(LINUS, json!({ "deny": true })).await.good(200);
    assert_eq!((&denied["error"], &denied["state"]), (&json!("access_denied"), &json!("s1")));

    let code = site.code(LINUS, json!({})).await;
    let pairs = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", BACK)];
    failed(&site.form("/oauth2/token", "wrong", &pairs).await, 401, "invalid_client");
    failed(
        &site.form("/oauth2/token", &site.secret, &[("grant_type", "password")]).await,
        400,
        "unsupported_grant_type",
    );
    let json =
        site.bench.call("POST", "/oauth2/token", json!({ "grant_type": "client_credentials" }), None).await;
    json.refused(400, 50_035);
    let elsewhere =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "http://x/")];
    failed(&site.form("/oauth2/token", &site.secret, &elsewhere).await, 400, "invalid_grant");
    site.bench.close().await;
}

#[tokio::test]
async fn tokens_are_renewed_expire_and_are_revoked_together() {
    let site = Site::start().await;
    let first = site.token(LINUS, "identify").await;
    let refresh = |token: &Value| token["refresh_token"].as_str().expect("renewable").to_owned();
    let renew = async |refresh: &str| {
        site.form(
            "/oauth2/token",
            &site.secret,
            &[("grant_type", "refresh_token"), ("refresh_token", refresh)],
        )
        .await
    };
    let second = renew(&refresh(&first)).await.good(200);
    site.by(&first, "/users/@me").await.refused(401, 0);
    failed(&renew(&refresh(&first)).await, 400, "invalid_grant");
    let third = site.token(LINUS, "identify").await;
    site.bench.control("POST", "/clock/advance", json!({ "ms": 604_800_000 })).await.good(200);
    site.by(&second, "/users/@me").await.refused(401, 0);
    let renewed = renew(&refresh(&second)).await.good(200);
    site.by(&renewed, "/users/@me").await.good(200);

    let other = site.token(GRACE, "identify").await;
    let token = refresh(&third);
    site.form("/oauth2/token/revoke", &site.secret, &[("token", &token)]).await.good(200);
    site.by(&renewed, "/users/@me").await.refused(401, 0);
    site.by(&other, "/users/@me").await.good(200);
    site.bench.close().await;
}

#[tokio::test]
async fn scopes_decide_what_a_bearer_sees() {
    let site = Site::start().await;
    let little = site.token(LINUS, "identify").await;
    let me = site.by(&little, "/users/@me").await.good(200);
    assert!(me.get("email").is_none());
    site.by(&little, "/users/@me/guilds").await.refused(401, 0);
    site.by(&little, &format!("/guilds/{BOOK_CLUB}")).await.refused(401, 0);
    let much = site.token(LINUS, "identify email guilds guilds.members.read connections openid").await;
    assert!(site.by(&much, "/users/@me").await.good(200)["email"].is_string());
    let guilds = site.by(&much, "/users/@me/guilds").await.good(200);
    let id = json!(BOOK_CLUB.to_string());
    let club = guilds.as_array().expect("a list").iter().find(|g| g["id"] == id);
    let club = club.expect("a member");
    assert_eq!(club["owner"], false);
    assert!(club["permissions"].is_string());
    let member = site.by(&much, &format!("/users/@me/guilds/{BOOK_CLUB}/member")).await.good(200);
    assert_eq!(member["user"]["username"], "linus");
    assert_eq!(site.by(&much, "/users/@me/connections").await.good(200), json!([]));
    assert_eq!(site.by(&much, "/oauth2/userinfo").await.good(200)["sub"], LINUS.to_string());
    let about = site.by(&much, "/oauth2/@me").await.good(200);
    assert_eq!(
        (&about["user"]["username"], about["scopes"].as_array().map(Vec::len)),
        (&json!("linus"), Some(6))
    );
    site.bench.bot("GET", "/oauth2/userinfo", Value::Null).await.refused(403, 20_001);

    let pairs = [("grant_type", "client_credentials"), ("scope", "identify")];
    let own = site.form("/oauth2/token", &site.secret, &pairs).await.good(200);
    assert!(own.get("refresh_token").is_none());
    assert_eq!(site.by(&own, "/users/@me").await.good(200)["username"], "ada", "the application's owner");
    site.bench.close().await;
}

#[tokio::test]
async fn a_bot_is_added_by_who_manages_the_server_and_with_no_more_than_they_have() {
    let site = Site::start().await;
    let guild = json!({ "name": "New", "owner_id": GRACE.to_string() });
    let guild = site.bench.control("POST", "/guilds", guild).await.good(200);
    let guild_id = guild["id"].as_str().expect("an id");
    let ask = json!({ "client_id": APPLICATION.to_string(), "scope": "bot applications.commands",
        "permissions": "8", "guild_id": guild_id });
    let add =
        async |user: u64| site.bench.control("POST", &format!("/as/{user}/authorize"), ask.clone()).await;
    assert_eq!(add(LINUS).await.status, 404, "no member sees no server");
    assert_eq!(add(GRACE).await.good(200)["location"], Value::Null);
    let roles = site.bench.bot("GET", &format!("/guilds/{guild_id}/roles"), Value::Null).await.good(200);
    let own =
        roles.as_array().expect("a list").iter().find(|role| role["managed"] == true).expect("its role");
    assert_eq!(own["permissions"], "8");
    let edit = json!({ "public": false });
    site.bench.control("PATCH", &format!("/applications/{APPLICATION}"), edit).await.good(200);
    assert_eq!(add(GRACE).await.status, 403, "a private bot is added by its owner alone");
    site.bench.close().await;
}

#[tokio::test]
async fn the_page_works_without_scripts_and_not_for_other_sites() {
    let site = Site::start().await;
    let query = url_encoded(&[
        ("client_id", &APPLICATION.to_string()),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("scope", "identify"),
        ("state", "<script>"),
    ]);
    let url = format!("http://{}/oauth2/authorize?{query}", site.bench.sandbox.addr());
    let who = read(site.bench.client.get(&url).send().await.expect("a page")).await;
    assert_eq!(who.status, 200);
    let policy = who.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(who.text.contains("Linus") && !who.text.contains("<script"), "{}", who.text);
    let consent =
        read(site.bench.client.get(format!("{url}&as_user={ADA}")).send().await.expect("a page")).await;
    assert!(consent.text.contains("identify") && consent.text.contains("Authorise"), "{}", consent.text);

    let post = async |origin: &str| {
        let request = site.bench.client.post(&url).header("origin", origin);
        let body = url_encoded(&[("as_user", &ADA.to_string()), ("decision", "allow")]);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let policy = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().redirect(policy).build().expect("a client");
        client.execute(request.build().expect("a request")).await.expect("an answer")
    };
    assert_eq!(post("https://evil.example").await.status(), 400);
    let sent = post(&format!("http://{}", site.bench.sandbox.addr())).await;
    assert_eq!(sent.status(), 302);
    let location = sent.headers()["location"].to_str().expect("text").to_owned();
    let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect("a code");
    assert!(location.contains("state=%3Cscript%3E"), "{location}");
    let token = site.exchange(code, &[]).await.good(200);
    assert_eq!(site.by(&token, "/users/@me").await.good(200)["username"], "ada");
    site.bench.close().await;
}

#[tokio::test]
async fn a_person_who_allows_it_is_added_to_a_server() {
    let site = Site::start().await;
    let made = site.bench.control("POST", "/users", json!({ "username": "newcomer" })).await.good(200);
    let user: u64 = made["id"].as_str().expect("an id").parse().expect("a number");
    let path = format!("/guilds/{BOOK_CLUB}/members/{user}");
    let weak = site.token(user, "identify").await;
    let put = async |token: &Value, more: Value| {
        let mut body = json!({ "access_token": token["access_token"] });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        site.bench.bot("PUT", &path, body).await
    };
    put(&weak, json!({})).await.refused(403, 50026);
    put(&json!({ "access_token": "made-up" }), json!({})).await.refused(403, 50025);
    site.bench.bot("PUT", &path, json!({})).await.refused(400, 50035);
    let strong = site.token(user, "identify guilds.join").await;
    // The bot may not name others.
    put(&strong, json!({ "nick": "Guest" })).await.refused(403, 50013);
    let member = put(&strong, json!({})).await.good(201);
    assert_eq!((&member["nick"], &member["user"]["id"]), (&Value::Null, &json!(user.to_string())));
    put(&strong, json!({})).await.good(204);
    let other = site
        .bench
        .bot(
            "PUT",
            &format!("/guilds/{BOOK_CLUB}/members/{LINUS}"),
            json!({ "access_token": strong["access_token"] }),
        )
        .await;
    other.refused(403, 50025);
    site.bench.close().await;
}
