//! What becomes of a bot whose sessions have ended.

use super::Engine;
use crate::gateway::presence;

impl Engine {
    /// Bots whose sessions have ended leave voice, and go offline with their last one.
    pub(super) fn bid_farewell(&self) {
        let ended = std::mem::take(&mut self.sessions.lock().ended);
        for session in ended {
            let bot_id = session.bot_id;
            for guild_id in session.take_voice() {
                // A guild that is gone by now needs nothing.
                let _gone = self.try_apply(|world, now| {
                    let state = world.voice_state(guild_id, bot_id);
                    match state.filter(|state| state.session_id == *session.id) {
                        Some(_) => world.leave_voice(guild_id, bot_id, now),
                        None => Ok(((), Vec::new())),
                    }
                });
            }
            let last = self.sessions.lock().of(session.application_id).is_empty();
            if last && self.read(|world| world.presences.contains_key(&bot_id)) {
                let offline = presence::of("offline", &[]);
                self.apply(|world, _| ((), world.set_presence(bot_id, offline)));
            }
        }
    }
}
