//! Reading and checking the body of a send.

use serde_json::{Value, json};
use url::Url;

use super::accounts::{VonageAccount, sender};
use super::errors::VonageError;
use crate::message::{Button, Channel, Media, content_type};
use crate::meta;
use crate::phone;
use crate::request::{list, text};
use crate::rich::Rich;

const COMMON: [&str; 9] = [
    "channel",
    "message_type",
    "to",
    "from",
    "client_ref",
    "webhook_url",
    "webhook_version",
    "ttl",
    "trusted_recipient",
];

/// A request to send that is in order.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) channel: Channel,
    /// As the business named it: `sms`, `mms` or `whatsapp`.
    pub(super) channel_word: &'static str,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) text: Option<String>,
    pub(super) template: Option<Value>,
    pub(super) media: Vec<Media>,
    pub(super) buttons: Vec<Button>,
    pub(super) rich: Rich,
    pub(super) category: &'static str,
    pub(super) reference: Option<String>,
    pub(super) webhook_url: Option<String>,
}

/// Checks everything that stands in the body.
pub(super) fn draft(account: &VonageAccount, body: &Value) -> Result<Draft, VonageError> {
    let object = body
        .as_object()
        .ok_or_else(|| VonageError::with(1020, "The body must be a JSON object."))?;
    let (channel, channel_word) = match required(body, "channel")? {
        "sms" => (Channel::Sms, "sms"),
        "mms" => (Channel::Sms, "mms"),
        "whatsapp" => (Channel::Whatsapp, "whatsapp"),
        _ => {
            let reason = "the simulator carries sms, mms and whatsapp";
            return Err(VonageError::parameter("channel", reason));
        }
    };
    let kind = required(body, "message_type")?;
    if object.contains_key("failover") {
        let reason = "the simulator does not fail over";
        return Err(VonageError::parameter("failover", reason));
    }
    if let Some(name) = object
        .keys()
        .find(|name| !is_known(name, channel_word, kind))
    {
        return Err(VonageError::with(1020, format!("{name} is not expected.")));
    }
    let mut draft = Draft {
        channel,
        channel_word,
        to: recipient(required(body, "to")?)?,
        from: from(account, required(body, "from")?)?,
        text: None,
        template: None,
        media: Vec::new(),
        buttons: Vec::new(),
        rich: Rich::default(),
        category: "service",
        reference: bounded(body, "client_ref", 100)?,
        webhook_url: webhook_url(body)?,
    };
    check_time_to_live(body, channel_word)?;
    match channel_word {
        "sms" => sms(&mut draft, kind, body)?,
        "mms" => mms(&mut draft, kind, body)?,
        _ => whatsapp(&mut draft, kind, body, account)?,
    }
    Ok(draft)
}

fn is_known(name: &str, channel: &str, kind: &str) -> bool {
    COMMON.contains(&name)
        || name == kind
        || match channel {
            "sms" => matches!(name, "text" | "sms"),
            "whatsapp" => matches!(name, "whatsapp" | "context"),
            _ => false,
        }
}

fn required<'a>(body: &'a Value, name: &'static str) -> Result<&'a str, VonageError> {
    match body.get(name) {
        None | Some(Value::Null) => Err(VonageError::with(
            1010,
            format!("The request is missing the parameter {name}."),
        )),
        Some(_) => text(body, name)
            .ok_or_else(|| VonageError::parameter(name, "must be a text that is not empty")),
    }
}

/// A text that may be missing and has at most so many characters.
fn bounded(body: &Value, name: &'static str, most: usize) -> Result<Option<String>, VonageError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= most => Ok(Some(text.clone())),
        Some(_) => {
            let reason = format!("must be a text of at most {most} characters");
            Err(VonageError::parameter(name, reason))
        }
    }
}

/// 7 to 15 digits without `+`.
fn recipient(to: &str) -> Result<String, VonageError> {
    let number = format!("+{to}");
    if phone::is_e164(&number) {
        Ok(number)
    } else {
        let reason = "must be 7 to 15 digits without +, beginning with the country code";
        Err(VonageError::parameter("to", reason))
    }
}

/// One of the account's numbers, or a name. An account without numbers is one that nobody
/// described: it may send from any.
fn from(account: &VonageAccount, from: &str) -> Result<String, VonageError> {
    let is_number = from.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = (1..=11).contains(&from.len())
        && from
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" -_.&".contains(&byte));
    let is_fine = if is_number {
        account.numbers.is_empty() || account.number(&sender(from)).is_some()
    } else {
        is_name
    };
    if is_fine {
        Ok(sender(from))
    } else {
        Err(VonageError::of(1120))
    }
}

fn webhook_url(body: &Value) -> Result<Option<String>, VonageError> {
    if body
        .get("webhook_version")
        .is_some_and(|version| version != "v1")
    {
        let reason = "the simulator speaks v1";
        return Err(VonageError::parameter("webhook_version", reason));
    }
    match bounded(body, "webhook_url", 2000)? {
        None => Ok(None),
        Some(url) if is_web_address(&url) => Ok(Some(url)),
        Some(_) => Err(VonageError::parameter("webhook_url", "must be a URL")),
    }
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn check_time_to_live(body: &Value, channel: &str) -> Result<(), VonageError> {
    let bounds = match channel {
        "sms" => 20..=604_800,
        "mms" => 300..=259_200,
        _ => 1..=i64::MAX,
    };
    match body.get("ttl") {
        None | Some(Value::Null) => Ok(()),
        Some(seconds) if seconds.as_i64().is_some_and(|ttl| bounds.contains(&ttl)) => Ok(()),
        Some(_) => Err(VonageError::of(1130)),
    }
}

fn sms(draft: &mut Draft, kind: &str, body: &Value) -> Result<(), VonageError> {
    if kind != "text" {
        let reason = "an SMS is of type text";
        return Err(VonageError::parameter("message_type", reason));
    }
    if body.pointer("/sms/encoding_type").is_some_and(|encoding| {
        !["text", "unicode", "auto"]
            .map(Value::from)
            .contains(encoding)
    }) {
        let reason = "encoding_type is text, unicode or auto";
        return Err(VonageError::parameter("sms", reason));
    }
    draft.text = Some(within(required(body, "text")?, 3200)?);
    Ok(())
}

fn within(text: &str, most: usize) -> Result<String, VonageError> {
    if text.chars().count() <= most {
        Ok(text.to_owned())
    } else {
        Err(VonageError::of(1090))
    }
}

fn mms(draft: &mut Draft, kind: &str, body: &Value) -> Result<(), VonageError> {
    match kind {
        "text" => draft.text = Some(within(required(body, "text")?, 3200)?),
        "image" | "vcard" | "audio" | "video" | "file" => file(draft, &body[kind], kind)?,
        "content" => {
            let parts = list(body, "content");
            if parts.is_empty() {
                let reason = "must be a list of files";
                return Err(VonageError::parameter("content", reason));
            }
            for part in parts {
                file(draft, part, "file")?;
            }
        }
        _ => return Err(VonageError::parameter("message_type", "is not known")),
    }
    Ok(())
}

/// `{url, caption?, name?}`.
fn file(draft: &mut Draft, object: &Value, kind: &str) -> Result<(), VonageError> {
    let url = text(object, "url")
        .filter(|url| is_web_address(url) && (10..=2000).contains(&url.len()))
        .ok_or_else(|| VonageError::with(1020, format!("{kind}.url must be a URL.")))?;
    draft.media.push(Media {
        content_type: content_type(url).to_owned(),
        url: Some(url.to_owned()),
        id: None,
    });
    if let Some(caption) = text(object, "caption") {
        draft.text = Some(within(caption, 3000)?);
    }
    Ok(())
}

fn whatsapp(
    draft: &mut Draft,
    kind: &str,
    body: &Value,
    account: &VonageAccount,
) -> Result<(), VonageError> {
    match kind {
        "text" => draft.text = Some(within(required(body, "text")?, 4096)?),
        "image" | "audio" | "video" | "file" => file(draft, &body[kind], kind)?,
        "sticker" if text(&body["sticker"], "id").is_some() => draft.media.push(Media {
            content_type: "image/webp".to_owned(),
            url: None,
            id: text(&body["sticker"], "id").map(str::to_owned),
        }),
        "sticker" => file(draft, &body["sticker"], kind)?,
        "template" => {
            let template = template(body)?;
            passed_on(
                draft,
                &json!({"type": "template", "template": template}),
                account,
            )?;
        }
        "custom" => passed_on(draft, &body["custom"], account)?,
        _ => return Err(VonageError::parameter("message_type", "is not known")),
    }
    Ok(())
}

/// A template in Meta's form: Vonage takes positional parameters of the body alone.
fn template(body: &Value) -> Result<Value, VonageError> {
    let template = &body["template"];
    let name = text(template, "name")
        .ok_or_else(|| VonageError::parameter("template", "name is needed"))?;
    // The name may come with a namespace.
    let name = name.rsplit(':').next().unwrap_or(name);
    if body
        .pointer("/whatsapp/policy")
        .is_some_and(|policy| policy != "deterministic")
    {
        let reason = "policy is deterministic";
        return Err(VonageError::parameter("whatsapp", reason));
    }
    let locale = text(&body["whatsapp"], "locale").unwrap_or("en_US");
    let mut parameters = Vec::new();
    for parameter in list(template, "parameters") {
        let value = parameter
            .as_str()
            .ok_or_else(|| VonageError::parameter("template", "parameters are texts"))?;
        parameters.push(json!({"type": "text", "text": value}));
    }
    Ok(json!({
        "name": name,
        "language": {"code": locale},
        "components": [{"type": "body", "parameters": parameters}],
    }))
}

/// What Meta makes of it.
fn passed_on(
    draft: &mut Draft,
    message: &Value,
    account: &VonageAccount,
) -> Result<(), VonageError> {
    let content = meta::content(message, &account.templates)
        .map_err(|reason| VonageError::with(1022, reason))?;
    draft.text = content.text;
    draft.media = content.media;
    draft.buttons = content.buttons;
    draft.rich = content.rich;
    draft.category = content.category;
    draft.template = message.get("template").cloned();
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Draft, draft};
    use crate::message::Channel;
    use crate::vonage::{VonageAccount, VonageError};

    fn read(changes: &Value) -> Result<Draft, VonageError> {
        let account: VonageAccount = serde_json::from_value(json!({
            "api_key": "abcd1234",
            "numbers": [{"number": "+12025550100"}],
            "templates": [{"name": "order", "language": "en_US", "body": "Hi {{1}}"}],
        }))
        .expect("an account");
        let mut body = json!({
            "channel": "sms", "message_type": "text", "to": "12025550123", "from": "12025550100",
            "text": "Hello", "client_ref": "att_01",
        });
        for (name, value) in changes.as_object().expect("an object") {
            body[name] = value.clone();
            if value.is_null() {
                body.as_object_mut().expect("an object").remove(name);
            }
        }
        draft(&account, &body)
    }

    #[test]
    fn every_bad_parameter_has_vonages_code() {
        let cases = [
            (json!({}), None),
            (json!({"channel": null}), Some(1010)),
            (json!({"channel": "pigeon"}), Some(1020)),
            (json!({"to": "+12025550123"}), Some(1020)),
            (json!({"to": ""}), Some(1020)),
            (json!({"from": "12025550101"}), Some(1120)),
            (json!({"from": "Acme"}), None),
            (json!({"from": "Much too long a name"}), Some(1120)),
            (json!({"text": null}), Some(1010)),
            (json!({"text": "a".repeat(3201)}), Some(1090)),
            (json!({"client_ref": "a".repeat(101)}), Some(1020)),
            (json!({"webhook_url": "nonsense"}), Some(1020)),
            (json!({"webhook_version": "v0.1"}), Some(1020)),
            (json!({"ttl": 19}), Some(1130)),
            (json!({"ttl": 600}), None),
            (json!({"sms": {"encoding_type": "auto"}}), None),
            (json!({"sms": {"encoding_type": "morse"}}), Some(1020)),
            (json!({"failover": []}), Some(1020)),
            (json!({"surprise": 1}), Some(1020)),
            (json!({"message_type": "image"}), Some(1020)),
        ];
        for (changes, expected) in cases {
            let code = read(&changes).err().map(|error| error.code);
            assert_eq!(code, expected, "{changes}");
        }
    }

    #[test]
    fn every_kind_of_message_is_checked() {
        let image = json!({"url": "https://files.example.com/a.png", "caption": "Look"});
        let buttons = json!({"type": "interactive", "interactive": {
            "type": "button", "body": {"text": "Confirm?"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Yes"}}]},
        }});
        let cases = [
            ("mms", "image", image.clone(), None),
            ("mms", "image", json!({"url": "nonsense"}), Some(1020)),
            ("mms", "content", json!([image]), None),
            ("mms", "content", json!([]), Some(1020)),
            ("whatsapp", "image", image.clone(), None),
            ("whatsapp", "sticker", json!({"id": "1"}), None),
            (
                "whatsapp",
                "template",
                json!({"name": "order", "parameters": ["Ana"]}),
                None,
            ),
            ("whatsapp", "template", json!({"name": "order"}), Some(1022)),
            (
                "whatsapp",
                "template",
                json!({"name": "nothing"}),
                Some(1022),
            ),
            ("whatsapp", "template", json!({}), Some(1020)),
            ("whatsapp", "custom", buttons, None),
            ("whatsapp", "custom", json!({"type": "pigeon"}), Some(1022)),
            ("whatsapp", "pigeon", json!({}), Some(1020)),
        ];
        for (channel, kind, content, expected) in cases {
            let changes = json!({
                "channel": channel, "message_type": kind, "text": null, kind: content,
            });
            let code = read(&changes).err().map(|error| error.code);
            assert_eq!(code, expected, "{changes}");
        }
    }

    #[test]
    fn templates_and_buttons_reach_the_handset() {
        let template = read(&json!({
            "channel": "whatsapp", "message_type": "template", "text": null,
            "template": {"name": "order", "parameters": ["Ana"]},
            "whatsapp": {"policy": "deterministic", "locale": "en_US"},
        }))
        .expect("valid");
        assert_eq!(template.channel, Channel::Whatsapp);
        assert_eq!(template.text.as_deref(), Some("Hi Ana"));
        assert_eq!(template.category, "utility");
        assert_eq!(template.to, "+12025550123");
        assert_eq!(template.from, "+12025550100");
    }
}
