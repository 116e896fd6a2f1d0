use serde::{Deserialize, Serialize};
use tidings_kernel::{AccountId, Channel, Region, SenderId};

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
}

/// What a message needs of a way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Need {
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
    /// Accounts that have already refused this message for reasons of their own.
    pub exhausted: Vec<AccountId>,
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
    /// The tenant asked for another account or sender.
    NotAskedFor,
    /// It has refused this message already.
    AlreadyRefused,
}

/// A candidate and what was thought of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The account.
    pub account: AccountId,
    /// The sender.
    pub sender: SenderId,
    /// Its priority.
    pub priority: u16,
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
}

/// Chooses by priority among the candidates that can carry the message.
///
/// Ties go to the older sender, so that the same facts always give the same choice.
///
/// ```rust
/// use tidings_kernel::Channel;
/// use tidings_routing::{Candidate, Need, Objection, choose};
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
/// };
/// let pictures = Candidate {
///     sender: "snd_01h455vb4pex5vsknk084sn02r".parse()?,
///     priority: 2,
///     carries_media: true,
///     ..texts.clone()
/// };
/// let need = Need { channel: Some(Channel::Sms), has_media: true, ..Need::default() };
///
/// let choice = choose(&need, &[pictures.clone(), texts]);
/// assert_eq!(choice.chosen, Some(pictures));
/// assert_eq!(choice.considered[0].objection, Some(Objection::Media));
/// assert_eq!(choose(&need, &[]).chosen, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn choose(need: &Need, candidates: &[Candidate]) -> Choice {
    let mut ordered: Vec<&Candidate> = candidates.iter().collect();
    ordered.sort_by_key(|candidate| (candidate.priority, candidate.account, candidate.sender));
    let considered: Vec<Considered> = ordered
        .iter()
        .map(|candidate| Considered {
            account: candidate.account,
            sender: candidate.sender,
            priority: candidate.priority,
            objection: objection(need, candidate),
        })
        .collect();
    let chosen = ordered
        .iter()
        .zip(&considered)
        .find(|(_, verdict)| verdict.objection.is_none())
        .map(|(candidate, _)| (*candidate).clone());
    Choice { chosen, considered }
}

fn objection(need: &Need, candidate: &Candidate) -> Option<Objection> {
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
    if need.exhausted.contains(&candidate.account) {
        return Some(Objection::AlreadyRefused);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn account(n: u8) -> AccountId {
        let mut text = String::from("acc_000000000000000000000000");
        write!(text, "{n:02}").unwrap();
        text.parse().unwrap()
    }

    fn sender(n: u8) -> SenderId {
        account(n)
            .to_string()
            .replace("acc_", "snd_")
            .parse()
            .unwrap()
    }

    fn candidate(n: u8, priority: u16) -> Candidate {
        Candidate {
            account: account(n),
            sender: sender(n),
            provider: "twilio".into(),
            priority,
            is_enabled: true,
            channels: vec![Channel::Sms],
            region: None,
            carries_media: true,
        }
    }

    fn sms() -> Need {
        Need {
            channel: Some(Channel::Sms),
            ..Need::default()
        }
    }

    #[test]
    fn the_first_by_priority_is_taken_and_the_rest_explained() {
        let choice = choose(&sms(), &[candidate(1, 20), candidate(2, 10)]);
        assert_eq!(choice.chosen.unwrap().account, account(2));
        assert_eq!(choice.considered.len(), 2);
    }

    #[test]
    fn an_account_that_refused_is_not_asked_again() {
        let need = Need {
            exhausted: vec![account(2)],
            ..sms()
        };
        let choice = choose(&need, &[candidate(1, 20), candidate(2, 10)]);
        assert_eq!(choice.chosen.unwrap().account, account(1));
        assert_eq!(
            choice.considered[0].objection,
            Some(Objection::AlreadyRefused)
        );
    }

    #[test]
    fn a_bound_sender_does_not_leave_its_region() {
        let bound = Candidate {
            region: Region::parse("US").ok(),
            ..candidate(1, 1)
        };
        assert!(
            choose(&sms(), std::slice::from_ref(&bound))
                .chosen
                .is_none()
        );
        let need = Need {
            destination: Region::parse("US").ok(),
            ..sms()
        };
        assert!(choose(&need, &[bound]).chosen.is_some());
    }

    #[test]
    fn nothing_fits_without_a_channel() {
        assert!(
            choose(&Need::default(), &[candidate(1, 1)])
                .chosen
                .is_none()
        );
    }

    proptest! {
        #[test]
        fn the_order_of_candidates_does_not_matter(priorities in proptest::collection::vec(0_u16..5, 1..8)) {
            let make = |ps: &[u16]| ps.iter().enumerate().map(|(i, p)| candidate(u8::try_from(i).unwrap() % 10, *p)).collect::<Vec<_>>();
            let forward = make(&priorities);
            let mut backward = forward.clone();
            backward.reverse();
            prop_assert_eq!(choose(&sms(), &forward), choose(&sms(), &backward));
        }
    }
}
