//! What the statistics add to `/server_stats`.

use guildhall_core::{id::UserId, text};
use guildhall_framework::{Ctx, Failure, Figure};
use guildhall_store::{Row, StoreError, params};

use super::schema;
use crate::{
    calendar::{DAY, day},
    view::user,
};

/// Members that are named.
const TOP: usize = 5;
/// Members that are looked at, because some do not want to be named.
const LOOKED_AT: u32 = 50;

pub(super) async fn gather(ctx: &mut Ctx) -> Result<Vec<Figure>, Failure> {
    let today = day(ctx.now());
    let mut tx = ctx.snapshot().await?;
    let totals = tx.fetch_one(&schema::TOTALS, params![today, today - DAY * 6]).await?;
    let top = tx.fetch_all(&schema::TOP, params![today - DAY * 29, LOOKED_AT]).await?;
    let words = text!(
        "statistics-messages-value",
        today = totals.get::<i64>("today")?,
        week = totals.get::<i64>("week")?,
        total = totals.get::<i64>("total")?,
    );
    let read =
        |row: &Row| -> Result<(UserId, i64), StoreError> { Ok((row.get("user_id")?, row.get("messages")?)) };
    let mut named = top.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    named.retain(|(id, _)| ctx.may_name(*id));
    let line = |(place, (id, messages)): (usize, &(UserId, i64))| {
        format!("{}. {}: {messages}", place + 1, user(*id))
    };
    let lines: Vec<_> = named.iter().take(TOP).enumerate().map(line).collect();
    Ok(vec![
        Figure { label: text!("statistics-messages"), value: ctx.t(&words) },
        Figure { label: text!("statistics-top"), value: lines.join("\n") },
    ])
}
