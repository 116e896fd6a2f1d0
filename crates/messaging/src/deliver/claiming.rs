//! Claims the places of a round by shares.

use super::{Delivering, FairShares};
use crate::{Claim, Held, Lane, LaneId, Share};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use tidings_kernel::StoreError;
use time::OffsetDateTime;

/// How often what a lane did not use of its share is offered to the others.
const OFFERS: usize = 3;

impl Delivering {
    /// Claims by shares; what some lanes do not use is offered to those that used all of theirs.
    pub(super) async fn claim_shares(
        &self,
        fair: &Mutex<FairShares>,
        mut lanes: Vec<Lane>,
        limit: u16,
        room: &(dyn Fn(&Lane) -> u16 + Send + Sync),
        now: OffsetDateTime,
    ) -> Result<Vec<Claim>, StoreError> {
        let mut claims: Vec<Claim> = Vec::new();
        for _ in 0..OFFERS {
            let left = usize::from(limit).saturating_sub(claims.len());
            let left = u16::try_from(left).unwrap_or(u16::MAX);
            if left == 0 || lanes.is_empty() {
                break;
            }
            let left_of = |lane: &Lane| {
                let taken = claims.iter().filter(|claim| claim.lane == lane.id).count();
                room(lane).saturating_sub(u16::try_from(taken).unwrap_or(u16::MAX))
            };
            let shares = lock(fair).plan(&lanes, left, left_of);
            if shares.is_empty() {
                break;
            }
            let claimed = self.dispatch.claim(&shares, now, self.timing.lease).await;
            let mut taken: HashMap<LaneId, u16> = HashMap::new();
            for claim in claimed.iter().flatten() {
                *taken.entry(claim.lane).or_default() += 1;
            }
            let unused = |share: &Share| {
                let taken = taken.get(&share.lane).copied().unwrap_or(0);
                share.most.saturating_sub(taken)
            };
            {
                let mut fair = lock(fair);
                for share in &shares {
                    if let Some(lane) = lanes.iter().find(|lane| lane.id == share.lane) {
                        fair.give_back(lane, unused(share));
                    }
                }
            }
            match claimed {
                Ok(claimed) => claims.extend(claimed),
                Err(error) => {
                    let held: Vec<Held> = claims.iter().map(|claim| claim.held).collect();
                    self.hand_back(&held, now).await;
                    return Err(error);
                }
            }
            // Only a lane that gave all it was asked for may have more.
            let used_up: Vec<LaneId> = shares
                .iter()
                .filter(|share| unused(share) == 0)
                .map(|share| share.lane)
                .collect();
            let unasked = |lane: &Lane| shares.iter().all(|share| share.lane != lane.id);
            lanes.retain(|lane| used_up.contains(&lane.id) || unasked(lane));
        }
        Ok(claims)
    }
}

pub(super) fn lock(fair: &Mutex<FairShares>) -> std::sync::MutexGuard<'_, FairShares> {
    // Shares that a panic left half-counted are still shares.
    fair.lock().unwrap_or_else(PoisonError::into_inner)
}
