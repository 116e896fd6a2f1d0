//! Twilio's default handling of opt-out words on SMS.
//! Source: <https://help.twilio.com/articles/223134027>.

use super::TWILIO;
use crate::journey::Fate;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::stop::{self, Keyword};
use crate::world::World;

/// Reacts to an SMS from a contact as Twilio does before it forwards it: blocks or unblocks the
/// sender, and answers.
pub(crate) fn react(world: &World, inbound: &Message) {
    let facts = &inbound.facts;
    if facts.channel != Channel::Sms {
        return;
    }
    let Some(keyword) = stop::obey(world, inbound, &facts.sender) else {
        return;
    };
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
