//! From components in Meta's spelling to Twilio's types of content.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tidings_messaging::TemplateDraft;
use tidings_routing::{Class, ProviderError};
use tidings_templates::{Button, Component, Example, Header, Template};

/// A template as Twilio takes it.
#[derive(Debug)]
pub(super) struct Typed {
    /// Such as `twilio/text`.
    pub(super) kind: &'static str,
    /// What it says.
    pub(super) content: Value,
    /// An example for each variable.
    pub(super) variables: BTreeMap<String, String>,
}

/// The type that holds all of a draft, or why none does.
pub(super) fn of(draft: &TemplateDraft) -> Result<Typed, ProviderError> {
    let mut parts = Parts::default();
    for component in &draft.components {
        parts.add(component);
    }
    if let Some(code) = parts.one_time_code() {
        return Ok(Typed {
            kind: "whatsapp/authentication",
            content: code,
            variables: BTreeMap::new(),
        });
    }
    parts.typed()
}

/// A draft by its components.
#[derive(Default)]
struct Parts<'a> {
    header: Option<&'a Header>,
    text: &'a str,
    example: Option<&'a Example>,
    adds_warning: Option<bool>,
    footer: Option<&'a str>,
    expires_in: Option<u8>,
    buttons: &'a [Button],
}

impl<'a> Parts<'a> {
    fn add(&mut self, component: &'a Component) {
        match component {
            Component::Header(header) => self.header = Some(header),
            Component::Body {
                text,
                add_security_recommendation,
                example,
            } => {
                self.text = text;
                self.adds_warning = *add_security_recommendation;
                self.example = example.as_ref();
            }
            Component::Footer {
                text,
                code_expiration_minutes,
            } => {
                self.footer = Some(text.as_str()).filter(|text| !text.is_empty());
                self.expires_in = *code_expiration_minutes;
            }
            Component::Buttons { buttons } => self.buttons = buttons,
        }
    }

    /// The content of a template for one-time codes, whose texts WhatsApp fixes.
    fn one_time_code(&self) -> Option<Value> {
        let label = self.buttons.iter().find_map(|button| match button {
            Button::Otp { text, .. } => Some(text.as_deref().unwrap_or("Copy code")),
            Button::QuickReply { .. }
            | Button::Url { .. }
            | Button::PhoneNumber { .. }
            | Button::CopyCode { .. }
            | Button::Flow { .. }
            | Button::Catalog { .. }
            | Button::Mpm { .. }
            | Button::VoiceCall { .. } => None,
        })?;
        let mut content = json!({"actions": [{"type": "COPY_CODE", "copy_code_text": label}]});
        if let Some(adds_warning) = self.adds_warning {
            content["add_security_recommendation"] = json!(adds_warning);
        }
        if let Some(minutes) = self.expires_in {
            content["code_expiration_minutes"] = json!(minutes);
        }
        Some(content)
    }

    fn typed(&self) -> Result<Typed, ProviderError> {
        let mut variables = Variables::default();
        let mut content = Map::new();
        let mut has_line = false;
        match self.header {
            None => {}
            Some(Header::Text { text, example }) => {
                let text = variables.text(text, example.as_ref(), Place::Header)?;
                content.insert("header_text".into(), text.into());
                has_line = true;
            }
            Some(
                Header::Image { example }
                | Header::Video { example }
                | Header::Document { example },
            ) => {
                let variable = variables.medium(example.as_ref())?;
                content.insert("media".into(), json!([variable]));
            }
            Some(Header::Location) => return Err(not_carried("a header with a place")),
        }
        let body = variables.text(self.text, self.example, Place::Body)?;
        content.insert("body".into(), body.into());
        if let Some(footer) = self.footer {
            content.insert("footer".into(), footer.into());
            has_line = true;
        }
        let mut actions = Vec::with_capacity(self.buttons.len());
        for button in self.buttons {
            actions.push(variables.action(button)?);
        }
        let has_media = content.contains_key("media");
        let is_reply = |button: &Button| matches!(button, Button::QuickReply { .. });
        let replies = self
            .buttons
            .iter()
            .filter(|button| is_reply(button))
            .count();
        let kind = if has_line || (has_media && !actions.is_empty()) {
            "whatsapp/card"
        } else if has_media {
            "twilio/media"
        } else if actions.is_empty() {
            "twilio/text"
        } else if replies == actions.len() {
            "twilio/quick-reply"
        } else if replies == 0 {
            "twilio/call-to-action"
        } else {
            "whatsapp/card"
        };
        if !actions.is_empty() {
            content.insert("actions".into(), actions.into());
        }
        Ok(Typed {
            kind,
            content: content.into(),
            variables: variables.examples,
        })
    }
}

/// Twilio numbers variables through, from the header over the body to the buttons: exactly as
/// [`content_variables`](crate::send) does for each message. Named ones keep their names.
#[derive(Default)]
struct Variables {
    examples: BTreeMap<String, String>,
    numbered: u16,
}

#[derive(Clone, Copy)]
enum Place {
    Header,
    Body,
}

impl Variables {
    /// A text with Twilio's variables in place of its fields.
    fn text(
        &mut self,
        text: &str,
        example: Option<&Example>,
        place: Place,
    ) -> Result<String, ProviderError> {
        let template = Template::parse(text)
            .map_err(|error| ProviderError::new(Class::Content, "template", &error.to_string()))?;
        let before = self.numbered;
        let name = |name: &tidings_templates::FieldName| match name.position() {
            Some(number) => before.saturating_add(number).to_string(),
            None => name.as_str().to_owned(),
        };
        for field in template.names() {
            let example = example.and_then(|example| sample(example, place, field));
            self.examples
                .insert(name(field), example.unwrap_or_default());
            if field.position().is_some() {
                self.numbered += 1;
            }
        }
        Ok(template.rewritten(|field| format!("{{{{{}}}}}", name(&field.name))))
    }

    /// The next variable.
    fn next(&mut self, example: &str) -> String {
        self.numbered += 1;
        let number = self.numbered.to_string();
        let variable = format!("{{{{{number}}}}}");
        self.examples.insert(number, example.to_owned());
        variable
    }

    /// The variable of a medium. Twilio's sample is an address, where Meta's is a handle.
    fn medium(&mut self, example: Option<&Example>) -> Result<String, ProviderError> {
        let handles = example.map_or(&[][..], |example| &example.header_handle);
        let address = handles.iter().find(|handle| handle.starts_with("http"));
        let Some(address) = address else {
            return Err(ProviderError {
                advice: "put the address of a sample, https://…, to the header's example".into(),
                ..ProviderError::new(
                    Class::Content,
                    "no_sample",
                    "Twilio's reviewers need the sample of the header's medium by address",
                )
            });
        };
        Ok(self.next(address))
    }

    fn action(&mut self, button: &Button) -> Result<Value, ProviderError> {
        Ok(match button {
            Button::QuickReply { text } => {
                json!({"type": "QUICK_REPLY", "title": text, "id": text})
            }
            Button::Url { text, url, example } => {
                let url = match url.strip_suffix("{{1}}") {
                    Some(start) => {
                        let example = example.first().map_or("", String::as_str);
                        // The author may have given the whole address.
                        let end = example.strip_prefix(start).unwrap_or(example);
                        format!("{start}{}", self.next(end))
                    }
                    None => url.clone(),
                };
                json!({"type": "URL", "title": text, "url": url})
            }
            Button::PhoneNumber { text, phone_number } => {
                json!({"type": "PHONE_NUMBER", "title": text, "phone": phone_number})
            }
            Button::CopyCode { example } => {
                let code = self.next(example.as_deref().unwrap_or_default());
                json!({"type": "COPY_CODE", "title": "Copy code", "code": code})
            }
            Button::VoiceCall { text } => json!({"type": "VOICE_CALL", "title": text}),
            Button::Flow { .. } => return Err(not_carried("a button that opens a form")),
            Button::Catalog { .. } | Button::Mpm { .. } => {
                return Err(not_carried("a button that opens a catalog"));
            }
            Button::Otp { .. } => return Err(not_carried("a button for a code beside others")),
        })
    }
}

/// The example of one field.
fn sample(example: &Example, place: Place, field: &tidings_templates::FieldName) -> Option<String> {
    let (numbered, named) = match place {
        Place::Header => (
            Some(&example.header_text),
            &example.header_text_named_params,
        ),
        Place::Body => (example.body_text.first(), &example.body_text_named_params),
    };
    if let Some(number) = field.position() {
        let place = usize::from(number).checked_sub(1)?;
        return numbered?.get(place).cloned();
    }
    let named = named.iter().find(|it| it.param_name == field.as_str());
    named.map(|it| it.example.clone())
}

fn not_carried(what: &str) -> ProviderError {
    let detail = format!("templates with {what} are not made at Twilio from here");
    ProviderError {
        advice: "make it in Twilio's Content editor, and put its SID (HX…) to the template here"
            .into(),
        ..ProviderError::new(Class::Content, "not_carried", &detail)
    }
}
