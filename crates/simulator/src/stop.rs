//! Words with which a person ends what a sender may send, or allows it again.

use crate::message::Message;
use crate::world::{World, locked};

/// What a message that consists of one word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Stop,
    Start,
    Help,
}

impl Keyword {
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE"
            | "OPTOUT" => Some(Self::Stop),
            "START" | "YES" | "UNSTOP" => Some(Self::Start),
            "HELP" | "INFO" => Some(Self::Help),
            _ => None,
        }
    }
}

/// Does what the message of a contact asks for: `who` may not, or may again, send to it. Gives the
/// keyword if that has changed anything; asking for help always does.
pub(crate) fn obey(world: &World, message: &Message, who: &str) -> Option<Keyword> {
    let facts = &message.facts;
    let keyword = facts.text.as_deref().and_then(Keyword::read)?;
    let mut store = locked(&world.store);
    let stopped = &mut store.handset_mut(&facts.contact).stopped;
    let has_changed = match keyword {
        Keyword::Stop => stopped.insert(who.to_owned()),
        Keyword::Start => stopped.remove(who),
        Keyword::Help => true,
    };
    has_changed.then_some(keyword)
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
