//! A mail that was taken: into the mailbox and into the ledger.

use super::SMTP;
use crate::journey::Fate;
use crate::ledger::Request;
use crate::mail::Mail;
use crate::mailbox;
use crate::message::{Channel, Code, Direction, Facts, Message, Parties, Status};
use crate::world::{World, locked};

/// Between whom a mail goes, and what it is called.
#[derive(Debug, Default, Clone)]
pub(super) struct Envelope {
    /// Who has logged in.
    pub(super) user: Option<String>,
    pub(super) sender: Option<String>,
    pub(super) recipient: Option<String>,
    /// `ENVID` (RFC 3461).
    pub(super) id: Option<String>,
}

impl Envelope {
    fn entry(&self) -> Request {
        let mut entry = Request::now(SMTP, self.user.as_deref().unwrap_or("anonymous"));
        entry.from.clone_from(&self.sender);
        entry.to.clone_from(&self.recipient);
        entry.client_reference.clone_from(&self.id);
        entry
    }
}

/// Writes down that somebody was refused.
pub(super) fn refused(world: &World, envelope: &Envelope, code: &'static str) {
    let mut entry = envelope.entry();
    entry.answer_status = code.split(' ').next().and_then(|basic| basic.parse().ok());
    entry.error_code = Some(Code::Word(code));
    locked(&world.ledger).request(entry);
}

/// The caller's reference: of a header that is made for it, of the envelope, or the first half of
/// `Message-ID`.
fn reference(mail: &Mail, envelope: &Envelope) -> Option<String> {
    let own = mail.headers.iter().find(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-") && (name.ends_with("-attempt") || name.ends_with("-ref"))
    });
    let of_id = || mail.id()?.split('@').next().map(str::to_owned);
    own.map(|(_, value)| value.clone())
        .or_else(|| envelope.id.clone())
        .or_else(of_id)
}

/// Takes a mail. The ledger gets it once it is known whether it is answered.
pub(super) fn accept(world: &World, envelope: &Envelope, bytes: &[u8]) -> Message {
    let mail = Mail::read(bytes);
    let to = envelope.recipient.clone().unwrap_or_default();
    let fate = match mailbox::magic(&to) {
        Some("silent") => Fate::Silent,
        Some(_) | None => Fate::Delivered,
    };
    // Two mails must not share an id, whatever their senders call them.
    let id = mail
        .id()
        .filter(|id| locked(&world.store).find(id).is_none())
        .map_or_else(
            || format!("{}@simulator.test", world.ids.uuid()),
            str::to_owned,
        );
    let parties = Parties {
        account: envelope
            .user
            .clone()
            .unwrap_or_else(|| "anonymous".to_owned()),
        channel: Channel::Email,
        contact: to,
        sender: envelope.sender.clone().unwrap_or_default(),
    };
    let reference = reference(&mail, envelope);
    let facts = Facts {
        unsubscribe: mail.unsubscribe(),
        subject: mail.header("subject").map(str::to_owned),
        text: mail.text,
        html: mail.html,
        media: mail.attachments,
        client_reference: reference,
        ..Facts::new(SMTP, id, Direction::ToContact, parties)
    };
    world.begin(facts, Status::Queued, fate)
}

/// Writes down that a mail was taken; `status` is missing if nobody was told.
pub(super) fn taken(world: &World, envelope: &Envelope, message: &Message, status: Option<u16>) {
    let mut entry = envelope.entry();
    entry.adopt(message);
    entry.answer_status = status;
    locked(&world.ledger).request(entry);
}

#[cfg(test)]
mod tests {
    use super::{Envelope, reference};
    use crate::mail::Mail;

    #[test]
    fn the_reference_is_looked_for_where_it_may_be() {
        let envelope = Envelope {
            id: Some("env".into()),
            ..Envelope::default()
        };
        let of = |head: &str, envelope: &Envelope| {
            reference(&Mail::read(format!("{head}\r\n\r\n").as_bytes()), envelope)
        };
        let id = "Message-ID: <att_01@example.com>";
        let both = format!("X-Our-Ref: ref\r\n{id}");
        assert_eq!(of(&both, &envelope).as_deref(), Some("ref"));
        assert_eq!(of(id, &envelope).as_deref(), Some("env"));
        assert_eq!(of(id, &Envelope::default()).as_deref(), Some("att_01"));
        assert_eq!(of("Subject: x", &Envelope::default()), None);
    }
}
