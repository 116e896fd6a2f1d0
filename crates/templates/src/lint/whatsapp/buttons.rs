//! How many buttons, in which order, and what stands on them.

use crate::{Button, Code, Diagnostic, Place, Severity};
use std::collections::BTreeSet;

/// Most buttons of a template.
const BUTTONS: usize = 10;
/// Longest label of a button.
const LABEL: usize = 25;
/// Longest address of a button.
pub(crate) const URL: usize = 2000;
/// Longest phone number of a button.
const PHONE: usize = 20;
/// Longest code of a button, since 3 December 2025.
pub(crate) const COUPON: usize = 20;

/// Buttons that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    QuickReply,
    Url,
    Phone,
    Coupon,
    Otp,
    Flow,
    Catalog,
    Products,
    Call,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::QuickReply,
        Self::Url,
        Self::Phone,
        Self::Coupon,
        Self::Otp,
        Self::Flow,
        Self::Catalog,
        Self::Products,
        Self::Call,
    ];

    const fn of(button: &Button) -> Self {
        match button {
            Button::QuickReply { .. } => Self::QuickReply,
            Button::Url { .. } => Self::Url,
            Button::PhoneNumber { .. } => Self::Phone,
            Button::CopyCode { .. } => Self::Coupon,
            Button::Otp { .. } => Self::Otp,
            Button::Flow { .. } => Self::Flow,
            Button::Catalog { .. } => Self::Catalog,
            Button::Mpm { .. } => Self::Products,
            Button::VoiceCall { .. } => Self::Call,
        }
    }

    /// How many of it, and what it is called.
    const fn most(self) -> (usize, &'static str) {
        match self {
            Self::QuickReply => (10, "quick replies"),
            Self::Url => (2, "addresses"),
            Self::Phone => (1, "phone numbers"),
            Self::Coupon => (1, "codes to copy"),
            Self::Otp => (1, "one-time codes"),
            Self::Flow => (1, "forms"),
            Self::Catalog => (1, "catalogs"),
            Self::Products => (1, "choices of products"),
            Self::Call => (1, "calls"),
        }
    }

    /// True for a button that stands alone.
    const fn is_alone(self) -> bool {
        match self {
            Self::Otp | Self::Catalog | Self::Products => true,
            Self::QuickReply | Self::Url | Self::Phone | Self::Coupon | Self::Flow | Self::Call => {
                false
            }
        }
    }
}

pub(super) fn inspect(buttons: &[Button], found: &mut Vec<Diagnostic>) {
    counts(buttons, found);
    order(buttons, found);
    let mut labels = BTreeSet::new();
    for (index, button) in buttons.iter().enumerate() {
        let place = Place::Button { index };
        if let Some(label) = button.label() {
            label_rules(label, place, found);
            if !labels.insert(label) {
                found.push(refusal(
                    label,
                    place,
                    "two buttons must not have the same label",
                ));
            }
        }
        match button {
            Button::Url { url, .. } => {
                if !url.starts_with("https://") && !url.starts_with("http://") {
                    found.push(refusal(url, place, "an address starts with https://"));
                }
                if url.chars().count() > URL {
                    found.push(refusal(url, place, "an address takes 2000 characters"));
                }
            }
            Button::PhoneNumber { phone_number, .. } => {
                let digits = phone_number.strip_prefix('+').unwrap_or(phone_number);
                let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                if !is_number || phone_number.len() > PHONE {
                    let message = "a phone number is written with its country code and in digits alone, at most 20 characters";
                    found.push(refusal(phone_number, place, message));
                }
            }
            Button::CopyCode {
                example: Some(code),
            } if code.chars().count() > COUPON => {
                found.push(refusal(code, place, "a code to copy takes 20 characters"));
            }
            Button::QuickReply { .. }
            | Button::CopyCode { .. }
            | Button::Otp { .. }
            | Button::Flow { .. }
            | Button::Catalog { .. }
            | Button::Mpm { .. }
            | Button::VoiceCall { .. } => {}
        }
    }
}

fn refusal(text: &str, place: Place, message: &'static str) -> Diagnostic {
    Diagnostic::new(Code::WaButton, Severity::Error, 0..text.len(), message).at(place)
}

fn label_rules(label: &str, place: Place, found: &mut Vec<Diagnostic>) {
    if label.trim().is_empty() {
        found.push(refusal(label, place, "a button needs a label"));
    }
    if label.chars().count() > LABEL {
        found.push(refusal(label, place, "a label takes 25 characters"));
    }
    if label.contains(['\n', '\t']) {
        found.push(refusal(label, place, "a label takes one line"));
    }
}

fn counts(buttons: &[Button], found: &mut Vec<Diagnostic>) {
    let too_many = |message: String| {
        Diagnostic::new(Code::WaButtonCount, Severity::Error, 0..0, message).at(Place::Buttons)
    };
    if buttons.len() > BUTTONS {
        found.push(too_many(format!(
            "{} buttons, and a template takes {BUTTONS}",
            buttons.len()
        )));
    }
    for kind in Kind::ALL {
        let count = buttons
            .iter()
            .filter(|button| Kind::of(button) == kind)
            .count();
        let (most, name) = kind.most();
        if count > most {
            found.push(too_many(format!(
                "{count} {name}, and a template takes {most}"
            )));
        } else if count > 0 && kind.is_alone() && buttons.len() > 1 {
            found.push(too_many(format!(
                "{name} stand alone: drop the other buttons"
            )));
        }
    }
}

/// Quick replies stand together, before or behind the others.
fn order(buttons: &[Button], found: &mut Vec<Diagnostic>) {
    let changes = buttons
        .windows(2)
        .filter(|pair| {
            let mut replies = pair
                .iter()
                .map(|button| Kind::of(button) == Kind::QuickReply);
            replies.next() != replies.next()
        })
        .count();
    if changes > 1 {
        let message = "quick replies stand together, before or behind the other buttons";
        let diagnostic = Diagnostic::new(Code::WaButtonOrder, Severity::Error, 0..0, message);
        found.push(diagnostic.at(Place::Buttons));
    }
}
