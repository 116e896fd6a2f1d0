//! What a contact is told when a channel does not know them.

use super::{ChannelWish, ContentWish, Prepared, Recipient, SendError, SendRequest, Sending};
use crate::{Context, Destination, Known};
use tidings_kernel::{Channel, Purpose};
use tidings_quiet_hours::Urgency;
use time::Duration;

/// What such a message is about, as its context says.
pub const CHANNEL_SWITCH: &str = "channel_switch";
/// Later it would be a riddle.
const MATTERS_FOR: Duration = Duration::days(2);

impl Sending {
    /// Judges the one text message that tells a contact that their address is absent from a channel, and how to have
    /// it tried again.
    ///
    /// # Errors
    /// [`SendError`]: they cannot be told.
    pub(crate) async fn prepare_switch_notice(
        &self,
        known: &Known,
        absent: &Destination,
    ) -> Result<Prepared, SendError> {
        let tenant = &known.tenant;
        let own = &tenant.settings.channel_switch.notice;
        let text = own.clone().unwrap_or_else(|| usual(tenant.brand()));
        let request = SendRequest {
            to: Recipient::Contact(known.contact.id),
            channel: ChannelWish::Order(vec![Channel::Sms]),
            purpose: Purpose::Transactional,
            content: ContentWish::Text(text),
            media: Vec::new(),
            subject: None,
            sender: None,
            account: None,
            priority: 5,
            scheduled_at: None,
            valid_until: Some(self.clock.now() + MATTERS_FOR),
            urgency: Urgency::Ordinary,
            override_by: None,
            topic: None,
            context: Some(Context {
                kind: CHANNEL_SWITCH.to_owned(),
                id: absent.channel.to_string(),
                version: None,
            }),
            tags: Vec::new(),
            trace: None,
            fallback: None,
        };
        let mut prepared = self.prepare(tenant.id, &request).await?;
        prepared.new.tells_of = Some(absent.clone());
        Ok(prepared)
    }
}

/// The usual words; with most brands they fit into one part.
fn usual(brand: &str) -> String {
    format!(
        "{brand}: we could not reach you on WhatsApp and now write by SMS. Reply WHATSAPP to have us try again."
    )
}

/// Whether a contact who writes this wishes to be tried on WhatsApp again: the word alone, however it is set.
pub(crate) fn is_wish(text: &str) -> bool {
    let letters = text.chars().filter(|character| character.is_alphanumeric());
    letters.flat_map(char::to_lowercase).eq("whatsapp".chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_alone_is_a_wish() {
        for wish in ["WHATSAPP", "whatsapp", " \"WhatsApp\".", "Whats App!"] {
            assert!(is_wish(wish), "{wish}");
        }
        for other in ["", "STOP WHATSAPP", "whatsapp?? no", "what", "whatsapps"] {
            assert!(!is_wish(other), "{other}");
        }
    }

    #[test]
    fn the_usual_words_cost_one_part() {
        let text = usual(&"A business with a name!".repeat(2));
        assert_eq!(crate::Segments::of(&text).count, 1, "{text}");
    }
}
