use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tidings_kernel::{AccountId, Region, StoreError, TenantId};
use tidings_routing::{Calls, Health, Vitals};
use time::{Duration, OffsetDateTime};

/// How long vitals count.
pub const VITALS_SPAN: Duration = Duration::MINUTE;
/// How long calls count for the short look, which finds a busy way that has died.
pub const LATEST_SPAN: Duration = Duration::seconds(3);

/// How often a tenant's ways are judged at most.
pub const JUDGED_EVERY: Duration = Duration::milliseconds(900);

/// A way whose health is watched: an account, as a whole or for one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// The destination; `None` for the account as a whole.
    pub region: Option<Region>,
}

/// A way with its health and what was seen of it lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkup {
    /// The way.
    pub way: Way,
    /// Its health; that of a new one where nobody has judged it yet.
    pub health: Health,
    /// Grows with every change of `health`; 0 before the first.
    pub version: i64,
    /// The last [`VITALS_SPAN`], or since the circuit changed if that is shorter. Those of an account as a whole are
    /// the sum of its destinations.
    pub recent: Vitals,
    /// The same of calls in the last [`LATEST_SPAN`], to the second.
    pub latest: Calls,
}

/// A change of a way's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthChange {
    /// The way.
    pub way: Way,
    /// What it was seen to be when this was decided; the change is made only if it still is.
    pub version: i64,
    /// What it becomes.
    pub health: Health,
    /// When.
    pub at: OffsetDateTime,
    /// Why, for people; only where the circuit changes. What changes nothing but a weight has none, and stays out
    /// of the history.
    pub reason: Option<String>,
}

/// A line of a way's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    /// The destination; `None` for the account as a whole.
    pub region: Option<Region>,
    /// What the circuit became: `closed`, `open`, `half_open`, `out`.
    pub state: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why.
    pub reason: String,
}

/// How well ways work, shared by all workers.
#[async_trait]
pub trait Healths: Send + Sync {
    /// Adds what was seen at `at` to the vitals of ways to destinations. A way without destination is one whose
    /// destination is not known.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed and nothing was added.
    async fn note(&self, seen: &[(Way, Vitals)], at: OffsetDateTime) -> Result<(), StoreError>;

    /// Every way of these tenants that was used in the last [`VITALS_SPAN`] or is not well.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn of_tenants(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<Vec<Checkup>, StoreError>;

    /// The ways of up to `most` tenants that were used in the last [`VITALS_SPAN`] or are not well, those first that were
    /// given longest ago; each tenant's once within [`JUDGED_EVERY`], whoever asks.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn to_judge(&self, now: OffsetDateTime, most: u32) -> Result<Vec<Checkup>, StoreError>;

    /// Up to `most` ways of all tenants that are left alone and whose time to be asked has come, those first whose time
    /// came first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn to_probe(&self, now: OffsetDateTime, most: u32) -> Result<Vec<Checkup>, StoreError>;

    /// Makes each change whose version is still right, and gives which were made.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed and nothing was changed.
    async fn change(&self, changes: &[HealthChange]) -> Result<Vec<bool>, StoreError>;

    /// What happened to an account's circuits, newest first, up to `most` lines.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn history(
        &self,
        tenant: TenantId,
        account: AccountId,
        most: u32,
    ) -> Result<Vec<HealthEvent>, StoreError>;

    /// Forgets vitals that count no more.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn forget(&self, now: OffsetDateTime) -> Result<u64, StoreError>;
}
