//! The worker in this process, with a provider that takes everything.

use crate::{Outcome, bench::Bench};
use async_trait::async_trait;
use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tidings_kernel::{AttemptId, MessageId, TenantId};
use tidings_messaging::{
    Access, AccountInfo, CallbackRequest, Catalog, ConnectError, Credentials, Descriptor, Found,
    Handshake, NotAuthentic, Outcome as CallOutcome, Provider, ProviderEvent, QueryError,
    SendableMessage, StatusQuery, Unreadable,
};
use tidings_postgres::Role;
use tidings_server::{
    Adapters, Config,
    programs::{connect, run_worker},
};
use tidings_twilio::Twilio;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A message that was handed to the provider.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    /// The message.
    pub(crate) message: MessageId,
    /// Whose it is.
    pub(crate) tenant: TenantId,
    /// Our reference.
    pub(crate) attempt: AttemptId,
    /// When.
    pub(crate) at: Instant,
}

/// Takes every message, after a while.
pub(crate) struct Taking {
    /// Answers in our place whatever is not about sending.
    twilio: Twilio,
    delay: Option<Duration>,
    count: AtomicU32,
    handed: Mutex<Vec<Handed>>,
    callback_url: Mutex<String>,
}

impl Taking {
    /// How many it was handed.
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// What it was handed so far.
    pub(crate) fn handed(&self) -> Vec<Handed> {
        self.handed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Where callbacks of the account that was used last go.
    pub(crate) fn callback_url(&self) -> String {
        self.callback_url
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The provider's id of an attempt.
pub(crate) fn provider_id(attempt: AttemptId) -> String {
    format!("SM{:032x}", attempt.uuid().as_u128())
}

#[async_trait]
impl Provider for Taking {
    fn descriptor(&self) -> &'static Descriptor {
        self.twilio.descriptor()
    }

    fn addresses(&self, credentials: &Credentials) -> Vec<String> {
        self.twilio.addresses(credentials)
    }

    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError> {
        self.twilio.connect(access).await
    }

    async fn send(&self, access: &Access, message: &SendableMessage) -> CallOutcome {
        let handed = Handed {
            message: message.message(),
            tenant: message.tenant(),
            attempt: message.attempt(),
            at: Instant::now(),
        };
        if self.count.fetch_add(1, Ordering::Relaxed) == 0 {
            let mut url = self
                .callback_url
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            url.clone_from(&access.callback_url);
        }
        self.handed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handed);
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
        CallOutcome::Accepted {
            provider_message_id: provider_id(message.attempt()),
        }
    }

    async fn find(&self, _: &Access, _: &StatusQuery) -> Result<Found, QueryError> {
        Ok(Found::CannotTell)
    }

    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake> {
        self.twilio.handshake(access, request).await
    }

    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic> {
        self.twilio.authenticate(access, request).await
    }

    fn parse(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable> {
        self.twilio.parse(access, request)
    }
}

/// What programs are told, for parts of them that run in this process.
pub(crate) fn config(bench: &Bench) -> Outcome<Config> {
    let told = &bench.system.environment;
    let lookup = |name: &str| {
        let found = told.iter().find(|(key, _)| *key == name);
        let found = found.map(|(_, value)| value.clone());
        let batch = bench.options.batch.map(|batch| batch.to_string());
        found.or_else(|| batch.filter(|_| name == "TIDINGS_WORKER_BATCH"))
    };
    Ok(Config::from_lookup(&lookup, &|path: &Path| {
        std::fs::read_to_string(path)
    })?)
}

/// A worker that runs in this process.
pub(crate) struct Inside {
    /// What it hands messages to.
    pub(crate) provider: Arc<Taking>,
    stop: CancellationToken,
    running: JoinHandle<Outcome>,
}

impl Inside {
    /// Starts it; every call takes as long as `delay`.
    pub(crate) async fn start(bench: &Bench, delay: Option<Duration>) -> Outcome<Self> {
        let config = config(bench)?;
        let postgres = connect(&config, Role::Worker).await?;
        let mut adapters = Adapters::new(&config, postgres)?;
        let provider = Arc::new(Taking {
            twilio: Twilio::new(adapters.client.clone(), config.outside.twilio.clone()),
            delay,
            count: AtomicU32::new(0),
            handed: Mutex::default(),
            callback_url: Mutex::default(),
        });
        let one: Arc<dyn Provider> = provider.clone();
        adapters.catalog = Catalog::new([one]);
        let stop = CancellationToken::new();
        let token = stop.clone();
        let running = tokio::spawn(async move {
            // Boxed, since so much in one future is too much for a stack.
            Box::pin(run_worker(&config, &adapters, token)).await?;
            adapters.postgres.close().await;
            Ok(())
        });
        Ok(Self {
            provider,
            stop,
            running,
        })
    }

    /// Lets it finish what it has begun, and tells what it has handed over. No message may be among them
    /// twice.
    pub(crate) async fn stop(self) -> Outcome<Vec<Handed>> {
        self.stop.cancel();
        self.running.await??;
        let handed = self.provider.handed();
        let distinct: HashSet<MessageId> = handed.iter().map(|one| one.message).collect();
        if distinct.len() != handed.len() {
            let twice = handed.len() - distinct.len();
            return Err(format!("{twice} messages were handed over twice").into());
        }
        Ok(handed)
    }
}
