//! How the limit over all routes is divided among the processes, by what each of them asks for.

/// Requests a second that nobody is given: a process that has just started uses this much before the others have
/// heard of it.
pub(in crate::cluster) const RESERVE: u32 = 1;

/// What a process asks for, as its row says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Need {
    /// The process.
    pub(super) id: String,
    /// Whether it sends messages. Others make few requests, and are given one a second.
    pub(super) works: bool,
    /// Requests a second.
    pub(super) wanted: u32,
    /// What it may be using at this moment at the most. One of an older version says nothing.
    pub(super) claim: Option<u32>,
}

impl Need {
    /// What it has to be taken to use: an even part where it says nothing, as older versions do.
    pub(super) fn used(&self, limit: u32, needs: &[Self]) -> u32 {
        let workers = needs.iter().filter(|need| need.works).count().max(1);
        let even = if self.works { limit / u32::try_from(workers).unwrap_or(u32::MAX) } else { RESERVE };
        self.claim.unwrap_or(even)
    }
}

/// The part of each process, in the order of `needs`. Everybody has a floor; above it nobody is given more than it
/// asks for while another lacks something, and nobody lacks something while another is given more than it has itself.
/// What nobody asks for is divided evenly. Everybody who reads the same rows comes to the same parts.
pub(super) fn parts(limit: u32, needs: &[Need]) -> Vec<u32> {
    let mut parts = vec![RESERVE; needs.len()];
    let mut order: Vec<usize> = (0..needs.len()).filter(|at| needs[*at].works).collect();
    let idle = needs.len() - order.len();
    let mut left = limit.saturating_sub(RESERVE).saturating_sub(u32::try_from(idle).unwrap_or(u32::MAX));
    let workers = u32::try_from(order.len().max(1)).unwrap_or(u32::MAX);
    let floor = (left / workers.saturating_mul(4)).max(1);
    order.sort_by(|a, b| {
        needs[*a].wanted.cmp(&needs[*b].wanted).then_with(|| needs[*a].id.cmp(&needs[*b].id))
    });
    for (at, to_come) in order.iter().zip((1..=workers).rev()) {
        parts[*at] = needs[*at].wanted.max(floor).min(left / to_come);
        left -= parts[*at];
    }
    order.sort_by(|a, b| needs[*a].id.cmp(&needs[*b].id));
    for (number, at) in (0..workers).zip(order) {
        parts[at] += left / workers + u32::from(number < left % workers);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn needs(wanted: &[u32]) -> Vec<Need> {
        let need = |(at, wanted): (usize, &u32)| Need {
            id: format!("{at:02}"),
            works: true,
            wanted: *wanted,
            claim: None,
        };
        wanted.iter().enumerate().map(need).collect()
    }

    fn check(wanted: &[u32], expected: &[u32]) {
        assert_eq!(parts(50, &needs(wanted)), expected, "{wanted:?}");
    }

    #[test]
    fn parts_follow_demand_above_a_floor() {
        check(&[0], &[49]);
        check(&[0, 0], &[25, 24]);
        check(&[50, 0], &[43, 6]);
        check(&[50, 50, 10], &[19, 20, 10]);
        check(&[10, 20, 0], &[15, 25, 9]);
        check(&[50, 50, 50, 50], &[12, 12, 12, 13]);
    }

    #[test]
    fn who_sends_nothing_has_one_and_who_says_nothing_counts_with_an_even_part() {
        let mut needs = needs(&[50, 50, 0]);
        needs[2].works = false;
        assert_eq!(parts(50, &needs), [24, 24, 1]);
        assert_eq!([needs[0].used(50, &needs), needs[2].used(50, &needs)], [25, 1]);
    }

    proptest! {
        #[test]
        fn the_parts_come_to_the_limit_less_the_reserve(
            limit in 40_u32..500,
            wanted in prop::collection::vec(0_u32..300, 1..20),
            idle in 0_usize..10,
        ) {
            let mut needs = needs(&wanted);
            needs.iter_mut().take(idle.min(wanted.len() - 1)).for_each(|need| need.works = false);
            let parts = parts(limit, &needs);
            prop_assert_eq!(parts.iter().sum::<u32>(), limit - RESERVE);
            prop_assert!(parts.iter().all(|part| *part >= 1));
            for (part, need) in parts.iter().zip(&needs).filter(|(_, need)| need.works) {
                let least = parts.iter().zip(&needs).filter(|(_, need)| need.works).map(|(part, _)| *part).max();
                // Whoever lacks something has as much as anybody.
                prop_assert!(*part >= need.wanted || part + 1 >= least.unwrap(), "{parts:?} {needs:?}");
            }
        }
    }
}
