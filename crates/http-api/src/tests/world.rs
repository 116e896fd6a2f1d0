use super::provider::Carrier;
use crate::{
    Api, ApiConfig, Part, Readiness, Secrets, StreamLimits, Streams, new_key_text, router,
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use secrecy::{ExposeSecret, SecretBox};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};
use tidings_conformance::{
    Shelf,
    fixtures::{self, OpenSigner, Scissors},
};
use tidings_conversations::Conversing;
use tidings_jurisdictions::Packs;
use tidings_kernel::{AccountId, ApiKeyId, Clock, Ids, Locale, Region, TenantId, to_micros};
use tidings_memory::{ManualClock, Memory, SequentialIds};
use tidings_messaging::{
    ApiKey, Catalog, Provider, Scope, Sealed, Tenant, Tenants, Vault, VaultError,
    media::{Keeping, MediaLinks},
    send::Sending,
};
use tidings_phone::FictitiousNumbers;
use time::{Duration, OffsetDateTime, macros::datetime};
use tower::ServiceExt;

/// Eleven in the morning in Washington, a Wednesday.
pub(super) const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

/// A sealed secret is readable here, and bound to its record all the same.
pub(super) struct GlassVault;

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

struct CountedSecrets(AtomicU8);

impl Secrets for CountedSecrets {
    fn random(&self) -> [u8; 32] {
        [self.0.fetch_add(1, Ordering::Relaxed); 32]
    }
}

/// Ready, not ready, stuck, or broken.
#[derive(Clone, Copy)]
pub(super) enum Health {
    Fine,
    Ill,
    Stuck,
    Panics,
}

#[async_trait]
impl Readiness for Health {
    async fn check(&self) -> Vec<Part> {
        let part = |is_ok| Part {
            name: "database".into(),
            is_ok,
            detail: "asked".into(),
        };
        match self {
            Self::Fine => vec![part(true)],
            Self::Ill => vec![part(true), part(false)],
            Self::Stuck => std::future::pending().await,
            Self::Panics => panic!("a secret of ours"),
        }
    }
}

/// The keys of one tenant.
pub(super) struct Keys {
    pub(super) tenant: TenantId,
    pub(super) read: String,
    pub(super) send: String,
    pub(super) manage: String,
    pub(super) admin: String,
}

/// Two tenants, two providers, and everything between them and a client.
pub(super) struct World {
    pub(super) api: Api,
    pub(super) app: Router,
    pub(super) memory: Arc<Memory>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) carrier: Arc<Carrier>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) ours: Keys,
    pub(super) theirs: Keys,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    pub(super) text: String,
}

impl Reply {
    /// The answer, if it has this status.
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The problem, if it has this status and code.
    #[track_caller]
    pub(super) fn refused(self, status: u16, code: &str) -> Value {
        let reply = self.expect(status);
        assert_eq!(reply.body["code"], code, "{}", reply.text);
        assert_eq!(reply.body["status"], status);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.body["request_id"], reply.header("x-request-id"));
        reply.body
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn id(&self) -> &str {
        self.body["id"].as_str().unwrap()
    }
}

async fn tenant(memory: &Memory, ids: &dyn Ids, name: &str) -> Keys {
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
    let mut texts = Vec::new();
    for scope in Scope::ALL {
        let mut random = [0; 32];
        random[..16].copy_from_slice(ids.next().as_bytes());
        let (text, hash) = new_key_text(random);
        let key = ApiKey {
            id: ApiKeyId::new(ids),
            tenant: tenant.id,
            name: scope.to_string(),
            hash,
            scope,
            created_at: NOW,
            expires_at: None,
            revoked_at: None,
        };
        memory.put_key(&key).await.unwrap();
        texts.push(text);
    }
    let mut texts = texts.into_iter();
    let mut next = || texts.next().unwrap();
    Keys {
        tenant: tenant.id,
        read: next(),
        send: next(),
        manage: next(),
        admin: next(),
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let memory = Arc::new(Memory::new());
        let clock = Arc::new(ManualClock::at(to_micros(NOW)));
        let ids: Arc<dyn Ids> = Arc::new(SequentialIds::new());
        let carrier = Arc::new(Carrier::plain());
        let twilio: Arc<dyn Provider> = Arc::new(Carrier::twilio());
        let other: Arc<dyn Provider> = Arc::clone(&carrier) as _;
        let shelf: Arc<Shelf> = Arc::default();
        let catalog = Catalog::new([other, twilio])
            .with_templates("carrier", shelf.clone())
            .with_whatsapp_account("carrier", shelf.clone());
        let time: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let ours = tenant(&memory, &*ids, "Example").await;
        let theirs = tenant(&memory, &*ids, "Other").await;
        let config = ApiConfig {
            fictitious: FictitiousNumbers::Accept,
            spool: std::env::temp_dir(),
            ..ApiConfig::new("https://api.example.com/")
        };
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
        let conversing = Conversing {
            conversations: memory.clone(),
            sending: sending.clone(),
        };
        let syncing = fixtures::syncing(
            &memory,
            &catalog,
            Arc::new(GlassVault),
            (Arc::clone(&time), Arc::clone(&ids)),
            "https://api.example.com",
        );
        let api = Api {
            tenants: memory.clone(),
            auth_tokens: memory.clone(),
            contacts: memory.clone(),
            consent: memory.clone(),
            facts: memory.clone(),
            accounts: memory.clone(),
            healths: memory.clone(),
            dispatch: memory.clone(),
            ladders: memory.clone(),
            endpoints: memory.clone(),
            templates: memory.clone(),
            messages: memory.clone(),
            batches: memory.clone(),
            sources: memory.clone(),
            inbox: memory.clone(),
            operations: memory.clone(),
            idempotency: memory.clone(),
            sending,
            keeping: Keeping {
                records: memory.clone(),
                store: memory.clone(),
                shrinker: Arc::new(Scissors),
                accounts: memory.clone(),
                providers: catalog.clone(),
                vault: Arc::new(GlassVault),
                links: MediaLinks {
                    signer: Arc::new(OpenSigner),
                    public_url: config.public_url.clone(),
                },
                clock: Arc::clone(&time),
                ids: Arc::clone(&ids),
                most: 6_000_000,
                quota: 20_000_000,
                lease: Duration::MINUTE,
            },
            conversing,
            automations: memory.clone(),
            quick_replies: memory.clone(),
            syncing,
            catalog,
            vault: Arc::new(GlassVault),
            clock: time,
            ids,
            secrets: Arc::new(CountedSecrets(AtomicU8::new(0))),
            ready: Arc::new(Health::Fine),
            streams: Arc::new(Streams::new(
                memory.clone(),
                memory.clone(),
                clock.clone(),
                StreamLimits::default(),
            )),
            config,
        };
        let app = router(Arc::new(api.clone()));
        Self {
            api,
            app,
            memory,
            clock,
            carrier,
            shelf,
            ours,
            theirs,
        }
    }

    /// The same world behind another router.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Api)) -> Self {
        change(&mut self.api);
        self.app = router(Arc::new(self.api.clone()));
        self
    }

    pub(super) fn clock_now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Sends a request as it is.
    pub(super) async fn raw(&self, request: Request<Body>) -> Reply {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        self.raw(request.body(body).unwrap()).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, &self.ours.read, None).await
    }

    pub(super) async fn get_as(&self, key: &str, path: &str) -> Reply {
        self.ask(Method::GET, path, key, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, &self.ours.admin, Some(&body))
            .await
    }

    pub(super) async fn post_as(&self, key: &str, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path, key, Some(&body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::PATCH, path, &self.ours.admin, Some(&body))
            .await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::PUT, path, &self.ours.admin, Some(&body))
            .await
    }

    pub(super) async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, &self.ours.admin, None).await
    }

    /// Posts with an idempotency key.
    pub(super) async fn once(&self, path: &str, key: &str, body: Value) -> Reply {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.ours.admin))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()))
            .unwrap();
        self.raw(request).await
    }

    /// A contact who agreed to everything, by text message and WhatsApp.
    pub(super) async fn contact(&self) -> String {
        let body = json!({"phone": "+12025550123", "first_name": "Ana"});
        let contact = self.post("/v1/contacts", body).await.expect(201);
        let path = format!("/v1/contacts/{}/consent", contact.id());
        let consent = json!({
            "action": "consent_given", "channels": "all", "purposes": "all",
            "method": "web_form", "evidence": {"text_shown": "Yes, text me."},
        });
        self.post(&path, consent).await.expect(201);
        contact.id().to_owned()
    }

    /// An account of the carrier with one number.
    pub(super) async fn account(&self) -> Reply {
        self.post("/v1/provider-accounts", account_body())
            .await
            .expect(201)
    }
}

pub(super) fn account_body() -> Value {
    json!({
        "provider": "carrier",
        "name": "Main",
        "credentials": {"account": "AC1", "token": "sesame"},
        "senders": [{"address": "+12025550100", "channels": ["sms", "whatsapp"]}],
        "prices": [{"channel": "sms", "price": {"amount": "0.0079", "currency": "USD"}}],
    })
}
