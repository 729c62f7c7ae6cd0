//! The gateway in Erlang's terms, read by bytes.

use guildhall_sandbox::example;

use crate::{client::Client, sandbox};

/// A map of binaries to terms.
fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![116];
    out.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
    for (key, value) in entries {
        out.extend(text(key));
        out.extend(value);
    }
    out
}

fn text(text: &str) -> Vec<u8> {
    let mut out = vec![109];
    out.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    out.extend(text.as_bytes());
    out
}

fn payload(op: u8, data: Vec<u8>) -> Vec<u8> {
    [vec![131], map(&[("op", vec![97, op]), ("d", data)])].concat()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn identify() -> Vec<u8> {
    let entries = [("token", text(example::BOT_TOKEN)), ("intents", vec![97, 1]), ("properties", map(&[]))];
    payload(2, map(&entries))
}

#[tokio::test]
async fn a_session_is_held_in_terms() {
    let sandbox = sandbox().await;
    let mut client = Client::open(&sandbox, "v=10&encoding=etf").await;
    let hello = client.bytes().await;
    assert_eq!(hello[..2], [131, 116]);
    assert!(contains(&hello, &[text("heartbeat_interval"), vec![98, 0, 0, 0xa1, 0x22]].concat()), "41250");
    client.send_bytes(payload(1, b"\x73\x03nil".to_vec())).await;
    assert!(contains(&client.bytes().await, &[text("op"), vec![97, 11]].concat()));
    client.send_bytes(identify()).await;
    let ready = client.bytes().await;
    assert!(contains(&ready, &[text("t"), text("READY")].concat()));
    assert!(contains(&ready, &[text("s"), vec![97, 1]].concat()));
    assert!(contains(&ready, &[text("unavailable"), b"\x73\x04true".to_vec()].concat()));
    assert!(contains(&client.bytes().await, &text("GUILD_CREATE")));
}

#[tokio::test]
async fn terms_go_through_a_stream_as_well() {
    let sandbox = sandbox().await;
    let mut client = Client::open(&sandbox, "v=10&encoding=etf&compress=zlib-stream").await;
    assert!(client.bytes().await.ends_with(&[0, 0, 0xff, 0xff]));
    client.send_bytes(identify()).await;
    assert!(client.bytes().await.ends_with(&[0, 0, 0xff, 0xff]));
    assert_eq!(sandbox.engine().sessions().len(), 1);
}

#[tokio::test]
async fn atoms_as_keys_text_and_compressed_terms_are_decode_errors() {
    let sandbox = sandbox().await;
    let atom = [&[131, 116, 0, 0, 0, 1, 115, 2][..], b"op", &[97, 1]].concat();
    let compressed = [&[131, 80, 0, 0, 0, 4][..], b"\x78\x9c\x4b\x4c\x4c\x04\x00"].concat();
    for bytes in [atom, compressed, b"{\"op\":1,\"d\":null}".to_vec(), vec![131]] {
        let mut client = Client::open(&sandbox, "v=10&encoding=etf").await;
        client.bytes().await;
        client.send_bytes(bytes).await;
        assert_eq!(client.closed().await, 4002);
    }
    let mut client = Client::open(&sandbox, "v=10&encoding=etf").await;
    client.bytes().await;
    client.send_raw("{\"op\":1,\"d\":null}".to_owned()).await;
    assert_eq!(client.closed().await, 4002);
    assert_eq!(Client::open(&sandbox, "v=10&encoding=xml").await.closed().await, 4002);
}
