use super::*;

fn taken(file: &str) -> (Vec<Entry>, Result<Held, FileFault>) {
    let mut entries = Vec::new();
    let held = read(file.as_bytes(), &mut |entry| {
        entries.push(entry);
        true
    });
    (entries, held)
}

fn texts(file: &str) -> Vec<String> {
    let (entries, held) = taken(file);
    held.unwrap();
    entries.into_iter().map(|entry| entry.text).collect()
}

#[test]
fn a_list_is_read_and_what_is_wrong_in_it_is_left_out() {
    let file = r#"[
        {"message": "one", "attachments": ["https://cdn.discordapp.com/attachments/1/2/a.png", "javascript:x"]},
        {"message": ""}, {"message": "", "attachments": ["https://example.org/a"]}, {"message": 7}, "two", 3, null,
        {"other": "x"}, {"message": "a", "content": "b"}, {"string": "three", "custom": {"deep": [1, {}]}}
    ]"#;
    let (entries, held) = taken(file);
    assert_eq!(held.unwrap(), Held { entries: 4, skipped: 6 });
    assert_eq!(entries[0].attachments, ["https://cdn.discordapp.com/attachments/1/2/a.png"]);
    assert_eq!((entries[1].text.as_str(), entries[1].attachments.len()), ("", 1));
    assert_eq!((entries[2].text.as_str(), entries[3].text.as_str()), ("two", "three"));
    assert_eq!(entries[0].id, None);
}

#[test]
fn an_export_of_a_channel_says_who_wrote_what() {
    let file = "\u{feff}{
        \"guild\": {\"id\": \"80351110224678912\", \"name\": \"Zoo\"},
        \"channel\": {\"id\": \"155101607195836416\", \"type\": \"GuildTextChat\"},
        \"messages\": [
            {\"id\": \"1440700000000000001\", \"type\": \"Default\", \"content\": \"cats sleep\",
             \"author\": {\"id\": \"175928847299117063\", \"name\": \"ada\", \"isBot\": false},
             \"attachments\": [{\"id\": \"1\", \"url\": \"https://cdn.discordapp.com/attachments/1/2/c.png\"}]},
            {\"id\": \"1440700000000000002\", \"type\": \"GuildMemberJoin\", \"content\": \"Joined the server.\"},
            {\"id\": \"1440700000000000003\", \"type\": \"Reply\", \"content\": \"beep\",
             \"author\": {\"id\": \"2\", \"isBot\": true}}
        ],
        \"messageCount\": 3
    }";
    let (entries, held) = taken(file);
    assert_eq!(held.unwrap(), Held { entries: 1, skipped: 2 });
    assert_eq!(
        entries[0],
        Entry {
            id: Some(1_440_700_000_000_000_001),
            author: Some(175_928_847_299_117_063),
            channel: Some(155_101_607_195_836_416),
            text: "cats sleep".to_owned(),
            attachments: vec!["https://cdn.discordapp.com/attachments/1/2/c.png".to_owned()],
        }
    );
}

#[test]
fn an_export_of_markov_strings_gives_each_message_once() {
    let file = r#"{
        "corpus": {"cats sleep": [{"words": "all day", "refs": [{"string": "cats sleep all day"}]}]},
        "startWords": [
            {"words": "cats sleep", "refs": [{"string": "cats sleep all day", "attachments": []}, {"string": "cats sleep"}]},
            {"words": "dogs", "refs": [{"string": "dogs"}]}
        ],
        "endWords": [{"words": "all day", "refs": [{"string": "cats sleep all day"}]}],
        "options": {"stateSize": 2}
    }"#;
    assert_eq!(texts(file), ["cats sleep all day", "cats sleep", "dogs"]);
}

#[test]
fn what_cannot_be_read_says_where_and_never_what() {
    let fault = |file: &str| taken(file).1.unwrap_err();
    for file in ["", "{\"messages\": [", "[{\"message\": \"canary\"}", "[canary]", "[1] canary"] {
        let FileFault::Syntax { line: 1 | 0, .. } = fault(file) else { panic!("{file}: {:?}", fault(file)) };
        assert!(!fault(file).to_string().contains("canary"));
    }
    for file in ["{}", "7", "\"text\"", "{\"messages\": 7}", "{\"name\": \"canary\", \"list\": []}"] {
        assert!(matches!(fault(file), FileFault::Form), "{file}: {:?}", fault(file));
        assert!(!fault(file).to_string().contains("canary"));
    }
    let deep = format!("[{}{}]", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(taken(&deep).1.unwrap(), Held { entries: 0, skipped: 1 }, "the stack does not overflow");
    let long = format!("[\"{}\", \"{}\"]", "x".repeat(4_001), "ü".repeat(4_000));
    assert_eq!(taken(&long).1.unwrap(), Held { entries: 1, skipped: 1 });
}

#[test]
fn whoever_has_enough_stops_the_reading() {
    let mut left = 2;
    let held = read(r#"["a", "b", "c", "d"]"#.as_bytes(), &mut |_| {
        left -= 1;
        left > 0
    });
    assert!(matches!(held, Err(FileFault::Stopped)));
    assert_eq!(left, 0);
}
