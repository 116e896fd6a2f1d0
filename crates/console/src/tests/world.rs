mod files;
mod sending;

pub(super) use files::files_request;

use super::provider::Carrier;
use crate::{
    Console, ConsoleConfig, Cost, Heard, Live, LiveError, Randomness, hash_password, router,
    token::{COOKIE, Token},
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use futures_util::stream::{self, BoxStream, StreamExt};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};
use tidings_conformance::{Shelf, fixtures};
use tidings_consent::{self as consent, Action, Channels, ConsentEvent, Evidence, Purposes};
use tidings_conversations::Conversing;
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AccountId, Channel, Clock, ConsentEventId, ContactId, EventId, Ids, Locale, MemberId,
    PhoneNumber, Purpose, Region, SenderId, TemplateId, TenantId, to_micros,
};
use tidings_memory::{ManualClock, Memory, SequentialIds};
use tidings_messaging::{
    Accounts, Catalog, ConsentLedger, Contact, Contacts, Credentials, Member, Members,
    NumberStanding, Provider, ProviderAccount, Role, Sealed, Sender, SenderLimits, Session,
    SessionKind, Sessions, StoredTemplate, TemplateLibrary, Tenant, Tenants, Vault, VaultError,
    fields_of,
    media::{Keeping, MediaLinks},
    send::Sending,
};
use tidings_phone::FictitiousNumbers;
use tidings_templates::{ApprovalStatus, Variant, VariantBody};
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt;

/// Eleven in the morning in Washington, a Wednesday.
pub(super) const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);
/// The most bytes of a file that is kept.
pub(super) const LARGEST: usize = 6_000_000;
/// The most bytes of all files of a tenant.
pub(super) const QUOTA: u64 = 20_000_000;
/// The password of everybody.
pub(super) const PASSWORD: &str = "correct horse battery";

/// A sealed secret is readable here, and bound to its record all the same.
struct GlassVault;

impl Vault for GlassVault {
    fn seal(
        &self,
        tenant: TenantId,
        account: AccountId,
        plain: &SecretBox<[u8]>,
    ) -> Result<Sealed, VaultError> {
        let mut bytes = format!("{tenant}{account}").into_bytes();
        bytes.extend_from_slice(plain.expose_secret());
        Ok(Sealed(bytes))
    }

    fn open(
        &self,
        tenant: TenantId,
        account: AccountId,
        sealed: &Sealed,
    ) -> Result<SecretBox<[u8]>, VaultError> {
        let bound = format!("{tenant}{account}");
        let plain = sealed
            .0
            .strip_prefix(bound.as_bytes())
            .ok_or(VaultError::Corrupt)?;
        Ok(SecretBox::new(plain.to_vec().into_boxed_slice()))
    }
}

/// Nothing ever happens, and listening ends at once.
struct Silence;

#[async_trait]
impl Live for Silence {
    async fn listen(
        &self,
        _: TenantId,
        _: Option<EventId>,
    ) -> Result<BoxStream<'static, Heard>, LiveError> {
        Ok(stream::empty().boxed())
    }
}

struct Counted(AtomicU8);

impl Randomness for Counted {
    fn bytes(&self) -> [u8; 32] {
        [self.0.fetch_add(1, Ordering::Relaxed); 32]
    }
}

/// Somebody with a session.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) member: Member,
    pub(super) token: Token,
}

impl Login {
    pub(super) fn cookie(&self) -> String {
        format!("{COOKIE}={}", self.token.text())
    }
}

/// A tenant with a member of each role, weakest first.
pub(super) struct Business {
    pub(super) tenant: TenantId,
    pub(super) logins: Vec<Login>,
}

impl Business {
    pub(super) fn of(&self, role: Role) -> &Login {
        let found = self.logins.iter().find(|login| login.member.role == role);
        found.unwrap()
    }

    pub(super) fn owner(&self) -> &Login {
        self.of(Role::Owner)
    }
}

/// Two tenants and everything between them and a browser.
pub(super) struct World {
    pub(super) app: Router,
    pub(super) memory: Arc<Memory>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) console: Console,
    pub(super) ours: Business,
    pub(super) theirs: Business,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Reply {
    /// The answer, if it has this status.
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The answer, if it holds this.
    #[track_caller]
    pub(super) fn shows(self, text: &str) -> Self {
        assert!(self.text.contains(text), "{text} in {}", self.text);
        self
    }

    #[track_caller]
    pub(super) fn hides(self, text: &str) -> Self {
        assert!(!self.text.contains(text), "{text} in {}", self.text);
        self
    }

    /// Where it leads.
    #[track_caller]
    pub(super) fn location(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.header("location").to_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn business(memory: &Memory, ids: &dyn Ids, name: &str, first: u8) -> Business {
    let tenant = Tenant {
        id: TenantId::new(ids),
        name: name.into(),
        default_region: Some(Region::parse("US").unwrap()),
        time_zone: None,
        locale: Locale::parse("en").unwrap(),
        disabled_channels: Vec::new(),
        settings: tidings_messaging::Settings::default(),
        created_at: NOW,
    };
    memory.put(&tenant).await.unwrap();
    let mut logins = Vec::new();
    for (place, role) in Role::ALL.into_iter().enumerate() {
        let mark = first + u8::try_from(place).unwrap();
        let password = SecretString::from(PASSWORD);
        let member = Member {
            id: MemberId::new(ids),
            tenant: tenant.id,
            email: format!("{role}@{}.example.com", name.to_lowercase()),
            name: format!("{name} {role}"),
            role,
            password: hash_password(&password, &[mark; 16], Cost::LEAST).unwrap(),
            created_at: NOW,
            disabled_at: None,
        };
        Members::create(memory, &member).await.unwrap();
        let token = Token::new([mark; 32]);
        let session = Session {
            hash: token.hash(),
            tenant: tenant.id,
            member: member.id,
            kind: SessionKind::Browser,
            created_at: NOW,
            seen_at: NOW,
        };
        memory.open(&session).await.unwrap();
        logins.push(Login { member, token });
    }
    Business {
        tenant: tenant.id,
        logins,
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let memory = Arc::new(Memory::new());
        let clock = Arc::new(ManualClock::at(to_micros(NOW)));
        let ids: Arc<dyn Ids> = Arc::new(SequentialIds::new());
        let carrier: Arc<dyn Provider> = Arc::new(Carrier);
        let shelf: Arc<Shelf> = Arc::default();
        let catalog = Catalog::new([carrier])
            .with_templates("carrier", shelf.clone())
            .with_whatsapp_account("carrier", shelf.clone());
        let time: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let ours = business(&memory, &*ids, "Ours", 200).await;
        let theirs = business(&memory, &*ids, "Theirs", 210).await;
        let sending = Sending {
            facts: memory.clone(),
            contacts: memory.clone(),
            templates: memory.clone(),
            accounts: memory.clone(),
            messages: memory.clone(),
            providers: catalog.clone(),
            packs: Arc::new(Packs::bundled().unwrap()),
            clock: Arc::clone(&time),
            ids: Arc::clone(&ids),
            fictitious: FictitiousNumbers::Accept,
        };
        let syncing = fixtures::syncing(
            &memory,
            &catalog,
            Arc::new(GlassVault),
            (Arc::clone(&time), Arc::clone(&ids)),
            "https://console.example.com",
        );
        let console = Console {
            tenants: memory.clone(),
            members: memory.clone(),
            sessions: memory.clone(),
            contacts: memory.clone(),
            consent: memory.clone(),
            facts: memory.clone(),
            accounts: memory.clone(),
            healths: memory.clone(),
            templates: memory.clone(),
            messages: memory.clone(),
            callbacks: memory.clone(),
            dispatch: memory.clone(),
            idempotency: memory.clone(),
            live: Arc::new(Silence),
            operations: memory.clone(),
            sending: sending.clone(),
            conversing: Conversing {
                conversations: memory.clone(),
                sending,
            },
            quick_replies: memory.clone(),
            keeping: Keeping {
                records: memory.clone(),
                store: memory.clone(),
                shrinker: Arc::new(fixtures::Scissors),
                accounts: memory.clone(),
                providers: catalog.clone(),
                vault: Arc::new(GlassVault),
                links: MediaLinks {
                    signer: Arc::new(fixtures::OpenSigner),
                    public_url: "https://console.example.com".into(),
                },
                clock: Arc::clone(&time),
                ids: Arc::clone(&ids),
                most: LARGEST,
                quota: QUOTA,
                lease: Duration::MINUTE,
            },
            syncing,
            catalog,
            vault: Arc::new(GlassVault),
            clock: time,
            ids,
            randomness: Arc::new(Counted(AtomicU8::new(1))),
            new_key: |random| (format!("tk_test{}", random[0]), random),
            config: ConsoleConfig {
                fictitious: FictitiousNumbers::Accept,
                cost: Cost::LEAST,
                ..ConsoleConfig::new("https://console.example.com/")
            },
        };
        Self {
            app: router(Arc::new(console.clone())),
            memory,
            clock,
            shelf,
            console,
            ours,
            theirs,
        }
    }

    /// Sends a request as it is.
    pub(super) async fn raw(&self, request: Request<Body>) -> Reply {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(super) fn request(
        method: Method,
        path: &str,
        login: Option<&Login>,
        body: String,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(login) = login {
            request = request.header(header::COOKIE, login.cookie());
        }
        request.body(Body::from(body)).unwrap()
    }

    pub(super) async fn get(&self, login: &Login, path: &str) -> Reply {
        self.raw(Self::request(Method::GET, path, Some(login), String::new()))
            .await
    }

    /// Posts a form as a page of the session would.
    pub(super) async fn post(&self, login: &Login, path: &str, fields: &[(&str, &str)]) -> Reply {
        let seal = login.token.seal();
        let fields = fields.iter().copied().chain([("seal", seal.as_str())]);
        self.raw(Self::request(
            Method::POST,
            path,
            Some(login),
            encoded(fields),
        ))
        .await
    }

    /// Posts a form of somebody without a session.
    pub(super) async fn post_unknown(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = encoded(fields.iter().copied());
        self.raw(Self::request(Method::POST, path, None, body))
            .await
    }

    /// A stored contact.
    pub(super) async fn contact(&self, tenant: TenantId, name: &str) -> Contact {
        let id = ContactId::new(&*self.console.ids);
        let contact = Contact {
            first_name: Some(name.to_owned()),
            phone: Some(PhoneNumber::from_e164("+12025550123").unwrap()),
            tags: vec!["vip".into()],
            ..Contact::blank(id, tenant, NOW)
        };
        Contacts::create(&*self.memory, &contact, None)
            .await
            .unwrap();
        contact
    }

    /// The contact agrees to everything.
    pub(super) async fn agreed(&self, contact: &Contact) {
        let event = ConsentEvent {
            id: ConsentEventId::new(&*self.console.ids),
            contact: contact.id,
            action: Action::ConsentGiven,
            channels: Channels::All,
            purposes: Purposes::All,
            method: consent::Method::WebForm,
            occurred_at: NOW,
            recorded_at: NOW,
            evidence: Evidence::default(),
        };
        let recorded = self.memory.record(contact.tenant, &event, None).await;
        recorded.unwrap();
    }

    /// A stored account with one number.
    pub(super) async fn account(&self, tenant: TenantId, name: &str) -> ProviderAccount {
        let ids = &*self.console.ids;
        let id = AccountId::new(ids);
        let credentials = ["account", "token"].map(|field| {
            (
                field.to_owned(),
                SecretString::from(format!("{field}-sesame")),
            )
        });
        let plain = Credentials::new(credentials).to_plain();
        let account = ProviderAccount {
            id,
            tenant,
            provider: "carrier".into(),
            name: name.to_owned(),
            sealed_credentials: self.console.vault.seal(tenant, id, &plain).unwrap(),
            callback_token: format!("callback-of-{id}"),
            is_enabled: true,
            priority: 100,
            daily_limit: Some(10),
            rate_per_second: None,
            prices: Vec::new(),
            senders: vec![Sender {
                id: SenderId::new(ids),
                address: "+12025550100".into(),
                channels: vec![Channel::Sms],
                region: None,
                limits: SenderLimits::default(),
                standing: NumberStanding::default(),
            }],
            created_at: NOW,
        };
        Accounts::create(&*self.memory, &account, None)
            .await
            .unwrap();
        account
    }

    /// A stored template for SMS with one field.
    pub(super) async fn template(&self, tenant: TenantId, name: &str) -> StoredTemplate {
        let variant = Variant {
            locale: "en".into(),
            body: VariantBody::Text(format!("{name}: hi {{{{first_name|there}}}}")),
        };
        let body = variant.body.parse().unwrap();
        let template = StoredTemplate {
            id: TemplateId::new(&*self.console.ids),
            tenant,
            name: name.to_owned(),
            category: "utility".into(),
            channel: Channel::Sms,
            purpose: Purpose::Transactional,
            fields: fields_of(&[body]),
            variants: vec![variant],
            status: ApprovalStatus::Approved,
            provider_status: std::collections::BTreeMap::new(),
            standings: Vec::new(),
            version: 1,
            created_at: NOW,
            updated_at: NOW,
        };
        TemplateLibrary::create(&*self.memory, &template, None)
            .await
            .unwrap();
        template
    }
}

pub(super) fn encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
