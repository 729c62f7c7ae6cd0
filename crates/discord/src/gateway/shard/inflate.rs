//! The zstd stream of one connection: one context for its whole life, one event to a websocket message
//! (Discord docs: Gateway, Transport Compression).

use zstd_safe::{DCtx, InBuffer, OutBuffer};

/// Larger events are taken for an attack. The largest real ones, of guilds with thousands of channels and
/// roles, have some megabytes.
const LARGEST: usize = 64 << 20;
const STEP: usize = 64 << 10;

pub(super) struct Inflater {
    context: DCtx<'static>,
    /// Room for an event, of which `length` bytes are one.
    room: Vec<u8>,
    length: usize,
}

/// The stream is broken, and with it everything after it.
#[derive(Debug)]
pub(super) struct Broken;

impl Inflater {
    pub(super) fn new() -> Self {
        Self { context: DCtx::create(), room: vec![0; STEP], length: 0 }
    }

    /// The event inflated last.
    pub(super) fn event(&self) -> &[u8] {
        &self.room[..self.length]
    }

    /// Inflates the next message. The room is used again and again: an event that nobody needs costs no
    /// allocation.
    pub(super) fn inflate(&mut self, message: &[u8]) -> Result<(), Broken> {
        self.length = 0;
        if self.room.len() > 16 * STEP {
            self.room = vec![0; STEP];
        }
        let mut input = InBuffer::around(message);
        loop {
            let mut output = OutBuffer::around_pos(&mut self.room[..], self.length);
            self.context.decompress_stream(&mut output, &mut input).map_err(|_| Broken)?;
            self.length = output.pos();
            if self.length < self.room.len() {
                return if input.pos() == message.len() { Ok(()) } else { Err(Broken) };
            }
            if self.length >= LARGEST {
                return Err(Broken);
            }
            self.room.resize(self.room.len() * 2, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs events as the server does: flushed after each, never ended.
    fn packed(events: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut context = zstd_safe::CCtx::create();
        let pack = |event: &Vec<u8>| {
            let mut out = vec![0; zstd_safe::compress_bound(event.len()) + 64];
            let mut output = OutBuffer::around(&mut out[..]);
            let mut input = InBuffer::around(event);
            while input.pos() < event.len() {
                context.compress_stream(&mut output, &mut input).unwrap();
            }
            while context.flush_stream(&mut output).unwrap() > 0 {}
            output.as_slice().to_vec()
        };
        events.iter().map(pack).collect()
    }

    #[test]
    fn events_of_every_size_come_back() {
        let sizes = [0, 1, 100, STEP - 1, STEP, STEP + 1, 3 * STEP, 40 * STEP, 2, 16 * STEP, 5];
        let events: Vec<Vec<u8>> = sizes
            .iter()
            .map(|size| (0..*size).map(|i| u8::try_from(i * i % 251).unwrap()).collect())
            .collect();
        let mut inflater = Inflater::new();
        for (message, event) in packed(&events).iter().zip(&events) {
            inflater.inflate(message).unwrap();
            assert!(inflater.event() == event.as_slice(), "{} bytes", event.len());
        }
    }

    #[test]
    fn nonsense_is_refused_and_a_bomb_is_bounded() {
        assert!(Inflater::new().inflate(b"this is not zstd").is_err());
        let bomb = packed(&[vec![0; LARGEST + 2 * STEP]]);
        assert!(Inflater::new().inflate(&bomb[0]).is_err());
    }
}
