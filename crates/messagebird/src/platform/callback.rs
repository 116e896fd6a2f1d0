use super::{ATTEMPT, inbound, signature, status};
use crate::{
    account::PlatformAccount,
    callback::{missing, number, shortened},
    json::Json,
};
use serde_json::Value;
use tidings_kernel::Channel;
use tidings_messaging::{
    Address, CallbackRequest, NotAuthentic, PreferenceChange, PreferenceEvent, PreferenceReach,
    ProviderEvent, Receipt, ReceiptEvent, Unreadable,
};

/// Checks the signature and, where the account names its workspace, that the event is of that one.
pub(crate) fn authenticate(
    account: &PlatformAccount,
    request: &CallbackRequest,
) -> Result<(), NotAuthentic> {
    // Without a secret nothing can be right.
    let secret = account.webhook_secret.as_ref().ok_or(NotAuthentic::Wrong)?;
    signature::check(secret, request)?;
    let Some(expected) = &account.workspace else {
        return Ok(());
    };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match Json(&body).text("/data/workspace_id") {
        Some(workspace) if workspace != expected => Err(NotAuthentic::OtherAccount),
        Some(_) | None => Ok(()),
    }
}

/// Reads one event.
pub(crate) fn parse(request: &CallbackRequest) -> Result<ProviderEvent, Unreadable> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| Unreadable {
        context: "an event of Bird's platform is no JSON".into(),
        source: Some(error.into()),
    })?;
    let event = Event {
        json: Json(&body),
        kind: Json(&body).text("/type").ok_or_else(|| missing("type"))?,
    };
    match event.kind.split_once('.') {
        Some(("sms", "received")) => inbound::sms(event.json),
        Some(("whatsapp", "received")) => inbound::whatsapp(event.json),
        Some(("sms", word)) => event.receipt("/data/sms_id", word),
        Some(("whatsapp", word)) => event.receipt("/data/whatsapp_id", word),
        Some(("sms_suppression", "created")) => Ok(event.stop(Channel::Sms, "/data/destination")),
        Some(("whatsapp_suppression", "created")) => {
            Ok(event.stop(Channel::Whatsapp, "/data/address"))
        }
        Some(_) | None => Ok(event.ignored()),
    }
}

/// An event: `{"type", "timestamp", "data"}`.
#[derive(Clone, Copy)]
struct Event<'a> {
    json: Json<'a>,
    kind: &'a str,
}

impl Event<'_> {
    fn receipt(self, id: &str, word: &str) -> Result<ProviderEvent, Unreadable> {
        let is_inbound = self.json.text("/data/direction") == Some("inbound");
        let Some(receipt) = status::receipt(word).filter(|_| !is_inbound) else {
            return Ok(self.ignored());
        };
        let attempt = self.json.text(&format!("/data/metadata/{ATTEMPT}"));
        let error = || status::failure(word, self.json.at("/data/error"));
        Ok(ProviderEvent::Receipt(ReceiptEvent {
            attempt: attempt.and_then(|attempt| attempt.parse().ok()),
            provider_message_id: self.json.clean(id).ok_or_else(|| missing(id))?,
            receipt,
            error: (receipt == Receipt::Failed).then(error),
            cost: self
                .json
                .money("/data/cost/amount", "/data/cost/currency_code"),
            at: self.json.instant("/timestamp"),
        }))
    }

    /// A suppression. One that the business itself has entered says nothing about the contact's wish; every
    /// other reason is taken for a stop, new ones too. By SMS it is a STOP, whether the contact wrote it or a carrier
    /// told it, and so one of everything; Bird stops the one sender alone, and people mean the business.
    fn stop(self, channel: Channel, address: &str) -> ProviderEvent {
        let reason = self.json.text("/data/reason").unwrap_or_default();
        let address = self.json.text(address).and_then(number);
        match address {
            Some(number) if reason != "manual" => ProviderEvent::Preference(PreferenceEvent {
                from: Address::Phone(number),
                channel,
                change: PreferenceChange::Stop,
                reach: match channel {
                    Channel::Sms => PreferenceReach::Everything,
                    Channel::Whatsapp | Channel::Email => PreferenceReach::Marketing,
                },
                at: self.json.instant("/timestamp"),
            }),
            Some(_) | None => self.ignored(),
        }
    }

    fn ignored(self) -> ProviderEvent {
        ProviderEvent::Ignored(shortened(self.kind))
    }
}
