use guildhall_core::id::{GuildId, UserId};
use tokio::sync::Notify;

use super::*;

static WORDS: Category =
    Category { name: "words", ttl: Duration::from_mins(1), weight: 100_000, shared: false };
static TEMP: Category = Category { name: "temp", ttl: Duration::from_mins(1), weight: 10_000, shared: false };

fn value(text: &str) -> Value {
    Value { bytes: text.as_bytes().into(), ttl: Duration::from_mins(1) }
}

fn guild(number: u64) -> Scope {
    Scope::Guild(GuildId::new(number).unwrap())
}

async fn put(drawer: &Drawer, scope: Scope, name: &str, value: Value) {
    drawer.forget(scope, name).await;
    drawer.begin(scope, name).fill(value).await;
}

fn local() -> Local {
    Local::new(&[&WORDS, &TEMP]).unwrap()
}

async fn load(local: &Local, scope: Scope, name: &str, text: &str) -> String {
    let loaded = async { Ok::<_, ()>(value(text)) };
    let found = local.drawer(&WORDS).load(scope, name, loaded).await.unwrap();
    String::from_utf8(found.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_value_is_its_scopes_own_and_gone_when_it_is_invalidated() {
    let local = local();
    assert_eq!(load(&local, guild(1), "a", "one").await, "one");
    assert_eq!(load(&local, guild(2), "a", "two").await, "two");
    assert_eq!(load(&local, guild(1), "a", "new").await, "one");
    local.drawer(&WORDS).forget(guild(1), "a").await;
    assert_eq!(load(&local, guild(1), "a", "new").await, "new");
    assert_eq!(load(&local, guild(2), "a", "new").await, "two");
    let stats = &local.stats()[1];
    assert_eq!((stats.category, stats.process_hits, stats.process_misses), ("words", 2, 3));
}

#[tokio::test]
async fn what_was_being_loaded_when_it_was_invalidated_is_not_found() {
    let local = Arc::new(local());
    for which in 0..4 {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let task = tokio::spawn({
            let (local, begun, go) = (Arc::clone(&local), Arc::clone(&begun), Arc::clone(&go));
            async move {
                let slow = async {
                    begun.notify_one();
                    go.notified().await;
                    Ok::<_, ()>(value("old"))
                };
                local.drawer(&WORDS).load(guild(1), "a", slow).await.unwrap()
            }
        });
        begun.notified().await;
        match which {
            0 => local.drawer(&WORDS).forget(guild(1), "a").await,
            1 => drop(local.clear(Within::Scope(guild(1)), &Pattern::new("words")).await),
            2 => drop(local.clear(Within::Everything, &Pattern::new("*")).await),
            _ => local.forget_all(),
        }
        // Whoever asks now does not wait for the old one either.
        assert_eq!(load(&local, guild(1), "a", "new").await, "new");
        go.notify_one();
        assert_eq!(task.await.unwrap(), value("old"));
        assert_eq!(load(&local, guild(1), "a", "newer").await, "new");
        local.forget_all();
    }
}

#[tokio::test]
async fn many_who_ask_at_once_cause_one_load() {
    let local = local();
    let loads = AtomicU64::new(0);
    let ask = || async {
        let slow = async {
            loads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok::<_, ()>(value("x"))
        };
        local.drawer(&WORDS).load(Scope::Global, "a", slow).await.unwrap()
    };
    let all = futures::future::join_all((0..100).map(|_| ask())).await;
    assert_eq!((all.len(), loads.load(Ordering::SeqCst)), (100, 1));
}

#[tokio::test]
async fn a_pattern_clears_what_it_names_and_no_other_scope() {
    let local = local();
    let member = Scope::Member(GuildId::new(1).unwrap(), UserId::new(9).unwrap());
    for scope in [guild(1), guild(2), member, Scope::Global] {
        for name in ["a:1", "a:2", "b:1"] {
            put(local.drawer(&WORDS), scope, name, value("x")).await;
            put(local.drawer(&TEMP), scope, name, value("x")).await;
        }
    }
    let clear = async |within, pattern: &str| local.clear(within, &Pattern::new(pattern)).await;
    assert_eq!(clear(Within::Scope(guild(1)), "words:a:*").await, 4);
    assert_eq!(clear(Within::Scope(guild(1)), "words:a:*").await, 0);
    assert!(local.drawer(&WORDS).get(guild(2), "a:1").await.is_some());
    assert!(local.drawer(&TEMP).get(guild(1), "a:1").await.is_some());
    assert_eq!(clear(Within::Scope(member), "*").await, 3);
    // The guild's own went along: it shares a version with its members.
    assert_eq!(clear(Within::Everything, "temp:*").await, 6);
    assert!(local.drawer(&WORDS).get(Scope::Global, "b:1").await.is_some());
}

#[tokio::test]
async fn a_process_keeps_no_more_than_its_weight_and_nothing_for_too_long() {
    let local = local();
    for number in 0..500 {
        put(local.drawer(&TEMP), Scope::Global, &number.to_string(), value(&"x".repeat(100))).await;
    }
    local.settle().await;
    let bytes = local.stats()[0].bytes;
    assert!(bytes <= 10_000 && bytes > 5_000, "{bytes}");
    let short = Value { ttl: Duration::from_millis(20), ..value("x") };
    put(local.drawer(&TEMP), Scope::Global, "short", short).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(local.drawer(&TEMP).get(Scope::Global, "short").await.is_none());
}

#[tokio::test]
async fn another_processes_change_is_applied_and_a_senseless_one_forgets_all() {
    let local = local();
    let fill = async || {
        put(local.drawer(&WORDS), guild(1), "a", value("x")).await;
        put(local.drawer(&WORDS), guild(2), "a", value("x")).await;
    };
    let left = async || {
        let drawer = local.drawer(&WORDS);
        (drawer.get(guild(1), "a").await.is_some(), drawer.get(guild(2), "a").await.is_some())
    };
    fill().await;
    local.apply(&Change::key("words", guild(1), "a")).await;
    assert_eq!(left().await, (false, true));
    local.apply(&Change::key("unknown", guild(2), "a")).await;
    assert_eq!(left().await, (false, true));
    local.apply(&Change::clear(Within::Scope(guild(2)), &Pattern::new("w*"))).await;
    assert_eq!(left().await, (false, false));
    fill().await;
    local.apply(&Change::Clear { scope: Some("x1".to_owned()), pattern: "temp".to_owned() }).await;
    assert_eq!(left().await, (false, false));
}

#[test]
fn categories_have_good_names_of_their_own() {
    static BAD: Category = Category { name: "a:b", ttl: Duration::ZERO, weight: 0, shared: false };
    assert!(matches!(Local::new(&[&BAD]), Err(CacheError::Name("a:b"))));
    assert!(matches!(Local::new(&[&TEMP, &TEMP]), Err(CacheError::Twice("temp"))));
}

#[tokio::test]
async fn of_loads_that_were_overtaken_little_is_remembered() {
    let local = local();
    let drawer = local.drawer(&WORDS);
    for number in 0..=OVERTAKEN {
        let (name, loading) = (number.to_string(), drawer.begin(Scope::Global, &number.to_string()));
        drawer.forget(Scope::Global, &name).await;
        loading.fill(value("old")).await;
        assert!(drawer.get(Scope::Global, &name).await.is_none());
    }
    let open = drawer.begin(Scope::Global, "open");
    drawer.forget(Scope::Global, "x").await;
    assert_eq!(drawer.loads.lock().len(), 2);
    assert!(drawer.get(Scope::Global, "1").await.is_none(), "an old value is back");
    drop(open);
    assert_eq!(drawer.loads.lock().len(), 1);
}
