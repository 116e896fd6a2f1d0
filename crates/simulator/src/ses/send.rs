//! `POST /v2/email/outbound-emails`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::errors::{SesError, decided, failure};
use super::{AWS_SES, caller, query};
use crate::answer::Taken;
use crate::aws::AwsAccount;
use crate::clock;
use crate::journey::Fate;
use crate::ledger::Request;
use crate::mail::Mail;
use crate::mailbox::{self, domain};
use crate::message::{Channel, Direction, Facts, Media, Message, Parties, Status};
use crate::reference;
use crate::request::{list, text};
use crate::world::World;

/// Takes a mail, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    world.hesitate(AWS_SES).await;
    let parts = (method, uri, headers, body);
    let caller = caller(&world, &parts);
    let key = caller
        .as_ref()
        .ok()
        .map(|account| account.access_key_id.clone());
    let body: Value = serde_json::from_slice(&parts.3).unwrap_or_default();
    let mut entry = Request::now(AWS_SES, key.as_deref().unwrap_or_default());
    entry.from = text(&body, "FromEmailAddress").map(str::to_owned);
    entry.to = recipients(&body).first().map(|to| (*to).to_owned());
    entry.client_reference = tag_reference(&body);
    let result = caller
        .and_then(|account| accept(&world, &account, &body))
        .map(|message| {
            let id = &message.facts.provider_message_id;
            let answer = Json(json!({ "MessageId": id })).into_response();
            Taken { message, answer }
        });
    world.conclude(entry, result).await
}

fn recipients(body: &Value) -> Vec<&str> {
    ["ToAddresses", "CcAddresses", "BccAddresses"]
        .into_iter()
        .flat_map(|name| list(&body["Destination"], name))
        .filter_map(Value::as_str)
        .collect()
}

fn tags(body: &Value) -> impl Iterator<Item = (&str, &str)> {
    list(body, "EmailTags")
        .iter()
        .filter_map(|tag| Some((text(tag, "Name")?, text(tag, "Value")?)))
}

fn tag_reference(body: &Value) -> Option<String> {
    reference::of_pairs(tags(body))
}

fn accept(world: &World, account: &AwsAccount, body: &Value) -> Result<Message, SesError> {
    let told = world.judge::<SesError>()?;
    let bad = |message: &str| SesError::with("BadRequestException", message);
    let mut mail = content(body)?;
    let from = text(body, "FromEmailAddress")
        .or_else(|| mail.mail.header("from"))
        .ok_or_else(|| bad("The sender is missing."))?
        .to_owned();
    let sender = mailbox::address(&from).ok_or_else(|| bad("Illegal address of the sender"))?;
    check_identity(account, &sender)?;
    let to = match recipients(body).as_slice() {
        [one] => mailbox::address(one)
            .filter(|address| address.is_ascii())
            .ok_or_else(|| bad("Illegal address"))?,
        [] => return Err(bad("Missing final recipient.")),
        _ => return Err(bad("The simulator takes one recipient for each call.")),
    };
    check_tags(body)?;
    let set = text(body, "ConfigurationSetName");
    if set.is_some_and(|name| account.configuration_set(name).is_none()) {
        let message = "Configuration set does not exist.";
        return Err(SesError::with("NotFoundException", message));
    }
    let fate = told.unwrap_or_else(|| fate(world, account, &to, &mail));
    let parties = Parties {
        account: account.access_key_id.clone(),
        channel: Channel::Email,
        contact: to,
        sender,
    };
    let at = clock::now();
    let id = format!(
        "0100{:012x}-{}-000000",
        at.unix_timestamp_nanos() / 1_000_000,
        world.ids.uuid()
    );
    let tags: Vec<Value> = tags(body)
        .map(|(name, value)| json!([name, value]))
        .collect();
    let headers: Vec<Value> = mail
        .mail
        .headers
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let facts = Facts {
        unsubscribe: mail.mail.unsubscribe(),
        text: mail.mail.text.take(),
        subject: mail.subject,
        html: mail.mail.html.take(),
        template: mail.template,
        media: mail.mail.attachments,
        client_reference: tag_reference(body),
        service: set.map(str::to_owned),
        own: json!({"source": from, "tags": tags, "headers": headers}),
        ..Facts::new(AWS_SES, id, Direction::ToContact, parties)
    };
    Ok(world.begin(facts, Status::Queued, fate))
}

fn check_identity(account: &AwsAccount, sender: &str) -> Result<(), SesError> {
    let is_verified = account.identities.is_empty()
        || account.identities.iter().any(|identity| {
            identity.eq_ignore_ascii_case(sender) || identity.eq_ignore_ascii_case(domain(sender))
        });
    if is_verified {
        return Ok(());
    }
    let message = format!(
        "Email address is not verified. The following identities failed the check in region {}: \
         {sender}",
        account.region.to_uppercase()
    );
    Err(SesError::with("NotVerified", message))
}

fn check_tags(body: &Value) -> Result<(), SesError> {
    let is_fine = |text: &str| {
        (1..=256).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let given = list(body, "EmailTags").len();
    let fine = tags(body).filter(|(name, value)| is_fine(name) && is_fine(value));
    if fine.count() == given {
        Ok(())
    } else {
        let message = "Tags consist of letters, digits, underscores and dashes.";
        Err(SesError::with("BadRequestException", message))
    }
}

/// What a request makes of a mail.
#[derive(Debug, Default)]
struct Content {
    mail: Mail,
    subject: Option<String>,
    template: Option<Value>,
    /// The test file of virus scanners is in it.
    is_infected: bool,
}

/// Part of the test file of virus scanners, in base 64 wherever it begins, and as it is.
const EICAR: [&str; 2] = [
    "EICAR-STANDARD-ANTIVIRUS-TEST-FILE",
    "RUlDQVItU1RBTkRBUkQtQU5USVZJUlVTLVRFU1QtRklMR",
];

/// One of `Simple`, `Raw` and `Template`.
fn content(body: &Value) -> Result<Content, SesError> {
    let bad = |message: &str| SesError::with("BadRequestException", message);
    let content = &body["Content"];
    let data = |object: &Value| text(object, "Data").map(str::to_owned);
    if let Some(simple) = content.get("Simple") {
        let subject = data(&simple["Subject"]);
        let mut mail = Mail {
            text: data(&simple["Body"]["Text"]),
            html: data(&simple["Body"]["Html"]),
            ..Mail::default()
        };
        if mail.text.is_none() && mail.html.is_none() {
            return Err(bad("The body is missing."));
        }
        mail.headers.extend(
            subject
                .iter()
                .map(|text| ("Subject".to_owned(), text.clone())),
        );
        let headers = list(simple, "Headers");
        if headers.len() > 15 {
            return Err(bad("There are more than 15 headers."));
        }
        for header in headers {
            let pair = text(header, "Name").zip(text(header, "Value"));
            let (name, value) = pair.ok_or_else(|| bad("A header is not valid."))?;
            if value.contains(['\r', '\n']) || name.contains([':', ' ', '\r', '\n']) {
                return Err(bad("A header is not valid."));
            }
            mail.headers.push((name.to_owned(), value.to_owned()));
        }
        let attachments = list(simple, "Attachments");
        mail.attachments.extend(attachments.iter().map(|file| {
            Media {
                content_type: text(file, "ContentType")
                    .unwrap_or("application/octet-stream")
                    .to_owned(),
                url: None,
                id: text(file, "FileName").map(str::to_owned),
            }
        }));
        let all = simple.to_string();
        return Ok(Content {
            mail,
            subject,
            is_infected: EICAR.iter().any(|sign| all.contains(sign)),
            ..Content::default()
        });
    }
    if let Some(raw) = content.get("Raw") {
        let bytes = text(raw, "Data")
            .and_then(|data| STANDARD.decode(data).ok())
            .ok_or_else(|| bad("The data is not in base 64."))?;
        let mail = Mail::read(&bytes);
        let all = String::from_utf8_lossy(&bytes);
        return Ok(Content {
            subject: mail.header("subject").map(str::to_owned),
            is_infected: EICAR.iter().any(|sign| all.contains(sign)),
            mail,
            ..Content::default()
        });
    }
    let template = content
        .get("Template")
        .ok_or_else(|| bad("The content is missing."))?;
    let name = text(template, "TemplateName")
        .or_else(|| text(template, "TemplateArn"))
        .ok_or_else(|| bad("The template is missing."))?;
    let values = text(template, "TemplateData").unwrap_or("{}");
    if serde_json::from_str::<Value>(values).is_err() {
        return Err(bad("The template data is not JSON."));
    }
    Ok(Content {
        mail: Mail {
            text: Some(format!("[{name}: {values}]")),
            ..Mail::default()
        },
        template: Some(template.clone()),
        ..Content::default()
    })
}

fn fate(world: &World, account: &AwsAccount, to: &str, content: &Content) -> Fate {
    if content.is_infected {
        return Fate::Failed(failure("Reject"));
    }
    if query::is_suppressed(world, account, to) {
        return Fate::Undelivered(failure("Permanent.OnAccountSuppressionList"));
    }
    if world.is_blocked(to) {
        return Fate::Undelivered(failure("Permanent.General"));
    }
    mailbox::magic(to)
        .and_then(decided)
        .unwrap_or(Fate::Delivered)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::{check_tags, content};

    fn read(inner: &Value) -> Option<super::Content> {
        content(&json!({ "Content": inner })).ok()
    }

    #[test]
    fn a_mail_is_simple_raw_or_a_template() {
        let simple = read(&json!({"Simple": {
            "Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}},
            "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://u.example.com/x>"}],
            "Attachments": [{"FileName": "a.pdf", "ContentType": "application/pdf", "RawContent": "AAAA"}],
        }}))
        .expect("valid");
        assert_eq!(simple.subject.as_deref(), Some("Hi"));
        assert_eq!(simple.mail.attachments[0].id.as_deref(), Some("a.pdf"));
        assert!(simple.mail.header("list-unsubscribe").is_some());
        let raw = STANDARD.encode("Subject: Hi\r\n\r\nHello");
        let raw = read(&json!({"Raw": {"Data": raw}})).expect("valid");
        assert_eq!(raw.mail.text.as_deref(), Some("Hello"));
        let template = json!({"Template": {"TemplateName": "order", "TemplateData": "{\"a\":1}"}});
        let text = read(&template).expect("valid").mail.text;
        assert_eq!(text.as_deref(), Some("[order: {\"a\":1}]"));
        for wrong in [
            json!({}),
            json!({"Simple": {"Subject": {"Data": "Hi"}, "Body": {}}}),
            json!({"Simple": {"Body": {"Text": {"Data": "x"}}, "Headers": [{"Name": "A", "Value": "b\r\nC: d"}]}}),
            json!({"Raw": {"Data": "!"}}),
            json!({"Template": {"TemplateName": "order", "TemplateData": "nonsense"}}),
        ] {
            assert!(read(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_tag_is_a_word() {
        let tag = |value: &str| json!({"EmailTags": [{"Name": "att", "Value": value}]});
        assert!(check_tags(&tag("att_01-x")).is_ok());
        assert!(check_tags(&tag("a b")).is_err());
        assert!(check_tags(&tag("")).is_err());
        assert!(check_tags(&json!({})).is_ok());
    }

    #[test]
    fn the_test_virus_is_found() {
        let file = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
        let raw = STANDARD.encode(format!("Subject: x\r\n\r\n{file}"));
        assert!(
            read(&json!({"Raw": {"Data": raw}}))
                .expect("valid")
                .is_infected
        );
    }
}
