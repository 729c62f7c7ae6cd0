//! Another number of shards than before: sessions are bound to it, so those from before are lost.

use guildhall_core::clock::Timestamp;

use super::{
    error::GatewayError,
    session::{Gap, GapReason, OldSession, SessionStore, StoredSession},
};

/// Writes down what the change of the number loses, and forgets the sessions from before. A crash in
/// between finds them again. `stored` are the sessions that `ids` have under the present number.
pub(super) async fn give_up_others(
    sessions: &dyn SessionStore,
    ids: &[u32],
    stored: &[Option<StoredSession>],
    total: u32,
    now: Timestamp,
) -> Result<Vec<Gap>, GatewayError> {
    let old = sessions.others(total).await.map_err(GatewayError::Sessions)?;
    let new = ids.iter().zip(stored).filter(|(_, stored)| stored.is_none()).map(|(id, _)| *id);
    let gaps: Vec<Gap> = new.filter_map(|shard| gap(shard, total, &old, now)).collect();
    for gap in &gaps {
        sessions.record_gap(gap).await.map_err(GatewayError::Sessions)?;
    }
    for session in &old {
        sessions.clear(session.shard, session.total).await.map_err(GatewayError::Sessions)?;
    }
    Ok(gaps)
}

/// What a shard does not hear of: everything since the oldest of the cursors of the shards that had its
/// guilds. The gap is the new shard's, because its READY is what the guilds are compared with.
fn gap(shard: u32, total: u32, old: &[OldSession], now: Timestamp) -> Option<Gap> {
    let oldest = old.iter().filter(|old| share_guilds((shard, total), (old.shard, old.total)));
    let OldSession { session, .. } = oldest.min_by_key(|old| old.session.as_of)?;
    Some(Gap {
        shard,
        session: session.session_id.clone(),
        from_sequence: session.sequence,
        since: session.as_of,
        until: now,
        reason: GapReason::ShardsChanged,
    })
}

/// Whether a guild can belong to both. Its shard is the rest of one number, divided by the number of
/// shards (Discord docs: Gateway, Sharding), so the two must agree on the common divisor.
fn share_guilds((one, one_total): (u32, u32), (other, other_total): (u32, u32)) -> bool {
    let (mut common, mut rest) = (one_total, other_total);
    while rest != 0 {
        (common, rest) = (rest, common % rest);
    }
    common == 0 || one % common == other % common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_guilds_exactly_when_some_number_falls_to_both() {
        for (one_total, other_total) in [(1, 4), (2, 4), (4, 6), (3, 5), (16, 1)] {
            for one in 0..one_total {
                for other in 0..other_total {
                    let some = (0..240).any(|n| n % one_total == one && n % other_total == other);
                    assert_eq!(share_guilds((one, one_total), (other, other_total)), some);
                }
            }
        }
    }
}
