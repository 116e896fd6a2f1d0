//! Chooses the way of a message: what its tenant's accounts offer, what that costs to where it goes, and how well
//! it works.

use crate::{Checkup, Message, Price, ProviderAccount};
use std::{borrow::Cow, collections::HashMap};
use tidings_kernel::{
    AccountId, Channel, ContactId, MessageId, Money, Purpose, Region, SenderId, TenantId,
};
use tidings_routing::{Candidate, Choice, Condition, Need, Policy, choose};
use time::OffsetDateTime;

/// How well accounts work, as far as anybody knows something about them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions(HashMap<(AccountId, Option<Region>), Condition>);

impl Conditions {
    pub(crate) fn of(checkups: &[Checkup]) -> Self {
        let condition = |checkup: &Checkup| {
            let condition = Condition {
                share: checkup.health.share(),
                delivery: checkup.recent.delivery_rate(),
                probe_at: checkup.health.probe_at(),
            };
            ((checkup.way.account, checkup.way.region), condition)
        };
        Self(checkups.iter().map(condition).collect())
    }

    /// The condition of an account for a destination: no better than that of the account as a whole.
    fn to(&self, account: AccountId, destination: Option<Region>) -> Option<Condition> {
        let whole = self.0.get(&(account, None)).copied();
        let there = destination.and_then(|_| self.0.get(&(account, destination)).copied());
        match (whole, there) {
            (Some(whole), Some(there)) => Some(Condition {
                share: whole.share.min(there.share),
                delivery: there.delivery.or(whole.delivery),
                probe_at: whole.probe_at.max(there.probe_at),
            }),
            (one, other) => one.or(other),
        }
    }
}

/// What a choice has to know beside the ways.
pub(crate) struct Surroundings<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) accounts: &'a [ProviderAccount],
    pub(crate) conditions: &'a Conditions,
}

/// Chooses among the ways that the accounts offer.
pub(crate) fn choose_way(need: &Need, ways: &[Candidate], around: &Surroundings<'_>) -> Choice {
    let ways = fitted(need, ways, around);
    choose(need, around.policy, &ways)
}

/// The ways with price and condition for where the message goes.
pub(crate) fn fitted<'ways>(
    need: &Need,
    ways: &'ways [Candidate],
    around: &Surroundings<'_>,
) -> Cow<'ways, [Candidate]> {
    let is_priced = around
        .accounts
        .iter()
        .any(|account| !account.prices.is_empty());
    let (false, Some(channel)) = (!is_priced && around.conditions.0.is_empty(), need.channel)
    else {
        return Cow::Borrowed(ways);
    };
    let with = |way: &Candidate| {
        let account = around.accounts.iter().find(|it| it.id == way.account);
        Candidate {
            price: account.and_then(|it| price(&it.prices, channel, need.destination)),
            condition: around.conditions.to(way.account, need.destination),
            ..way.clone()
        }
    };
    Cow::Owned(ways.iter().map(with).collect())
}

/// What a segment or message costs to a destination: its own price, else the general one.
pub(crate) fn price(
    prices: &[Price],
    channel: Channel,
    destination: Option<Region>,
) -> Option<Money> {
    let of_channel = || prices.iter().filter(|price| price.channel == channel);
    let exact = of_channel().find(|price| price.region.is_some() && price.region == destination);
    exact
        .or_else(|| of_channel().find(|price| price.region.is_none()))
        .map(|price| price.price)
}

/// A message's own number for drawing lots.
pub(crate) fn lot(message: MessageId) -> u64 {
    folded(message.uuid().as_u128())
}

/// A contact's own number.
pub(crate) fn number_of(contact: ContactId) -> u64 {
    folded(contact.uuid().as_u128())
}

/// Both halves in one, whichever of them tells ids apart.
fn folded(id: u128) -> u64 {
    u64::try_from((id ^ (id >> 64)) & u128::from(u64::MAX)).unwrap_or(0)
}

/// What a message that was taken in needs of a way, whatever its senders can do now.
pub(crate) fn need_of(
    message: &Message,
    purpose: Purpose,
    destination: Option<Region>,
    unfit: Vec<String>,
    exhausted: Vec<SenderId>,
) -> Need {
    Need {
        purpose: Some(purpose),
        lot: lot(message.id),
        contact: number_of(message.contact),
        channel: Some(message.channel),
        destination,
        has_media: !message.content.media.is_empty(),
        account: message.account,
        sender: message.sender,
        unfit,
        exhausted,
        used_up: Vec::new(),
        low_quality: Vec::new(),
    }
}

/// Whose ways they are, by a channel.
pub(crate) type Whose = (TenantId, Channel);

/// When it is worth choosing again, where nothing could be chosen.
pub(crate) fn again_at(
    choice: &Choice,
    ways: &[Candidate],
    now: OffsetDateTime,
    usual: OffsetDateTime,
) -> OffsetDateTime {
    let soonest = now + time::Duration::SECOND;
    choice
        .probe_at(ways)
        .map_or(usual, |probe| probe.clamp(soonest.min(usual), usual))
}
