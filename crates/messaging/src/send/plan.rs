//! Which channels to try, what to ask the gate, and what it should cost.

use super::{ChannelWish, SendRequest, compose::Composed, read::Texts};
use crate::{Address, GateRequest, Known, Message, ProviderAccount, ways::price};
use tidings_kernel::{Channel, Region};
use tidings_routing::{Candidate, Choice};

/// The channels to try, in order. `auto` begins with what the contact prefers and leaves out what
/// no account serves or the contact cannot receive, unless that leaves nothing.
pub(super) fn channels(
    request: &SendRequest,
    known: &Known,
    accounts: &[ProviderAccount],
) -> Vec<Channel> {
    let wished = match &request.channel {
        ChannelWish::Order(channels) => return channels.clone(),
        ChannelWish::Auto => known.preferences.as_ref().and_then(|p| p.preferred_channel),
    };
    let serves = |account: &ProviderAccount, channel: Channel| {
        account.is_enabled
            && account
                .senders
                .iter()
                .any(|s| s.channels.contains(&channel))
    };
    let mut order: Vec<Channel> = wished.into_iter().collect();
    for channel in [Channel::Whatsapp, Channel::Sms, Channel::Email] {
        let usable = known.contact.address(channel).is_some()
            && accounts.iter().any(|account| serves(account, channel));
        if usable && !order.contains(&channel) {
            order.push(channel);
        }
    }
    if order.is_empty() {
        vec![Channel::Sms]
    } else {
        order
    }
}

/// The first channel of a wish that reaches a phone number: a message to a number goes there by it.
pub(super) fn first_by_phone(wish: &ChannelWish) -> Channel {
    match wish {
        ChannelWish::Order(channels) => channels
            .iter()
            .copied()
            .find(|channel| *channel != Channel::Email)
            .unwrap_or(Channel::Sms),
        ChannelWish::Auto => Channel::Sms,
    }
}

pub(super) fn gate_request(
    request: &SendRequest,
    known: &Known,
    composed: &Composed,
    channel: Channel,
    texts: &Texts,
) -> GateRequest {
    GateRequest {
        channel,
        purpose: request.purpose,
        to: known.contact.address(channel),
        template: composed.facts.as_ref().map(|template| template.id),
        template_locale: composed.language().map(ToOwned::to_owned),
        is_waiting: false,
        calls_template: composed.content.template.is_some(),
        content: texts.facts(composed, channel, known),
        topic: request.topic.clone(),
        valid_until: request.valid_until,
        urgency: request.urgency,
        override_by: request.override_by.clone(),
        source_version: request.context.as_ref().and_then(|context| context.version),
    }
}

/// Where a message goes, as far as the number tells.
pub(crate) fn destination(to: Option<&Address>) -> Option<Region> {
    to.and_then(Address::phone)
        .and_then(tidings_phone::region_of)
}

/// Puts the estimated cost to a message: the price of the destination, else the general one, for each
/// SMS segment or for the message.
pub(super) fn priced(
    mut message: Message,
    route: &Choice,
    accounts: &[ProviderAccount],
    destination: Option<Region>,
) -> Message {
    let account = route
        .chosen
        .as_ref()
        .and_then(|chosen: &Candidate| accounts.iter().find(|a| a.id == chosen.account));
    let price = account.and_then(|account| price(&account.prices, message.channel, destination));
    let count = message.segments.map_or(1, |segments| segments.count);
    message.cost_estimated = price.map(|price| price.times(count));
    message
}
