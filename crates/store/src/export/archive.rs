//! An export as a ZIP: one JSON file a table, a description of them all, and a word on how to read them.

use std::io::{self, Write};

use guildhall_core::clock::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::{
    Export, Page, is_id,
    zip::{Open, Zip},
};
use crate::{
    error::StoreError,
    inventory::{Personal, Table},
    schema::Schema,
};

const README: &str = "\
What is in this archive
=======================

Every file that ends in .json is a list of the rows of one table, in UTF-8.
Files in the folder `servers/ID` are about the server with that id; the others
are about you beyond servers. A file that holds `[]` says that nothing is kept.

`schema.json` is a JSON Schema (draft 2020-12). It says of each table what it is
for and how long its rows stay, and of each column whether it holds personal
data.

Ids are those of Discord, as text, because they are too large for some readers
of JSON. Times are milliseconds since 1970-01-01 00:00 UTC; a `day` is the first
millisecond of that day. Yes and no are 1 and 0.
";

/// What an archive came to.
#[derive(Debug)]
pub struct Archive<W> {
    /// What it was written to.
    pub out: W,
    /// Rows in it.
    pub rows: u64,
}

/// Writes everything that the export gives.
pub async fn archive<W: Write + Send>(
    mut export: Export,
    out: W,
    now: Timestamp,
) -> Result<Archive<W>, StoreError> {
    let schemas = export.store.schemas().to_vec();
    let write = StoreError::Export;
    let zip = file(Zip::new(out), "README.txt", &format!("{README}\nMade at {} ms.\n", now.as_millis()));
    let described = serde_json::to_string_pretty(&schema(&schemas)).map_err(|error| write(error.into()))?;
    let mut zip = Some(file(zip.map_err(write)?, "schema.json", &described).map_err(write)?);
    let mut open: Option<(String, Open<W>, bool)> = None;
    let mut rows = 0;
    while let Some(page) = export.next().await? {
        let name = name(&page);
        if open.as_ref().is_some_and(|(current, ..)| *current != name) {
            zip = close(open.take()).map_err(write)?;
        }
        if let Some(closed) = zip.take() {
            let mut opened = closed.open(&name).map_err(write)?;
            opened.write("[").map_err(write)?;
            open = Some((name, opened, true));
        }
        let Some((_, file, first)) = &mut open else { continue };
        rows += page.rows.len() as u64;
        for row in page.rows {
            let text = Json::Object(row).to_string();
            file.write(if *first { "\n" } else { ",\n" }).and_then(|()| file.write(&text)).map_err(write)?;
            *first = false;
        }
    }
    let zip = close(open.take()).map_err(write)?.or(zip);
    let zip = zip.ok_or_else(|| write(io::Error::other("the archive has no end")))?;
    Ok(Archive { out: zip.finish().map_err(write)?, rows })
}

fn close<W: Write>(open: Option<(String, Open<W>, bool)>) -> io::Result<Option<Zip<W>>> {
    let Some((_, mut file, first)) = open else { return Ok(None) };
    file.write(if first { "]\n" } else { "\n]\n" })?;
    file.close().map(Some)
}

fn file<W: Write>(zip: Zip<W>, name: &str, text: &str) -> io::Result<Zip<W>> {
    let mut open = zip.open(name)?;
    open.write(text)?;
    open.close()
}

fn name(page: &Page) -> String {
    match page.guild {
        Some(guild) => format!("servers/{guild}/{}.json", page.table.name),
        None => format!("{}.json", page.table.name),
    }
}

/// A JSON Schema of the files: a definition for each table.
pub fn schema(schemas: &[Schema]) -> Json {
    let tables = schemas.iter().flat_map(|schema| schema.inventory);
    let definitions: Map<String, Json> =
        tables.map(|table| (table.name.to_owned(), describe(table))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tables of Guildhall",
        "description": "Each file NAME.json is described by the definition of that name.",
        "$defs": definitions,
    })
}

fn describe(table: &Table) -> Json {
    let columns: Map<String, Json> = table
        .columns
        .iter()
        .map(|column| {
            let types = if is_id(column.name, column.personal) {
                json!(["string", "null"])
            } else {
                json!(["integer", "number", "string", "null"])
            };
            let about = match column.personal {
                Personal::No => "Nothing about a person.",
                Personal::Id => "Names a person.",
                Personal::Content => "What a person wrote, did or chose.",
            };
            (column.name.to_owned(), json!({ "type": types, "description": about }))
        })
        .collect();
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    json!({
        "type": "array",
        "description": format!("{}. Kept {}.", sentence(table.purpose), table.retention),
        "items": {
            "type": "object",
            "properties": columns,
            "required": names,
            "additionalProperties": false,
        },
    })
}

/// The purpose with a capital letter.
fn sentence(purpose: &str) -> String {
    let mut letters = purpose.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
