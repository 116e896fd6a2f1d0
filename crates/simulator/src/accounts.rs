//! The accounts of one kind: what all of them have in common, and where they are kept.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::problem::Problem;
use crate::world::World;

/// An account at one of the providers.
pub(crate) trait Account: Clone + Send + Sync + Sized {
    /// What it is known by.
    fn id(&self) -> &str;

    /// Checks it and fills in the default secret where it has none. `at` makes the pointer to a
    /// field.
    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem>;

    /// Believes what the configuration says: its callback URLs are taken without a handshake.
    fn trust(&mut self) {}

    /// Keeps what `known`, the account that it replaces, has learned.
    fn inherit(&mut self, _known: &Self) {}

    /// Asks the other side about what `known`, the account as it is registered, does not have.
    fn verify(
        &self,
        _world: &World,
        _known: Option<&Self>,
        _at: &(dyn Fn(&str) -> String + Sync),
    ) -> impl Future<Output = Result<(), Problem>> + Send {
        async { Ok(()) }
    }

    /// Tells the other side that it is registered.
    fn announce(&self, _world: &World) {}

    /// True if its callbacks are signed with the simulator's RSA key.
    fn needs_rsa(&self) -> bool {
        false
    }
}

/// The secrets of accounts that are registered without one, by the key of their kind.
pub(crate) type Secrets = BTreeMap<String, String>;

/// Accounts by their id. Readers take a cheap copy and hold no lock.
#[derive(Debug)]
pub(crate) struct Book<A> {
    accounts: RwLock<BTreeMap<String, Arc<A>>>,
    default: Option<String>,
}

impl<A: Account> Book<A> {
    pub(crate) fn new(default: Option<&String>) -> Self {
        Self {
            accounts: RwLock::default(),
            default: default.cloned(),
        }
    }

    /// The secret of accounts that have none of their own.
    pub(crate) fn default_secret(&self) -> Option<&str> {
        self.default.as_deref()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<A>> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.get(id).cloned()
    }

    /// Adds the account, or replaces the one with the same id.
    pub(crate) fn put(&self, mut account: A) {
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts.get(account.id()) {
            account.inherit(known);
        }
        accounts.insert(account.id().to_owned(), Arc::new(account));
    }

    /// Changes an account that is there; gives what `change` gives.
    pub(crate) fn update<T>(&self, id: &str, change: impl FnOnce(&mut A) -> T) -> Option<T> {
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        accounts
            .get_mut(id)
            .map(|account| change(Arc::make_mut(account)))
    }

    /// Every account, by id.
    pub(crate) fn all(&self) -> Vec<Arc<A>> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.values().cloned().collect()
    }

    /// The first account that is so.
    pub(crate) fn find(&self, is_it: impl Fn(&A) -> bool) -> Option<Arc<A>> {
        let accounts = self.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.values().find(|account| is_it(account)).cloned()
    }
}

/// Takes the default for a secret that was left out.
pub(crate) fn fill(
    secret: &mut String,
    default: Option<&str>,
    pointer: String,
) -> Result<(), Problem> {
    if secret.is_empty() {
        default
            .ok_or_else(|| {
                let detail = "needed, because the simulator was started without a default";
                Problem::field("missing_field", pointer, detail)
            })?
            .clone_into(secret);
    }
    Ok(())
}
