//! Twilio's default handling of opt-out words on SMS.
//! Source: <https://help.twilio.com/articles/223134027>.

use super::TWILIO;
use crate::journey::Fate;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::world::{World, locked};

/// What a message that consists of one word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Stop,
    Start,
    Help,
}

impl Keyword {
    fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE"
            | "OPTOUT" => Some(Self::Stop),
            "START" | "YES" | "UNSTOP" => Some(Self::Start),
            "HELP" | "INFO" => Some(Self::Help),
            _ => None,
        }
    }
}

/// Reacts to an SMS from a contact as Twilio does before it forwards it: blocks or unblocks the
/// sender, and answers.
pub(crate) fn react(world: &World, inbound: &Message) {
    let facts = &inbound.facts;
    if facts.channel != Channel::Sms {
        return;
    }
    let Some(keyword) = facts.text.as_deref().and_then(Keyword::read) else {
        return;
    };
    let has_changed = {
        let mut store = locked(&world.store);
        let stopped = &mut store.handset_mut(&facts.contact).stopped;
        match keyword {
            Keyword::Stop => stopped.insert(facts.sender.clone()),
            Keyword::Start => stopped.remove(&facts.sender),
            Keyword::Help => true,
        }
    };
    if !has_changed {
        return;
    }
    let text = match keyword {
        Keyword::Stop => {
            "You have successfully been unsubscribed. You will not receive any more messages \
             from this number. Reply START to resubscribe."
        }
        Keyword::Start => {
            "You have successfully been re-subscribed to messages from this number. Reply HELP \
             for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
        }
        Keyword::Help => "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    };
    let parties = Parties {
        account: facts.account.clone(),
        channel: Channel::Sms,
        contact: facts.contact.clone(),
        sender: facts.sender.clone(),
    };
    let id = world.ids.sid("SM");
    let reply = Facts {
        text: Some(text.to_owned()),
        automatic: true,
        ..Facts::new(TWILIO, id, Direction::ToContact, parties)
    };
    world.begin(reply, Status::Queued, Fate::Delivered);
}

#[cfg(test)]
mod tests {
    use super::Keyword;

    #[test]
    fn only_a_message_that_is_nothing_else_is_a_keyword() {
        assert_eq!(Keyword::read(" stop\n"), Some(Keyword::Stop));
        assert_eq!(Keyword::read("OptOut"), Some(Keyword::Stop));
        assert_eq!(Keyword::read("unstop"), Some(Keyword::Start));
        assert_eq!(Keyword::read("info"), Some(Keyword::Help));
        assert_eq!(Keyword::read("please stop"), None);
        assert_eq!(Keyword::read("stop!"), None);
    }
}
