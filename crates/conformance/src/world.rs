use crate::{
    Stores,
    fixtures::{self, CountingIds, NOW},
    works::Works,
};
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AccountId, AttemptId, Channel, ConsentEventId, ContactId, DecisionId, Ids, MessageId, SenderId,
    TenantId,
};
use tidings_messaging::{
    Answer, Attempt, Begun, Claim, Class, Considered, Contact, DecisionRecord, Facts, GateRequest,
    Held, IdempotencyKey, Known, Lane, Message, MessageRecord, Monthly, NewMessage,
    ProviderAccount, QueueEntry, Ready, Settlement, Share, Stage, Start, StoredAnswer, gate,
};
use tidings_routing::{Class as ErrorClass, ProviderError};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long claims are held in the suites.
pub(crate) const LEASE: Duration = Duration::MINUTE;
/// When claims of [`NOW`] have run out.
pub(crate) const LEASE_OVER: OffsetDateTime =
    NOW.saturating_add(LEASE).saturating_add(Duration::SECOND);
/// Some time after [`NOW`].
pub(crate) const LATER: OffsetDateTime = NOW.saturating_add(Duration::HOUR);

/// The stores, and ids that no other suite uses.
pub(crate) struct World<'stores> {
    pub(crate) stores: &'stores Stores,
    pub(crate) ids: CountingIds,
}

impl<'stores> World<'stores> {
    pub(crate) const fn new(stores: &'stores Stores, space: u16) -> Self {
        Self {
            stores,
            ids: CountingIds::new(space),
        }
    }

    /// A stored tenant.
    pub(crate) async fn tenant(&self) -> TenantId {
        let tenant = fixtures::tenant(TenantId::new(&self.ids));
        self.stores.tenants.put(&tenant).await.works();
        tenant.id
    }

    /// A stored contact with the addresses of `line`.
    pub(crate) async fn contact(&self, tenant: TenantId, line: u8) -> Contact {
        let contact = fixtures::contact(tenant, ContactId::new(&self.ids), line);
        self.stores.contacts.create(&contact, None).await.works();
        contact
    }

    /// A stored account.
    pub(crate) async fn account(&self, tenant: TenantId) -> ProviderAccount {
        let account = self.new_account(tenant);
        self.stores.accounts.create(&account, None).await.works();
        account
    }

    /// An account that is not stored.
    pub(crate) fn new_account(&self, tenant: TenantId) -> ProviderAccount {
        fixtures::account(tenant, AccountId::new(&self.ids), SenderId::new(&self.ids))
    }

    /// A tenant's stored contact and account.
    pub(crate) async fn people(&self) -> (Contact, ProviderAccount) {
        let tenant = self.tenant().await;
        (self.contact(tenant, 1).await, self.account(tenant).await)
    }

    /// An event of the contact about text messages.
    pub(crate) fn event(
        &self,
        contact: &Contact,
        action: Action,
        at: OffsetDateTime,
    ) -> ConsentEvent {
        ConsentEvent {
            id: ConsentEventId::new(&self.ids),
            contact: contact.id,
            action,
            channels: Channels::one(Channel::Sms),
            purposes: Purposes::All,
            method: Method::ReplyMessage,
            occurred_at: at,
            recorded_at: at,
            evidence: Evidence::default(),
        }
    }

    /// What the gate says of a message, on the facts of a stranger.
    pub(crate) fn decision(&self, message: &Message, stage: Stage) -> DecisionRecord {
        let known = Known {
            tenant: fixtures::tenant(message.tenant),
            contact: fixtures::contact(message.tenant, message.contact, 0),
            preferences: None,
            consent: Vec::new(),
            suppressions: Vec::new(),
            absences: Vec::new(),
            template: None,
            last_inbound: Vec::new(),
            marketing_sent: Vec::new(),
            source_version: None,
            usage: tidings_messaging::Usage::default(),
        };
        let packs = Packs::parse(&[]).works();
        let mut request = GateRequest::of(message, &known);
        request.is_waiting = stage == Stage::Dispatch;
        let facts = Facts::of(&known, &request, &packs, stage, NOW);
        DecisionRecord {
            id: DecisionId::new(&self.ids),
            message: message.id,
            stage,
            decision: gate::decide(&request, &facts, NOW),
            others: vec![Considered {
                request: request.clone(),
                facts: facts.clone(),
            }],
            request,
            facts,
            route: None,
        }
    }

    /// A queued message, due at [`NOW`], that is not stored.
    pub(crate) fn new_message(&self, contact: &Contact) -> NewMessage {
        let message = fixtures::message(contact, MessageId::new(&self.ids), "Your table is ready");
        NewMessage {
            decision: self.decision(&message, Stage::Accept),
            message,
            entry: Some(QueueEntry {
                class: Class::Transactional,
                priority: 5,
                due_at: NOW,
                sender: None,
            }),
            monthly: Monthly::default(),
            ladder: None,
            tells_of: None,
            status_webhook: None,
        }
    }

    /// A stored and queued message, due at [`NOW`].
    pub(crate) async fn queued(&self, contact: &Contact) -> Message {
        let new = self.new_message(contact);
        self.stores.messages.accept(&new, None).await.works();
        new.message
    }

    /// What waits at `now`, of every class.
    pub(crate) async fn ready(&self, now: OffsetDateTime) -> Ready {
        let ready = self.stores.dispatch.ready(&Class::ALL, now);
        ready.await.works()
    }

    /// Claims for one tenant, everything that is due at `now`.
    pub(crate) async fn claims(&self, tenant: TenantId, now: OffsetDateTime) -> Vec<Claim> {
        let lanes = self.ready(now).await.lanes;
        let shares: Vec<Share> = lanes.iter().map(|lane| share(lane, 5_000)).collect();
        let claims = self.stores.dispatch.claim(&shares, now, LEASE).await;
        claims
            .works()
            .into_iter()
            .filter(|claim| claim.held.tenant == tenant)
            .collect()
    }

    /// The one claim of a tenant with one message that is due at `now`.
    pub(crate) async fn claim(&self, tenant: TenantId, now: OffsetDateTime) -> Claim {
        let mut claims = self.claims(tenant, now).await;
        assert_eq!(
            claims.len(),
            1,
            "Dispatch::claim: takes messages that are due"
        );
        claims.remove(0)
    }

    /// An attempt on a claimed message, about to be made at `at`.
    pub(crate) fn start(
        &self,
        claim: &Claim,
        account: &ProviderAccount,
        at: OffsetDateTime,
    ) -> Start {
        let sender = &account.senders[0];
        let attempt = Attempt {
            id: AttemptId::new(&self.ids),
            message: claim.message.id,
            account: account.id,
            provider: account.provider.clone(),
            sender: sender.id,
            sender_address: sender.address.clone(),
            started_at: at,
            outcome: None,
            provider_message_id: None,
            error: None,
            receipt: None,
            cost: None,
        };
        let decision = self.decision(&claim.message, Stage::Dispatch);
        Start {
            held: claim.held,
            attempt,
            decision,
            caps: Vec::new(),
        }
    }

    /// Begins an attempt and expects that it may go ahead.
    pub(crate) async fn begin(
        &self,
        claim: &Claim,
        account: &ProviderAccount,
        at: OffsetDateTime,
    ) -> AttemptId {
        let start = self.start(claim, account, at);
        let begun = self
            .stores
            .dispatch
            .begin(std::slice::from_ref(&start))
            .await
            .works();
        assert_eq!(
            begun,
            [start.attempt.id],
            "Dispatch::begin: gives the attempts that may go ahead"
        );
        start.attempt.id
    }

    /// A queued message that was claimed at [`NOW`] and whose attempt was begun.
    pub(crate) async fn begun(
        &self,
        contact: &Contact,
        account: &ProviderAccount,
    ) -> (Claim, AttemptId) {
        let message = self.queued(contact).await;
        let claims = self.claims(contact.tenant, NOW).await;
        let claim = claims
            .into_iter()
            .find(|claim| claim.held.message == message.id);
        let Some(claim) = claim else {
            panic!("Dispatch::claim: takes messages that are due")
        };
        let attempt = self.begin(&claim, account, NOW).await;
        (claim, attempt)
    }

    /// A message that a provider has taken under `provider_message_id`.
    pub(crate) async fn sent(
        &self,
        contact: &Contact,
        account: &ProviderAccount,
        provider_message_id: &str,
    ) -> (Claim, AttemptId) {
        let (claim, attempt) = self.begun(contact, account).await;
        self.settle(
            claim.held,
            accepted(attempt, provider_message_id, None),
            NOW,
        )
        .await;
        (claim, attempt)
    }

    /// Settles one message.
    pub(crate) async fn settle(&self, held: Held, settlement: Settlement, now: OffsetDateTime) {
        self.stores
            .dispatch
            .settle(&[(held, settlement)], now)
            .await
            .works();
    }

    /// The message with its history.
    pub(crate) async fn record(&self, tenant: TenantId, message: MessageId) -> MessageRecord {
        let found = self.stores.messages.get(tenant, message).await.works();
        let Some(record) = found else {
            panic!("Messages::get: the message, if the tenant has it")
        };
        let last = record.timeline.last().map(|entry| entry.status);
        let sentence = "MessageRecord::timeline: ends with the message's status";
        assert_eq!(last, Some(record.message.status), "{sentence}");
        record
    }

    /// A key that was never used.
    pub(crate) fn key(&self, tenant: TenantId) -> IdempotencyKey {
        IdempotencyKey {
            tenant,
            endpoint: "POST /v1/things".into(),
            key: self.ids.next().to_string(),
        }
    }

    /// The answer of a request that was begun at [`NOW`].
    pub(crate) async fn answer(&self, tenant: TenantId) -> Answer {
        let (key, claim) = (self.key(tenant), self.ids.next());
        let begun = self
            .stores
            .idempotency
            .begin(&key, [1; 32], claim, NOW)
            .await
            .works();
        assert_eq!(
            begun,
            Begun::Fresh { claim },
            "Idempotency::begin: nobody used the key"
        );
        answer(key, claim)
    }

    /// The answer of a request that another has taken over.
    pub(crate) async fn lost_answer(&self, tenant: TenantId) -> Answer {
        let answer = self.answer(tenant).await;
        let (later, claim) = (NOW + Duration::seconds(61), self.ids.next());
        let begun = self
            .stores
            .idempotency
            .begin(&answer.key, [1; 32], claim, later)
            .await
            .works();
        assert_eq!(
            begun,
            Begun::Fresh { claim },
            "Idempotency::begin: is taken over after 60 seconds"
        );
        answer
    }

    /// Whether this answer is what a repeated request gets.
    pub(crate) async fn is_answered(&self, answer: &Answer) -> bool {
        let (key, claim) = (&answer.key, self.ids.next());
        let begun = self
            .stores
            .idempotency
            .begin(key, [1; 32], claim, NOW)
            .await
            .works();
        begun == Begun::Answered(answer.answer.clone())
    }
}

/// Up to `most` messages of a lane.
pub(crate) const fn share(lane: &Lane, most: u16) -> Share {
    Share {
        lane: lane.id,
        class: lane.class,
        most,
    }
}

/// An answer for a key.
pub(crate) fn answer(key: IdempotencyKey, claim: Uuid) -> Answer {
    let answer = StoredAnswer {
        status: 201,
        location: Some("/v1/things/1".into()),
        body: b"{\"id\":1}".to_vec(),
    };
    Answer { key, claim, answer }
}

/// The provider took it.
pub(crate) fn accepted(
    attempt: AttemptId,
    provider_message_id: &str,
    ask_at: Option<OffsetDateTime>,
) -> Settlement {
    Settlement::Accepted {
        attempt,
        provider_message_id: provider_message_id.into(),
        ask_at,
    }
}

/// Nobody knows; look again at `check_at`.
pub(crate) fn unknown(attempt: AttemptId, check_at: OffsetDateTime) -> Settlement {
    Settlement::Unknown {
        attempt,
        detail: "the connection was lost".into(),
        check_at,
    }
}

/// A provider's refusal.
pub(crate) fn error(class: ErrorClass) -> ProviderError {
    ProviderError {
        class,
        provider_code: "30001".into(),
        detail: "refused".into(),
        advice: class.advice().into(),
        retry_after_seconds: None,
        absence: None,
        most_retries: None,
    }
}
