use std::time::Instant;

use sqlx::Row as _;

use super::*;

async fn one(url: &str, sql: &'static str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    connection.fetch_one(sql).await?.try_get(0)
}

fn runs(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

#[tokio::test]
async fn a_server_has_an_owner_that_is_no_superuser_and_leaves_nothing_behind() {
    let server = Postgres::start().await.unwrap();
    let url = server.create_database("first").await.unwrap();
    let flags = "SELECT current_user || ' ' || rolsuper || ' ' || rolbypassrls FROM pg_roles WHERE rolname = current_user";
    assert_eq!(one(&url, flags).await.unwrap(), "owner false false");
    assert_eq!(one(&server.superuser_url("first"), flags).await.unwrap(), "postgres true true");
    let wrong = server.url_of(OWNER, "guess", "first");
    assert!(one(&wrong, flags).await.is_err(), "a wrong password is taken");
    let (folder, id) = (server.folder.path().to_owned(), server.server.as_ref().unwrap().id());
    assert!(folder.is_dir() && runs(id));
    drop(server);
    assert!(!folder.exists() && !runs(id));
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_power_cut() {
    let mut server = Postgres::start_with(Options { fsync: true, settings: Vec::new() }).await.unwrap();
    let url = server.create_database("kept").await.unwrap();
    server.execute("kept", "CREATE TABLE word (text TEXT); INSERT INTO word VALUES ('kept')").await.unwrap();
    for _ in 0..3 {
        server.kill();
        assert!(one(&url, "SELECT text FROM word").await.is_err());
        let started = Instant::now();
        server.run().await.unwrap();
        assert!(started.elapsed() < BOUND);
        assert_eq!(one(&server.superuser_url("kept"), "SELECT text FROM word").await.unwrap(), "kept");
    }
}

#[tokio::test]
async fn two_servers_share_nothing() {
    let started = Instant::now();
    let (a, b) = tokio::join!(Postgres::start(), Postgres::start());
    let (a, b) = (a.unwrap(), b.unwrap());
    println!("two servers after {:?}", started.elapsed());
    a.create_database("only_a").await.unwrap();
    assert_ne!(a.port(), b.port());
    assert!(one(&b.superuser_url("only_a"), "SELECT 'x'").await.is_err());
}

/// Started by the next test in a process of its own.
#[tokio::test]
#[ignore = "it waits until it is killed"]
async fn helper_that_holds_a_server() {
    let server = Postgres::start().await.unwrap();
    println!("holding {} {}", server.server.as_ref().unwrap().id(), server.folder.path().display());
    tokio::time::sleep(BOUND).await;
}

#[tokio::test]
async fn an_owner_that_is_killed_takes_its_server_along() {
    use std::io::{BufRead as _, BufReader};
    let mut helper = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["postgres::tests::helper_that_holds_a_server", "--exact", "--ignored", "--nocapture"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(helper.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("holding ")).unwrap();
    let mut words = line.split_whitespace().rev();
    let (folder, id) = (PathBuf::from(words.next().unwrap()), words.next().unwrap().parse().unwrap());
    assert!(folder.is_dir() && runs(id));
    helper.kill().unwrap();
    helper.wait().unwrap();
    for _ in 0..500 {
        if !runs(id) && !folder.exists() {
            return;
        }
        tokio::time::sleep(STEP * 4).await;
    }
    panic!("the server {id} or its folder {} was left behind", folder.display());
}
