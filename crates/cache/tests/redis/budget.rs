//! The rate that processes share.

use std::time::Duration;

use guildhall_cache::{Cache, Rate, Take};
use guildhall_server_kit::Redis;
use tokio::time::Instant;

use crate::stage::{WORDS, available, process};

#[tokio::test]
async fn processes_share_a_rate_and_are_told_how_long_to_wait() {
    let mut server = Redis::start().await.unwrap();
    let (a, b) = (process(server.port()).await.budget(), process(server.port()).await);
    // So slow that no call comes back while the test runs.
    let slow = Rate::per(5, Duration::from_hours(5));
    let mut granted = 0;
    for _ in 0..5 {
        for budget in [&a, &b.budget()] {
            match budget.take("global", slow).await {
                Take::Granted => granted += 1,
                Take::Wait(time) => {
                    assert!(time > Duration::from_mins(59) && time <= Duration::from_hours(1), "{time:?}");
                }
                Take::Unavailable => panic!("Redis is there"),
            }
        }
    }
    assert_eq!(granted, 5);
    assert_eq!(a.take("another", slow).await, Take::Granted);
    server.kill();
    available(&b, false).await;
    assert_eq!(b.budget().take("global", slow).await, Take::Unavailable);
    let alone = Cache::in_process(&[&WORDS]).unwrap().budget();
    assert_eq!(alone.take("global", slow).await, Take::Unavailable);
}

#[tokio::test]
async fn a_rate_is_kept_to_over_time() {
    let server = Redis::start().await.unwrap();
    let budgets = [process(server.port()).await.budget(), process(server.port()).await.budget()];
    let rate = Rate { pace: Duration::from_millis(10), burst: 5 };
    let started = Instant::now();
    for number in 0..60 {
        loop {
            match budgets[number % 2].take("paced", rate).await {
                Take::Granted => break,
                Take::Wait(time) => {
                    assert!(time <= rate.pace, "{time:?}");
                    tokio::time::sleep(time).await;
                }
                // A machine that is busy answers late now and then.
                Take::Unavailable => tokio::time::sleep(rate.pace).await,
            }
        }
    }
    // 55 of the 60 had to wait for their turn, whatever the machine was doing.
    assert!(started.elapsed() >= rate.pace * 54, "{:?}", started.elapsed());
}
