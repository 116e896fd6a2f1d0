//! Who is served next: weighted fair sharing between classes, between the tenants of a class, and between
//! the lanes of a tenant.
//!
//! Each class, tenant and lane has a *pass*, which grows by its stride, the inverse of its weight, with every
//! message that it is given a place for; the one with the smallest pass is next (stride scheduling, Waldspurger and
//! Weihl, 1995). Who has been idle comes back at the pass of whoever was served last, so that nobody saves up
//! places, and nobody who waits is ever passed by for longer than the weights say.

use crate::{Class, Lane, LaneId, Ready, Share};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    time::{Duration, Instant},
};
use tidings_kernel::TenantId;

/// What one place costs somebody of weight 1.
const STRIDE: u64 = 1 << 24;

/// For how long lanes are remembered that had enough for a round. A lane that becomes ready meanwhile is seen
/// so much later.
const REMEMBERED: Duration = Duration::from_millis(20);

/// Remembers who has been served, so that the next round goes to the others.
#[derive(Debug, Default)]
pub struct FairShares {
    classes: Line<Class>,
    tenants: HashMap<Class, Line<TenantId>>,
    lanes: HashMap<(Class, TenantId), Line<LaneId>>,
    /// What was ready a moment ago, by the classes that were asked for.
    recent: HashMap<Vec<Class>, (Instant, Ready)>,
}

/// Those who share one thing.
#[derive(Debug)]
struct Line<K> {
    passes: HashMap<K, u64>,
    /// The pass of whoever was served last.
    now: u64,
}

impl<K> Default for Line<K> {
    fn default() -> Self {
        Self {
            passes: HashMap::new(),
            now: 0,
        }
    }
}

impl<K: Copy + Eq + std::hash::Hash> Line<K> {
    fn pass(&self, of: K) -> u64 {
        self.passes.get(&of).copied().unwrap_or(0).max(self.now)
    }

    /// Serves one place, and gives the pass that follows.
    fn serve(&mut self, who: K, weight: u16) -> u64 {
        let pass = self.pass(who);
        self.now = pass;
        let next = pass.saturating_add(stride(weight));
        self.passes.insert(who, next);
        next
    }

    fn give_back(&mut self, who: K, weight: u16, places: u16) {
        if let Some(pass) = self.passes.get_mut(&who) {
            *pass = pass.saturating_sub(stride(weight).saturating_mul(places.into()));
        }
    }

    /// Whoever is not behind the others is as good as new.
    fn forget(&mut self) {
        let now = self.now;
        self.passes.retain(|_, pass| *pass > now);
    }
}

fn stride(weight: u16) -> u64 {
    STRIDE / u64::from(weight.max(1))
}

/// The lanes of one tenant, while places are given out; the smallest pass is on top.
struct Served {
    weight: u16,
    lanes: BinaryHeap<Reverse<(u64, LaneId)>>,
}

type Tenants = BTreeMap<TenantId, Served>;

impl FairShares {
    /// What was ready of these classes a moment ago, if it was enough for a whole round: it still is, and need
    /// not be asked for.
    pub fn recent(&self, classes: &[Class]) -> Option<Ready> {
        let (at, ready) = self.recent.get(classes)?;
        (at.elapsed() < REMEMBERED).then(|| ready.clone())
    }

    /// Notes what was ready for a round, and whether it was enough for all its places.
    pub fn note(&mut self, classes: &[Class], ready: &Ready, is_enough: bool) {
        if !is_enough {
            self.recent.remove(classes);
        } else if self.recent(classes).is_none() {
            let now = (Instant::now(), ready.clone());
            self.recent.insert(classes.to_vec(), now);
        }
    }

    /// Gives out up to `limit` places, and counts them as served. Each share may be more than its lane has
    /// waiting: [give back](Self::give_back) what was not used.
    ///
    /// An emergency goes before everything else. Every other class that has a lane gets places by its
    /// [weight](Class::weight), and in it every tenant by its own, and each lane of a tenant as many as
    /// the others. No lane gets more than there is `room` for at its sender.
    pub fn plan(&mut self, lanes: &[Lane], limit: u16, room: impl Fn(&Lane) -> u16) -> Vec<Share> {
        let mut active: BTreeMap<Class, Tenants> = BTreeMap::new();
        let mut rooms: HashMap<LaneId, u16> = HashMap::new();
        for lane in lanes {
            let room = room(lane);
            if room == 0 || rooms.insert(lane.id, room).is_some() {
                continue;
            }
            let line = self.lanes.entry((lane.class, lane.tenant)).or_default();
            let served = active
                .entry(lane.class)
                .or_default()
                .entry(lane.tenant)
                .or_insert_with(|| Served {
                    weight: lane.weight,
                    lanes: BinaryHeap::new(),
                });
            served.lanes.push(Reverse((line.pass(lane.id), lane.id)));
        }
        let mut queues: BTreeMap<Class, BinaryHeap<Reverse<(u64, TenantId)>>> = BTreeMap::new();
        for (class, tenants) in &active {
            let line = self.tenants.entry(*class).or_default();
            let queue = tenants
                .keys()
                .map(|tenant| Reverse((line.pass(*tenant), *tenant)))
                .collect();
            queues.insert(*class, queue);
        }
        let mut shares: BTreeMap<(Class, LaneId), u16> = BTreeMap::new();
        for _ in 0..limit {
            let Some(class) = self.next_class(&active) else {
                break;
            };
            let (Some(tenants), Some(queue)) = (active.get_mut(&class), queues.get_mut(&class))
            else {
                break;
            };
            let Some(lane) = self.serve(class, tenants, queue, &mut rooms) else {
                break;
            };
            if queue.is_empty() {
                active.remove(&class);
            }
            let share = shares.entry((class, lane)).or_default();
            *share = share.saturating_add(1);
        }
        self.forget();
        shares
            .into_iter()
            .map(|((class, lane), most)| Share { lane, class, most })
            .collect()
    }

    /// Takes back places that a lane had no message for.
    pub fn give_back(&mut self, lane: &Lane, places: u16) {
        self.classes
            .give_back(lane.class, lane.class.weight(), places);
        if let Some(line) = self.tenants.get_mut(&lane.class) {
            line.give_back(lane.tenant, lane.weight, places);
        }
        if let Some(line) = self.lanes.get_mut(&(lane.class, lane.tenant)) {
            line.give_back(lane.id, 1, places);
        }
    }

    fn next_class(&mut self, active: &BTreeMap<Class, Tenants>) -> Option<Class> {
        if active.contains_key(&Class::Emergency) {
            return Some(Class::Emergency);
        }
        let class = active
            .keys()
            .copied()
            .min_by_key(|class| (self.classes.pass(*class), *class))?;
        self.classes.serve(class, class.weight());
        Some(class)
    }

    fn serve(
        &mut self,
        class: Class,
        tenants: &mut Tenants,
        queue: &mut BinaryHeap<Reverse<(u64, TenantId)>>,
        rooms: &mut HashMap<LaneId, u16>,
    ) -> Option<LaneId> {
        let Reverse((_, tenant)) = queue.pop()?;
        let served = tenants.get_mut(&tenant)?;
        let Reverse((_, lane)) = served.lanes.pop()?;
        let siblings = self.lanes.entry((class, tenant)).or_default();
        let pass = siblings.serve(lane, 1);
        let room = rooms.entry(lane).or_default();
        *room = room.saturating_sub(1);
        if *room > 0 {
            served.lanes.push(Reverse((pass, lane)));
        }
        let others = self.tenants.entry(class).or_default();
        let pass = others.serve(tenant, served.weight);
        if !served.lanes.is_empty() {
            queue.push(Reverse((pass, tenant)));
        }
        Some(lane)
    }

    fn forget(&mut self) {
        for line in self.tenants.values_mut() {
            line.forget();
        }
        self.lanes.retain(|_, line| {
            line.forget();
            !line.passes.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn lane(id: i32, tenant: u128, class: Class, weight: u16) -> Lane {
        Lane {
            id: LaneId(id),
            tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
            class,
            sender: None,
            weight,
        }
    }

    fn served(
        fair: &mut FairShares,
        lanes: &[Lane],
        rounds: usize,
        limit: u16,
    ) -> HashMap<LaneId, u64> {
        let mut total = HashMap::new();
        for _ in 0..rounds {
            for share in fair.plan(lanes, limit, |_| u16::MAX) {
                *total.entry(share.lane).or_default() += u64::from(share.most);
            }
        }
        total
    }

    #[test]
    fn an_emergency_goes_before_everything() {
        let lanes = [
            lane(1, 1, Class::Marketing, 1),
            lane(2, 2, Class::Emergency, 1),
        ];
        let shares = FairShares::default().plan(&lanes, 10, |_| u16::MAX);
        let emergency = Share {
            lane: LaneId(2),
            class: Class::Emergency,
            most: 10,
        };
        assert_eq!(shares, [emergency]);
    }

    #[test]
    fn classes_share_by_their_weights() {
        let lanes = [
            lane(1, 1, Class::Marketing, 1),
            lane(2, 1, Class::Transactional, 1),
            lane(3, 1, Class::Authentication, 1),
        ];
        let total = served(&mut FairShares::default(), &lanes, 13, 100);
        let of = |id| total.get(&LaneId(id)).copied().unwrap_or(0);
        assert!(of(1).abs_diff(100) <= 1, "marketing got {}", of(1));
        assert!(of(2).abs_diff(400) <= 1, "transactional got {}", of(2));
        assert!(of(3).abs_diff(800) <= 1, "authentication got {}", of(3));
    }

    #[test]
    fn a_tenant_with_many_lanes_gets_no_more_than_one_with_a_single_one() {
        let mut lanes = vec![lane(0, 1, Class::Marketing, 1)];
        lanes.extend((1..=9).map(|id| lane(id, 2, Class::Marketing, 1)));
        let total = served(&mut FairShares::default(), &lanes, 1, 180);
        assert_eq!(total.get(&LaneId(0)), Some(&90));
        assert!((1..=9).all(|id| total.get(&LaneId(id)) == Some(&10)));
    }

    #[test]
    fn who_was_idle_saves_nothing_up() {
        let mut fair = FairShares::default();
        let busy = lane(1, 1, Class::Marketing, 1);
        served(&mut fair, &[busy], 50, 100);
        let back = lane(2, 2, Class::Marketing, 1);
        let total = served(&mut fair, &[busy, back], 1, 100);
        let of = |id| total.get(&LaneId(id)).copied().unwrap_or(0);
        assert!(of(1).abs_diff(50) <= 1, "whoever was busy got {}", of(1));
    }

    #[test]
    fn places_that_are_given_back_are_not_held_against_a_lane() {
        let lanes = [
            lane(1, 1, Class::Marketing, 1),
            lane(2, 2, Class::Marketing, 1),
        ];
        let mut fair = FairShares::default();
        fair.plan(&lanes, 101, |_| u16::MAX);
        fair.give_back(&lanes[0], 51);
        // Without it, the other one would be next.
        let next = fair.plan(&lanes, 1, |_| u16::MAX);
        assert_eq!(next.first().map(|share| share.lane), Some(LaneId(1)));
    }

    #[test]
    fn nobody_gets_more_than_there_is_room_for() {
        let lanes = [
            lane(1, 1, Class::Transactional, 1),
            lane(2, 2, Class::Marketing, 1),
            lane(3, 3, Class::Marketing, 1),
        ];
        let room = |lane: &Lane| match lane.id {
            LaneId(1) => 3,
            LaneId(2) => 0,
            LaneId(_) => 50,
        };
        let shares = FairShares::default().plan(&lanes, 100, room);
        let given: Vec<(i32, u16)> = shares.iter().map(|it| (it.lane.0, it.most)).collect();
        assert_eq!(given, [(1, 3), (3, 50)]);
    }

    proptest! {
        #[test]
        fn tenants_get_places_by_their_weights(
            weights in prop::collection::vec(1_u16..=20, 1..40),
            limit in 1_u16..=500,
        ) {
            let lanes: Vec<Lane> = (0_i32..)
                .zip(&weights)
                .map(|(id, weight)| {
                    lane(id, u128::from(id.unsigned_abs()) + 1, Class::Marketing, *weight)
                })
                .collect();
            let sum: u64 = weights.iter().copied().map(u64::from).sum();
            let rounds = 2_000 / usize::from(limit) + 1;
            let total = served(&mut FairShares::default(), &lanes, rounds, limit);
            let places = rounds as u64 * u64::from(limit);
            prop_assert_eq!(total.values().sum::<u64>(), places);
            for lane in &lanes {
                let got = total.get(&lane.id).copied().unwrap_or(0);
                let due = places * u64::from(lane.weight) / sum;
                // Never further from its due than its own weight and one place of somebody else's turn.
                let slack = u64::from(lane.weight) + 2;
                prop_assert!(got.abs_diff(due) <= slack, "{got} places instead of {due}");
            }
        }

        #[test]
        fn no_more_is_given_than_there_is_and_nothing_is_wasted(
            classes in prop::collection::vec(0_u8..6, 0..30),
            limit in 0_u16..=300,
        ) {
            let lanes: Vec<Lane> = (0_i32..)
                .zip(&classes)
                .map(|(id, rank)| {
                    let class = Class::of_rank(*rank).unwrap_or(Class::Marketing);
                    lane(id, u128::from(id.unsigned_abs() % 5) + 1, class, 1)
                })
                .collect();
            let given: u32 = FairShares::default()
                .plan(&lanes, limit, |_| u16::MAX)
                .iter()
                .map(|share| u32::from(share.most))
                .sum();
            let expected = if lanes.is_empty() { 0 } else { u32::from(limit) };
            prop_assert_eq!(given, expected);
        }
    }
}
