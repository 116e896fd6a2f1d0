use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use tidings_kernel::BoxError;
use tidings_messaging::{Event, EventForm, WEBHOOK_SECRET, WebhookRequest};
use time::OffsetDateTime;

/// Events in the form of Standard Webhooks: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardForm;

impl EventForm for StandardForm {
    fn request(
        &self,
        url: &str,
        event: &Event,
        secrets: &[SecretString],
        now: OffsetDateTime,
    ) -> Result<WebhookRequest, BoxError> {
        let body = event.to_json()?;
        let id = event.id().to_string();
        let timestamp = now.unix_timestamp();
        let signatures = secrets
            .iter()
            .map(|secret| sign(secret, &id, timestamp, &body))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(WebhookRequest {
            url: url.to_owned(),
            headers: vec![
                ("webhook-id", id),
                ("webhook-timestamp", timestamp.to_string()),
                ("webhook-signature", signatures.join(" ")),
            ],
            content_type: "application/json",
            body,
        })
    }
}

/// `v1,` and the HMAC-SHA256 over id, instant and body, with points between.
fn sign(secret: &SecretString, id: &str, timestamp: i64, body: &str) -> Result<String, BoxError> {
    let text = secret.expose_secret();
    let key = text
        .strip_prefix(WEBHOOK_SECRET)
        .ok_or("a secret lacks its prefix")?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(key)?);
    let mut signing = hmac::Context::with_key(&key);
    for part in [id, ".", &timestamp.to_string(), ".", body] {
        signing.update(part.as_bytes());
    }
    Ok(format!("v1,{}", STANDARD.encode(signing.sign().as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_kernel::{ContactId, TenantId};
    use tidings_messaging::{ContactNamed, Happening};
    use time::macros::datetime;
    use uuid::Uuid;

    /// From the documentation of the scheme's libraries.
    #[test]
    fn the_signature_is_that_of_the_libraries() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = sign(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature.unwrap(), expected);
    }

    #[test]
    fn an_event_is_signed_with_every_secret() {
        let event = Event {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            position: 3,
            logged_at: datetime!(2026-07-15 15:00 UTC),
            at: datetime!(2026-07-15 14:59 UTC),
            happening: Happening::ContactCreated(ContactNamed {
                contact_id: ContactId::from_uuid(Uuid::from_u128(2)),
            }),
        };
        let now = datetime!(2026-07-15 16:00 UTC);
        let [new, old] = [[1; 32], [2; 32]].map(|bytes: [u8; 32]| {
            SecretString::from(format!("{WEBHOOK_SECRET}{}", STANDARD.encode(bytes)))
        });
        let url = "https://example.com/hook";
        let both = [new.clone(), old.clone()];
        let request = StandardForm.request(url, &event, &both, now).unwrap();
        assert_eq!(request.url, url);
        assert_eq!(request.content_type, "application/json");
        assert_eq!(request.body, event.to_json().unwrap());
        let header = |name| {
            let found = request.headers.iter().find(|(given, _)| *given == name);
            found.unwrap().1.as_str()
        };
        let id = event.id().to_string();
        assert_eq!(header("webhook-id"), id);
        assert_eq!(
            header("webhook-timestamp"),
            now.unix_timestamp().to_string()
        );
        let one = |secret| sign(secret, &id, now.unix_timestamp(), &request.body).unwrap();
        let expected = format!("{} {}", one(&new), one(&old));
        assert_eq!(header("webhook-signature"), expected);
        assert_ne!(one(&new), one(&old));
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        for text in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"] {
            assert!(
                sign(&SecretString::from(text), "id", 0, "").is_err(),
                "{text}"
            );
        }
    }
}
