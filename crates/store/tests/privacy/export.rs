//! Exports: complete, of one subject alone, and documented.

use std::{collections::BTreeSet, io::Write as _, process::Command};

use guildhall_store::{
    Person, Subject,
    export::{self, Export},
};
use serde_json::Value;

use crate::stage::{NOW, Stage, canary, guild, user};
use guildhall_testkit::{database::Kind, on_each_database};

on_each_database! {
    an_export_has_every_field_that_the_inventory_knows_of_a_person,
    many_rows_come_in_pages_and_each_once,
    an_archive_can_be_opened_and_says_what_it_holds,
}

async fn pages(mut export: Export) -> Vec<export::Page> {
    let mut pages = Vec::new();
    while let Some(page) = export.next().await.unwrap() {
        pages.push(page);
    }
    pages
}

async fn an_export_has_every_field_that_the_inventory_knows_of_a_person(kind: Kind) {
    let stage = Stage::new(kind).await;
    for (place, who) in [(1, 20), (2, 20), (1, 21)] {
        stage.lived_in(place, who).await;
    }
    let pages = pages(Export::of(&stage.store, Subject::User(user(20))).await.unwrap()).await;
    let named: BTreeSet<_> =
        pages.iter().filter(|page| !page.rows.is_empty()).map(|page| page.table.name).collect();
    let personal = |person: Person| {
        matches!(
            person,
            Person::Owner
                | Person::Author(_)
                | Person::Authors(_)
                | Person::AuthorOrLoose { .. }
                | Person::Wish(_)
                | Person::DerivedFrom { .. }
        )
    };
    let tables = stage.store.schemas().iter().flat_map(|schema| schema.inventory);
    let wanted: BTreeSet<_> = tables.filter(|table| personal(table.person)).map(|table| table.name).collect();
    let missing: Vec<_> = wanted.difference(&named).copied().collect();
    // They did nothing in direct messages and own no server.
    assert_eq!(missing, ["privacy_guild_audit", "user_inbox"]);
    for page in &pages {
        let columns: BTreeSet<_> = page.table.columns.iter().map(|column| column.name).collect();
        for row in &page.rows {
            assert_eq!(row.keys().map(String::as_str).collect::<BTreeSet<_>>(), columns);
        }
    }
    let rows: Vec<_> = pages.iter().flat_map(|page| &page.rows).collect();
    let text = format!("{rows:?}");
    assert!(text.contains(&canary(20)) && !text.contains(&canary(21)));
}

async fn many_rows_come_in_pages_and_each_once(kind: Kind) {
    let stage = Stage::new(kind).await;
    for id in 0..1_203 {
        stage.note(1, id, 20, NOW).await;
    }
    let pages = pages(Export::of(&stage.store, Subject::Guild(guild(1))).await.unwrap()).await;
    let rows = |name| pages.iter().filter(move |page| page.table.name == name).flat_map(|page| &page.rows);
    let ids: BTreeSet<i64> = rows("note").map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!((ids.len(), rows("note").count(), rows("note_word").count()), (1_203, 1_203, 2_406));
}

async fn an_archive_can_be_opened_and_says_what_it_holds(kind: Kind) {
    let stage = Stage::new(kind).await;
    stage.lived_in(1, 20).await;
    stage.lived_in(1, 21).await;
    let export = Export::own(&stage.store, user(20), Some(guild(1)));
    let archive = export::archive(export, Vec::new(), NOW).await.unwrap();
    assert_eq!(archive.rows, 3 + 6 + 1 + 1 + 1 + 1 + 2);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&archive.out).unwrap();
    // Another program than ours opens it.
    let script = "import json, sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[1]) as z:\n\
        \x20   assert z.testzip() is None\n\
        \x20   print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
    let output = Command::new("python3").args(["-c", script]).arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = files.as_object().unwrap();
    let parsed = |name: &str| -> Value { serde_json::from_str(files[name].as_str().unwrap()).unwrap() };
    assert!(files["README.txt"].as_str().unwrap().contains("schema.json"));
    let schema = parsed("schema.json");
    let notes = parsed("servers/1/note.json");
    assert_eq!(notes.as_array().unwrap().len(), 3);
    assert_eq!(notes[0]["author_id"], "20");
    assert_eq!(parsed("user_inbox.json"), serde_json::json!([]));
    for (name, text) in files {
        let Some(table) = name.strip_suffix(".json").and_then(|name| name.rsplit('/').next()) else {
            continue;
        };
        if table == "schema" {
            continue;
        }
        let rows: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        let described = &schema["$defs"][table]["items"]["properties"];
        for row in rows.as_array().unwrap() {
            for field in row.as_object().unwrap().keys() {
                assert!(described[field].is_object(), "{name}: {field}");
            }
        }
        assert!(!text.as_str().unwrap().contains(&canary(21)), "{name}");
    }
}
