//! Puts concrete adapters behind the ports. Nothing else knows both.

mod media;
mod providers;
mod reading;

pub use providers::catalog;

use crate::{
    Config, DatabaseClock, Environment, NoRandomness, ShiftedClock, SystemClock, SystemIds,
    SystemSecrets, jitter, live::LiveStreams, readiness::DatabaseReadiness,
};
use reqwest::{Client, redirect};
use std::{sync::Arc, time::Duration};
use tidings_console::{Console, ConsoleConfig};
use tidings_conversations::{Automating, Conversing, RuleClassifier};
use tidings_http_api::{Api, ApiConfig, StreamLimits, Streams};
use tidings_jurisdictions::Packs;
use tidings_kernel::{Clock, Ids};
use tidings_media::Pictures;
use tidings_messaging::{
    Ages, Catalog, EVENTS_KEPT, KeepingLog, MediaStore, OptOutWatch, Pulse, Vault,
    ask::Asking,
    climb::Climbing,
    deliver::{Delivering, Timing},
    notify::Notifying,
    receive::Receiving,
    send::Sending,
    switch::Switching,
    sync::Syncing,
    tell::Telling,
    tend::Tending,
    watch::Watching,
};
use tidings_postgres::Postgres;
use tidings_routing::Backoff;
use tidings_twilio_facade::TwilioForm;
use tidings_webhooks::{Caller, NoClient, Reach, StandardForm};
use tidings_worker::{Metered, Settings, Worker};

/// How long a connection to a provider may take to stand. A call has its own limit in the adapter.
const CONNECT: Duration = Duration::from_secs(5);
/// The limit of calls that set none.
const CALL: Duration = Duration::from_secs(20);
/// How long an unused connection is kept; shorter than load balancers keep theirs.
const IDLE: Duration = Duration::from_secs(50);
/// How much of the time that a stop may take is for calls to end.
const DRAIN: f64 = 0.7;
/// How long after one question about a lost receipt the next is asked, and how many there are: carriers
/// report within two hours or not at all.
const ASK_AGAIN: time::Duration = time::Duration::minutes(10);
const QUESTIONS: u32 = 12;

/// How often each account is looked at for what its provider says of templates.
const SYNC: time::Duration = time::Duration::minutes(15);

/// For how long what is to be told belongs to a worker: a call ends within fifteen seconds.
const TELLING: time::Duration = time::Duration::MINUTE;

/// For how long a message that a machine looks at belongs to a worker.
const AUTOMATING: time::Duration = time::Duration::MINUTE;

/// Why the adapters could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The HTTP client cannot be made, for instance because the machine has no root certificates.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// The client for webhooks cannot be made.
    #[error(transparent)]
    Webhooks(#[from] NoClient),
    /// There is no secure generator.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The name to greet mail servers with is none.
    #[error("TIDINGS_SMTP_HELLO")]
    Hello(#[from] tidings_email::smtp::SetupError),
    /// The packs that the program ships cannot be read.
    #[error("the packs of jurisdictions cannot be read")]
    Packs(#[source] tidings_jurisdictions::PackError),
}

/// Every adapter that a program needs, over one connection pool and one HTTP client.
pub struct Adapters {
    /// Every storage port.
    pub postgres: Arc<Postgres>,
    /// The providers.
    pub catalog: Catalog,
    /// The law of places.
    pub packs: Arc<Packs>,
    /// Watches the opt-outs that providers report.
    pub watch: Arc<OptOutWatch>,
    /// What is seen and known of accounts.
    pub pulse: Arc<Pulse>,
    /// Seals and opens credentials.
    pub vault: Arc<dyn Vault>,
    /// The time of everybody.
    pub clock: Arc<DatabaseClock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// Unguessable bytes.
    pub secrets: Arc<SystemSecrets>,
    /// The client of everything outside.
    pub client: Client,
    /// Where files are kept.
    pub media: Arc<dyn MediaStore>,
    /// Makes pictures smaller.
    pub pictures: Arc<Pictures>,
    /// Calls tenants' own systems, which are not to be trusted with where a call goes.
    pub caller: Caller,
}

impl Adapters {
    /// Puts the adapters together; calls nobody.
    ///
    /// # Errors
    /// [`WiringError`].
    pub fn new(config: &Config, postgres: Postgres) -> Result<Self, WiringError> {
        let client = http_client()?;
        let vault: Arc<dyn Vault> = config.keys.clone();
        let postgres = Arc::new(postgres);
        let clock = Arc::new(DatabaseClock::new(clock(config)));
        Ok(Self {
            pulse: Arc::new(Pulse::new(postgres.clone(), postgres.clone())),
            postgres,
            catalog: catalog(config, &client, &clock)?,
            media: media::store(config, &client, &clock),
            watch: Arc::default(),
            packs: Arc::new(Packs::bundled().map_err(WiringError::Packs)?),
            vault,
            clock,
            ids: Arc::new(SystemIds),
            secrets: Arc::new(SystemSecrets::new()?),
            caller: Caller::new(reach(config))?,
            pictures: Arc::default(),
            client,
        })
    }

    /// The use case of sending.
    pub fn sending(&self, config: &Config) -> Sending {
        Sending {
            facts: self.postgres.clone(),
            contacts: self.postgres.clone(),
            templates: self.postgres.clone(),
            accounts: self.postgres.clone(),
            messages: self.postgres.clone(),
            providers: self.catalog.clone(),
            packs: self.packs.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            fictitious: config.environment.fictitious(),
        }
    }

    /// The use case of conversations.
    pub fn conversing(&self, config: &Config) -> Conversing {
        Conversing {
            conversations: self.postgres.clone(),
            sending: self.sending(config),
        }
    }

    /// The HTTP surface.
    pub fn api(&self, config: &Config) -> Api {
        Api {
            tenants: self.postgres.clone(),
            auth_tokens: self.postgres.clone(),
            contacts: self.postgres.clone(),
            consent: self.postgres.clone(),
            facts: self.postgres.clone(),
            accounts: self.postgres.clone(),
            healths: self.postgres.clone(),
            endpoints: self.postgres.clone(),
            dispatch: self.postgres.clone(),
            templates: self.postgres.clone(),
            messages: self.postgres.clone(),
            ladders: self.postgres.clone(),
            batches: self.postgres.clone(),
            sources: self.postgres.clone(),
            inbox: self.postgres.clone(),
            operations: self.postgres.clone(),
            idempotency: self.postgres.clone(),
            sending: self.sending(config),
            keeping: self.keeping(config),
            conversing: self.conversing(config),
            automations: self.postgres.clone(),
            quick_replies: self.postgres.clone(),
            syncing: self.syncing(config),
            catalog: self.catalog.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            secrets: self.secrets.clone(),
            ready: Arc::new(DatabaseReadiness::new(self.postgres.clone())),
            streams: Arc::new(Streams::new(
                self.postgres.clone(),
                self.postgres.clone(),
                self.clock.clone(),
                StreamLimits {
                    kept: kept(config),
                    ..StreamLimits::default()
                },
            )),
            config: ApiConfig {
                fictitious: config.environment.fictitious(),
                loopback_webhooks: reach(config) == Reach::Loopback,
                spool: config.spool.clone(),
                ..ApiConfig::new(&config.public_url)
            },
        }
    }

    /// The pages for the people who work for a tenant, who listen where programs do.
    pub fn console(&self, config: &Config, streams: Arc<Streams>) -> Console {
        Console {
            tenants: self.postgres.clone(),
            members: self.postgres.clone(),
            sessions: self.postgres.clone(),
            contacts: self.postgres.clone(),
            consent: self.postgres.clone(),
            facts: self.postgres.clone(),
            accounts: self.postgres.clone(),
            healths: self.postgres.clone(),
            templates: self.postgres.clone(),
            messages: self.postgres.clone(),
            callbacks: self.postgres.clone(),
            dispatch: self.postgres.clone(),
            idempotency: self.postgres.clone(),
            live: Arc::new(LiveStreams(streams)),
            operations: self.postgres.clone(),
            sending: self.sending(config),
            conversing: self.conversing(config),
            quick_replies: self.postgres.clone(),
            keeping: self.keeping(config),
            syncing: self.syncing(config),
            catalog: self.catalog.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            randomness: self.secrets.clone(),
            new_key: tidings_http_api::new_key_text,
            config: ConsoleConfig {
                fictitious: config.environment.fictitious(),
                ..ConsoleConfig::new(&config.public_url)
            },
        }
    }

    /// The worker with all its loops.
    pub fn worker(&self, config: &Config) -> Worker {
        Worker {
            delivering: self.delivering(config),
            receiving: self.receiving(config),
            asking: self.asking(config),
            climbing: Climbing {
                ladders: self.postgres.clone(),
                messages: self.postgres.clone(),
                sending: self.sending(config),
                clock: self.clock.clone(),
            },
            switching: Switching {
                absences: self.postgres.clone(),
                sending: self.sending(config),
                clock: self.clock.clone(),
            },
            syncing: self.syncing(config),
            tending: self.tending(config),
            automating: Automating {
                store: self.postgres.clone(),
                classifier: Arc::new(RuleClassifier),
                conversing: self.conversing(config),
                lease: config.worker.lease.unwrap_or(AUTOMATING),
            },
            keeping: self.keeping(config),
            reading: self.reading(config),
            telling: self.telling(config),
            log: KeepingLog {
                log: self.postgres.clone(),
                clock: self.clock.clone(),
                kept: kept(config),
            },
            notifying: Notifying {
                endpoints: self.postgres.clone(),
                vault: self.vault.clone(),
                form: Arc::new(StandardForm),
                client: Arc::new(self.caller.clone()),
                clock: self.clock.clone(),
                lease: config.worker.lease.unwrap_or(TELLING),
            },
            idempotency: self.postgres.clone(),
            watching: self.watching(),
            settings: settings(config),
        }
    }

    /// Keeps templates here and at providers in step.
    pub fn syncing(&self, config: &Config) -> Syncing {
        Syncing {
            listings: self.postgres.clone(),
            upkeeps: self.postgres.clone(),
            ratings: self.postgres.clone(),
            templates: self.postgres.clone(),
            accounts: self.postgres.clone(),
            dispatch: self.postgres.clone(),
            providers: self.catalog.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            jitter: Arc::new(jitter),
            public_url: config.public_url.clone(),
            every: config.worker.sync_every.unwrap_or(SYNC),
        }
    }

    /// Watches over the health of accounts.
    pub fn tending(&self, config: &Config) -> Tending {
        Tending {
            healths: self.postgres.clone(),
            paces: self.postgres.clone(),
            dispatch: self.postgres.clone(),
            pulse: self.pulse.clone(),
            accounts: self.postgres.clone(),
            providers: self.catalog.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            public_url: config.public_url.clone(),
        }
    }

    fn telling(&self, config: &Config) -> Telling {
        Telling {
            webhooks: self.postgres.clone(),
            messages: self.postgres.clone(),
            tokens: self.postgres.clone(),
            vault: self.vault.clone(),
            form: Arc::new(TwilioForm),
            client: Arc::new(self.caller.clone()),
            clock: self.clock.clone(),
            lease: config.worker.lease.unwrap_or(TELLING),
        }
    }

    /// Watches over the queue.
    pub fn watching(&self) -> Watching {
        Watching {
            operations: self.postgres.clone(),
            clock: self.clock.clone(),
            ages: Ages::default(),
        }
    }

    fn delivering(&self, config: &Config) -> Delivering {
        let usual = Timing::default();
        Delivering {
            dispatch: self.postgres.clone(),
            inbox: self.postgres.clone(),
            facts: self.postgres.clone(),
            accounts: self.postgres.clone(),
            ledger: self.postgres.clone(),
            paces: self.postgres.clone(),
            healths: self.postgres.clone(),
            pulse: self.pulse.clone(),
            brakes: Arc::default(),
            watch: self.watch.clone(),
            providers: self.catalog.clone(),
            packs: self.packs.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            jitter: Arc::new(jitter),
            public_url: config.public_url.clone(),
            links: media::links(config),
            backoff: Backoff::default(),
            timing: Timing {
                lease: config.worker.lease.unwrap_or(usual.lease),
                ask_unknown_after: config
                    .worker
                    .ask_unknown_after
                    .unwrap_or(usual.ask_unknown_after),
                ask_receipt_after: config
                    .worker
                    .ask_receipt_after
                    .unwrap_or(usual.ask_receipt_after),
                unknown_patience: config
                    .worker
                    .unknown_patience
                    .unwrap_or(usual.unknown_patience),
                ..usual
            },
            observer: Arc::new(Metered),
        }
    }

    fn receiving(&self, config: &Config) -> Receiving {
        Receiving {
            inbox: self.postgres.clone(),
            contacts: self.postgres.clone(),
            facts: self.postgres.clone(),
            absences: self.postgres.clone(),
            ledger: self.postgres.clone(),
            accounts: self.postgres.clone(),
            syncing: self.syncing(config),
            watch: self.watch.clone(),
            providers: self.catalog.clone(),
            vault: self.vault.clone(),
            sending: self.sending(config),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            public_url: config.public_url.clone(),
            lease: config.worker.lease.unwrap_or(Timing::default().lease),
            pulse: self.pulse.clone(),
            ask_receipt_after: config
                .worker
                .ask_receipt_after
                .unwrap_or(Timing::default().ask_receipt_after),
        }
    }

    fn asking(&self, config: &Config) -> Asking {
        Asking {
            inbox: self.postgres.clone(),
            accounts: self.postgres.clone(),
            providers: self.catalog.clone(),
            vault: self.vault.clone(),
            pulse: self.pulse.clone(),
            clock: self.clock.clone(),
            public_url: config.public_url.clone(),
            again_after: config.worker.ask_again_after.unwrap_or(ASK_AGAIN),
            most: QUESTIONS,
        }
    }
}

impl std::fmt::Debug for Adapters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adapters")
            .field("catalog", &self.catalog)
            .finish_non_exhaustive()
    }
}

/// The clock of this machine; in development possibly one that is wrong on purpose.
fn clock(config: &Config) -> Arc<dyn Clock> {
    match &config.clock_offset_file {
        None => Arc::new(SystemClock),
        Some(file) => Arc::new(ShiftedClock::new(file.clone())),
    }
}

/// How long events are kept.
fn kept(config: &Config) -> time::Duration {
    let days = config.keep_events_days;
    days.map_or(EVENTS_KEPT, |days| time::Duration::days(days.into()))
}

/// Which of tenants' own systems may be called.
const fn reach(config: &Config) -> Reach {
    match config.environment {
        Environment::Development => Reach::Loopback,
        Environment::Production => Reach::Public,
    }
}

/// The one HTTP client of a program. It follows no redirects, which could carry credentials elsewhere,
/// and asks no proxy of the environment: where messages go is a setting and nothing else.
///
/// # Errors
/// [`WiringError::Client`].
pub fn http_client() -> Result<Client, WiringError> {
    // Another part of the process may have installed the same provider before, which is as good.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    Client::builder()
        .user_agent(concat!("tidings/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(CALL)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(64)
        .build()
        .map_err(WiringError::Client)
}

fn settings(config: &Config) -> Settings {
    let usual = Settings::default();
    let worker = config.worker;
    let concurrency = worker.concurrency.unwrap_or(usual.concurrency);
    Settings {
        batch: worker.batch.unwrap_or(usual.batch),
        concurrency,
        reserved: usual.reserved.min(concurrency / 8),
        // What is handed back then must still be written before the program is cut off.
        drain: config.shutdown.mul_f64(DRAIN),
        keep_months: config.keep_months,
        ..usual
    }
}
