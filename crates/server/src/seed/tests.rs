use super::*;
use std::sync::atomic::{AtomicU8, Ordering};
use tidings_jurisdictions::Packs;
use tidings_kernel::{Channel, Purpose};
use tidings_memory::{ManualClock, Memory, SequentialIds};
use tidings_messaging::{
    Catalog, ContactFilter, GateOutcome, Page, Provider,
    send::{ChannelWish, ContentWish, Recipient, SendRequest, Sending},
};
use tidings_phone::FictitiousNumbers;
use tidings_simulator::Accounts as SimulatorAccounts;
use tidings_twilio::Twilio;
use tidings_vault::KeyRing;
use tidings_whatsapp_cloud::WhatsappCloud;
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-07-15 03:20 UTC);
const ALL: Page = Page {
    limit: 200,
    after: None,
};

struct CountingSecrets(AtomicU8);

impl Secrets for CountingSecrets {
    fn random(&self) -> [u8; 32] {
        [self.0.fetch_add(1, Ordering::Relaxed); 32]
    }
}

/// A store, a clock, and seeding over both.
struct Garden {
    memory: Arc<Memory>,
    clock: Arc<ManualClock>,
    seeding: Seeding,
    keys: DevKeys,
}

fn ring(id: &str) -> Arc<KeyRing> {
    let ring = KeyRing::parse(&format!(
        "{id}:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="
    ));
    Arc::new(ring.unwrap())
}

impl Garden {
    fn new() -> Self {
        let memory = Arc::new(Memory::new());
        let clock = Arc::new(ManualClock::at(NOW));
        let seeding = Seeding {
            tenants: memory.clone(),
            members: memory.clone(),
            contacts: memory.clone(),
            consent: memory.clone(),
            accounts: memory.clone(),
            templates: memory.clone(),
            vault: ring("k1"),
            clock: clock.clone(),
            secrets: Arc::new(CountingSecrets(AtomicU8::new(1))),
            cost: Cost::LEAST,
            public_url: "http://127.0.0.1:4000".into(),
        };
        Self {
            memory,
            clock,
            seeding,
            keys: DevKeys::new(),
        }
    }

    async fn plant(&mut self) -> Planted {
        self.seeding.plant(&mut self.keys).await.unwrap()
    }

    fn sending(&self) -> Sending {
        let client = crate::http_client().unwrap();
        let nowhere: url::Url = "http://127.0.0.1:9".parse().unwrap();
        let providers: [Arc<dyn Provider>; 2] = [
            Arc::new(Twilio::new(client.clone(), nowhere.clone())),
            Arc::new(WhatsappCloud::new(client, nowhere, "v25.0".into())),
        ];
        Sending {
            facts: self.memory.clone(),
            contacts: self.memory.clone(),
            templates: self.memory.clone(),
            accounts: self.memory.clone(),
            messages: self.memory.clone(),
            providers: Catalog::new(providers),
            packs: Arc::new(Packs::bundled().unwrap()),
            clock: self.clock.clone(),
            ids: Arc::new(SequentialIds::new()),
            fictitious: FictitiousNumbers::Accept,
        }
    }

    async fn outcome(
        &self,
        tenant: &DevTenant,
        contact: &DevContact,
        channel: Channel,
        purpose: Purpose,
        content: ContentWish,
    ) -> GateOutcome {
        let request = SendRequest {
            to: Recipient::Contact(contact.id),
            channel: ChannelWish::Order(vec![channel]),
            purpose,
            content,
            media: Vec::new(),
            subject: None,
            sender: None,
            account: None,
            priority: 5,
            scheduled_at: None,
            valid_until: None,
            urgency: tidings_quiet_hours::Urgency::Ordinary,
            override_by: None,
            topic: None,
            context: None,
            tags: Vec::new(),
            trace: None,
            fallback: None,
        };
        self.sending()
            .dry_run(tenant.id, &request)
            .await
            .unwrap()
            .decision()
            .outcome
    }
}

fn ids(planted: &Planted) -> serde_json::Value {
    serde_json::to_value(&planted.tenants).unwrap()
}

#[tokio::test]
async fn planting_again_changes_nothing() {
    let mut garden = Garden::new();
    let first = garden.plant().await;
    let contacts = |garden: &Garden, tenant| {
        let memory = garden.memory.clone();
        async move {
            let contacts: &dyn Contacts = &*memory;
            contacts
                .list(tenant, &ContactFilter::default(), ALL)
                .await
                .unwrap()
                .data
        }
    };
    let before = contacts(&garden, first.tenants[0].id).await;
    garden.clock.advance(Duration::minutes(20));
    let second = garden.plant().await;
    assert_eq!(ids(&first), ids(&second));
    assert_eq!(first.simulator, second.simulator);
    assert_eq!(contacts(&garden, first.tenants[0].id).await, before);
    for tenant in &second.tenants {
        let ledger: &dyn ConsentLedger = &*garden.memory;
        let last = tenant.contacts.last().unwrap();
        assert_eq!(ledger.history(tenant.id, last.id).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn the_key_opens_its_tenant_and_is_kept() {
    let mut garden = Garden::new();
    let planted = garden.plant().await;
    for tenant in &planted.tenants {
        let key = garden
            .memory
            .find_key(key_hash(&tenant.api_key))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((key.tenant, key.scope), (tenant.id, Scope::Admin));
        assert_eq!(garden.keys.get(&tenant.id), Some(&tenant.api_key));
    }
}

#[tokio::test]
async fn whoever_agreed_can_be_messaged_at_once_and_the_others_cannot() {
    let mut garden = Garden::new();
    let planted = garden.plant().await;
    let example = planted.whatsapp_example.clone().unwrap();
    let hello = || ContentWish::Text("Hello".into());
    for tenant in &planted.tenants {
        let (everything, rest) = tenant.contacts.split_at(6);
        for contact in everything {
            for purpose in [
                Purpose::Transactional,
                Purpose::Reminder,
                Purpose::Marketing,
            ] {
                let outcome = garden
                    .outcome(tenant, contact, Channel::Sms, purpose, hello())
                    .await;
                assert_eq!(outcome, GateOutcome::Send, "{} {purpose}", contact.name);
            }
        }
        let [no_marketing, opted_out] = rest else {
            panic!("two others")
        };
        for (contact, purpose, expected) in [
            (no_marketing, Purpose::Transactional, GateOutcome::Send),
            (no_marketing, Purpose::Marketing, GateOutcome::Block),
            (opted_out, Purpose::Transactional, GateOutcome::Block),
            (opted_out, Purpose::Marketing, GateOutcome::Block),
        ] {
            let outcome = garden
                .outcome(tenant, contact, Channel::Sms, purpose, hello())
                .await;
            assert_eq!(outcome, expected, "{} {purpose}", contact.name);
        }
    }
    let (tenant, template) = (&planted.tenants[0], &example["template"]);
    let content = |name: &str| ContentWish::Template {
        name: name.to_owned(),
        locale: None,
        data: template["data"].as_object().unwrap().clone(),
    };
    let name = template["name"].as_str().unwrap();
    let contact = &tenant.contacts[0];
    let whatsapp = Channel::Whatsapp;
    let outcome = garden
        .outcome(
            tenant,
            contact,
            whatsapp,
            Purpose::Transactional,
            content(name),
        )
        .await;
    assert_eq!(outcome, GateOutcome::Send);
}

#[tokio::test]
async fn contacts_move_to_where_the_day_begins_when_theirs_is_over() {
    let mut garden = Garden::new();
    let planted = garden.plant().await;
    let (tenant, contact) = (planted.tenants[0].id, planted.tenants[0].contacts[0].id);
    let zone = |garden: &Garden| {
        let memory = garden.memory.clone();
        async move {
            let contacts: &dyn Contacts = &*memory;
            contacts
                .get(tenant, contact)
                .await
                .unwrap()
                .unwrap()
                .time_zone
                .unwrap()
        }
    };
    let first = zone(&garden).await;
    garden.clock.advance(Duration::hours(8));
    garden.plant().await;
    assert_eq!(zone(&garden).await, first);
    garden.clock.advance(Duration::hours(5));
    garden.plant().await;
    assert_ne!(zone(&garden).await, first);
}

#[tokio::test]
async fn an_erased_person_is_replaced() {
    let mut garden = Garden::new();
    let first = garden.plant().await;
    let (tenant, erased) = (first.tenants[0].id, first.tenants[0].contacts[0].id);
    garden.memory.erase(tenant, erased, &[], NOW).await.unwrap();
    let second = garden.plant().await;
    let replaced = &second.tenants[0].contacts[0];
    assert_ne!(replaced.id, erased);
    assert_eq!(replaced.name, first.tenants[0].contacts[0].name);
    assert_eq!(ids(&garden.plant().await), ids(&second));
}

#[tokio::test]
async fn credentials_that_no_longer_open_are_replaced_at_both_ends() {
    let mut garden = Garden::new();
    let first = garden.plant().await;
    garden.seeding.vault = ring("k2");
    let second = garden.plant().await;
    assert_eq!(ids(&first), ids(&second));
    let token = |planted: &Planted| planted.simulator["twilio"][0]["auth_token"].clone();
    assert_ne!(token(&first), token(&second));
    assert_eq!(token(&garden.plant().await), token(&second));
}

#[tokio::test]
async fn the_simulator_understands_its_accounts() {
    let planted = Garden::new().plant().await;
    let accounts: SimulatorAccounts = serde_json::from_value(planted.simulator).unwrap();
    assert_eq!((accounts.twilio.len(), accounts.meta.len()), (2, 2));
    for app in &accounts.meta {
        // The draft is not at Meta.
        assert_eq!(app.templates.len(), 2);
        let url = app.callback_url.as_deref().unwrap();
        assert!(
            url.starts_with("http://127.0.0.1:4000/callbacks/whatsapp_cloud/"),
            "{url}"
        );
    }
    assert_eq!(accounts.twilio[1].numbers.len(), 2);
}

#[tokio::test]
async fn dev_json_has_the_shape_of_the_contract() {
    let planted = Garden::new().plant().await;
    let file = DevFile {
        api_url: "http://127.0.0.1:4000".into(),
        console_url: "http://127.0.0.1:4000/console".into(),
        simulator_url: "http://127.0.0.1:4020".into(),
        database_url: "postgres://127.0.0.1/tidings".into(),
        login: planted.login,
        tenants: planted.tenants,
    };
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let json = serde_json::to_value(&file).unwrap();
    assert_eq!(
        keys(&json),
        [
            "api_url",
            "console_url",
            "database_url",
            "login",
            "simulator_url",
            "tenants"
        ]
    );
    assert_eq!(json["login"]["email"], "owner1@example.com");
    let tenant = &json["tenants"][0];
    assert_eq!(
        keys(tenant),
        ["accounts", "api_key", "contacts", "id", "name", "templates"]
    );
    assert_eq!(keys(&tenant["accounts"][0]), ["id", "provider", "senders"]);
    assert_eq!(
        keys(&tenant["contacts"][0]),
        ["id", "name", "phone", "whatsapp_phone"]
    );
    assert_eq!(
        keys(&tenant["templates"][0]),
        ["channel", "id", "name", "purpose"]
    );
    assert_eq!(tenant["contacts"][0]["phone"], "+12025550101");
    assert_eq!(tenant["templates"][0]["purpose"], "reminder");
    let text = guide(&file, planted.whatsapp_example.as_ref());
    for expected in [
        tenant["api_key"].as_str().unwrap(),
        "curl -sS http://127.0.0.1:4000/v1/messages",
        r#""template":{"data":{"first_name":"Ada""#,
        "Open the handsets at http://127.0.0.1:4020/",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}
