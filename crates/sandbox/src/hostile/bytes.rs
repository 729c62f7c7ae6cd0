//! Random bytes on the port itself, where HTTP and websocket handshakes are read.

use std::time::Duration;

use guildhall_testkit::fuzz::inputs;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{dice::Dice, field::Field};
use crate::{Options, Sandbox, example};

/// Longer than any connection lasts that does not hang.
const BOUND: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_end_nothing_but_their_connection() {
    let sandbox =
        Sandbox::start(Options { limits: Field::wide(), ..Options::default() }).await.expect("a sandbox");
    let mut dice = Dice(4_711);
    for _ in 0..inputs(5) {
        let bytes = request(&mut dice);
        let mut stream = TcpStream::connect(sandbox.addr()).await.expect("it listens");
        // It may have hung up by now.
        let _cut = stream.write_all(&bytes).await;
        let _cut = stream.shutdown().await;
        let mut answer = Vec::new();
        let ended = timeout(BOUND, stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "hangs: {}", String::from_utf8_lossy(&bytes));
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}\nto {}", String::from_utf8_lossy(&bytes));
    }
    let mut stream = TcpStream::connect(sandbox.addr()).await.expect("it listens");
    stream
        .write_all(b"GET /api/v10/gateway HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    timeout(BOUND, stream.read_to_string(&mut answer)).await.expect("in time").expect("text");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    sandbox.shutdown().await;
}

/// Bytes without sense, or a request of which something is wrong.
fn request(dice: &mut Dice) -> Vec<u8> {
    if dice.below(4) == 0 {
        return (0..=dice.below(400)).map(|_| dice.byte()).collect();
    }
    let lines = [
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "GET /?v=10&encoding=json&compress=zlib-stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "POST /api/v10/channels/1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999\r\n\r\n{}",
        "POST /api/v10/channels/1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\n{\"a\":\r\nFFFFFFFFFFFFFFFFF\r\n",
        "GET /control/state HTTP/1.1\r\nHost: example.org\r\nOrigin: https://example.org\r\n\r\n",
        "GET /api/v10/gateway HTTP/1.0\r\n\r\n",
    ];
    let token = format!("Authorization: Bot {}\r\n\r\n", example::BOT_TOKEN);
    let mut bytes =
        dice.pick(&lines).replacen("\r\n\r\n", &format!("\r\n{token}"), dice.below(2)).into_bytes();
    // Frames may follow a handshake at once.
    for _ in 0..dice.below(4) {
        bytes.extend([0x80 | (dice.byte() % 16), 0x80 | (dice.byte() % 127), 1, 2, 3, 4]);
        bytes.extend((0..dice.below(130)).map(|_| dice.byte()));
    }
    for _ in 0..dice.below(4) {
        let place = dice.below(bytes.len());
        match dice.below(3) {
            0 => bytes[place] = dice.byte(),
            1 => bytes.truncate(place.max(1)),
            _ => bytes.insert(place, dice.byte()),
        }
    }
    bytes
}
