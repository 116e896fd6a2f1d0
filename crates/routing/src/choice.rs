use crate::{
    Candidate, Need, Objection, Policy, Strategy,
    candidate::objection,
    lots::{draw, race},
};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use tidings_kernel::{AccountId, Money, SenderId};
use time::OffsetDateTime;

/// A candidate and what was thought of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The account.
    pub account: AccountId,
    /// The sender.
    pub sender: SenderId,
    /// Its priority.
    pub priority: u16,
    /// Its price, as far as the tenant said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The thousandths of messages that it gets, where it is not well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u16>,
    /// The thousandths of messages that were delivered lately, where that is known and ways are ordered by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<u16>,
    /// Why not; `None` when it could carry the message.
    pub objection: Option<Objection>,
}

/// The way to take, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The chosen way; `None` when nothing fits.
    pub chosen: Option<Candidate>,
    /// Everything that was considered, in the order of preference.
    pub considered: Vec<Considered>,
    /// How they were ordered.
    #[serde(default)]
    pub strategy: Strategy,
    /// The rule of the policy that said so, counted from 0; `None` when none fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
}

impl Choice {
    /// When a way that is left alone now is worth asking again, if there is one.
    pub fn probe_at(&self, candidates: &[Candidate]) -> Option<OffsetDateTime> {
        let is_left_alone = |candidate: &&Candidate| {
            self.considered.iter().any(|considered| {
                considered.sender == candidate.sender
                    && considered.objection == Some(Objection::Unhealthy)
            })
        };
        candidates
            .iter()
            .filter(is_left_alone)
            .filter_map(|candidate| candidate.condition?.probe_at)
            .min()
    }
}

/// Chooses a way by the policy among the candidates that can carry the message.
///
/// What is equal for the policy is ordered by priority, and then by age, so that the same facts always give the
/// same choice. A way that is not well gets only its share of messages, drawn by lot; if no other way is
/// left, it gets them all.
///
/// ```rust
/// use tidings_kernel::Channel;
/// use tidings_routing::{Candidate, Need, Objection, Policy, choose};
///
/// let texts = Candidate {
///     account: "acc_01h455vb4pex5vsknk084sn02q".parse()?,
///     sender: "snd_01h455vb4pex5vsknk084sn02q".parse()?,
///     provider: "twilio".to_owned(),
///     priority: 1,
///     is_enabled: true,
///     channels: vec![Channel::Sms],
///     region: None,
///     carries_media: false,
///     price: None,
///     condition: None,
/// };
/// let pictures = Candidate {
///     sender: "snd_01h455vb4pex5vsknk084sn02r".parse()?,
///     priority: 2,
///     carries_media: true,
///     ..texts.clone()
/// };
/// let need = Need { channel: Some(Channel::Sms), has_media: true, ..Need::default() };
///
/// let policy = Policy::default();
/// let choice = choose(&need, &policy, &[pictures.clone(), texts]);
/// assert_eq!(choice.chosen, Some(pictures));
/// assert_eq!(choice.considered[0].objection, Some(Objection::Media));
/// assert_eq!(choose(&need, &policy, &[]).chosen, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn choose(need: &Need, policy: &Policy, candidates: &[Candidate]) -> Choice {
    let found = policy.rule(need.purpose, need.destination, need.channel);
    let strategy = found.map_or(Strategy::default(), |(_, rule)| rule.strategy);
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by_key(|candidate| (candidate.priority, candidate.account, candidate.sender));
    match strategy {
        Strategy::Priority => {}
        Strategy::Cheapest => {
            let currency = ordered
                .iter()
                .find_map(|candidate| Some(candidate.price?.currency()));
            ordered.sort_by_key(|candidate| {
                candidate
                    .price
                    .filter(|price| Some(price.currency()) == currency)
                    .map_or(i64::MAX, Money::micros)
            });
        }
        Strategy::BestDelivery => ordered.sort_by_key(|candidate| Reverse(delivery(candidate))),
        Strategy::Weighted => {
            let weight = |account| found.map_or(1, |(_, rule)| rule.weight(account));
            ordered.sort_by(|a, b| {
                let of = |candidate: &Candidate| {
                    race(need.lot, candidate.account, weight(candidate.account))
                };
                of(a).total_cmp(&of(b))
            });
        }
    }
    if found.is_some_and(|(_, rule)| rule.sticky) {
        stick(&mut ordered, strategy, need.contact);
    }
    let mut considered: Vec<Considered> = ordered
        .iter()
        .map(|candidate| considered(need, strategy, candidate))
        .collect();
    let chosen = spare(need, &ordered, &mut considered);
    Choice {
        chosen: chosen.cloned(),
        considered,
        strategy,
        rule: found.map(|(place, _)| place),
    }
}

fn considered(need: &Need, strategy: Strategy, candidate: &Candidate) -> Considered {
    let condition = candidate.condition;
    Considered {
        account: candidate.account,
        sender: candidate.sender,
        priority: candidate.priority,
        price: candidate.price,
        share: condition
            .map(|condition| condition.share)
            .filter(|share| *share < crate::WHOLE),
        delivery: condition
            .filter(|_| strategy == Strategy::BestDelivery)
            .and_then(|condition| condition.delivery),
        objection: objection(need, candidate),
    }
}

fn delivery(candidate: &Candidate) -> u16 {
    candidate
        .condition
        .and_then(|condition| condition.delivery)
        .unwrap_or(crate::WHOLE)
}

/// Among the ways that the strategy takes for equal, each contact has an order of its own: it finds its sender
/// again, and when one sender goes only its contacts move.
fn stick(ordered: &mut [&Candidate], strategy: Strategy, contact: u64) {
    let own = |candidate: &Candidate| draw(contact, candidate.sender.uuid().as_u128());
    match strategy {
        Strategy::Priority => {
            ordered.sort_by_key(|candidate| (candidate.priority, own(candidate)));
        }
        Strategy::Cheapest | Strategy::BestDelivery | Strategy::Weighted => {
            // The first account stays the first; its senders are the contact's own.
            let place = |of: AccountId, all: &[AccountId]| all.iter().position(|one| *one == of);
            let mut accounts: Vec<AccountId> = Vec::new();
            for candidate in ordered.iter() {
                if !accounts.contains(&candidate.account) {
                    accounts.push(candidate.account);
                }
            }
            ordered.sort_by_key(|candidate| (place(candidate.account, &accounts), own(candidate)));
        }
    }
}

/// The first way that can carry the message and is not spared it. If all that could are spared it, the first of
/// them has to take it.
fn spare<'a>(
    need: &Need,
    ordered: &[&'a Candidate],
    considered: &mut [Considered],
) -> Option<&'a Candidate> {
    let fitting: Vec<usize> = considered
        .iter()
        .enumerate()
        .filter(|(_, verdict)| verdict.objection.is_none())
        .map(|(place, _)| place)
        .collect();
    // Where all are equally unwell, none is spared for another.
    let share = |place: &usize| considered.get(*place).and_then(|it| it.share);
    let best = fitting
        .iter()
        .map(|place| share(place).unwrap_or(crate::WHOLE))
        .max()
        .unwrap_or(crate::WHOLE);
    let is_spared = |place: &usize| {
        let (Some(share), Some(candidate)) = (share(place), ordered.get(*place)) else {
            return false;
        };
        let due = u64::from(share) * u64::from(crate::WHOLE) / u64::from(best.max(1));
        draw(need.lot, candidate.account.uuid().as_u128()) % u64::from(crate::WHOLE) >= due
    };
    let chosen = fitting
        .iter()
        .find(|place| !is_spared(place))
        .or(fitting.first())
        .copied()?;
    for place in fitting.into_iter().take_while(|place| *place != chosen) {
        if let Some(verdict) = considered.get_mut(place) {
            verdict.objection = Some(Objection::Spared);
        }
    }
    ordered.get(chosen).copied()
}

#[cfg(test)]
mod tests;
