//! Templates for one-time codes: Meta fixes their texts; no link, medium or emoji.

use crate::{Button, Category, Code, Component, Diagnostic, Place, Severity};

pub(super) fn inspect(
    components: &[Component],
    buttons: &[Button],
    category: Category,
    found: &mut Vec<Diagnostic>,
) {
    let refuse = |place: Place, message: &'static str| {
        Diagnostic::new(Code::WaAuthentication, Severity::Error, 0..0, message).at(place)
    };
    let codes = buttons
        .iter()
        .filter(|button| matches!(button, Button::Otp { .. }))
        .count();
    if category != Category::Authentication {
        if codes > 0 {
            let message = "one-time codes belong into templates of category authentication";
            found.push(refuse(Place::Buttons, message));
        }
        return;
    }
    // After approval Meta lists the button as an address.
    let is_stored =
        |button: &Button| matches!(button, Button::Url { url, .. } if url.contains("otp"));
    if codes == 0 && !buttons.iter().any(is_stored) {
        found.push(refuse(
            Place::Buttons,
            "an authentication template has a button for the code",
        ));
    }
    for component in components {
        match component {
            Component::Header(_) => {
                found.push(refuse(
                    Place::Header,
                    "an authentication template has no header",
                ));
            }
            Component::Body { text, .. } => {
                if has_emoji(text) || text.contains("://") {
                    let message = "an authentication template has no links and no emoji";
                    found.push(refuse(Place::Body, message));
                }
            }
            Component::Footer {
                text,
                code_expiration_minutes,
            } => {
                let is_fixed = text.is_empty();
                if is_fixed && !code_expiration_minutes.is_some_and(|it| (1..=90).contains(&it)) {
                    let message = "say after how many minutes the code expires, 1 to 90";
                    found.push(refuse(Place::Footer, message));
                }
            }
            Component::Buttons { .. } => {}
        }
    }
}

fn has_emoji(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}'))
}
