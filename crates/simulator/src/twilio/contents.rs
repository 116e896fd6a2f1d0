//! Contents that were made by the API, what the review says of them, and what they show.

use std::sync::Mutex;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::message::{Button, Media, content_type};
use crate::meta::{Category, TemplateStatus};
use crate::rich::{Link, Rich};
use crate::world::locked;

/// Everything that was made, in the order of making.
#[derive(Debug, Default)]
pub(crate) struct Contents(Mutex<Vec<Content>>);

/// A content that was made by the API.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) sid: String,
    pub(super) account: String,
    pub(super) said: Said,
    pub(super) approval: Option<Approval>,
    pub(super) made_at: OffsetDateTime,
    pub(super) changed_at: OffsetDateTime,
    /// What was removed is remembered, so that nothing is sent with it.
    is_gone: bool,
}

/// What its author says of it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) friendly_name: Option<String>,
    pub(super) language: String,
    /// A value for each variable that a message does not bring.
    pub(super) variables: Map<String, Value>,
    pub(super) types: Map<String, Value>,
}

/// Where its approval for WhatsApp stands, once it was submitted.
#[derive(Debug, Clone)]
pub(super) struct Approval {
    pub(super) name: String,
    pub(super) category: Category,
    pub(super) status: TemplateStatus,
    pub(super) rejection_reason: String,
}

/// What a content shows with its variables filled.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) media: Vec<Media>,
    pub(super) buttons: Vec<Button>,
    pub(super) rich: Rich,
}

impl Content {
    pub(super) fn new(sid: String, account: String, what: Said, at: OffsetDateTime) -> Self {
        Self {
            sid,
            account,
            said: what,
            approval: None,
            made_at: at,
            changed_at: at,
            is_gone: false,
        }
    }

    /// True if it may be sent to whoever has not written for a day.
    pub(super) fn is_approved(&self) -> bool {
        let approval = self.approval.as_ref();
        approval.is_some_and(|approval| approval.status == TemplateStatus::Approved)
    }

    /// Its first type and what that holds.
    fn kind(&self) -> (&str, &Value) {
        static NOTHING: Value = Value::Null;
        let first = self.said.types.iter().next();
        first.map_or(("", &NOTHING), |(kind, content)| (kind.as_str(), content))
    }

    /// The name of its first type.
    pub(super) fn type_name(&self) -> &str {
        self.kind().0
    }

    /// What a phone shows of it with these variables; its own values stand in for those that are missing.
    pub(super) fn shown(&self, variables: &Map<String, Value>) -> Shown {
        let mut values = self.said.variables.clone();
        values.extend(variables.clone());
        show(self.kind(), &values)
    }

    /// Its parts in Meta's form, with its variables still open.
    pub(super) fn components(&self) -> Value {
        let shown = show(self.kind(), &Map::new());
        let mut parts = Vec::new();
        if let Some(header) = shown.rich.header {
            parts.push(json!({"type": "HEADER", "format": "TEXT", "text": header}));
        } else if !shown.media.is_empty() {
            parts.push(json!({"type": "HEADER", "format": "IMAGE"}));
        }
        parts.push(json!({"type": "BODY", "text": shown.text}));
        if let Some(footer) = shown.rich.footer {
            parts.push(json!({"type": "FOOTER", "text": footer}));
        }
        let replies = shown.buttons.into_iter().map(|button| button.title);
        let titles = replies.chain(shown.rich.links.into_iter().map(|link| link.title));
        let buttons: Vec<Value> = titles.map(|title| json!({"text": title})).collect();
        if !buttons.is_empty() {
            parts.push(json!({"type": "BUTTONS", "buttons": buttons}));
        }
        parts.into()
    }
}

/// Fills in the fields of a text.
pub(super) fn fill(text: &str, variables: &Map<String, Value>) -> String {
    let mut filled = text.to_owned();
    for (name, value) in variables {
        if let Some(value) = value.as_str() {
            filled = filled.replace(&format!("{{{{{name}}}}}"), value);
        }
    }
    filled
}

fn show((kind, content): (&str, &Value), variables: &Map<String, Value>) -> Shown {
    let text = |object: &Value, name: &str| {
        let text = object.get(name).and_then(Value::as_str);
        text.map(|text| fill(text, variables))
    };
    let list = |name: &str| content.get(name).and_then(Value::as_array);
    let body = if kind == "whatsapp/authentication" {
        // WhatsApp writes the text of one-time codes itself.
        Some(fill("*{{1}}* is your verification code.", variables))
    } else {
        text(content, "body").or_else(|| text(content, "title"))
    };
    let mut shown = Shown {
        text: body.unwrap_or_default(),
        ..Shown::default()
    };
    shown.rich.header = text(content, "header_text");
    shown.rich.footer = text(content, "footer");
    for url in list("media")
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        let url = fill(url, variables);
        shown.media.push(Media {
            content_type: content_type(&url).to_owned(),
            url: Some(url),
            id: None,
        });
    }
    for action in list("actions").into_iter().flatten() {
        let label = text(action, "title").or_else(|| text(action, "copy_code_text"));
        let title = label.unwrap_or_default();
        let dial = || text(action, "phone").map(|number| format!("tel:{number}"));
        match action.get("type").and_then(Value::as_str) {
            Some("QUICK_REPLY") | None => shown.buttons.push(Button {
                id: text(action, "id").unwrap_or_else(|| title.clone()),
                title,
                of_template: true,
            }),
            Some(_) => shown.rich.links.push(Link {
                title,
                url: text(action, "url").or_else(dial),
            }),
        }
    }
    shown
}

impl Contents {
    pub(super) fn add(&self, content: Content) {
        locked(&self.0).push(content);
    }

    /// What was made by this account and not removed, oldest first.
    pub(super) fn of(&self, account: &str) -> Vec<Content> {
        let is_own = |content: &&Content| content.account == account && !content.is_gone;
        locked(&self.0).iter().filter(is_own).cloned().collect()
    }

    /// The same of all accounts.
    pub(super) fn all(&self) -> Vec<Content> {
        let contents = locked(&self.0);
        let there = contents.iter().filter(|content| !content.is_gone);
        there.cloned().collect()
    }

    /// Changes one that is there and meant, and gives what `change` gives; `None` where there is none.
    pub(super) fn change<T>(
        &self,
        sid: &str,
        is_meant: impl Fn(&Content) -> bool,
        change: impl FnOnce(&mut Content) -> T,
    ) -> Option<T> {
        let mut contents = locked(&self.0);
        let mut there = contents.iter_mut();
        let found = there.find(|it| it.sid == sid && !it.is_gone && is_meant(it))?;
        Some(change(found))
    }

    /// Removes one of an account; `false` where there is none.
    pub(super) fn remove(&self, account: &str, sid: &str) -> bool {
        let is_own = |content: &Content| content.account == account;
        let removed = self.change(sid, is_own, |content| content.is_gone = true);
        removed.is_some()
    }

    /// One that an account has made: `Err` if it was removed, `Ok(None)` if it never was.
    pub(super) fn made(&self, account: &str, sid: &str) -> Result<Option<Content>, Removed> {
        let contents = locked(&self.0);
        let mut own = contents.iter().filter(|it| it.account == account);
        match own.find(|it| it.sid == sid) {
            Some(content) if content.is_gone => Err(Removed),
            found => Ok(found.cloned()),
        }
    }
}

/// There was such a content.
#[derive(Debug)]
pub(super) struct Removed;

#[cfg(test)]
mod tests {
    use super::*;

    fn content(types: Value) -> Content {
        let said = Said {
            friendly_name: None,
            language: "en".into(),
            variables: Map::from_iter([("1".to_owned(), json!("there"))]),
            types: serde_json::from_value(types).expect("types"),
        };
        Content::new("HX1".into(), "AC1".into(), said, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_card_is_shown_with_all_its_parts() {
        let card = content(json!({"whatsapp/card": {
            "header_text": "Order {{2}}", "body": "Hi {{1}}", "footer": "Acme",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Yes", "id": "yes"},
                {"type": "URL", "title": "Track", "url": "https://shop.example.com/{{2}}"},
                {"type": "PHONE_NUMBER", "title": "Call", "phone": "+12025550100"},
            ]
        }}));
        let given = Map::from_iter([("2".to_owned(), json!("A-1"))]);
        let shown = card.shown(&given);
        assert_eq!(shown.text, "Hi there", "its own value stands in");
        assert_eq!(shown.rich.header.as_deref(), Some("Order A-1"));
        assert_eq!(shown.rich.footer.as_deref(), Some("Acme"));
        assert_eq!(shown.buttons[0].id, "yes");
        let urls: Vec<_> = shown
            .rich
            .links
            .iter()
            .map(|it| it.url.as_deref())
            .collect();
        assert_eq!(
            urls,
            [
                Some("https://shop.example.com/A-1"),
                Some("tel:+12025550100")
            ]
        );
        let parts = card.components();
        assert_eq!(parts[1], json!({"type": "BODY", "text": "Hi {{1}}"}));
        assert_eq!(parts[3]["buttons"][2]["text"], "Call");
    }

    #[test]
    fn media_are_filled_in_and_codes_have_whatsapps_text() {
        let media = content(json!({"twilio/media": {"body": "Look", "media": ["{{1}}"]}}));
        let given = Map::from_iter([("1".to_owned(), json!("https://cdn.example.com/a.png"))]);
        assert_eq!(media.shown(&given).media[0].content_type, "image/png");
        let code = content(json!({"whatsapp/authentication": {
            "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy"}]}}));
        let shown = code.shown(&Map::from_iter([("1".to_owned(), json!("123456"))]));
        assert_eq!(shown.text, "*123456* is your verification code.");
        assert_eq!(shown.rich.links[0].title, "Copy");
    }

    #[test]
    fn what_was_removed_is_not_what_never_was() {
        let contents = Contents::default();
        contents.add(content(json!({"twilio/text": {"body": "Hi"}})));
        assert!(matches!(contents.made("AC1", "HX1"), Ok(Some(_))));
        assert!(matches!(contents.made("AC2", "HX1"), Ok(None)));
        assert!(!contents.remove("AC2", "HX1"));
        assert!(contents.remove("AC1", "HX1"));
        assert!(!contents.remove("AC1", "HX1"));
        assert!(contents.made("AC1", "HX1").is_err());
        assert!(contents.of("AC1").is_empty());
    }
}
