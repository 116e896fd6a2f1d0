//! Buttons that take a value with each message.

use super::{ButtonKind, COUPON_CODE_FIELD, FilledButton, Section, plain, template};
use crate::{Button, ComponentError, ComponentErrorKind, Place};

/// What a reader sees of each button, and where it leads.
pub(super) fn labels(buttons: &[Button]) -> Vec<String> {
    let label = |button: &Button| {
        let text = button.label().unwrap_or_default();
        match button {
            Button::Url { url, .. } => format!("{text} {url}"),
            Button::QuickReply { .. }
            | Button::PhoneNumber { .. }
            | Button::CopyCode { .. }
            | Button::Otp { .. }
            | Button::Flow { .. }
            | Button::Catalog { .. }
            | Button::Mpm { .. }
            | Button::VoiceCall { .. } => text.to_owned(),
        }
    };
    buttons.iter().map(label).collect()
}

pub(super) fn filled(
    buttons: &[Button],
    body: &Section,
) -> Result<Vec<FilledButton>, ComponentError> {
    let mut filled = Vec::new();
    for (index, button) in buttons.iter().enumerate() {
        let place = Place::Button { index };
        let (kind, template) = match button {
            Button::QuickReply { text }
            | Button::PhoneNumber { text, .. }
            | Button::Flow { text, .. }
            | Button::Catalog { text }
            | Button::Mpm { text }
            | Button::VoiceCall { text } => {
                plain(text, place)?;
                continue;
            }
            Button::Otp { text, .. } => {
                plain(text.as_deref().unwrap_or_default(), place)?;
                // On the wire it is a link whose end is the code, once more.
                let Some(code) = body.parameters.first() else {
                    continue;
                };
                filled.push(FilledButton {
                    index,
                    kind: ButtonKind::Url,
                    template: template(&format!("{{{{{}}}}}", code.field.name), place)?,
                });
                continue;
            }
            Button::Url { text, url, .. } => {
                plain(text, place)?;
                let template = template(url, place)?;
                if template.fields().next().is_none() {
                    continue;
                }
                if !template.ends_with_its_only_field() {
                    return Err(place.error(ComponentErrorKind::FieldNotLast));
                }
                (ButtonKind::Url, template)
            }
            Button::CopyCode { .. } => (
                ButtonKind::CopyCode,
                template(&format!("{{{{{COUPON_CODE_FIELD}}}}}"), place)?,
            ),
        };
        if template
            .fields()
            .any(|field| field.default.as_deref() == Some(""))
        {
            return Err(place.error(ComponentErrorKind::EmptyDefault));
        }
        filled.push(FilledButton {
            index,
            kind,
            template: match place.prefix() {
                Some(prefix) => template.within(&prefix),
                None => template,
            },
        });
    }
    Ok(filled)
}
