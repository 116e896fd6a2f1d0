//! Where providers are reached.

use super::reader::{Reader, Transport};
use secrecy::SecretString;
use tidings_email::{UnsubscribeKey, smtp::Reach};
use tidings_messagebird::Addresses;
use url::Url;

/// Where providers are reached: their own addresses, unless a setting names others.
#[derive(Debug, Clone)]
pub struct Outside {
    /// `TIDINGS_TWILIO_BASE_URL`.
    pub twilio: Url,
    /// `TIDINGS_WHATSAPP_CLOUD_BASE_URL`.
    pub whatsapp_cloud: Url,
    /// `TIDINGS_WHATSAPP_CLOUD_VERSION`, such as `v25.0`.
    pub whatsapp_cloud_version: String,
    /// `TIDINGS_VONAGE_BASE_URL`: messages; regions have addresses of their own.
    pub vonage: Url,
    /// `TIDINGS_VONAGE_REST_BASE_URL`: accounts.
    pub vonage_rest: Url,
    /// `TIDINGS_MESSAGEBIRD_BASE_URL`: one address in place of all of MessageBird's.
    pub messagebird: Addresses,
    /// `TIDINGS_CLICKSEND_BASE_URL`, with its version.
    pub clicksend: Url,
    /// `TIDINGS_AWS_SMS_VOICE_BASE_URL`, in place of the one of each region.
    pub aws_sms_voice: Option<Url>,
    /// `TIDINGS_AWS_SNS_BASE_URL`, in place of the one of each region. Certificates come from there too.
    pub aws_sns: Option<Url>,
    /// `TIDINGS_AWS_SES_BASE_URL`, in place of the one of each region.
    pub aws_ses: Option<Url>,
    /// `TIDINGS_SMTP_HELLO`: how mail servers are greeted; the host of the public address when left out.
    pub smtp_hello: String,
    /// `TIDINGS_SMTP_REACH`: which mail servers accounts may name.
    pub smtp_reach: Reach,
    /// `TIDINGS_UNSUBSCRIBE_KEY`: signs the links to unsubscribe in mail; without it mail has none.
    pub unsubscribe: Option<UnsubscribeKey>,
}

impl Reader<'_> {
    /// Where providers are reached; `None` if a setting is wrong, which is noted.
    pub(super) fn outside(
        &mut self,
        transport: Transport,
        is_development: bool,
        public_url: Option<&Url>,
    ) -> Option<Outside> {
        let twilio = "https://api.twilio.com";
        let meta = tidings_whatsapp_cloud::BASE_URL;
        let clicksend = "https://rest.clicksend.com/v3";
        let vonage = tidings_vonage::API_URL;
        let rest = tidings_vonage::REST_URL;
        let twilio = self.origin("TIDINGS_TWILIO_BASE_URL", Some(twilio), transport);
        let whatsapp_cloud = self.origin("TIDINGS_WHATSAPP_CLOUD_BASE_URL", Some(meta), transport);
        let vonage = self.origin("TIDINGS_VONAGE_BASE_URL", Some(vonage), transport);
        let vonage_rest = self.origin("TIDINGS_VONAGE_REST_BASE_URL", Some(rest), transport);
        let clicksend = self.origin("TIDINGS_CLICKSEND_BASE_URL", Some(clicksend), transport);
        let messagebird = self.origin("TIDINGS_MESSAGEBIRD_BASE_URL", None, transport);
        Some(Outside {
            whatsapp_cloud_version: self.graph_version(),
            messagebird: match messagebird {
                Some(one) => Addresses::one(&one),
                None => Addresses::public().ok()?,
            },
            aws_sms_voice: self.origin("TIDINGS_AWS_SMS_VOICE_BASE_URL", None, transport),
            aws_sns: self.origin("TIDINGS_AWS_SNS_BASE_URL", None, transport),
            aws_ses: self.origin("TIDINGS_AWS_SES_BASE_URL", None, transport),
            smtp_hello: self.smtp_hello(public_url),
            smtp_reach: self.smtp_reach(is_development),
            unsubscribe: self.unsubscribe_key(),
            twilio: twilio?,
            whatsapp_cloud: whatsapp_cloud?,
            vonage: vonage?,
            vonage_rest: vonage_rest?,
            clicksend: clicksend?,
        })
    }

    fn smtp_hello(&self, public_url: Option<&Url>) -> String {
        let of_public = || match public_url.and_then(Url::domain) {
            Some(host) if host.contains('.') => host.to_owned(),
            // A machine without a name of its own, as in development (RFC 2606).
            Some(_) | None => "tidings.localhost".to_owned(),
        };
        self.text("TIDINGS_SMTP_HELLO").unwrap_or_else(of_public)
    }

    fn smtp_reach(&mut self, is_development: bool) -> Reach {
        let name = "TIDINGS_SMTP_REACH";
        match self.text(name).as_deref() {
            None | Some("machine") if is_development => Reach::Machine,
            None | Some("internet") => Reach::Internet,
            Some("networks") => Reach::Networks,
            Some(other) => {
                let problem = format!(
                    "is {other:?}: use internet, or networks for mail servers of your own; machine \
                     is for development"
                );
                self.refuse(name, problem);
                Reach::Internet
            }
        }
    }

    fn unsubscribe_key(&mut self) -> Option<UnsubscribeKey> {
        let name = "TIDINGS_UNSUBSCRIBE_KEY";
        if !self.is_given(name) && !self.is_given("TIDINGS_UNSUBSCRIBE_KEY_FILE") {
            return None;
        }
        let text = self.secret(name, "set it to $(openssl rand -base64 32)")?;
        match UnsubscribeKey::new(SecretString::from(text)) {
            Ok(key) => Some(key),
            Err(error) => {
                self.refuse(name, format!("cannot be used: {error}"));
                None
            }
        }
    }
}
