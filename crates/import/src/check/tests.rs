use super::*;

const GUILD: i64 = 77;

fn layout(table: &str, columns: &[&str]) -> Layout {
    let columns: Vec<_> = columns.iter().map(|name| ((*name).to_owned(), 0)).collect();
    Layout::of(table, &columns, false)
}

fn refusal(columns: &[&str], cells: &[Cell<'_>]) -> Option<(Reason, String)> {
    let refused = check(&layout("users", columns), cells, 5, GUILD).err()?;
    Some((refused.reason, refused.detail.unwrap_or_default()))
}

#[test]
fn ids_are_taken_as_text_and_number_and_refused_as_fractions() {
    let columns = ["discord_id"];
    let key =
        |cell: Cell<'_>| check(&layout("users", &columns), &[cell], 5, GUILD).map(|row| (row.key, row.user));
    let good = Ok(("175928847299117063".to_owned(), Some(175_928_847_299_117_063)));
    assert_eq!(key(Cell::Int(175_928_847_299_117_063)), good);
    assert_eq!(key(Cell::Text("175928847299117063")), good);
    for (cell, reason) in [
        (Cell::Real(1.759_288_472_991_17e17), Reason::IdLostDigits),
        (Cell::Int(0), Reason::IdOutOfRange),
        (Cell::Int(-4), Reason::IdOutOfRange),
        (Cell::Text("-4"), Reason::IdOutOfRange),
        (Cell::Text("99999999999999999999"), Reason::IdOutOfRange),
        (Cell::Text("0017"), Reason::NotAnId),
        (Cell::Text("1.7e17"), Reason::NotAnId),
        (Cell::Text(" 17"), Reason::NotAnId),
        (Cell::Text(""), Reason::NotAnId),
        (Cell::Bytes(b"17"), Reason::NotAnId),
        (Cell::Garbled, Reason::BadText),
        (Cell::Null, Reason::NullKey),
    ] {
        assert_eq!(
            refusal(&columns, std::slice::from_ref(&cell)),
            Some((reason, "discord_id".to_owned())),
            "{cell:?}"
        );
    }
}

#[test]
fn a_row_of_another_guild_is_refused_before_anything_else() {
    let columns = ["guild_id", "discord_id", "username"];
    let row = |guild: Cell<'static>| [guild, Cell::Text("not an id"), Cell::Garbled];
    assert_eq!(refusal(&columns, &row(Cell::Text("78"))), Some((Reason::OtherGuild, "78".to_owned())));
    assert_eq!(refusal(&columns, &row(Cell::Null)), Some((Reason::NoGuild, "guild_id".to_owned())));
    assert_eq!(refusal(&columns, &row(Cell::Int(77))), Some((Reason::NotAnId, "discord_id".to_owned())));
}

#[test]
fn what_is_too_long_garbled_or_infinite_is_refused() {
    let columns = ["discord_id", "username"];
    let long = "x".repeat(VALUE_BYTES + 1);
    let row = |cell| refusal(&columns, &[Cell::Int(1), cell]).map(|(reason, _)| reason);
    assert_eq!(row(Cell::Text(&long)), Some(Reason::TooLong));
    assert_eq!(row(Cell::Bytes(long.as_bytes())), Some(Reason::TooLong));
    assert_eq!(row(Cell::Text(&long[1..])), None);
    assert_eq!(row(Cell::Real(f64::INFINITY)), Some(Reason::NotFinite));
    assert_eq!(row(Cell::Garbled), Some(Reason::BadText));
    let key = "k".repeat(KEY_BYTES + 1);
    let code = layout("invites", &["invite_code"]);
    assert_eq!(check(&code, &[Cell::Text(&key)], 1, GUILD).unwrap_err().reason, Reason::TooLong);
    let wide: Vec<String> = (0..9).map(|number| format!("c{number}")).collect();
    let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
    let cells = vec![Cell::Text(&long[..60_000]); 9];
    assert_eq!(payload(&layout("wide", &wide), &cells).unwrap_err().reason, Reason::TooLong);
}

#[test]
fn different_keys_never_look_the_same() {
    let pair = layout("achievements", &["discord_id", "achievement"]);
    let key = |text: &str| check(&pair, &[Cell::Int(1), Cell::Text(text)], 5, GUILD).unwrap().key;
    assert_eq!(key("first steps"), "1/first steps");
    assert_eq!(key("a/b\\c\0"), "1/a\\/b\\\\c\\u{0}");
    assert_ne!(key("a\\"), key("a\\\\"));
    assert_eq!(check(&layout("note", &["text"]), &[Cell::Null], 5, GUILD).unwrap().key, "#5");
}

#[test]
fn a_row_is_kept_whole_by_the_names_of_its_columns() {
    let layout = layout("users", &["Username", "discord_id", "score", "raw", "n", "inviter", "none"]);
    let cells = [
        Cell::Text("Zo\u{eb} \"\u{1f600}\"\n"),
        Cell::Int(175_928_847_299_117_063),
        Cell::Real(7.5),
        Cell::Bytes(&[0, 255]),
        Cell::Int(-3),
        Cell::Int(9),
        Cell::Null,
    ];
    let parsed: serde_json::Value = serde_json::from_str(&payload(&layout, &cells).unwrap()).unwrap();
    let expected = serde_json::json!({
        "username": "Zo\u{eb} \"\u{1f600}\"\n", "discord_id": "175928847299117063", "score": 7.5,
        "raw": { "base64": "AP8=" }, "n": -3, "inviter": "9", "none": null,
    });
    assert_eq!(parsed, expected);
}

#[test]
fn a_row_names_up_to_two_people() {
    let uses = layout("invite_uses", &["inviter", "joiner", "id"]);
    let people = |inviter: Cell<'_>, joiner: Cell<'_>| {
        let row = check(&uses, &[inviter, joiner, Cell::Int(1)], 5, GUILD).unwrap();
        (row.user, row.other)
    };
    assert_eq!(people(Cell::Int(3), Cell::Text("4")), (Some(4), Some(3)));
    assert_eq!(people(Cell::Text("ada#1"), Cell::Int(4)), (Some(4), None));
    assert_eq!(people(Cell::Int(4), Cell::Int(4)), (Some(4), None));
    assert_eq!(people(Cell::Null, Cell::Null), (None, None));
}

#[test]
fn later_changes_compare_as_later() {
    let order = [
        Cell::Null,
        Cell::Int(-5),
        Cell::Int(0),
        Cell::Real(3.5),
        Cell::Int(1_700_000_000),
        Cell::Text("2024-01-01 00:00:00"),
        Cell::Text("2024-01-01 00:00:00.5"),
        Cell::Text("2025-01-01"),
    ];
    let forms: Vec<_> = order.iter().map(Changed::of).collect();
    assert!(forms.windows(2).all(|two| two[0] < two[1]), "{forms:?}");
}
