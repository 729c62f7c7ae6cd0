//! Makes a chain anew from the rows.

use std::{sync::Arc, time::Instant};

use guildhall_core::{id::GuildId, scope::GuildScope};
use guildhall_markov::{Chains, FileError, Keep, Message, Trainer, Training};
use guildhall_store::{Store, params};
use tokio::sync::mpsc;

use super::{ChainFault, Learned, Markov, State, state::Made, training};
use crate::markov::{
    corpus::Corpus,
    schema,
    telemetry::{self, Why},
};

/// Rows that are read at once.
const PAGE: usize = 2_000;

impl Markov {
    /// Makes the chain of a guild from all of its rows, as one snapshot has them. `false` where there are none.
    pub(super) async fn build(
        &self,
        store: &Store,
        guild: GuildId,
        state: &mut State,
        why: Why,
    ) -> Result<bool, ChainFault> {
        let started = Instant::now();
        // From here on until the end the file says nothing of itself.
        self.slot.forget(guild)?;
        *state = State { looked: true, ..State::default() };
        let mut read = store.read().await?;
        let mut tx = read.guild(GuildScope(guild));
        let Some(corpus) = Corpus::of(&mut tx).await? else { return Ok(false) };
        let (pages, heard) = mpsc::channel(2);
        let (chains, training) = (Arc::clone(&self.chains), training(&self.options, &self.slot));
        let work = tokio::task::spawn_blocking(move || train(&chains, training, guild, heard));
        let mut last = -1_i64;
        loop {
            let rows = tx.fetch_all(&schema::PAGE, params![last, PAGE]).await?;
            let Some(end) = rows.last() else { break };
            last = end.get("id")?;
            let page = rows.iter().map(Learned::read).collect::<Result<Vec<_>, _>>()?;
            if pages.send(Some(page)).await.is_err() {
                break;
            }
        }
        // Without this word it was cut short, and what was read is not all.
        drop(pages.send(None).await);
        drop(read);
        if !work.await.map_err(|_| ChainFault::Ended)?? {
            return Err(ChainFault::Ended);
        }
        let made = Made::of(corpus, self.options.state_size);
        self.slot.write(guild, made)?;
        (state.made, state.saved) = (Some(made), Some(made));
        telemetry::built(why, started.elapsed());
        Ok(true)
    }
}

/// Learns page after page, and puts the result in the place of what was there. `false` where the pages end without
/// saying that they do.
fn train(
    chains: &Chains,
    training: Training,
    guild: GuildId,
    mut pages: mpsc::Receiver<Option<Vec<Learned>>>,
) -> Result<bool, FileError> {
    let mut trainer = Trainer::new(training);
    loop {
        match pages.blocking_recv() {
            Some(Some(page)) => {
                let messages: Vec<Message<'_>> = page.iter().map(Learned::message).collect();
                trainer.learn_batch(&messages)?;
            }
            Some(None) => break,
            None => return Ok(false),
        }
    }
    let chain = if let Ok(chain) = chains.get(guild.get()) {
        chain
    } else {
        // A file that cannot be used, or has other states: what it held is in the rows.
        chains.remove(guild.get())?;
        chains.get(guild.get())?
    };
    chain.absorb(trainer, Keep::New)?;
    chain.sync()?;
    drop(chain);
    chains.settle(guild.get()).map(|()| true)
}
