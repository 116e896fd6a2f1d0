use serde::{Deserialize, Serialize};
use tidings_kernel::{AccountId, Channel, Money, Purpose, Region, SenderId};
use time::OffsetDateTime;

/// One sender of one account: a way that a message could take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The provider account.
    pub account: AccountId,
    /// The sender within it.
    pub sender: SenderId,
    /// The provider's name, such as `twilio`.
    pub provider: String,
    /// Lower is tried first.
    pub priority: u16,
    /// Whether the tenant has switched the account on.
    pub is_enabled: bool,
    /// The channels that this sender serves.
    pub channels: Vec<Channel>,
    /// The only region that the sender may send to, where it is bound to one.
    pub region: Option<Region>,
    /// Whether media can be attached on the channel in question.
    pub carries_media: bool,
    /// What a segment or message to the destination in question costs, as far as the tenant said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// How well the account works for the destination in question; `None` when nobody has used it lately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// How well a way works, as far as choosing needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The thousandths of its messages that it gets now: 0 when it is left alone, 1000 when it is well.
    pub share: u16,
    /// The thousandths of its messages that were delivered lately, once there are enough to say so.
    pub delivery: Option<u16>,
    /// When it is worth asking again, where it is left alone.
    pub probe_at: Option<OffsetDateTime>,
}

/// What a message needs of a way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
    /// Why it is sent; the policy may depend on it.
    pub purpose: Option<Purpose>,
    /// A number of the message's own, such as a part of its id: lots are drawn with it, so that the same message
    /// always draws the same.
    pub lot: u64,
    /// A number of the contact's own, by which a sticky contact finds its sender again.
    pub contact: u64,
    /// The channel; `None` fits none.
    pub channel: Option<Channel>,
    /// Where the recipient is, if the number tells.
    pub destination: Option<Region>,
    /// Whether there are attachments.
    pub has_media: bool,
    /// The only account that the tenant wants, if it named one.
    pub account: Option<AccountId>,
    /// The only sender that the tenant wants, if it named one.
    pub sender: Option<SenderId>,
    /// Providers that cannot carry what the message holds, to whom it goes.
    pub unfit: Vec<String>,
    /// Senders that were refused for this message already.
    pub exhausted: Vec<SenderId>,
    /// Senders whose limits would let it wait for too long.
    pub used_up: Vec<SenderId>,
    /// Senders that it must not leave by, since people take what they send badly: those of low quality, for marketing.
    pub low_quality: Vec<SenderId>,
}

/// Why a candidate cannot carry the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// The account is switched off.
    Disabled,
    /// The sender does not serve the channel.
    Channel,
    /// The sender is bound to another region.
    Region,
    /// Media cannot be attached there.
    Media,
    /// The provider cannot carry what the message holds: buttons, a template that it does not know, a recipient whose
    /// number is not known.
    NotCarried,
    /// The tenant asked for another account or sender.
    NotAskedFor,
    /// It was refused for this message already.
    AlreadyRefused,
    /// A limit of the account or sender is used up for longer than the message should wait.
    UsedUp,
    /// The provider says that people take badly what the sender sends, and this is marketing.
    LowQuality,
    /// Its circuit is open, or the provider has refused the account.
    Unhealthy,
    /// It works less well than it should, and this message is one of those that it is spared.
    Spared,
}

/// Why a candidate cannot carry the message at all, whatever the policy.
pub(crate) fn objection(need: &Need, candidate: &Candidate) -> Option<Objection> {
    if !candidate.is_enabled {
        return Some(Objection::Disabled);
    }
    if need
        .channel
        .is_none_or(|channel| !candidate.channels.contains(&channel))
    {
        return Some(Objection::Channel);
    }
    let is_other_account = need
        .account
        .is_some_and(|wanted| wanted != candidate.account);
    let is_other_sender = need.sender.is_some_and(|wanted| wanted != candidate.sender);
    if is_other_account || is_other_sender {
        return Some(Objection::NotAskedFor);
    }
    // A sender bound to a region may not carry to an unknown one either.
    if candidate
        .region
        .is_some_and(|bound| need.destination != Some(bound))
    {
        return Some(Objection::Region);
    }
    if need.has_media && !candidate.carries_media {
        return Some(Objection::Media);
    }
    if need.unfit.contains(&candidate.provider) {
        return Some(Objection::NotCarried);
    }
    if need.exhausted.contains(&candidate.sender) {
        return Some(Objection::AlreadyRefused);
    }
    if need.low_quality.contains(&candidate.sender) {
        return Some(Objection::LowQuality);
    }
    if need.used_up.contains(&candidate.sender) {
        return Some(Objection::UsedUp);
    }
    if candidate
        .condition
        .is_some_and(|condition| condition.share == 0)
    {
        return Some(Objection::Unhealthy);
    }
    None
}
