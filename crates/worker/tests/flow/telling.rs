//! What tenants' own systems are told, when, and how often.

use crate::support::World;
use async_trait::async_trait;
use secrecy::SecretBox;
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};
use tidings_consent::Action;
use tidings_kernel::{ApiKeyId, Channel, Clock, Purpose};
use tidings_messaging::{
    AuthToken, AuthTokens, Message, Messages, ProviderEvent, Receipt, ReceiptEvent, Vault,
    WebhookClient, WebhookError, WebhookRequest, WebhookUrlError, tell::RETRIES,
};
use tidings_twilio_facade::{message_sid, signature};
use time::Duration;

const URL: &str = "https://shop.example.com/status?shop=1";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A tenant's system, which answers as told, else well.
#[derive(Default)]
pub(crate) struct Listener {
    answers: Mutex<VecDeque<Result<u16, WebhookError>>>,
    heard: Mutex<Vec<WebhookRequest>>,
}

#[async_trait]
impl WebhookClient for Listener {
    async fn post(&self, request: &WebhookRequest) -> Result<u16, WebhookError> {
        self.heard.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or(Ok(204))
    }
}

impl Listener {
    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<WebhookRequest> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Result<u16, WebhookError>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    /// What was heard so far of one field.
    fn heard(&self, field: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let values = heard.iter().map(|request| {
            let fields = fields(request);
            fields.get(field).cloned().unwrap_or_default()
        });
        values.collect()
    }
}

fn fields(request: &WebhookRequest) -> HashMap<String, String> {
    form_urlencoded::parse(request.body.as_bytes())
        .into_owned()
        .collect()
}

pub(crate) fn unanswered() -> Result<u16, WebhookError> {
    Err(WebhookError::Unanswered("the cable is cut".into()))
}

/// Takes a message in whose changes are told.
async fn watched(world: &World, text: &str) -> Message {
    let request = world.request(Channel::Sms, Purpose::Transactional, text);
    let prepared = world.sending.prepare(world.tenant, &request).await;
    let mut prepared = prepared.unwrap();
    prepared.new.status_webhook = Some(URL.into());
    world.sending.commit(&prepared, None).await.unwrap();
    prepared.new.message
}

async fn receipt(world: &World, receipt: Receipt) {
    let event = ProviderEvent::Receipt(ReceiptEvent {
        attempt: None,
        provider_message_id: "P1".into(),
        receipt,
        error: None,
        cost: None,
        at: None,
    });
    world.calls_back(vec![event]).await;
}

async fn shares_a_token(world: &World) {
    let seat = AuthToken::seat(world.tenant);
    let plain = SecretBox::new(TOKEN.as_bytes().to_vec().into_boxed_slice());
    let vault: &dyn Vault = &*world.worker.telling.vault;
    let token = AuthToken {
        tenant: world.tenant,
        key: ApiKeyId::new(&*world.ids),
        hash: [0; 32],
        sealed: vault.seal(world.tenant, seat, &plain).unwrap(),
        created_at: world.clock.now(),
    };
    AuthTokens::put(&*world.store, &token).await.unwrap();
}

#[tokio::test]
async fn a_program_is_told_of_every_change_once_and_in_order() {
    let world = World::new().await;
    shares_a_token(&world).await;
    let message = watched(&world, "Hello").await;
    world.sms("Nobody is told of this one").await;
    world.work().await;
    for step in [Receipt::Sent, Receipt::Delivered, Receipt::Delivered] {
        receipt(&world, step).await;
    }
    world.pass(Duration::minutes(2)).await;
    let listener = &world.listener;
    assert_eq!(
        listener.heard("MessageStatus"),
        ["sending", "sent", "delivered"]
    );
    for request in listener.heard.lock().unwrap().iter() {
        assert_eq!(request.url, URL);
        let fields = fields(request);
        assert_eq!(fields["MessageSid"], message_sid(&message));
        let pairs: Vec<(&str, &String)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        let signed = signature(&TOKEN.into(), URL, &pairs);
        let headers: HashMap<_, _> = request.headers.iter().cloned().collect();
        assert_eq!(headers["x-twilio-signature"], signed);
    }
}

#[tokio::test]
async fn a_tenant_without_a_token_is_told_without_signature() {
    let world = World::new().await;
    watched(&world, "Hello").await;
    world.work().await;
    let heard = world.listener.heard.lock().unwrap();
    assert_eq!(heard.len(), 2);
    let mut headers = heard.iter().flat_map(|request| &request.headers);
    assert!(headers.all(|(name, _)| *name != "x-twilio-signature"));
}

#[tokio::test]
async fn what_fails_is_tried_again_and_keeps_its_place() {
    let world = World::new().await;
    world.listener.answers([Ok(503), unanswered(), Ok(429)]);
    watched(&world, "Hello").await;
    world.work().await;
    receipt(&world, Receipt::Delivered).await;
    assert_eq!(world.listener.heard("MessageStatus"), ["sending"]);
    world.pass(RETRIES[0]).await;
    world.pass(RETRIES[1]).await;
    assert_eq!(world.listener.heard("MessageStatus"), ["sending"; 3]);
    world.pass(RETRIES[2]).await;
    let expected = [&["sending"; 4][..], &["sent", "delivered"]].concat();
    assert_eq!(world.listener.heard("MessageStatus"), expected);
    let tokens: Vec<String> = {
        let heard = world.listener.heard.lock().unwrap();
        let tokens = heard.iter().flat_map(|request| request.headers.clone());
        tokens.map(|(_, value)| value).collect()
    };
    assert_eq!(tokens[0], tokens[3], "one and the same, told again");
    assert_ne!(tokens[3], tokens[4]);
}

#[tokio::test]
async fn it_is_given_up_in_the_end_and_the_next_has_its_turn() {
    let world = World::new().await;
    let failures = RETRIES.len() + 1;
    world.listener.answers((0..failures).map(|_| Ok(500)));
    watched(&world, "Hello").await;
    world.work().await;
    for delay in RETRIES {
        world.pass(delay).await;
    }
    let expected = [vec!["sending"; failures], vec!["sent"]].concat();
    assert_eq!(world.listener.heard("MessageStatus"), expected);
}

#[tokio::test]
async fn who_refuses_is_not_asked_again() {
    for refusal in [
        Ok(404),
        Ok(302),
        Err(WebhookError::NotAllowed(WebhookUrlError::NotPublic)),
    ] {
        let world = World::new().await;
        world.listener.answers([refusal]);
        watched(&world, "Hello").await;
        world.work().await;
        world.pass(Duration::minutes(1)).await;
        assert_eq!(world.listener.heard("MessageStatus"), ["sending", "sent"]);
    }
}

#[tokio::test]
async fn what_the_gate_refuses_later_is_told_with_its_code() {
    let world = World::new().await;
    let message = watched(&world, "Hello").await;
    world.consents(Action::OptOut).await;
    world.work().await;
    assert_eq!(world.listener.heard("MessageStatus"), ["failed"]);
    assert_eq!(world.listener.heard("ErrorCode"), ["21610"]);
    assert_eq!(world.listener.heard("MessageSid"), [message_sid(&message)]);
}

#[tokio::test]
async fn a_withdrawal_is_told() {
    let world = World::new().await;
    let message = watched(&world, "Hello").await;
    let now = world.clock.now();
    let cancelled = Messages::cancel(&*world.store, world.tenant, message.id, now);
    cancelled.await.unwrap();
    world.work().await;
    assert_eq!(world.listener.heard("MessageStatus"), ["canceled"]);
}

#[tokio::test]
async fn what_is_old_is_no_news() {
    let world = World::new().await;
    world.listener.answers([Ok(503)]);
    watched(&world, "Hello").await;
    world.work().await;
    world.clock.advance(Duration::hours(5));
    assert_eq!(world.worker.telling.forget().await.unwrap(), 2);
    world.work().await;
    assert_eq!(world.listener.heard("MessageStatus"), ["sending"]);
}
