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
const TOP: u32 = 5;

pub(super) async fn gather(ctx: &mut Ctx) -> Result<Vec<Figure>, Failure> {
    let today = day(ctx.now());
    let mut tx = ctx.snapshot().await?;
    let totals = tx.fetch_one(&schema::TOTALS, params![today, today - DAY * 6]).await?;
    let top = tx.fetch_all(&schema::TOP, params![today - DAY * 29, TOP]).await?;
    let words = text!(
        "statistics-messages-value",
        today = totals.get::<i64>("today")?,
        week = totals.get::<i64>("week")?,
        total = totals.get::<i64>("total")?,
    );
    let line = |(place, row): (usize, &Row)| -> Result<String, StoreError> {
        let (id, messages): (UserId, i64) = (row.get("user_id")?, row.get("messages")?);
        Ok(format!("{}. {}: {messages}", place + 1, user(id)))
    };
    let lines = top.iter().enumerate().map(line).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![
        Figure { label: text!("statistics-messages"), value: ctx.t(&words) },
        Figure { label: text!("statistics-top"), value: lines.join("\n") },
    ])
}
