//! Discord as far as features ask it for things.

use std::collections::HashMap;

use futures::future::BoxFuture;
use guildhall_core::id::{ChannelId, GuildId, MessageId};
use guildhall_framework::{Body, Outside, OutsideError};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// Discord as far as features ask it for things.
#[derive(Debug, Default)]
pub(crate) struct FakeOutside {
    /// What people attached, by address.
    pub(crate) files: Mutex<HashMap<String, Vec<u8>>>,
    /// Answers that fail before one succeeds.
    pub(crate) failing: Mutex<u32>,
    /// What was written in channels, the newest first.
    pub(crate) history: Mutex<HashMap<ChannelId, Vec<Value>>>,
    /// How many links were made fresh.
    pub(crate) refreshed: Mutex<u32>,
    /// The threads of channels.
    pub(crate) threads: Mutex<HashMap<ChannelId, Vec<ChannelId>>>,
    /// The messages that show progress, each with all that it ever said.
    pub(crate) shown: Mutex<Vec<(ChannelId, Vec<String>)>>,
}

impl FakeOutside {
    /// Attaches a file: its id, and what an interaction says of it.
    pub(crate) fn attach(&self, name: &str, content: &str) -> (String, Value) {
        let mut files = self.files.lock();
        let id = (1_500_000_000_000_000_000_u64 + files.len() as u64).to_string();
        let url = format!("https://cdn.discordapp.com/ephemeral-attachments/1/{id}/{name}");
        files.insert(url.clone(), content.as_bytes().to_vec());
        let told = json!({ "id": id, "filename": name, "size": content.len(), "url": url, "proxy_url": url });
        (id, told)
    }

    fn down(&self) -> bool {
        let mut failing = self.failing.lock();
        let down = *failing > 0;
        *failing = failing.saturating_sub(1);
        down
    }
}

fn answer<'a, T: Send + 'a>(answer: Result<T, OutsideError>) -> BoxFuture<'a, Result<T, OutsideError>> {
    Box::pin(async { answer })
}

impl Outside for FakeOutside {
    fn download<'a>(&'a self, url: &'a str, most: u64) -> BoxFuture<'a, Result<Vec<u8>, OutsideError>> {
        if self.down() {
            return answer(Err(OutsideError::Later("no way".to_owned())));
        }
        let file = self.files.lock().get(url).cloned().ok_or(OutsideError::Gone);
        let fits = |file: Vec<u8>| {
            if file.len() as u64 > most { Err(OutsideError::TooLarge(most)) } else { Ok(file) }
        };
        answer(file.and_then(fits))
    }

    fn history(
        &self,
        channel: ChannelId,
        before: Option<MessageId>,
    ) -> BoxFuture<'_, Result<Vec<u8>, OutsideError>> {
        if self.down() {
            return answer(Err(OutsideError::Later("no way".to_owned())));
        }
        let history = self.history.lock();
        let Some(all) = history.get(&channel) else { return answer(Err(OutsideError::Gone)) };
        let older = |message: &&Value| {
            let id: u64 = message["id"].as_str().unwrap().parse().unwrap();
            before.is_none_or(|before| id < before.get())
        };
        let page: Vec<&Value> = all.iter().filter(older).take(100).collect();
        answer(Ok(serde_json::to_vec(&page).unwrap()))
    }

    fn threads(&self, _: GuildId, channel: ChannelId) -> BoxFuture<'_, Result<Vec<ChannelId>, OutsideError>> {
        answer(Ok(self.threads.lock().get(&channel).cloned().unwrap_or_default()))
    }

    fn refresh<'a>(&'a self, links: &'a [String]) -> BoxFuture<'a, Result<Vec<String>, OutsideError>> {
        let mut refreshed = self.refreshed.lock();
        *refreshed += 1;
        answer(Ok(links.iter().map(|link| format!("{link}?ex={refreshed}")).collect()))
    }

    fn post<'a>(
        &'a self,
        channel: ChannelId,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<MessageId, OutsideError>> {
        let mut shown = self.shown.lock();
        shown.push((channel, vec![body.content.clone()]));
        answer(Ok(MessageId::new(shown.len() as u64).unwrap()))
    }

    fn edit<'a>(
        &'a self,
        _: ChannelId,
        message: MessageId,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), OutsideError>> {
        let at = usize::try_from(message.get()).unwrap() - 1;
        self.shown.lock()[at].1.push(body.content.clone());
        answer(Ok(()))
    }
}
