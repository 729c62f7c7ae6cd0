//! How a scheduled event recurs. (Discord docs: Guild Scheduled Event, Recurrence Rule Object.)

use serde_json::{Map, Value, json};

use super::form::{Form, Path};
use super::time::read_time;
use crate::clock::iso;

/// The sets of weekdays, Monday being 0, on which a daily event may recur.
const DAILY_SETS: [&[i64]; 6] =
    [&[0, 1, 2, 3, 4], &[1, 2, 3, 4, 5], &[0, 1, 2, 3, 6], &[4, 5], &[5, 6], &[0, 6]];

const INVALID: &str = "GUILD_SCHEDULED_EVENT_INVALID_RECURRENCE_RULE";

/// The frequencies by number.
const YEARLY: i64 = 0;
const MONTHLY: i64 = 1;
const WEEKLY: i64 = 2;
const DAILY: i64 = 3;

/// A rule in the shape in which it travels.
pub(crate) fn read(form: &mut Form, rule: &Map<String, Value>, at: Path<'_>) -> Option<Value> {
    if rule.get("start").is_none_or(Value::is_null) {
        form.required(at.key("start"));
    }
    if rule.get("frequency").is_none_or(Value::is_null) {
        form.required(at.key("frequency"));
    }
    let start = read_time(form, rule, "start", at);
    let frequency = form.choice(rule, "frequency", at, &[YEARLY, MONTHLY, WEEKLY, DAILY])?;
    let interval = form.integer(rule, "interval", at, (1, 2)).unwrap_or(1);
    let mut list = |key: &str, low: i64, high: i64, most: usize| -> Option<Vec<i64>> {
        rule.get(key).filter(|value| !value.is_null())?;
        let given = form.list(rule, key, at, most);
        let numbers: Vec<Option<i64>> = given.iter().take(most).map(Value::as_i64).collect();
        if numbers.iter().any(|n| !n.is_some_and(|n| (low..=high).contains(&n))) {
            let message = format!("int value should be between {low} and {high}.");
            form.error(at.key(key), "NUMBER_TYPE_MAX", message);
        }
        let mut numbers: Vec<i64> = numbers.into_iter().flatten().collect();
        numbers.sort_unstable();
        numbers.dedup();
        Some(numbers).filter(|numbers| !numbers.is_empty())
    };
    let weekdays = list("by_weekday", 0, 6, 7);
    let months = list("by_month", 1, 12, 12);
    let month_days = list("by_month_day", 1, 31, 31);
    let nth = nth_weekdays(form, rule, at);
    let groups = [weekdays.is_some(), nth.is_some(), months.is_some() || month_days.is_some()];
    let wrong = if interval == 2 && frequency != WEEKLY {
        Some(("interval", "Only weekly events may have an interval of 2."))
    } else if groups.into_iter().filter(|given| *given).count() > 1 {
        Some(("frequency", "Only one of by_weekday, by_n_weekday and by_month may be given."))
    } else if months.is_some() != month_days.is_some() {
        Some(("by_month", "by_month and by_month_day go together."))
    } else if ["end", "count", "by_year_day"].iter().any(|key| rule.get(*key).is_some_and(|v| !v.is_null())) {
        Some(("end", "This cannot be set."))
    } else {
        fits(frequency, weekdays.as_deref(), nth.as_ref(), months.as_deref(), month_days.as_deref())
    };
    if let Some((key, message)) = wrong {
        form.error(at.key(key), INVALID, message);
    }
    Some(json!({
        "start": iso(start?),
        "end": null,
        "frequency": frequency,
        "interval": interval,
        "by_weekday": weekdays,
        "by_n_weekday": nth,
        "by_month": months,
        "by_month_day": month_days,
        "by_year_day": null,
        "count": null,
    }))
}

/// Which parts go with which frequency.
fn fits(
    frequency: i64,
    weekdays: Option<&[i64]>,
    nth: Option<&Vec<Value>>,
    months: Option<&[i64]>,
    days: Option<&[i64]>,
) -> Option<(&'static str, &'static str)> {
    if let Some(weekdays) = weekdays {
        return match frequency {
            DAILY if DAILY_SETS.contains(&weekdays) => None,
            DAILY => Some(("by_weekday", "Not one of the known sets of weekdays.")),
            WEEKLY if weekdays.len() == 1 => None,
            WEEKLY => Some(("by_weekday", "A weekly event is on one day.")),
            _ => Some(("by_weekday", "Only for daily and weekly events.")),
        };
    }
    if let Some(nth) = nth {
        let good = frequency == MONTHLY && nth.len() == 1;
        return (!good).then_some(("by_n_weekday", "Only for monthly events, and one."));
    }
    if let (Some(months), Some(days)) = (months, days) {
        let good = frequency == YEARLY && months.len() == 1 && days.len() == 1;
        return (!good).then_some(("by_month", "Only for yearly events, and one of each."));
    }
    None
}

fn nth_weekdays(form: &mut Form, rule: &Map<String, Value>, at: Path<'_>) -> Option<Vec<Value>> {
    rule.get("by_n_weekday").filter(|value| !value.is_null())?;
    let list = form.list(rule, "by_n_weekday", at, 7);
    let here = at.key("by_n_weekday");
    let mut out = Vec::new();
    for (index, value) in list.iter().take(7).enumerate() {
        let Some(object) = form.object(value, here.index(index)) else { continue };
        let n = form.integer(object, "n", here.index(index), (1, 5));
        let day = form.integer(object, "day", here.index(index), (0, 6));
        match n.zip(day) {
            Some((n, day)) => out.push(json!({ "n": n, "day": day })),
            None => form.required(here.index(index).key(if n.is_none() { "n" } else { "day" })),
        }
    }
    Some(out).filter(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_shapes_are_taken() {
        for (rule, good) in [
            (json!({ "frequency": 2, "by_weekday": [2] }), true),
            (json!({ "frequency": 2, "interval": 2, "by_weekday": [2] }), true),
            (json!({ "frequency": 3, "interval": 2 }), false),
            (json!({ "frequency": 2, "by_weekday": [1, 2] }), false),
            (json!({ "frequency": 3, "by_weekday": [4, 3, 2, 1, 0] }), true),
            (json!({ "frequency": 3, "by_weekday": [0, 2] }), false),
            (json!({ "frequency": 1, "by_n_weekday": [{ "n": 4, "day": 2 }] }), true),
            (json!({ "frequency": 2, "by_n_weekday": [{ "n": 4, "day": 2 }] }), false),
            (json!({ "frequency": 1, "by_n_weekday": [{ "n": 6, "day": 2 }] }), false),
            (json!({ "frequency": 0, "by_month": [7], "by_month_day": [24] }), true),
            (json!({ "frequency": 0, "by_month": [7] }), false),
            (json!({ "frequency": 1, "by_weekday": [1] }), false),
            (json!({ "frequency": 3, "count": 5 }), false),
            (json!({ "frequency": 4 }), false),
        ] {
            let mut full = rule.as_object().expect("an object").clone();
            full.insert("start".to_owned(), json!("2026-11-20T18:00:00Z"));
            let mut form = Form::default();
            read(&mut form, &full, Path::ROOT);
            assert_eq!(form.finish().is_ok(), good, "{rule}");
        }
    }
}
