//! Every provider that this installation speaks to. A new one is one entry here.

use super::WiringError;
use crate::{Config, Outside};
use reqwest::Client;
use std::{sync::Arc, time::Duration};
use tidings_aws_http::{HttpSource, SnsVerifier};
use tidings_aws_sns::{AwsSns, Endpoints};
use tidings_clicksend::ClickSend;
use tidings_email::{
    ses::Ses,
    smtp::{Smtp, SmtpSettings},
};
use tidings_kernel::Clock;
use tidings_messagebird::MessageBird;
use tidings_messaging::{Catalog, Provider};
use tidings_twilio::{Twilio, TwilioContent};
use tidings_vonage::Vonage;
use tidings_whatsapp_cloud::WhatsappCloud;
use url::Url;

/// An adapter as it is, or with another limit for its calls.
macro_rules! bounded {
    ($adapter:expr, $timeout:expr) => {{
        let adapter = $adapter;
        let adapter: Arc<dyn Provider> = match $timeout {
            Some(timeout) => Arc::new(adapter.with_timeout(timeout)),
            None => Arc::new(adapter),
        };
        adapter
    }};
}

/// The providers, over one client.
///
/// # Errors
/// [`WiringError`]: a setting is none.
pub fn catalog(
    config: &Config,
    client: &Client,
    clock: &Arc<impl Clock + 'static>,
) -> Result<Catalog, WiringError> {
    let Outside {
        twilio,
        whatsapp_cloud,
        whatsapp_cloud_version,
        vonage,
        vonage_rest,
        messagebird,
        clicksend,
        aws_sms_voice,
        aws_sns,
        aws_ses,
        smtp_hello,
        smtp_reach,
        unsubscribe,
    } = config.outside.clone();
    let clock: Arc<dyn Clock> = clock.clone();
    let timeout: Option<Duration> = config.provider_timeout;
    let http = || client.clone();
    // Notifications of both services of AWS are checked with the same certificates.
    let source = match &aws_sns {
        Some(base_url) => HttpSource::instead(http(), base_url.clone()),
        None => HttpSource::new(http()),
    };
    let verifier = Arc::new(SnsVerifier::with_source(Arc::new(source), clock.clone()));
    let endpoints = Endpoints {
        sms_voice: aws_sms_voice,
        sns: aws_sns,
    };
    let sms = AwsSns::new(http(), endpoints, clock.clone()).with_verifier(verifier.clone());
    let mut ses = Ses::new(http(), aws_ses, verifier, clock.clone());
    let settings = SmtpSettings {
        hello: smtp_hello,
        reach: smtp_reach,
    };
    let mut smtp = Smtp::new(&settings, clock.clone())?;
    if let Some(key) = unsubscribe {
        ses = ses.with_unsubscribe(key.clone());
        smtp = smtp.with_unsubscribe(key);
    }
    let content = TwilioContent::new(http(), content_of(&twilio));
    let content = match timeout {
        Some(timeout) => content.with_timeout(timeout),
        None => content,
    };
    let twilio = Twilio::new(http(), twilio).with_clock(clock.clone());
    let whatsapp = WhatsappCloud::new(http(), whatsapp_cloud, whatsapp_cloud_version)
        .with_clock(clock.clone());
    let messagebird = MessageBird::new(http(), messagebird).with_clock(clock.clone());
    let clicksend = ClickSend::new(http(), clicksend).with_clock(clock.clone());
    let vonage = Vonage::new(http(), clock, vonage, vonage_rest);
    let whatsapp_files = whatsapp.clone();
    let whatsapp = Arc::new(match timeout {
        Some(timeout) => whatsapp.with_timeout(timeout),
        None => whatsapp,
    });
    let catalog = Catalog::new([
        bounded!(twilio.clone(), timeout),
        whatsapp.clone(),
        bounded!(vonage.clone(), timeout),
        bounded!(messagebird, timeout),
        bounded!(clicksend, timeout),
        bounded!(sms, timeout),
        bounded!(ses, timeout),
        bounded!(smtp, timeout),
    ]);
    let name = tidings_whatsapp_cloud::NAME;
    Ok(catalog
        // Files take longer than messages, so their calls keep the limit of the adapters.
        .with_media(tidings_twilio::DESCRIPTOR.name, Arc::new(twilio))
        .with_media(name, Arc::new(whatsapp_files))
        .with_media(tidings_vonage::DESCRIPTOR.name, Arc::new(vonage))
        .with_templates(tidings_twilio::DESCRIPTOR.name, Arc::new(content))
        .with_templates(name, whatsapp.clone())
        .with_whatsapp_account(name, whatsapp.clone())
        .with_whatsapp_chat(name, whatsapp))
}

/// Twilio keeps templates at a host of their own; what stands in for it has everything in one place.
fn content_of(twilio: &Url) -> Url {
    let mut url = twilio.clone();
    if url.host_str() == Some("api.twilio.com") && url.set_host(Some("content.twilio.com")).is_err()
    {
        // Another name of a host always fits where one was.
        return twilio.clone();
    }
    url
}
