//! Who runs which shard. Pure: every process comes to the same answer from the same rows, and a lease settles
//! what they see differently.

/// A process that can run shards.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub id: String,
    /// How much it is to carry in comparison with others.
    pub weight: f64,
    /// Guilds that it carries at the most.
    pub room: Option<u64>,
    /// The shards that it runs and no other, where it is told to.
    pub only: Option<Vec<u32>>,
}

/// A shard and who has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// Its number.
    pub number: u32,
    /// Its holder, where that is one of the candidates.
    pub holder: Option<String>,
    /// Guilds on it, where they are known; at least one.
    pub load: u64,
}

/// What one process is to do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Moves {
    /// Shards that nobody has and that are this one's to take.
    pub take: Vec<u32>,
    /// A shard to give to somebody who has less.
    pub release: Option<u32>,
}

/// By how much a move has to improve the worse of two loads, so that shards do not go back and forth.
const WORTH: f64 = 1.1;

/// What `me` is to do. Shards that nobody has go first, the largest ones to whoever carries least; only when there
/// are none is one handed over to even out the rest.
pub fn moves(me: &str, candidates: &[Candidate], shards: &[Shard]) -> Moves {
    let mut loads: Vec<u64> = candidates
        .iter()
        .map(|candidate| {
            shards
                .iter()
                .filter(|shard| shard.holder.as_ref() == Some(&candidate.id))
                .map(|shard| shard.load)
                .sum()
        })
        .collect();
    let mut free: Vec<&Shard> = shards.iter().filter(|shard| shard.holder.is_none()).collect();
    if free.is_empty() {
        return Moves { take: Vec::new(), release: surplus(me, candidates, &loads, shards) };
    }
    free.sort_by_key(|shard| (std::cmp::Reverse(shard.load), shard.number));
    let mut take = Vec::new();
    for shard in free {
        let able = (0..candidates.len()).filter(|at| fits(&candidates[*at], loads[*at], shard));
        let Some(at) = able.min_by(|a, b| {
            let order = filled(&candidates[*a], loads[*a], shard).total_cmp(&filled(
                &candidates[*b],
                loads[*b],
                shard,
            ));
            order.then_with(|| candidates[*a].id.cmp(&candidates[*b].id))
        }) else {
            continue;
        };
        loads[at] += shard.load;
        if candidates[at].id == me {
            take.push(shard.number);
        }
    }
    take.sort_unstable();
    Moves { take, release: None }
}

/// A shard that `me` hands over: where it is the one that carries most, and somebody would carry clearly less with
/// it than `me` does now. Also one that `me` is told not to run.
fn surplus(me: &str, candidates: &[Candidate], loads: &[u64], shards: &[Shard]) -> Option<u32> {
    let own = candidates.iter().position(|candidate| candidate.id == me)?;
    let mine = || shards.iter().filter(|shard| shard.holder.as_deref() == Some(me));
    let others = || (0..candidates.len()).filter(|at| *at != own);
    if let Some(stray) = mine().find(|shard| !allowed(&candidates[own], shard.number)) {
        let taker = others().any(|at| fits(&candidates[at], loads[at], stray));
        return taker.then_some(stray.number);
    }
    let carried = |at: usize| loads[at] as f64 / candidates[at].weight;
    if others().any(|at| carried(at) > carried(own)) {
        return None;
    }
    let worth = |shard: &&Shard| {
        others().any(|at| {
            fits(&candidates[at], loads[at], shard)
                && filled(&candidates[at], loads[at], shard) * WORTH < carried(own)
        })
    };
    mine().filter(worth).min_by_key(|shard| (shard.load, shard.number)).map(|shard| shard.number)
}

fn allowed(candidate: &Candidate, shard: u32) -> bool {
    candidate.only.as_ref().is_none_or(|only| only.contains(&shard))
}

fn fits(candidate: &Candidate, load: u64, shard: &Shard) -> bool {
    allowed(candidate, shard.number) && candidate.room.is_none_or(|room| load + shard.load <= room)
}

/// What the candidate carries with this shard.
fn filled(candidate: &Candidate, load: u64, shard: &Shard) -> f64 {
    (load + shard.load) as f64 / candidate.weight
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn candidate(id: &str, weight: f64) -> Candidate {
        Candidate { id: id.to_owned(), weight, room: None, only: None }
    }

    fn shards(holders: &[Option<&str>]) -> Vec<Shard> {
        (0..)
            .zip(holders)
            .map(|(number, holder)| Shard { number, holder: holder.map(Into::into), load: 1 })
            .collect()
    }

    /// Lets everybody move until nobody does; how often a shard changed hands.
    fn settle(candidates: &[Candidate], shards: &mut [Shard]) -> usize {
        let mut moved = 0;
        for _ in 0..200 {
            let all: Vec<(String, Moves)> =
                candidates.iter().map(|one| (one.id.clone(), moves(&one.id, candidates, shards))).collect();
            if all.iter().all(|(_, moves)| *moves == Moves::default()) {
                return moved;
            }
            for (id, moves) in all {
                for number in moves.take {
                    let shard = &mut shards[number as usize];
                    assert_eq!(shard.holder, None, "two want the same shard");
                    shard.holder = Some(id.clone());
                    moved += 1;
                }
                if let Some(number) = moves.release {
                    assert_eq!(shards[number as usize].holder.as_ref(), Some(&id));
                    shards[number as usize].holder = None;
                }
            }
        }
        panic!("they never come to rest");
    }

    fn held(shards: &[Shard]) -> BTreeMap<String, usize> {
        let mut held = BTreeMap::new();
        for shard in shards {
            *held.entry(shard.holder.clone().unwrap_or_default()).or_default() += 1;
        }
        held
    }

    #[test]
    fn shards_are_shared_evenly_and_by_weight() {
        let mut all = shards(&[None; 9]);
        settle(&[candidate("a", 1.0), candidate("b", 1.0), candidate("c", 1.0)], &mut all);
        assert_eq!(held(&all).into_values().collect::<Vec<_>>(), [3, 3, 3]);
        let mut all = shards(&[None; 9]);
        settle(&[candidate("a", 2.0), candidate("b", 1.0)], &mut all);
        assert_eq!(held(&all)["a"], 6);
    }

    #[test]
    fn a_newcomer_gets_its_share_and_nothing_moves_without_need() {
        let mut all = shards(&[Some("a"), Some("a"), Some("a"), Some("a")]);
        assert_eq!(settle(&[candidate("a", 1.0), candidate("b", 1.0)], &mut all), 2);
        assert_eq!(held(&all).into_values().collect::<Vec<_>>(), [2, 2]);
        let mut all = shards(&[Some("a"), Some("a"), Some("b")]);
        assert_eq!(settle(&[candidate("a", 1.0), candidate("b", 1.0)], &mut all), 0);
    }

    #[test]
    fn who_is_told_which_shards_runs_those_and_no_other() {
        let only = |id: &str, only: Vec<u32>| Candidate { only: Some(only), ..candidate(id, 1.0) };
        let mut all = shards(&[None, None, None, Some("b")]);
        settle(&[only("a", vec![0, 3]), candidate("b", 1.0)], &mut all);
        assert_eq!(all[0].holder.as_deref(), Some("a"));
        assert_eq!(all[1].holder.as_deref(), Some("b"));
        assert_eq!(all[2].holder.as_deref(), Some("b"));
    }

    #[test]
    fn nobody_takes_more_than_there_is_room_for() {
        let mut all = shards(&[None; 5]);
        settle(&[Candidate { room: Some(2), ..candidate("a", 1.0) }], &mut all);
        assert_eq!(held(&all)["a"], 2);
    }

    proptest! {
        #[test]
        fn it_comes_to_rest_with_everything_taken(
            weights in prop::collection::vec(1_u32..5, 1..6),
            loads in prop::collection::vec((1_u64..2_000, 0_usize..8), 1..40),
        ) {
            let candidates: Vec<Candidate> = weights.iter().enumerate()
                .map(|(at, weight)| candidate(&at.to_string(), f64::from(*weight))).collect();
            let mut all: Vec<Shard> = (0..).zip(&loads).map(|(number, (load, holder))| Shard {
                number,
                holder: candidates.get(*holder).map(|one| one.id.clone()),
                load: *load,
            }).collect();
            settle(&candidates, &mut all);
            prop_assert!(all.iter().all(|shard| shard.holder.is_some()));
        }
    }
}
