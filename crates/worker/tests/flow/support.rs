//! A whole system in one process: stores in memory, a clock moved by hand, a provider that says what
//! the test tells it to.

use crate::{events, telling::Listener};

pub(crate) use crate::script::{POISON, Script, error, lost, refusal};

use secrecy::SecretString;
use std::sync::{Arc, Mutex};
use tidings_conformance::{Shelf, fixtures};
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_conversations::{Automating, Conversing, RuleClassifier};
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AccountId, CallbackId, Channel, Clock, ConsentEventId, ContactId, MessageId, Purpose, SenderId,
    TenantId,
};
use tidings_memory::{ManualClock, Memory, SequentialIds};
use tidings_messaging::{
    Accounts, Address, Ages, CallbackRequest, Catalog, Claim, Class as QueueClass, ConsentLedger,
    Contact, Contacts, Credentials, Dispatch, Found, Inbox, Message, MessageRecord, Messages,
    OptOutWatch, Outcome, Provider, ProviderEvent, Pulse, RawCallback, SUSPECT_AFTER, Share,
    Status, Tenants, Vault,
    ask::Asking,
    climb::Climbing,
    deliver::{Delivering, FairShares, Round, Timing},
    media::{Keeping, MediaLinks},
    observe::Unobserved,
    reading::Reading,
    receive::Receiving,
    send::{ChannelWish, ContentWish, Recipient, SendRequest, Sending},
    switch::Switching,
    tell::Telling,
    tend::Tending,
    watch::Watching,
};
use tidings_phone::FictitiousNumbers;
use tidings_quiet_hours::{Urgency, Zone};
use tidings_routing::Backoff;
use tidings_twilio_facade::TwilioForm;
use tidings_vault::KeyRing;
use tidings_worker::{Settings, Worker};
use time::Duration;

pub(crate) struct World {
    pub(crate) store: Arc<Memory>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) script: Arc<Script>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) listener: Arc<Listener>,
    pub(crate) worker: Box<Worker>,
    pub(crate) sending: Sending,
    pub(crate) tenant: TenantId,
    pub(crate) contact: Contact,
    pub(crate) accounts: Vec<AccountId>,
}

/// A contact of a tenant who lives in New York.
async fn contact(store: &Memory, tenant: TenantId) -> Contact {
    let id = ContactId::from_uuid(fixtures::uuid(51, 1));
    let mut contact = fixtures::contact(tenant, id, 23);
    contact.time_zone = Some(Zone::parse("America/New_York").unwrap());
    Contacts::create(store, &contact, None).await.unwrap();
    contact
}

/// So many accounts of a tenant, the first one first.
async fn accounts(
    store: &Memory,
    vault: &dyn Vault,
    tenant: TenantId,
    count: u64,
) -> Vec<AccountId> {
    let mut accounts = Vec::new();
    for number in 0..count {
        let id = AccountId::from_uuid(fixtures::uuid(52, number));
        let sender = SenderId::from_uuid(fixtures::uuid(53, number));
        let mut account = fixtures::account(tenant, id, sender);
        account.priority = u16::try_from(number).unwrap();
        let credentials = Credentials::new([("token".to_owned(), SecretString::from("secret"))]);
        account.sealed_credentials = vault.seal(tenant, id, &credentials.to_plain()).unwrap();
        Accounts::create(store, &account, None).await.unwrap();
        accounts.push(id);
    }
    accounts
}

impl World {
    /// One tenant, one contact in New York who agreed to everything, and so many accounts.
    #[expect(
        clippy::too_many_lines,
        reason = "all that a worker needs, in one place"
    )]
    pub(crate) async fn with_accounts(count: u64) -> Self {
        let store = Arc::new(Memory::new());
        let clock = Arc::new(ManualClock::at(fixtures::NOW));
        let ids = Arc::new(SequentialIds::default());
        let script = Arc::new(Script::default());
        let ring = KeyRing::parse("k1:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=").unwrap();
        let vault: Arc<dyn Vault> = Arc::new(ring);
        let shelf: Arc<Shelf> = Arc::default();
        let providers = Catalog::new([script.clone() as Arc<dyn Provider>])
            .with_templates("simulator", shelf.clone())
            .with_whatsapp_account("simulator", shelf.clone())
            .with_whatsapp_chat("simulator", shelf.clone());
        let tenant = TenantId::from_uuid(fixtures::uuid(50, 1));
        Tenants::put(&*store, &fixtures::tenant(tenant))
            .await
            .unwrap();
        let contact = contact(&store, tenant).await;
        let accounts = accounts(&store, &*vault, tenant, count).await;
        let listener: Arc<Listener> = Arc::default();
        let watch: Arc<OptOutWatch> = Arc::default();
        let packs = Arc::new(Packs::bundled().unwrap());
        let sending = Sending {
            facts: store.clone(),
            contacts: store.clone(),
            templates: store.clone(),
            accounts: store.clone(),
            messages: store.clone(),
            providers: providers.clone(),
            packs: packs.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            fictitious: FictitiousNumbers::Accept,
        };
        let public_url = "https://hooks.example.com".to_owned();
        let pulse = Arc::new(Pulse::new(store.clone(), store.clone()));
        let links = MediaLinks {
            signer: Arc::new(fixtures::OpenSigner),
            public_url: public_url.clone(),
        };
        let syncing = fixtures::syncing(
            &store,
            &providers,
            vault.clone(),
            (clock.clone(), ids.clone()),
            &public_url,
        );
        let worker = Box::new(Worker {
            delivering: Delivering {
                dispatch: store.clone(),
                inbox: store.clone(),
                facts: store.clone(),
                accounts: store.clone(),
                ledger: store.clone(),
                paces: store.clone(),
                healths: store.clone(),
                pulse: pulse.clone(),
                brakes: Arc::default(),
                watch: watch.clone(),
                providers: providers.clone(),
                packs: packs.clone(),
                vault: vault.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                jitter: Arc::new(|| 0.5),
                public_url: public_url.clone(),
                links: links.clone(),
                backoff: Backoff::default(),
                timing: Timing::default(),
                observer: Arc::new(Unobserved),
            },
            receiving: Receiving {
                inbox: store.clone(),
                contacts: store.clone(),
                facts: store.clone(),
                absences: store.clone(),
                ledger: store.clone(),
                accounts: store.clone(),
                syncing: syncing.clone(),
                watch: watch.clone(),
                providers: providers.clone(),
                vault: vault.clone(),
                sending: sending.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                public_url: public_url.clone(),
                lease: Timing::default().lease,
                pulse: pulse.clone(),
                ask_receipt_after: Timing::default().ask_receipt_after,
            },
            asking: Asking {
                inbox: store.clone(),
                accounts: store.clone(),
                providers: providers.clone(),
                vault: vault.clone(),
                pulse: pulse.clone(),
                clock: clock.clone(),
                public_url: public_url.clone(),
                again_after: Duration::minutes(10),
                most: 5,
            },
            climbing: Climbing {
                ladders: store.clone(),
                messages: store.clone(),
                sending: sending.clone(),
                clock: clock.clone(),
            },
            switching: Switching {
                absences: store.clone(),
                sending: sending.clone(),
                clock: clock.clone(),
            },
            reading: Reading {
                receipts: store.clone(),
                tenants: store.clone(),
                accounts: store.clone(),
                providers: providers.clone(),
                vault: vault.clone(),
                clock: clock.clone(),
                public_url: public_url.clone(),
                lease: Duration::MINUTE,
            },
            syncing,
            tending: Tending {
                healths: store.clone(),
                paces: store.clone(),
                dispatch: store.clone(),
                pulse,
                accounts: store.clone(),
                providers: providers.clone(),
                vault: vault.clone(),
                clock: clock.clone(),
                public_url,
            },
            automating: Automating {
                store: store.clone(),
                classifier: Arc::new(RuleClassifier),
                conversing: Conversing {
                    conversations: store.clone(),
                    sending: sending.clone(),
                },
                lease: Duration::MINUTE,
            },
            keeping: Keeping {
                records: store.clone(),
                store: store.clone(),
                shrinker: Arc::new(fixtures::Scissors),
                accounts: store.clone(),
                providers,
                vault: vault.clone(),
                links,
                clock: clock.clone(),
                ids: ids.clone(),
                most: 1_000,
                quota: 2_000,
                lease: Duration::MINUTE,
            },
            telling: Telling {
                webhooks: store.clone(),
                messages: store.clone(),
                tokens: store.clone(),
                vault: vault.clone(),
                form: Arc::new(TwilioForm),
                client: listener.clone(),
                clock: clock.clone(),
                lease: Duration::MINUTE,
            },
            log: events::log(&store, &clock),
            notifying: events::notifying(&store, &vault, &listener, &clock),
            idempotency: store.clone(),
            watching: Watching {
                operations: store.clone(),
                clock: clock.clone(),
                ages: Ages::default(),
            },
            settings: Settings::default(),
        });
        let world = Self {
            store,
            clock,
            ids,
            script,
            shelf,
            listener,
            worker,
            sending,
            tenant,
            contact,
            accounts,
        };
        world.agrees().await;
        world
    }

    pub(crate) async fn new() -> Self {
        Self::with_accounts(1).await
    }

    async fn agrees(&self) {
        self.clock.advance(Duration::days(-1));
        self.consents(Action::OptIn).await;
        self.clock.advance(Duration::days(1));
    }

    pub(crate) async fn consents(&self, action: Action) {
        self.consents_to(action, Purposes::All).await;
    }

    pub(crate) async fn consents_to(&self, action: Action, purposes: Purposes) {
        let now = self.clock.now();
        let event = ConsentEvent {
            id: ConsentEventId::new(&*self.ids),
            contact: self.contact.id,
            action,
            channels: Channels::All,
            purposes,
            method: Method::WebForm,
            occurred_at: now,
            recorded_at: now,
            evidence: Evidence::default(),
        };
        self.store.record(self.tenant, &event, None).await.unwrap();
    }

    pub(crate) fn request(&self, channel: Channel, purpose: Purpose, text: &str) -> SendRequest {
        SendRequest {
            to: Recipient::Contact(self.contact.id),
            channel: ChannelWish::Order(vec![channel]),
            purpose,
            content: ContentWish::Text(text.into()),
            media: Vec::new(),
            subject: None,
            sender: None,
            account: None,
            priority: 5,
            scheduled_at: None,
            valid_until: None,
            urgency: Urgency::Ordinary,
            override_by: None,
            topic: None,
            context: None,
            tags: Vec::new(),
            trace: None,
            fallback: None,
        }
    }

    /// Takes a message in, whatever the gate says.
    pub(crate) async fn send(&self, channel: Channel, purpose: Purpose, text: &str) -> Message {
        let request = self.request(channel, purpose, text);
        let prepared = self.sending.prepare(self.tenant, &request).await.unwrap();
        self.sending.commit(&prepared, None).await.unwrap();
        prepared.new.message
    }

    pub(crate) async fn sms(&self, text: &str) -> Message {
        self.send(Channel::Sms, Purpose::Transactional, text).await
    }

    /// Claims one message of each lane, as a worker does that is slow with it.
    pub(crate) async fn hold(&self, lease: Duration) -> Vec<Claim> {
        let now = self.clock.now();
        let lanes = self.store.ready(&QueueClass::ALL, now).await.unwrap().lanes;
        let shares: Vec<Share> = lanes
            .iter()
            .map(|lane| Share {
                lane: lane.id,
                class: lane.class,
                most: 1,
            })
            .collect();
        Dispatch::claim(&*self.store, &shares, now, lease)
            .await
            .unwrap()
    }

    /// A message that its holders may have died of, and that nobody holds.
    pub(crate) async fn suspect(&self) -> Message {
        let message = self.sms("Hello").await;
        let lease = Duration::seconds(10);
        for _ in 0..=SUSPECT_AFTER {
            assert_eq!(self.hold(lease).await.len(), 1);
            self.clock.advance(lease + Duration::SECOND);
        }
        message
    }

    /// Claims and begins, as a worker does that dies in it.
    pub(crate) async fn round(&self) -> Round {
        let fair = Mutex::new(FairShares::default());
        let delivering = &self.worker.delivering;
        delivering
            .claim(&fair, &QueueClass::ALL, 10, &|_| 10)
            .await
            .unwrap()
    }

    pub(crate) async fn work(&self) {
        self.worker.run_until_idle().await.unwrap();
    }

    /// Judges and probes accounts, as workers do each second.
    pub(crate) async fn tend(&self) {
        let tending = &self.worker.tending;
        tending.write().await.unwrap();
        tending.judge().await.unwrap();
        tending.probe().await.unwrap();
    }

    /// Lets time pass, a little at a time, with a worker at work.
    pub(crate) async fn pass(&self, time: Duration) {
        let step = Duration::seconds(5);
        let mut left = time;
        while left > Duration::ZERO {
            self.clock.advance(step.min(left));
            left -= step;
            self.work().await;
        }
    }

    pub(crate) async fn record(&self, id: MessageId) -> MessageRecord {
        Messages::get(&*self.store, self.tenant, id)
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn status(&self, id: MessageId) -> Status {
        self.record(id).await.message.status
    }

    pub(crate) fn calls(&self) -> usize {
        self.script.sent.lock().unwrap().len()
    }

    pub(crate) fn answers(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.script.answers.lock().unwrap().extend(outcomes);
    }

    pub(crate) fn finds(&self, found: Option<Found>) {
        *self.script.found.lock().unwrap() = found;
    }

    /// The provider calls back with these events.
    pub(crate) async fn calls_back(&self, events: Vec<ProviderEvent>) {
        self.takes_callback(None).await;
        *self.script.events.lock().unwrap() = events;
        self.work().await;
    }

    /// Stores a callback with this body, or one of its own.
    pub(crate) async fn takes_callback(&self, body: Option<&'static [u8]>) {
        let now = self.clock.now();
        let id = CallbackId::new(&*self.ids);
        let own = || id.to_string().into_bytes().into();
        let callback = RawCallback {
            id,
            tenant: self.tenant,
            account: self.accounts[0],
            provider: "simulator".into(),
            request: CallbackRequest {
                method: "POST".into(),
                url: "https://hooks.example.com/callbacks/simulator/x".into(),
                headers: Vec::new(),
                body: body.map_or_else(own, Into::into),
                received_at: now,
            },
            failures: 0,
        };
        self.store.store(&callback).await.unwrap();
    }

    pub(crate) fn address(&self) -> Address {
        Address::Phone(self.contact.phone.unwrap())
    }
}
