//! The form of a new message, before anything is looked up.

use super::{Refusal, send_at::send_at};
use serde_json::{Map, Value};
use tidings_kernel::Purpose;
use tidings_messaging::{Media, WebhookReach, WebhookUrl};
use tidings_twilio_facade::{is_content_sid, is_service_sid, read_address};
use time::{Duration, OffsetDateTime};
use url::Url;

/// Twilio's longest text, in characters.
const LONGEST_BODY: usize = 1_600;
/// Its most attachments.
const MOST_MEDIA: usize = 10;
/// Its longest validity, in seconds.
const LONGEST_VALIDITY: i64 = 36_000;
/// The longest address of a callback or an attachment, in bytes.
const LONGEST_URL: usize = 4_000;

/// What promises something that is not kept here: ignored in silence it would be broken in silence.
const REFUSED: [(&str, &str); 3] = [
    (
        "ApplicationSid",
        "ApplicationSid is not supported: give StatusCallback",
    ),
    (
        "PersistentAction",
        "PersistentAction is not supported: locations cannot be sent",
    ),
    ("FallbackFrom", "FallbackFrom is not supported"),
];

/// A form as it came.
pub(super) struct Form(Vec<(String, String)>);

/// What a program asks to be sent.
#[derive(Debug, PartialEq)]
pub(super) struct NewMessage {
    pub(super) to: String,
    pub(super) from: Option<String>,
    /// The SID of a messaging service.
    pub(super) service: Option<String>,
    pub(super) content: Content,
    pub(super) media: Vec<Media>,
    /// Where changes of the status are told, as it will be called.
    pub(super) status_callback: Option<String>,
    pub(super) send_at: Option<OffsetDateTime>,
    pub(super) valid_until: Option<OffsetDateTime>,
    pub(super) purpose: Option<Purpose>,
}

/// What it says.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    Text(String),
    Template {
        sid: String,
        variables: Map<String, Value>,
    },
    MediaOnly,
}

impl Form {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(bytes).into_owned().collect();
        let is_kept = |text: &String| !text.contains('\0');
        match pairs
            .iter()
            .find(|(name, value)| !is_kept(name) || !is_kept(value))
        {
            Some(_) => Err(Refusal::of(
                20_001,
                "Invalid parameter: the character U+0000 cannot be kept",
            )),
            None => Ok(Self(pairs)),
        }
    }

    /// The first value of this name that says something.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(given, _)| given == name);
        named
            .find(|(_, value)| !value.trim().is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &str) -> Vec<&str> {
        let named = self.0.iter().filter(|(given, _)| given == name);
        named
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.trim().is_empty())
            .collect()
    }

    /// Whether there is such a field at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(given, _)| given == name)
    }
}

impl NewMessage {
    /// Reads a form. Fields that only change how Twilio itself works are ignored, as are unknown ones, since that is
    /// what Twilio does.
    pub(super) fn read(
        form: &Form,
        now: OffsetDateTime,
        reach: WebhookReach,
    ) -> Result<Self, Refusal> {
        for (name, message) in REFUSED {
            if form.get(name).is_some() {
                return Err(Refusal::of(20_001, message));
            }
        }
        for name in ["ContentRetention", "AddressRetention"] {
            if form.get(name).is_some_and(|wish| wish != "retain") {
                let message = format!("{name} is not supported: erase the contact instead");
                return Err(Refusal::of(20_001, message));
            }
        }
        let to = form
            .get("To")
            .filter(|to| !read_address(to).address.is_empty())
            .ok_or_else(|| Refusal::of(21_604, "A 'To' phone number is required."))?;
        let from = form.get("From").map(ToOwned::to_owned);
        let service = form.get("MessagingServiceSid").map(ToOwned::to_owned);
        if from.is_none() && service.is_none() {
            return Err(Refusal::of(21_603, "A 'From' phone number is required."));
        }
        if service.as_deref().is_some_and(|sid| !is_service_sid(sid)) {
            return Err(Refusal::of(21_701, "The Messaging Service does not exist"));
        }
        let media = media(form)?;
        let content = content(form, &media)?;
        let send_at = when(form, now)?;
        Ok(Self {
            to: to.to_owned(),
            from,
            service,
            content,
            media,
            status_callback: form
                .get("StatusCallback")
                .map(|url| callback(url, reach))
                .transpose()?,
            valid_until: validity(form)?.map(|validity| send_at.unwrap_or(now) + validity),
            send_at,
            purpose: purpose(form)?,
        })
    }
}

fn content(form: &Form, media: &[Media]) -> Result<Content, Refusal> {
    if let Some(sid) = form.get("ContentSid") {
        if !is_content_sid(sid) {
            return Err(Refusal::of(21_655, "The ContentSid is invalid"));
        }
        return Ok(Content::Template {
            sid: sid.to_owned(),
            variables: variables(form)?,
        });
    }
    match form.get("Body") {
        Some(body) if body.chars().count() > LONGEST_BODY => Err(Refusal::of(
            21_617,
            "The concatenated message body exceeds the 1600 character limit",
        )),
        Some(body) => Ok(Content::Text(body.to_owned())),
        None if media.is_empty() => Err(Refusal::of(21_602, "Message body is required.")),
        None => Ok(Content::MediaOnly),
    }
}

/// An object of texts; numbers pass as programs like to write them.
fn variables(form: &Form) -> Result<Map<String, Value>, Refusal> {
    let Some(text) = form.get("ContentVariables") else {
        return Ok(Map::new());
    };
    let refuse = || {
        Refusal::of(
            21_656,
            "The ContentVariables parameter is invalid: write an object of texts as JSON",
        )
    };
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| refuse())?;
    let as_text = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text.into())),
        Value::Number(number) => Ok((name, number.to_string().into())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(refuse()),
    };
    object.into_iter().map(as_text).collect()
}

fn media(form: &Form) -> Result<Vec<Media>, Refusal> {
    let urls = form.all("MediaUrl");
    if urls.len() > MOST_MEDIA {
        return Err(Refusal::of(
            21_623,
            "Number of media files exceeds allowed limit",
        ));
    }
    urls.into_iter()
        .map(|url| {
            let url = Url::parse(url.trim())
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                .filter(|url| url.as_str().len() <= LONGEST_URL);
            let url = url.ok_or_else(|| Refusal::of(21_620, "Invalid media URL(s)"))?;
            Ok(Media {
                url: url.into(),
                content_type: None,
            })
        })
        .collect()
}

/// The address as it will be called and signed: without its fragment, in which Twilio has programs say how often it
/// is to try.
fn callback(text: &str, reach: WebhookReach) -> Result<String, Refusal> {
    let url = WebhookUrl::parse(text, reach).map_err(|error| {
        let message = format!("The 'StatusCallback' URL is not a valid URL: {error}");
        Refusal::of(21_609, message)
    })?;
    Ok(url.as_str().to_owned())
}

fn when(form: &Form, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, Refusal> {
    if form.get("ScheduleType").is_some_and(|kind| kind != "fixed") {
        return Err(Refusal::of(
            20_001,
            "Invalid parameter: ScheduleType takes fixed",
        ));
    }
    let wish = form.get("SendAt").map(|text| send_at(text, now));
    if wish.is_none() && form.get("ScheduleType").is_some() {
        return Err(Refusal::of(
            35_114,
            "Scheduling does not support this timestamp: SendAt is missing",
        ));
    }
    wish.transpose()
}

fn validity(form: &Form) -> Result<Option<Duration>, Refusal> {
    let Some(text) = form.get("ValidityPeriod") else {
        return Ok(None);
    };
    text.parse()
        .ok()
        .filter(|seconds| (1..=LONGEST_VALIDITY).contains(seconds))
        .map(|seconds| Some(Duration::seconds(seconds)))
        .ok_or_else(|| {
            let message = "ValidityPeriod is out of range: it takes 1 to 36000 seconds";
            Refusal::of(21_624, message)
        })
}

fn purpose(form: &Form) -> Result<Option<Purpose>, Refusal> {
    let Some(text) = form.get("TidingsPurpose") else {
        return Ok(None);
    };
    text.parse()
        .ok()
        .filter(|purpose| Purpose::FOR_TENANTS.contains(purpose))
        .map(Some)
        .ok_or_else(|| {
            let words = Purpose::FOR_TENANTS.map(Purpose::as_str).join(", ");
            Refusal::of(
                20_001,
                format!("Invalid parameter: TidingsPurpose takes {words}"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);
    const PLAIN: [(&str, &str); 3] = [
        ("To", "+12025550123"),
        ("From", "+12025550100"),
        ("Body", "Ready"),
    ];

    /// The plain form with these fields; an empty value takes one out.
    fn read_as(reach: WebhookReach, fields: &[(&str, &str)]) -> Result<NewMessage, Refusal> {
        let kept = PLAIN
            .iter()
            .filter(|(name, _)| fields.iter().all(|(given, _)| given != name));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(fields))
            .finish();
        NewMessage::read(&Form::read(body.as_bytes())?, NOW, reach)
    }

    fn read(fields: &[(&str, &str)]) -> Result<NewMessage, Refusal> {
        read_as(WebhookReach::Public, fields)
    }

    #[test]
    fn every_mistake_has_twilios_code() {
        let long = "x".repeat(1_601);
        let many = [("MediaUrl", "https://example.com/a.png"); 11];
        let cases: &[(&[(&str, &str)], u32)] = &[
            (&[("To", "")], 21_604),
            (&[("To", "whatsapp:")], 21_604),
            (&[("From", "")], 21_603),
            (&[("MessagingServiceSid", "MG1")], 21_701),
            (&[("Body", "")], 21_602),
            (&[("Body", " ")], 21_602),
            (&[("Body", &long)], 21_617),
            (&[("Body", "a\0b")], 20_001),
            (&[("MediaUrl", "ftp://example.com/a.png")], 21_620),
            (&many, 21_623),
            (&[("ContentSid", "HX1")], 21_655),
            (&[("StatusCallback", "nonsense")], 21_609),
            (&[("ValidityPeriod", "0")], 21_624),
            (&[("ValidityPeriod", "36001")], 21_624),
            (&[("ValidityPeriod", "soon")], 21_624),
            (&[("SendAt", "tomorrow")], 35_114),
            (&[("ScheduleType", "fixed")], 35_114),
            (&[("ScheduleType", "daily")], 20_001),
            (&[("TidingsPurpose", "fun")], 20_001),
            (&[("TidingsPurpose", "double_opt_in")], 20_001),
            (&[("ApplicationSid", "AP1")], 20_001),
            (&[("PersistentAction", "geo:1,2")], 20_001),
            (&[("ContentRetention", "discard")], 20_001),
        ];
        for (fields, code) in cases {
            let refusal = read(fields).unwrap_err();
            assert_eq!(refusal.code(), *code, "{fields:?}");
            assert_eq!(refusal.into_response().status(), 400);
        }
    }

    #[test]
    fn what_changes_nothing_here_is_ignored() {
        let plain = read(&[]).unwrap();
        let more = [
            ("SmartEncoded", "true"),
            ("ProvideFeedback", "true"),
            ("MessageIntent", "notifications"),
            ("MaxPrice", "0.01"),
            ("ContentRetention", "retain"),
            ("Whatever", "1"),
        ];
        assert_eq!(read(&more).unwrap(), plain);
    }

    #[test]
    fn times_are_those_of_the_schedule() {
        let fields = [
            ("MessagingServiceSid", "MG00000000000000000000000000000001"),
            ("ScheduleType", "fixed"),
            ("SendAt", "2026-07-15T16:00:00Z"),
            ("ValidityPeriod", "60"),
        ];
        let scheduled = read(&fields).unwrap();
        assert_eq!(scheduled.send_at, Some(NOW + Duration::HOUR));
        assert_eq!(
            scheduled.valid_until,
            Some(NOW + Duration::HOUR + Duration::MINUTE)
        );
        let at_once = read(&[("ValidityPeriod", "60")]).unwrap();
        assert_eq!(at_once.valid_until, Some(NOW + Duration::MINUTE));
    }

    #[test]
    fn variables_are_texts() {
        let sid = ("ContentSid", "HX00000000000000000000000000000001");
        let with = |text| read(&[sid, ("ContentVariables", text)]);
        let Content::Template { variables, .. } = with(r#"{"1":"Ana","2":7}"#).unwrap().content
        else {
            panic!("a template");
        };
        assert_eq!(
            Value::Object(variables),
            serde_json::json!({"1": "Ana", "2": "7"})
        );
        for wrong in ["x", "[]", r#"{"1":null}"#, r#"{"1":["a"]}"#] {
            assert_eq!(with(wrong).unwrap_err().code(), 21_656, "{wrong}");
        }
    }

    #[test]
    fn callbacks_go_to_the_public_encrypted() {
        let url = |reach, text| {
            let read = read_as(reach, &[("StatusCallback", text)]);
            read.map(|message| message.status_callback.unwrap())
        };
        for (text, called) in [
            (
                "https://example.com/a?b=1#rc=3&rp=all",
                "https://example.com/a?b=1",
            ),
            ("https://example.com", "https://example.com/"),
            ("https://EXAMPLE.com:443/ä", "https://example.com/%C3%A4"),
        ] {
            assert_eq!(url(WebhookReach::Public, text).unwrap(), called);
        }
        for text in [
            "http://example.com/a",
            "https://localhost/a",
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "https://user:word@example.com/a",
            "ftp://example.com/a",
            "file:///etc/passwd",
        ] {
            assert!(url(WebhookReach::Public, text).is_err(), "{text}");
        }
        for text in [
            "http://127.0.0.1:8000/a",
            "http://localhost/a",
            "http://[::1]:1/",
        ] {
            assert_eq!(url(WebhookReach::Loopback, text).unwrap(), text);
        }
        for text in ["http://example.com/a", "http://10.0.0.1/a"] {
            assert!(url(WebhookReach::Loopback, text).is_err(), "{text}");
        }
    }
}
