//! What the sandbox sends to addresses that applications registered: interactions instead of the gateway,
//! and webhook events, both signed. (Discord docs: Interactions Overview; Webhook Events.)

mod events;
mod interactions;
pub(crate) mod post;
pub(crate) mod probe;
pub(crate) mod sign;

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::rest::face::Face;

/// Requests under way at once; what is beyond waits in the queue.
const AT_ONCE: usize = 256;

/// Sends what waits, and probes addresses, for as long as the sandbox runs.
pub(crate) async fn run(face: Arc<Face>) {
    let free = Arc::new(Semaphore::new(AT_ONCE));
    let probing = probe::forever(&face);
    tokio::pin!(probing);
    loop {
        let parcel = tokio::select! {
            parcel = face.engine.outgoing().next() => parcel,
            () = &mut probing => return,
        };
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
        let (face, stop) = (Arc::clone(&face), face.engine.stopped().clone());
        tokio::spawn(async move {
            let sent = async {
                if parcel.event == "INTERACTION_CREATE" {
                    interactions::deliver(&face, &parcel).await;
                    drop(place);
                } else {
                    // An event that is tried again for minutes must not hold others up.
                    drop(place);
                    events::deliver(&face, &parcel).await;
                }
            };
            tokio::select! {
                () = sent => {}
                () = stop.cancelled() => {}
            }
        });
    }
}
