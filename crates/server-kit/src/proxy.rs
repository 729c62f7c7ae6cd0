//! A network that can be taken away: a proxy before one port of 127.0.0.1.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

use crate::{KitError, place::free_port};

/// What the network does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Forward,
    Stall,
    Refuse,
}

#[derive(Clone, Copy, Debug)]
struct State {
    mode: Mode,
    /// Counts the cuts; a connection lives as long as the count stands.
    cuts: u64,
}

/// A proxy. Dropping it ends all its connections.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A way to this port.
    pub async fn start(to: u16) -> Result<Self, KitError> {
        let port = free_port()?;
        let listener = listen(port).await;
        let (state, seen) = watch::channel(State { mode: Mode::Forward, cuts: 0 });
        let task = tokio::spawn(accept(listener, port, to, seen));
        Ok(Self { port, state, task })
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Everything passes.
    pub fn forward(&self) {
        self.set(Mode::Forward);
    }

    /// Every packet is dropped: connections stand, new ones seem to come about, and nothing passes. What was
    /// sent meanwhile arrives when the way is open again, as TCP sends it until then.
    pub fn stall(&self) {
        self.set(Mode::Stall);
    }

    /// Connections are cut, and new ones refused.
    pub fn refuse(&self) {
        self.set(Mode::Refuse);
        self.cut();
    }

    /// Connections are cut; new ones are possible.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }

    fn set(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A listener on this port, once it is free.
async fn listen(port: u16) -> TcpListener {
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return listener,
            Err(_) => sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn accept(listener: TcpListener, port: u16, to: u16, mut state: watch::Receiver<State>) {
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    loop {
        let current = *state.borrow_and_update();
        if current.mode == Mode::Refuse {
            listener = None;
            if state.changed().await.is_err() {
                return;
            }
            continue;
        }
        let open = match listener.take() {
            Some(open) => listener.insert(open),
            None => listener.insert(listen(port).await),
        };
        tokio::select! {
            accepted = open.accept() => if let Ok((inner, _)) = accepted {
                connections.spawn(connection(inner, to, state.clone(), current.cuts));
            },
            Some(_) = connections.join_next() => {}
            changed = state.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// One connection, until an end closes it or it is cut.
async fn connection(near: TcpStream, to: u16, state: watch::Receiver<State>, cuts: u64) {
    let mut seen = state.clone();
    let work = async {
        let mut opened = state.clone();
        open(&mut opened).await?;
        let far = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await?;
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::select! {
            done = carry(near_in, far_out, state.clone()) => done,
            done = carry(far_in, near_out, state) => done,
        }
    };
    tokio::select! {
        _ = work => {}
        _ = seen.wait_for(|state| state.cuts != cuts) => {}
    }
}

async fn open(state: &mut watch::Receiver<State>) -> std::io::Result<()> {
    state.wait_for(|state| state.mode != Mode::Stall).await.map_err(std::io::Error::other).map(|_| ())
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        // What is read here was under way when the packets began to be dropped.
        open(&mut state).await?;
        to.write_all(&buffer[..length]).await?;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::Redis;

    const PATIENCE: Duration = Duration::from_millis(500);

    /// What a port answers to this, if it does.
    pub(crate) async fn ask(port: u16, words: &str) -> Option<String> {
        let talk = async {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
            stream.write_all(words.as_bytes()).await.ok()?;
            read(&mut stream).await
        };
        timeout(PATIENCE, talk).await.ok().flatten()
    }

    /// What a port says unasked, if it does.
    pub(crate) async fn hear(port: u16) -> Option<String> {
        ask(port, "").await
    }

    pub(crate) async fn answers(port: u16, begin: &str) -> bool {
        hear(port).await.is_some_and(|text| text.starts_with(begin))
    }

    async fn read(stream: &mut TcpStream) -> Option<String> {
        let mut buffer = vec![0; 4096];
        let length = stream.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        String::from_utf8(buffer[..length].to_vec()).ok()
    }

    #[tokio::test]
    async fn a_network_is_taken_away_and_given_back() {
        let server = Redis::start().await.unwrap();
        let proxy = Proxy::start(server.port()).await.unwrap();
        assert_eq!(ask(proxy.port(), "PING\r\n").await.unwrap(), "+PONG\r\n");
        let mut kept = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.unwrap();
        proxy.stall();
        kept.write_all(b"PING\r\n").await.unwrap();
        assert!(timeout(PATIENCE, read(&mut kept)).await.is_err(), "a packet came through");
        assert!(ask(proxy.port(), "PING\r\n").await.is_none());
        proxy.forward();
        assert_eq!(timeout(PATIENCE, read(&mut kept)).await.unwrap().unwrap(), "+PONG\r\n");
        proxy.cut();
        assert_eq!(read(&mut kept).await, None);
        assert_eq!(ask(proxy.port(), "PING\r\n").await.unwrap(), "+PONG\r\n");
        proxy.refuse();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
        proxy.forward();
        while ask(proxy.port(), "PING\r\n").await.is_none() {
            sleep(Duration::from_millis(5)).await;
        }
    }
}
