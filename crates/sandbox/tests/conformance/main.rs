//! One suite, the same steps in discord.py, discord.js, serenity and twilight.
//!
//! Each library has a sandbox and a bot of its own. All four play the list of steps side by side, every
//! REST answer and every gateway event is checked against Discord's own description, and in the end a
//! table tells how each library fared. `GUILDHALL_TEST_LIBRARY` and `GUILDHALL_TEST_STEP` narrow the run
//! to names that contain them.

mod check;
mod stage;
mod steps;
mod table;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures::FutureExt as _;
use futures::future::join_all;

use check::Checker;
use stage::{Library, Stage};
use steps::Step;
use table::{Cell, Table};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_libraries_play_the_same_steps() {
    let libraries: Vec<Library> = Library::ALL
        .into_iter()
        .filter(|library| is_wanted("GUILDHALL_TEST_LIBRARY", library.name()))
        .collect();
    let steps: Vec<Step> =
        steps::all().into_iter().filter(|step| is_wanted("GUILDHALL_TEST_STEP", step.name)).collect();
    assert!(!libraries.is_empty() && !steps.is_empty(), "nothing is left to play");
    let columns =
        join_all(libraries.iter().map(|library| tokio::spawn(column(*library, steps.clone())))).await;
    let columns = columns.into_iter().map(|column| column.expect("a column")).collect();
    let table = Table { libraries, steps: steps.iter().map(|step| step.name).collect(), columns };
    println!("{table}");
    assert!(table.is_green(), "see the table");
}

#[expect(clippy::disallowed_methods, reason = "tests are narrowed through the environment")]
fn is_wanted(variable: &str, name: &str) -> bool {
    std::env::var(variable).map_or(true, |wanted| name.contains(&wanted))
}

/// All steps in one library.
async fn column(library: Library, steps: Vec<Step>) -> Vec<Cell> {
    let mut checker = Checker::default();
    let mut cells = Vec::new();
    let mut stage: Option<Stage> = None;
    for step in steps {
        let begun = Instant::now();
        let mut set = match stage.take() {
            Some(stage) => stage,
            None => match AssertUnwindSafe(Stage::open(library)).catch_unwind().await {
                Ok(stage) => stage,
                Err(cause) => {
                    cells.push(Cell::failed(format!("the bot did not start: {}", text(&*cause))));
                    continue;
                }
            },
        };
        let played = AssertUnwindSafe(step.play(&mut set)).catch_unwind().await;
        let mut faults = checker.check(&set.sandbox);
        let mut cell = match played {
            Ok(()) => {
                faults.extend(set.complaints());
                Cell::passed(std::mem::take(&mut set.notes))
            }
            Err(cause) => {
                check::tell_the_last(&set.sandbox);
                Cell::failed(text(&*cause))
            }
        };
        cell.blame(faults);
        cell.seconds = begun.elapsed().as_secs_f64();
        eprintln!("{:>10}  {:<34} {}", library.name(), step.name, cell.word());
        // What a failed step leaves behind, or one that replaced its own bot, is no good to the next.
        if cell.is_good() && !step.is_last_of_its_bot {
            stage = Some(set);
        } else if let Some(fault) = set.close().await {
            cell.blame(vec![fault]);
        }
        cells.push(cell);
    }
    if let (Some(stage), Some(cell)) = (stage, cells.last_mut()) {
        cell.blame(stage.close().await.into_iter().collect());
    }
    cells
}

/// What a panic said.
fn text(cause: &(dyn std::any::Any + Send)) -> String {
    cause
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic".to_owned())
}
