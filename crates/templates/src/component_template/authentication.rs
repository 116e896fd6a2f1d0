//! Texts that Meta fixes for authentication templates, in its English words.
//!
//! A template that Meta has approved brings its own text, in its own language.

use crate::{Button, Component};
use std::borrow::Cow;

/// The text of a body: its own, or Meta's for a one-time code.
pub(super) fn body_text<'a>(body: &'a Component, buttons: &[Button]) -> Cow<'a, str> {
    let Component::Body {
        text,
        add_security_recommendation,
        ..
    } = body
    else {
        return Cow::Borrowed("");
    };
    if !text.is_empty() || !has_code(buttons) {
        return Cow::Borrowed(text);
    }
    Cow::Borrowed(match add_security_recommendation {
        Some(true) => "{{1}} is your verification code. For your security, do not share this code.",
        Some(false) | None => "{{1}} is your verification code.",
    })
}

/// Whether a button carries a one-time code.
pub(super) fn has_code(buttons: &[Button]) -> bool {
    let is_code = |button: &Button| matches!(button, Button::Otp { .. });
    buttons.iter().any(is_code)
}

/// The text of a footer: its own, or Meta's for a code that expires.
pub(super) fn footer_text(footer: &Component) -> Cow<'_, str> {
    match footer {
        Component::Footer {
            text,
            code_expiration_minutes: Some(minutes),
        } if text.is_empty() => Cow::Owned(format!("This code expires in {minutes} minutes.")),
        Component::Footer { text, .. } => Cow::Borrowed(text),
        Component::Header(_) | Component::Body { .. } | Component::Buttons { .. } => {
            Cow::Borrowed("")
        }
    }
}
