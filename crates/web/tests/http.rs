//! The web port over HTTP.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use guildhall_core::clock::Timestamp;
use guildhall_web::{Check, DatabaseView, Link, ShardView, Snapshot, Status, Web, WebOptions};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Default)]
struct Program {
    connected: AtomicBool,
}

impl Status for Program {
    fn snapshot(&self) -> Snapshot {
        let connected = self.connected.load(Ordering::SeqCst);
        Snapshot {
            version: "9.8.7".to_owned(),
            started: Timestamp(0),
            now: Timestamp(3_700_000),
            checks: vec![
                Check::new("database", true, "open"),
                Check::new("gateway", connected, if connected { "1 of 1 shards" } else { "0 of 1 shards" }),
            ],
            shards: vec![ShardView {
                id: 0,
                state: "resumed".to_owned(),
                latency: Some(Duration::from_millis(41)),
                guilds: 12,
            }],
            guilds: 12,
            database: DatabaseView {
                kind: "SQLite".to_owned(),
                bytes: Some(4_096),
                counts: vec![("jobs".to_owned(), 3)],
            },
            links: vec![Link { label: "Web client".to_owned(), address: "http://127.0.0.1:1/".to_owned() }],
        }
    }
}

async fn start(program: Arc<Program>) -> Web {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || metrics::counter!("guildhall_test_total").increment(7));
    let options = WebOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    Web::start(options, program, handle).await.unwrap()
}

/// Sends raw bytes and reads the answer to its end.
async fn raw(addr: SocketAddr, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

async fn fetch(addr: SocketAddr, path: &str) -> (u16, String, String) {
    raw(addr, &format!("GET {path} HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n")).await
}

async fn json(addr: SocketAddr, path: &str) -> (u16, serde_json::Value) {
    let (status, head, body) = fetch(addr, path).await;
    assert!(head.contains("content-type: application/json"), "{head}");
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn health_is_there_before_readiness() {
    let program = Arc::<Program>::default();
    let web = start(Arc::clone(&program)).await;
    assert_eq!(json(web.addr, "/health").await, (200, serde_json::json!({"status": "alive"})));
    let (status, body) = json(web.addr, "/ready").await;
    assert_eq!((status, &body["ready"]), (503, &false.into()));
    assert_eq!(
        body["checks"][1],
        serde_json::json!({"name": "gateway", "ready": false, "detail": "0 of 1 shards"})
    );
    program.connected.store(true, Ordering::SeqCst);
    let (status, body) = json(web.addr, "/ready").await;
    assert_eq!((status, &body["ready"]), (200, &true.into()));
}

#[tokio::test]
async fn metrics_hold_the_programs_and_the_process() {
    let web = start(Arc::default()).await;
    let (status, head, body) = fetch(web.addr, "/metrics").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    assert!(body.contains("guildhall_test_total 7\n"), "{body}");
    if cfg!(target_os = "linux") {
        for name in ["resident_memory_bytes", "cpu_seconds_total", "start_time_seconds", "open_fds"] {
            let line = body.lines().find_map(|line| line.strip_prefix(&format!("process_{name} ")));
            assert!(
                line.unwrap_or("none").parse::<f64>().is_ok_and(|value| value >= 0.0),
                "{name}: {line:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_status_page_has_no_scripts_and_strict_headers() {
    let web = start(Arc::default()).await;
    let (status, head, body) = fetch(web.addr, "/").await;
    assert_eq!(status, 200);
    for text in ["9.8.7", "1 h 1 min", "12 servers", "resumed", "41 ms", "http://127.0.0.1:1/"] {
        assert!(body.contains(text), "{text}");
    }
    assert!(!body.contains("<script"));
    for header in [
        "content-security-policy: default-src 'none'; style-src 'self'",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let (status, head, _) = fetch(web.addr, "/style.css").await;
    assert!(status == 200 && head.contains("content-type: text/css"));
}

#[tokio::test]
async fn counts_name_no_server() {
    let web = start(Arc::default()).await;
    let shards = serde_json::json!([{"id": 0, "state": "resumed", "servers": 12}]);
    assert_eq!(json(web.addr, "/servers").await, (200, serde_json::json!({"servers": 12, "shards": shards})));
    let database = serde_json::json!({"kind": "SQLite", "bytes": 4_096, "counts": {"jobs": 3}});
    assert_eq!(json(web.addr, "/database").await, (200, database));
}

#[tokio::test]
async fn strange_requests_are_answered_and_bounded() {
    let web = start(Arc::default()).await;
    assert_eq!(fetch(web.addr, "/nothing").await.0, 404);
    let no_host = raw(web.addr, "GET /health HTTP/1.0\r\n\r\n").await;
    assert_eq!(no_host.0, 200);
    let post = raw(web.addr, "POST /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert_eq!(post.0, 405);
    let long = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n";
    assert_eq!(raw(web.addr, long).await.0, 413);
    let head = raw(web.addr, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert_eq!((head.0, head.2.as_str()), (200, ""));
    assert_eq!(fetch(web.addr, "/health").await.0, 200);
}

#[tokio::test]
async fn a_shutdown_closes_idle_connections_and_the_port() {
    let web = start(Arc::default()).await;
    let addr = web.addr;
    let mut idle = TcpStream::connect(addr).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    tokio::time::timeout(Duration::from_secs(30), web.shutdown()).await.unwrap();
    idle.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    let web = start(Arc::default()).await;
    let handle = PrometheusBuilder::new().build_recorder().handle();
    let error = Web::start(WebOptions::new(web.addr), Arc::<Program>::default(), handle).await.unwrap_err();
    assert!(error.to_string().contains(&web.addr.to_string()), "{error}");
}
