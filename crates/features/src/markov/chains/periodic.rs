//! Each minute: chains follow what was taken away, also where nobody asks for sentences, and what they learned is
//! written down.

use std::time::Duration;

use guildhall_framework::Periodic;

use crate::markov::Markov;

pub(in crate::markov) fn tend() -> Periodic {
    Periodic {
        name: "markov_tend",
        every: Duration::from_mins(1),
        at_stop: true,
        run: |services| {
            Box::pin(async move {
                match services.extensions.get::<Markov>() {
                    Some(markov) => Ok(markov.tend(&services.store).await?),
                    None => Ok(()),
                }
            })
        },
    }
}
