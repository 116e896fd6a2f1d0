//! What goes wrong when: everything follows from the seed.

use super::{
    dice::Dice,
    fault::{Fault, Provider, Trouble},
    plan::{APIS, Plan, WORKERS},
};
use std::time::Duration;

/// How many kinds of faults there are; each has its turn before one has its second.
pub(crate) const KINDS: u32 = 14;
/// Clocks are wrong by up to this many seconds.
const WRONG_BY: u32 = 7_200;

/// A fault and its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Once so many messages were posted.
    pub(crate) after: u32,
    /// What.
    pub(crate) fault: Fault,
}

/// The faults of a run, in their order.
pub(crate) fn schedule(plan: &Plan) -> Vec<Planned> {
    let mut dice = Dice::new(plan.seed);
    let wanted: Vec<u32> = (0..KINDS).filter(|kind| is_wanted(*kind, plan)).collect();
    let mut kinds: Vec<u32> = Vec::new();
    while !wanted.is_empty() && kinds.len() < usize::try_from(plan.faults).unwrap_or(usize::MAX) {
        let mut round = wanted.clone();
        dice.shuffle(&mut round);
        kinds.extend(round);
    }
    (0..plan.faults)
        .zip(kinds)
        .map(|(number, kind)| {
            // Evenly over the first nine tenths, so that there is work to hit; a little to and fro.
            let slot = u64::from(plan.messages) * 9 / 10 / u64::from(plan.faults.max(1));
            let slot = u32::try_from(slot).unwrap_or(u32::MAX).max(1);
            let after = number * slot + dice.below(slot);
            let fault = fault(&mut dice, kind, plan);
            Planned { after, fault }
        })
        .collect()
}

/// Whether a kind is one of those that the plan is about.
fn is_wanted(kind: u32, plan: &Plan) -> bool {
    let example = fault(&mut Dice::new(plan.seed), kind, plan);
    plan.only
        .as_deref()
        .is_none_or(|only| example.kind().contains(only))
}

fn fault(dice: &mut Dice, kind: u32, plan: &Plan) -> Fault {
    let worker = index(dice, WORKERS);
    let api = index(dice, APIS);
    let provider = [Provider::Twilio, Provider::WhatsappCloud][index(dice, 2)];
    let rate = dice.between(30, 100);
    let time = Duration::from_millis(dice.between(1_000, 3_000).into());
    let wrong_by = i64::from(dice.between(1, WRONG_BY));
    let wrong_by = if dice.below(2) == 0 {
        wrong_by
    } else {
        -wrong_by
    };
    let trouble = match kind {
        0 => return Fault::KillWorker(worker),
        1 => return Fault::KillApi(api),
        2 => return Fault::CrashDatabase,
        3 => {
            let over = Duration::from_millis(dice.between(200, 2_000).into());
            return Fault::FreezeWorker(worker, plan.pace.lease() + over);
        }
        4 => return Fault::WorkerClock(worker, wrong_by, time),
        5 => return Fault::ApiClock(api, wrong_by, time),
        6 => Trouble::LosesAnswers(rate),
        // Only here it decides whether a message is sent twice.
        7 => return Fault::Provider(Provider::WhatsappCloud, Trouble::FallsSilent(100), time),
        8 => Trouble::Fails(rate),
        9 => Trouble::IsSlow(dice.between(50, 800)),
        10 => Trouble::DropsCallbacks(rate),
        11 => Trouble::RepeatsCallbacks(rate),
        12 => Trouble::ReordersCallbacks(rate),
        _ => Trouble::DelaysCallbacks(dice.between(100, 2_000)),
    };
    Fault::Provider(provider, trouble, time)
}

fn index(dice: &mut Dice, count: usize) -> usize {
    usize::try_from(dice.below(u32::try_from(count).unwrap_or(1))).unwrap_or_default()
}
