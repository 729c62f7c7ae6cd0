//! Random parts of uploads: names, headers, lengths and bodies that do not fit each other.

use std::fmt::Write as _;

use axum::http::Method;
use guildhall_testkit::fuzz::inputs;

use super::{dice::Dice, field::Field};

const BOUNDARY: &str = "part-of-a-test";

#[tokio::test]
async fn random_uploads_are_answered() {
    let mut field = Field::new();
    let mut dice = Dice(77);
    let takers: Vec<(Method, &'static str)> = field
        .routes
        .iter()
        .filter(|(method, _)| matches!(*method, Method::POST | Method::PATCH | Method::PUT))
        .filter(|(_, path)| {
            ["messages", "webhooks", "stickers", "threads", "callback", "attachment", "invites"]
                .iter()
                .any(|part| path.contains(part))
        })
        .cloned()
        .collect();
    let (all, mut good) = (inputs(10), 0);
    for _ in 0..all {
        let (method, template) = dice.pick(&takers).clone();
        let mut template = template.to_owned();
        if dice.below(2) == 0 {
            // A place that is there for certain, so that what is in the parts decides.
            template = template.replace("{channel}", &field.known[1].to_string());
        }
        if template.contains("{token}") && dice.below(4) > 0 {
            template = field.answerable(&template, &mut dice);
        }
        let uri = format!("/api/v10{}", dice.path(&template, &field.known));
        let (content_type, body) = upload(&mut dice, &field);
        good += u32::from(field.send(&method, &uri, &content_type, body).await.is_success());
    }
    println!("{good} of {all} were carried out");
    assert!(good as usize > all / 200, "only {good} uploads got anywhere");
}

/// A multipart body, mostly well formed.
fn upload(dice: &mut Dice, field: &Field) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for number in 0..dice.below(5) {
        part(dice, field, number, &mut body);
    }
    match dice.below(12) {
        0 => {}
        1 => body.extend_from_slice(format!("--{BOUNDARY}").as_bytes()),
        _ => body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes()),
    }
    if dice.below(10) == 0 {
        body.truncate(dice.below(body.len() + 1));
    }
    if dice.below(20) == 0 && !body.is_empty() {
        let place = dice.below(body.len());
        body[place] ^= 1 << dice.below(8);
    }
    let boundary = match dice.below(20) {
        0 => String::new(),
        1 => "; boundary=other".to_owned(),
        2 => format!("; boundary={}", "b".repeat(dice.below(300))),
        _ => format!("; boundary={BOUNDARY}"),
    };
    (format!("multipart/form-data{boundary}"), body)
}

fn part(dice: &mut Dice, field: &Field, number: usize, body: &mut Vec<u8>) {
    let names = [
        "payload_json",
        "files[0]",
        "files[1]",
        "files[999999999999]",
        "file",
        "content",
        "name",
        "tags",
        "",
    ];
    let name = if number == 0 { "payload_json" } else { *dice.pick(&names) };
    let file = match dice.below(6) {
        0 => format!("; filename=\"{}\"", dice.text().replace(['"', '\r', '\n'], "_")),
        1 => "; filename=\"../../etc/passwd\"".to_owned(),
        2 | 3 => "; filename=\"picture.png\"".to_owned(),
        _ => String::new(),
    };
    let mut head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n");
    match dice.below(6) {
        0 => head.push_str("Content-Type: application/json\r\n"),
        1 => head.push_str("Content-Type: image/png\r\n"),
        2 => {
            let _ = write!(head, "Content-Type: {}\r\n", "x/".repeat(dice.below(40)));
        }
        _ => {}
    }
    head.push_str("\r\n");
    body.extend_from_slice(head.as_bytes());
    if name == "payload_json" && dice.below(8) > 0 {
        body.extend(dice.body(&field.seeds, &field.known));
    } else {
        let length = 1 << dice.below(16);
        body.extend((0..length).map(|_| dice.byte()));
    }
    body.extend_from_slice(b"\r\n");
}
