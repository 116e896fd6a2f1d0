//! Reading and checking the parameters of a send.

use serde_json::{Map, Value, json};
use url::Url;

use super::accounts::TwilioAccount;
use super::contents::{Contents, Shown, fill};
use super::errors::TwilioError;
use crate::message::{Button, Channel, Media, content_type};
use crate::phone;
use crate::rich::Rich;

/// The form of a request.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A request to send that is in order.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) channel: Channel,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) service: Option<String>,
    pub(super) text: Option<String>,
    pub(super) template: Option<Value>,
    pub(super) media: Vec<Media>,
    pub(super) buttons: Vec<Button>,
    pub(super) rich: Rich,
    /// True for what may be sent over WhatsApp to whoever has not written for a day.
    pub(super) is_approved: bool,
    pub(super) status_callback: Option<String>,
}

/// Checks everything in the order in which Twilio does.
pub(super) fn draft(
    account: &TwilioAccount,
    contents: &Contents,
    params: &Params,
) -> Result<Draft, TwilioError> {
    let to = params.get("To").ok_or_else(|| TwilioError::of(21604))?;
    let (channel, to) = address(to);
    if !phone::is_e164(to) {
        return Err(TwilioError::with(
            21211,
            format!("Invalid 'To' Phone Number: {to}"),
        ));
    }
    magic_recipient(to)?;
    let (from, service) = sender(account, params, channel)?;
    let status_callback = match params.get("StatusCallback") {
        Some(url) => Some(callback_url(url)?),
        None => None,
    };
    if params.get("SendAt").is_some() || params.get("ScheduleType").is_some() {
        return Err(TwilioError::with(
            20001,
            "The simulator does not schedule: leave out SendAt and ScheduleType",
        ));
    }
    let mut media = media(params)?;
    let (text, template, shown, is_approved) = if let Some(sid) = params.get("ContentSid") {
        let variables = params.get("ContentVariables");
        let (template, mut shown, is_approved) = content(account, contents, sid, variables)?;
        media.append(&mut shown.media);
        let text = std::mem::take(&mut shown.text);
        (Some(text), Some(template), shown, is_approved)
    } else {
        let text = params.get("Body").map(str::to_owned);
        (text, None, Shown::default(), false)
    };
    if text.is_none() && media.is_empty() {
        return Err(TwilioError::of(21602));
    }
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > 1600)
    {
        return Err(TwilioError::of(21617));
    }
    Ok(Draft {
        channel,
        to: to.to_owned(),
        from,
        service,
        text,
        template,
        media,
        buttons: shown.buttons,
        rich: shown.rich,
        is_approved,
        status_callback,
    })
}

/// Splits `whatsapp:+1…`.
pub(super) fn address(text: &str) -> (Channel, &str) {
    match text.strip_prefix("whatsapp:") {
        Some(number) => (Channel::Whatsapp, number),
        None => (Channel::Sms, text),
    }
}

/// Twilio's own test numbers.
fn magic_recipient(to: &str) -> Result<(), TwilioError> {
    let code = match to {
        "+15005550001" => 21211,
        "+15005550002" => 21612,
        "+15005550003" => 21408,
        "+15005550004" => 21610,
        "+15005550009" => 21614,
        _ => return Ok(()),
    };
    Err(TwilioError::of(code))
}

fn sender(
    account: &TwilioAccount,
    params: &Params,
    channel: Channel,
) -> Result<(String, Option<String>), TwilioError> {
    let from = params.get("From");
    if let Some(sid) = params.get("MessagingServiceSid") {
        let service = account
            .messaging_services
            .iter()
            .find(|service| service.sid == sid)
            .ok_or_else(|| TwilioError::of(21701))?;
        let number = match from.map(|from| address(from).1) {
            Some(from) => service.numbers.iter().find(|number| *number == from),
            None => service.numbers.first(),
        };
        let number = number.ok_or_else(|| TwilioError::of(21704))?;
        return Ok((number.clone(), Some(sid.to_owned())));
    }
    let (from_channel, from) = address(from.ok_or_else(|| TwilioError::of(21603))?);
    if from_channel != channel {
        return Err(TwilioError::of(21910));
    }
    match from {
        "+15005550001" => return Err(TwilioError::of(21212)),
        "+15005550007" => return Err(TwilioError::of(21606)),
        "+15005550008" => return Err(TwilioError::of(21611)),
        "+15005550006" => return Ok((from.to_owned(), None)),
        _ => {}
    }
    if !is_sender(from) {
        return Err(TwilioError::of(21212));
    }
    // An account without numbers is one that nobody described: it may send from any.
    let is_owned =
        account.numbers.is_empty() || account.numbers.iter().any(|own| own.number == from);
    match (is_owned, channel) {
        (true, _) => Ok((from.to_owned(), None)),
        (false, Channel::Whatsapp) => Err(TwilioError::of(63007)),
        (false, Channel::Sms | Channel::Email) if phone::is_e164(from) => {
            Err(TwilioError::of(21659))
        }
        (false, Channel::Sms | Channel::Email) => Err(TwilioError::of(21606)),
    }
}

/// A number, a short code, or up to 11 characters with a letter among them.
fn is_sender(from: &str) -> bool {
    let is_short_code =
        (3..=8).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = (1..=11).contains(&from.len())
        && from.chars().any(|c| c.is_ascii_alphabetic())
        && from
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " +-_&".contains(c));
    phone::is_e164(from) || is_short_code || is_name
}

fn callback_url(text: &str) -> Result<String, TwilioError> {
    let is_fine = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.contains('_'))
    });
    if is_fine {
        Ok(text.to_owned())
    } else {
        Err(TwilioError::of(21609))
    }
}

fn media(params: &Params) -> Result<Vec<Media>, TwilioError> {
    let mut media = Vec::new();
    for text in params.all("MediaUrl").filter(|text| !text.is_empty()) {
        let is_fine = Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_fine {
            return Err(TwilioError::of(21620));
        }
        media.push(Media {
            url: Some(text.to_owned()),
            content_type: content_type(text).to_owned(),
            id: None,
        });
    }
    if media.len() > 10 {
        return Err(TwilioError::of(21623));
    }
    Ok(media)
}

/// What is told of the template, what it shows, and whether it is approved.
fn content(
    account: &TwilioAccount,
    contents: &Contents,
    sid: &str,
    variables: Option<&str>,
) -> Result<(Value, Shown, bool), TwilioError> {
    let is_sid = sid
        .strip_prefix("HX")
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric()));
    if !is_sid {
        return Err(TwilioError::of(21655));
    }
    let variables: Map<String, Value> = match variables {
        None => Map::new(),
        Some(text) => serde_json::from_str(text).map_err(|_| TwilioError::of(21656))?,
    };
    if variables.values().any(|value| !value.is_string()) {
        return Err(TwilioError::of(21656));
    }
    let template = json!({"content_sid": sid, "variables": variables});
    let made = contents.made(&account.sid, sid);
    if let Some(made) = made.map_err(|_| TwilioError::of(21655))? {
        return Ok((template, made.shown(&variables), made.is_approved()));
    }
    let registered = account.contents.iter().find(|content| content.sid == sid);
    let text = match registered {
        Some(content) => fill(&content.body, &variables),
        None if variables.is_empty() => format!("[{sid}]"),
        None => format!("[{sid} {}]", Value::Object(variables)),
    };
    let buttons = registered
        .into_iter()
        .flat_map(|content| &content.buttons)
        .map(|title| Button {
            id: title.clone(),
            title: title.clone(),
            of_template: true,
        })
        .collect();
    let shown = Shown {
        text,
        buttons,
        ..Shown::default()
    };
    Ok((template, shown, true))
}

#[cfg(test)]
mod tests {
    use super::{Contents, Params, draft};
    use crate::message::Channel;
    use crate::twilio::TwilioAccount;

    const NUMBER: &str = "+12025550100";

    fn account() -> TwilioAccount {
        serde_json::from_value(serde_json::json!({
            "sid": "AC00000000000000000000000000000001",
            "numbers": [{"number": NUMBER}],
            "messaging_services": [
                {"sid": "MG1", "numbers": [NUMBER]},
                {"sid": "MG2", "numbers": []},
            ],
            "contents": [{"sid": "HX1", "body": "Hi {{1}}", "buttons": ["Yes"]}],
        }))
        .expect("account")
    }

    /// Changed parameters, and the code of the answer.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<u32>);

    fn code(changes: &[(&str, &str)]) -> Option<u32> {
        let mut pairs = vec![("To", "+12025550123"), ("From", NUMBER), ("Body", "Hello")];
        for (name, _) in changes {
            pairs.retain(|(key, _)| key != name);
        }
        pairs.extend(changes);
        let params = Params(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        );
        draft(&account(), &Contents::default(), &params)
            .err()
            .map(|error| error.code)
    }

    #[test]
    fn every_bad_parameter_has_twilios_code() {
        let long = "a".repeat(1601);
        let cases: &[Case] = &[
            (&[], None),
            (&[("To", "")], Some(21604)),
            (&[("From", "")], Some(21603)),
            (&[("Body", "")], Some(21602)),
            (&[("To", "+1555")], Some(21211)),
            (&[("To", "12025550123")], Some(21211)),
            (&[("From", "+1")], Some(21212)),
            (&[("From", "+12025550101")], Some(21659)),
            (&[("From", "12345")], Some(21606)),
            (&[("From", "whatsapp:+12025550100")], Some(21910)),
            (
                &[
                    ("To", "whatsapp:+12025550123"),
                    ("From", "whatsapp:+12025550101"),
                ],
                Some(63007),
            ),
            (&[("Body", &long)], Some(21617)),
            (&[("MediaUrl", "ftp://files.example.com/a")], Some(21620)),
            (&[("StatusCallback", "nonsense")], Some(21609)),
            (
                &[("StatusCallback", "http://a_b.example.com/")],
                Some(21609),
            ),
            (&[("ContentSid", "XX1")], Some(21655)),
            (
                &[("ContentSid", "HX1"), ("ContentVariables", "[]")],
                Some(21656),
            ),
            (
                &[("ContentSid", "HX1"), ("ContentVariables", "{\"1\":2}")],
                Some(21656),
            ),
            (&[("From", ""), ("MessagingServiceSid", "MG1")], None),
            (&[("From", ""), ("MessagingServiceSid", "MG2")], Some(21704)),
            (&[("From", ""), ("MessagingServiceSid", "MG3")], Some(21701)),
            (&[("To", "+15005550001")], Some(21211)),
            (&[("To", "+15005550002")], Some(21612)),
            (&[("To", "+15005550003")], Some(21408)),
            (&[("To", "+15005550004")], Some(21610)),
            (&[("To", "+15005550009")], Some(21614)),
            (&[("From", "+15005550006")], None),
            (&[("From", "+15005550007")], Some(21606)),
        ];
        for (changes, expected) in cases {
            assert_eq!(code(changes), *expected, "{changes:?}");
        }
    }

    #[test]
    fn content_is_rendered_if_it_is_known() {
        let read = |sid: &str| {
            let params = Params::read(
                format!(
                    "To=whatsapp%3A%2B12025550123&From=whatsapp%3A%2B12025550100\
                     &ContentSid={sid}&ContentVariables=%7B%221%22%3A%22Ana%22%7D"
                )
                .as_bytes(),
            );
            draft(&account(), &Contents::default(), &params).expect("valid")
        };
        let known = read("HX1");
        assert_eq!(known.channel, Channel::Whatsapp);
        assert_eq!(known.text.as_deref(), Some("Hi Ana"));
        assert_eq!(known.buttons.len(), 1);
        assert_eq!(read("HX2").text.as_deref(), Some("[HX2 {\"1\":\"Ana\"}]"));
    }
}
