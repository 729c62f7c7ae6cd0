//! Random paths and bodies on every route of REST and of the control interface.

use axum::http::Method;
use guildhall_testkit::fuzz::inputs;

use super::{dice::Dice, field::Field};
use crate::control;

/// Control routes that wait for something, or whose load would keep the test busy.
const LEFT_OUT: [&str; 9] =
    ["/flood", "/series", "/journal/wait", "/events", "/bulk", "/crowd", "/reset", "/recording", "/replay"];

#[tokio::test]
async fn random_requests_are_answered_and_never_by_the_server_failing() {
    let mut field = Field::new();
    let mut dice = Dice(20_261_120);
    let (all, mut good) = (inputs(50), 0);
    let routes = field.routes.clone();
    for _ in 0..all {
        let (method, template) = dice.pick(&routes).clone();
        // Channels and guilds stay, so that later requests have something to work on.
        if method == Method::DELETE && template.matches('{').count() == 1 {
            continue;
        }
        let mut template = template.to_owned();
        if template.contains("{token}") && dice.below(4) > 0 {
            template = field.answerable(&template, &mut dice);
        }
        let uri = format!("/api/v10{}", dice.path(&template, &field.known));
        let body = dice.body(&field.seeds, &field.known);
        good += u32::from(field.send(&method, &uri, "application/json", body).await.is_success());
    }
    println!("{good} of {all} were carried out");
    assert!(good as usize > all / 40, "only {good} requests got anywhere");
    let uri = "/api/v10/users/@me";
    assert!(field.send(&Method::GET, uri, "application/json", Vec::new()).await.is_success());
}

#[tokio::test]
async fn random_control_requests_are_answered() {
    let mut field = Field::new();
    let mut dice = Dice(1_973);
    let (all, mut good) = (inputs(20), 0);
    let routes = control_routes();
    for _ in 0..all {
        let (method, template) = dice.pick(&routes);
        let uri = format!("/control{}", dice.path(template, &field.known));
        let body = dice.body(&field.seeds, &field.known);
        good += u32::from(field.send(method, &uri, "application/json", body).await.is_success());
    }
    println!("{good} of {all} were carried out");
    assert!(good as usize > all / 40, "only {good} requests got anywhere");
    let uri = "/control/state";
    assert!(field.send(&Method::GET, uri, "application/json", Vec::new()).await.is_success());
}

/// The routes that the control interface says it has.
fn control_routes() -> Vec<(Method, String)> {
    let document = control::openapi();
    let paths = document["paths"].as_object().expect("a description has paths");
    let mut routes = Vec::new();
    for (path, methods) in paths {
        if LEFT_OUT.iter().any(|part| path.contains(part)) {
            continue;
        }
        for method in methods.as_object().into_iter().flat_map(|methods| methods.keys()) {
            let Ok(method) = method.to_uppercase().parse() else { continue };
            // The example stays, so that later requests have something to work on.
            if method != Method::DELETE || path.matches('{').count() > 1 {
                let below = path.strip_prefix("/control").unwrap_or(path);
                routes.push((method, below.to_owned()));
            }
        }
    }
    assert!(routes.len() > 30, "the control interface tells of {} routes", routes.len());
    routes
}
