//! Starting and stopping.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::callbacks::{self, Callbacks};
use crate::config::Config;
use crate::doors::{self, GRACE};
use crate::faults::Faults;
use crate::ids::Ids;
use crate::journey::Pace;
use crate::ledger::Ledger;
use crate::protocol::{Door, Provider};
use crate::store::Store;
use crate::table::{PROVIDERS, Registry};
use crate::timers::timers;
use crate::twilio::Contents;
use crate::world::World;
use crate::{control, page};

/// The largest body is a list of accounts.
pub(crate) const MAX_BODY: usize = 5 * 1024 * 1024;

/// Why the simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It has no key, so it stays on this machine.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address is taken or not allowed.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A door is for a provider that the simulator does not speak for.
    #[error("the simulator does not speak for `{0}`")]
    UnknownProvider(String),
    /// A default secret is for accounts of a kind that there is not.
    #[error("there are no accounts of the kind `{0}`")]
    UnknownKind(String),
    /// An account of the configuration is incomplete.
    #[error("the accounts of the configuration are not valid: {0}")]
    Accounts(String),
    /// The HTTP client for callbacks cannot be built.
    #[error("cannot build the client for callbacks")]
    Client(#[source] reqwest::Error),
    /// The operating system has no randomness.
    #[error("no randomness for identifiers")]
    Randomness,
}

/// The simulated providers.
#[derive(Debug)]
pub struct Simulator;

/// A simulator that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    doors: BTreeMap<&'static str, SocketAddr>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Starts to listen; when this returns, requests are answered.
    ///
    /// # Errors
    /// [`StartError`] says which part of `config` does not work.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let is_unknown = |kind: &&String| !Registry::KINDS.contains(&kind.as_str());
        if let Some(kind) = config.secrets.keys().find(is_unknown) {
            return Err(StartError::UnknownKind(kind.clone()));
        }
        let registry = Registry::new(config.secrets);
        let accounts = registry
            .complete(config.accounts)
            .map_err(|problem| StartError::Accounts(problem.to_string()))?;
        let key = config.signing_key;
        if Registry::need_rsa(&accounts) {
            key.prepare().await;
        }
        registry.trust(accounts);
        let (listener, addr) = listen(config.listen).await?;
        let mut doors = BTreeMap::new();
        let mut own_doors = Vec::new();
        for (name, address) in config.doors {
            let provider = Provider::parse(&name).ok_or(StartError::UnknownProvider(name))?;
            let (listener, addr) = listen(address).await?;
            doors.insert(provider.word(), addr);
            own_doors.push((provider, listener, addr));
        }

        let stop = CancellationToken::new();
        let client = callbacks::client().map_err(StartError::Client)?;
        let (timers, queue) = timers();
        let timers = Arc::new(timers);
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let faults = Arc::new(Faults::new(config.seed));
        let (callbacks, lanes) = Callbacks::new(
            Arc::clone(&faults),
            Arc::clone(&ledger),
            Arc::clone(&timers),
            client.clone(),
        );
        let world = Arc::new(World {
            origin: format!("http://{addr}"),
            registry,
            store: Mutex::new(Store::new(config.keep_messages)),
            contents: Contents::default(),
            ledger,
            faults,
            ids: Ids::draw().map_err(|_| StartError::Randomness)?,
            key,
            timers,
            callbacks,
            client,
            pace: Pace {
                sent_after: config.sent_after,
                delivered_after: config.delivered_after.max(config.sent_after),
            },
            retry_after: config.retry_after,
            stop: stop.clone(),
        });

        let mut tasks = JoinSet::new();
        let happening = Arc::clone(&world);
        let stopped = stop.clone();
        tasks.spawn(async move {
            queue.run(stopped, |event| happening.happen(event)).await;
        });
        for lane in lanes {
            let world = Arc::clone(&world);
            let stopped = stop.clone();
            tasks.spawn(async move {
                tokio::select! {
                    () = stopped.cancelled() => {}
                    () = world.callbacks.run_lane(lane) => {}
                }
            });
        }
        for (provider, listener, addr) in own_doors {
            tasks.spawn(doors::keep(Arc::clone(&world), provider, listener, addr));
        }
        let app = router(&world);
        let stopped = stop.clone();
        tasks.spawn(async move {
            let finished = stopped.clone();
            let served = axum::serve(listener, app)
                .with_graceful_shutdown(async move { finished.cancelled().await });
            tokio::select! {
                result = served => {
                    if let Err(error) = result {
                        tracing::error!(%error, "serving ended");
                    }
                }
                () = async {
                    stopped.cancelled().await;
                    tokio::time::sleep(GRACE).await;
                } => {}
            }
        });
        Ok(Running {
            addr,
            doors,
            stop,
            tasks,
        })
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

fn router(world: &Arc<World>) -> Router {
    let mut router = Router::new()
        .route("/", get(page::root))
        .route("/page/{name}", get(page::file))
        .merge(control::router());
    for provider in PROVIDERS {
        if let Door::Http(routes) = provider.protocol().door() {
            router = router.merge(doors::guarded(world, *provider, routes));
        }
    }
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::clone(world))
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the provider of this name is spoken with alone.
    pub fn door(&self, provider: &str) -> Option<SocketAddr> {
        let provider = Provider::parse(provider)?;
        self.doors.get(provider.word()).copied()
    }

    /// Stops taking requests, lets open ones finish for a moment, and forgets everything.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
