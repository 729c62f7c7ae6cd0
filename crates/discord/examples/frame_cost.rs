//! What one unwanted 1 KB `MESSAGE_CREATE` costs a client, layer by layer, in CPU time of the client's
//! thread. `cargo run --release -p guildhall-discord --example frame_cost`
//!
//! A thread of its own serves prepared frames over loopback, as text and as a zstd stream; the client
//! runs on a current-thread runtime. Reads the thread's CPU time from procfs, so Linux only.

use std::{fmt::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{SinkExt, StreamExt as _, future::BoxFuture};
use guildhall_core::{
    clock::SystemClock,
    event::{Envelope, EventKind, EventSet},
    id::GuildId,
    random::Seeded,
    secret::SecretString,
};
use guildhall_discord::gateway::{
    Done, Gap, Gateway, GatewayInfo, GatewayOptions, GatewayParts, Governor, IdentifyBudget, Interest,
    Lifecycle, OldSession, SessionStore, ShardPlan, Sink, Spending, Spent, StoreFailure, StoredSession,
    classify,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_websockets::{Message as Frame, ServerBuilder};
use twilight_gateway::{ConfigBuilder, EventTypeFlags, Intents, Message, Shard, ShardId, StreamExt as _};

const FRAMES: usize = 60_000;

fn message(sequence: usize, guild_last: bool) -> String {
    let mut content = String::new();
    for word in 0..46 {
        let _ = write!(content, "word{} ", (sequence * 31 + word * 17) % 9973);
    }
    let guild = r#""guild_id":"197038439483310086","#;
    let (middle, last) = if guild_last { ("", r#","guild_id":"197038439483310086""#) } else { (guild, "") };
    format!(
        concat!(
            r#"{{"t":"MESSAGE_CREATE","s":{s},"op":0,"d":{{"type":0,"tts":false,"timestamp":"2026-11-20T12:00:00.000000+00:00","pinned":false,"#,
            r#""nonce":"{n}","mentions":[],"mention_roles":[],"mention_everyone":false,{middle}"member":{{"roles":["197038439483310087","197038439483310088"],"premium_since":null,"pending":false,"nick":null,"mute":false,"joined_at":"2020-01-01T00:00:00.000000+00:00","flags":0,"deaf":false,"communication_disabled_until":null,"avatar":null}},"#,
            r#""id":"{n}","flags":0,"embeds":[],"edited_timestamp":null,"content":"{content}","components":[],"channel_id":"197038439483310089","author":{{"username":"ada","public_flags":0,"id":"80351110224678912","global_name":"Ada","discriminator":"0","bot":false,"avatar_decoration_data":null,"avatar":"8342729096ea3675442027381ff50dfe"}},"attachments":[]{last}}}}}"#
        ),
        s = sequence,
        n = 1_300_000_000_000_000_000_u64 + sequence as u64,
        middle = middle,
        last = last,
        content = content.trim_end(),
    )
}

/// A server-to-client frame: unmasked, final.
fn raw_frame(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match payload.len() {
        length @ 0..=125 => out.push(u8::try_from(length).unwrap()),
        length @ 126..=65_535 => {
            out.push(126);
            out.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

fn prepared(zstd: bool, guild_last: bool) -> Vec<u8> {
    let hello = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#.to_owned();
    let ready = concat!(
        r#"{"t":"READY","s":1,"op":0,"d":{"v":10,"user":{"id":"1","username":"b","discriminator":"0","avatar":null,"bot":true,"mfa_enabled":false,"verified":true,"email":null,"flags":0,"global_name":null},"#,
        r#""guilds":[],"session_id":"s","resume_gateway_url":"ws://127.0.0.1:1","application":{"id":"1","flags":0}}}"#
    )
    .to_owned();
    let mut context = zstd_safe::CCtx::create();
    let mut out = Vec::new();
    let frames = [hello, ready].into_iter().chain((2..FRAMES).map(|s| message(s, guild_last)));
    for text in frames {
        if zstd {
            let mut packed = vec![0; 4096 + text.len()];
            let mut output = zstd_safe::OutBuffer::around(&mut packed[..]);
            let mut input = zstd_safe::InBuffer::around(text.as_bytes());
            while input.pos() < text.len() {
                context.compress_stream(&mut output, &mut input).unwrap();
            }
            while context.flush_stream(&mut output).unwrap() > 0 {}
            raw_frame(2, output.as_slice(), &mut out);
        } else {
            raw_frame(1, text.as_bytes(), &mut out);
        }
    }
    out
}

/// Answers every connection with the prepared frames and waits until the client leaves.
async fn serve(listener: TcpListener, bytes: &'static [u8]) {
    while let Ok((mut socket, _)) = listener.accept().await {
        tokio::spawn(async move {
            let Ok((_, _)) = ServerBuilder::new().accept(&mut socket).await else { return };
            let _ = socket.write_all(bytes).await;
            let mut rest = [0; 1024];
            while socket.read(&mut rest).await.is_ok_and(|n| n > 0) {}
        });
    }
}

fn start(bytes: Vec<u8>) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { serve(TcpListener::from_std(listener).unwrap(), bytes.leak()).await });
    });
    address
}

fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

fn shard(address: SocketAddr) -> Shard {
    let config = ConfigBuilder::new("token".into(), Intents::GUILD_MESSAGES)
        .proxy_url(format!("ws://{address}"))
        .build();
    Shard::with_config(ShardId::ONE, config)
}

async fn bare_frames(address: SocketAddr) -> usize {
    let uri = format!("ws://{address}/").parse().unwrap();
    let (mut socket, _) = tokio_websockets::ClientBuilder::from_uri(uri)
        .limits(tokio_websockets::Limits::unlimited())
        .connect()
        .await
        .unwrap();
    let mut seen = 0;
    while seen < FRAMES {
        seen += usize::from(socket.next().await.unwrap().unwrap().is_text());
    }
    let _ = socket.send(Frame::close(None, "")).await;
    seen
}

async fn shard_text(address: SocketAddr) -> usize {
    let mut shard = shard(address);
    for _ in 0..FRAMES {
        let Ok(Message::Text(_)) = shard.next().await.unwrap() else { panic!("text expected") };
    }
    FRAMES
}

/// Nobody listens, nothing is kept.
struct Nowhere;

impl Sink for Nowhere {
    fn deliver(&self, _: Envelope<Bytes>, done: Done) -> BoxFuture<'_, ()> {
        done.complete();
        Box::pin(std::future::ready(()))
    }
    fn cache(&self, _: EventKind, _: Option<GuildId>, _: &[u8]) {}
    fn lifecycle(&self, _: Lifecycle) {}
}

type Kept<'a, T> = BoxFuture<'a, Result<T, StoreFailure>>;

impl SessionStore for Nowhere {
    fn load(&self, _: u32, _: u32) -> Kept<'_, Option<StoredSession>> {
        Box::pin(async { Ok(None) })
    }
    fn others(&self, _: u32) -> Kept<'_, Vec<OldSession>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn save<'a>(&'a self, _: u32, _: u32, _: &'a StoredSession) -> Kept<'a, ()> {
        Box::pin(async { Ok(()) })
    }
    fn clear(&self, _: u32, _: u32) -> Kept<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn record_gap<'a>(&'a self, _: &'a Gap) -> Kept<'a, ()> {
        Box::pin(async { Ok(()) })
    }
    fn load_budget(&self) -> Kept<'_, Option<IdentifyBudget>> {
        Box::pin(async { Ok(None) })
    }
    fn spend<'a>(&'a self, _: &'a Spending) -> Kept<'a, Spent> {
        Box::pin(async { Ok(Spent::Granted) })
    }
}

/// Some guild wants these kinds, and it is never the one that the events come from.
struct Elsewhere(EventSet);

impl Interest for Elsewhere {
    fn any(&self) -> EventSet {
        self.0
    }
    fn guild(&self, _: GuildId) -> EventSet {
        EventSet::EMPTY
    }
}

async fn guildhall(address: SocketAddr, any: EventSet, compress: bool) -> usize {
    let info = GatewayInfo {
        url: format!("ws://{address}"),
        shards: 1,
        total: 1000,
        remaining: 1000,
        reset_after: Duration::ZERO,
        max_concurrency: 1,
    };
    let clock = Arc::new(SystemClock);
    let governor = Governor::new(Arc::new(info), Arc::new(Nowhere), clock.clone(), false).await.unwrap();
    let mut options = GatewayOptions::new(SecretString::from("token"), Intents::GUILD_MESSAGES);
    options.shards = ShardPlan::Count(1);
    options.compress = Some(compress);
    let interest = Arc::new(Elsewhere(any));
    let (nowhere, random) = (Arc::new(Nowhere), Arc::new(Seeded::new(1)));
    let parts = GatewayParts { governor, sessions: nowhere.clone(), sink: nowhere, interest, clock, random };
    let gateway = Gateway::start(options, parts).await.unwrap();
    // The prepared frames are numbered up to one less than there are, HELLO having no number.
    while gateway.status()[0].sequence < FRAMES as u64 - 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    FRAMES
}

async fn shard_parsed(address: SocketAddr) -> usize {
    let mut shard = shard(address);
    for _ in 0..FRAMES {
        shard.next_event(EventTypeFlags::all()).await.unwrap().unwrap();
    }
    FRAMES
}

fn measure<F: Future<Output = usize>>(name: &str, run: impl Fn() -> F) {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let before = cpu();
        runtime.block_on(async { std::hint::black_box(run().await) });
        best = best.min(cpu().saturating_sub(before).as_nanos() as f64 / FRAMES as f64);
    }
    println!("{name:48} {best:8.0} ns/event {:10.0} events per CPU second", 1e9 / best);
}

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let wanted = EventSet::of(&[EventKind::MessageCreate]);
    let sample = message(7, true);
    println!("payload {} bytes, {FRAMES} frames", sample.len());
    for guild_last in [true, false] {
        let sample = message(7, guild_last);
        let head = classify::head(sample.as_bytes()).unwrap();
        let before = cpu();
        for _ in 0..1_000_000 {
            let text = std::hint::black_box(sample.as_bytes());
            let head = classify::head(text).unwrap();
            std::hint::black_box(classify::guild_id(head.kind.unwrap(), &text[head.data]));
        }
        let each = cpu().saturating_sub(before).as_nanos() / 1_000_000;
        println!("classify, guild id last {guild_last}: {each} ns");
        assert!(classify::guild_id(head.kind.unwrap(), &sample.as_bytes()[head.data]).is_some());
    }
    for zstd in [false, true] {
        let address = start(prepared(zstd, true));
        println!("{}", if zstd { "zstd-stream" } else { "no compression" });
        if !zstd {
            measure("  tokio-websockets alone", || bare_frames(address));
        }
        measure("  twilight Shard, text only", || shard_text(address));
        measure("  guildhall, kind wanted by no guild", || guildhall(address, EventSet::EMPTY, zstd));
        measure("  guildhall, kind wanted by another guild", || guildhall(address, wanted, zstd));
        measure("  bare twilight: next_event(all)", || shard_parsed(address));
    }
}
