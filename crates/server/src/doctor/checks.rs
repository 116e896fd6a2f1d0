use super::{
    Finding,
    ways_out::{self, OpenAccount},
};
use crate::{Adapters, Config, SystemClock, telemetry::chain, wiring::catalog};
use reqwest::Client;
use secrecy::ExposeSecret;
use std::{future::Future, sync::Arc, time::Duration};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{Accounts, Credentials, Tenants};
use tidings_postgres::{MigrationState, Postgres, Role, migration_state};

/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How far the clock may be from the database's before leases and quiet hours go wrong.
const DRIFT: time::Duration = time::Duration::seconds(2);

/// Looks at everything that the settings name.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut accounts = None;
    match Postgres::connect(&config.database_url, Role::Worker, 2).await {
        Ok(postgres) => {
            let (found, opened) = database(config, postgres).await;
            findings.extend(found);
            accounts = opened;
        }
        Err(error) => findings.push(Finding::broken("database", chain(&error))),
    }
    match crate::http_client() {
        Ok(client) => {
            findings.extend(providers(config, &client, accounts.as_deref()).await);
            findings.extend(outside(config, &client).await);
        }
        Err(error) => findings.push(Finding::broken("HTTP client", chain(&error))),
    }
    findings
}

/// What is known of the database, and the accounts in it, as far as they could be read.
async fn database(config: &Config, postgres: Postgres) -> (Vec<Finding>, Option<Vec<OpenAccount>>) {
    let mut findings = vec![Finding::fine(
        "database",
        "it answers, and the role may be taken",
    )];
    let is_current = match migration_state(&postgres).await {
        Ok(MigrationState::Current) => {
            findings.push(Finding::fine("migrations", "every one is applied"));
            true
        }
        Ok(MigrationState::Behind(missing)) => {
            let detail = format!("{missing} are missing: run `tidings migrate`");
            findings.push(Finding::broken("migrations", detail));
            false
        }
        Err(error) => {
            findings.push(Finding::broken("migrations", chain(&error)));
            false
        }
    };
    let mut accounts = None;
    match Adapters::new(config, postgres) {
        Ok(adapters) => {
            findings.push(clock(&adapters).await);
            if is_current {
                let (finding, opened) = credentials(&adapters).await;
                findings.push(finding);
                accounts = opened;
            }
            adapters.postgres.close().await;
        }
        Err(error) => findings.push(Finding::broken("machine", chain(&error))),
    }
    (findings, accounts)
}

async fn clock(adapters: &Adapters) -> Finding {
    let machine = adapters.clock.machine();
    let before = machine.now();
    match adapters.postgres.now().await {
        Ok(theirs) => {
            let after = machine.now();
            judge_clock(before, theirs, after)
        }
        Err(error) => Finding::broken("clock", chain(&error)),
    }
}

/// The database read its clock between two looks at ours.
fn judge_clock(
    before: time::OffsetDateTime,
    theirs: time::OffsetDateTime,
    after: time::OffsetDateTime,
) -> Finding {
    let behind = theirs - after;
    let ahead = before - theirs;
    if behind > DRIFT || ahead > DRIFT {
        let seconds = behind.max(ahead).whole_seconds();
        let side = if behind > ahead { "behind" } else { "ahead of" };
        let detail = format!(
            "this machine is {seconds} s {side} the database: let both follow the same time server"
        );
        return Finding::broken("clock", detail);
    }
    Finding::fine("clock", "it agrees with the database's")
}

/// Opens every stored credential, to find out before a message does.
async fn credentials(adapters: &Adapters) -> (Finding, Option<Vec<OpenAccount>>) {
    let subject = "key ring";
    match open_all(adapters).await {
        Ok((opened, closed)) if closed.is_empty() => {
            let count = opened.len();
            let detail = format!("it opens the credentials of all {count} accounts");
            (Finding::fine(subject, detail), Some(opened))
        }
        Ok((opened, closed)) => {
            let detail = format!(
                "these do not open: {}\nadd the key that sealed them to TIDINGS_KEYS, or enter their credentials anew",
                closed.join(", ")
            );
            (Finding::broken(subject, detail), Some(opened))
        }
        Err(error) => (Finding::broken(subject, chain(&error)), None),
    }
}

async fn open_all(adapters: &Adapters) -> Result<(Vec<OpenAccount>, Vec<String>), StoreError> {
    let tenants: Vec<TenantId> = adapters
        .postgres
        .list()
        .await?
        .into_iter()
        .map(|tenant| tenant.id)
        .collect();
    let mut opened = Vec::new();
    let mut closed = Vec::new();
    for account in adapters.postgres.of_tenants(&tenants).await? {
        let credentials = adapters
            .vault
            .open(account.tenant, account.id, &account.sealed_credentials)
            .and_then(|plain| Credentials::from_plain(plain.expose_secret()));
        match credentials {
            Ok(credentials) => opened.push(OpenAccount {
                provider: account.provider,
                credentials,
            }),
            Err(error) => closed.push(format!("{} ({error})", account.id)),
        }
    }
    Ok((opened, closed))
}

async fn providers(
    config: &Config,
    client: &Client,
    accounts: Option<&[OpenAccount]>,
) -> Vec<Finding> {
    // Nothing that is dated leaves, so that any clock does.
    match catalog(config, client, &Arc::new(SystemClock)) {
        Ok(catalog) => ways_out::look(&catalog, accounts, client).await,
        Err(error) => vec![Finding::broken("providers", chain(&error))],
    }
}

async fn outside(config: &Config, client: &Client) -> Vec<Finding> {
    let public = format!("{}/readyz", config.public_url);
    // From here the public address may be out of reach though providers reach it.
    let public = ready("public address", client, &public, Finding::doubtful);
    let simulator = async {
        let url = format!("{}/healthz", config.simulator_url.as_deref()?);
        Some(ready("simulator", client, &url, Finding::broken).await)
    };
    let (public, simulator) = tokio::join!(public, simulator);
    [public].into_iter().chain(simulator).collect()
}

type Judge = fn(&'static str, String) -> Finding;

async fn ready(subject: &'static str, client: &Client, url: &str, bad: Judge) -> Finding {
    match in_time(client.get(url).send()).await {
        Ok(answer) if answer.status().is_success() => {
            Finding::fine(subject, format!("{url} answers"))
        }
        Ok(answer) => bad(
            subject,
            format!(
                "{url} answers {}: is that the right program?",
                answer.status()
            ),
        ),
        Err(problem) => bad(subject, unreachable(url, &problem)),
    }
}

pub(super) fn unreachable(url: &str, problem: &str) -> String {
    format!("{url} does not answer: {problem}\ncheck the address, name service and firewall")
}

async fn in_time<T>(call: impl Future<Output = Result<T, reqwest::Error>>) -> Result<T, String> {
    let call = async { call.await.map_err(|error| chain(&error.without_url())) };
    bounded(call).await
}

/// What comes of it, within the time that one look may take.
pub(super) async fn bounded<T>(look: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let late = || format!("nothing within {} s", PATIENCE.as_secs());
    tokio::time::timeout(PATIENCE, look)
        .await
        .unwrap_or_else(|_| Err(late()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;
    use time::{Duration, macros::datetime};

    #[test]
    fn a_clock_that_is_off_is_told_with_its_side() {
        let now = datetime!(2026-07-15 15:00 UTC);
        let at = |seconds| judge_clock(now, now + Duration::seconds(seconds), now);
        assert_eq!(at(0).state, State::Fine);
        assert_eq!(at(1).state, State::Fine);
        assert!(
            at(90)
                .detail
                .starts_with("this machine is 90 s behind the database")
        );
        assert!(
            at(-90)
                .detail
                .starts_with("this machine is 90 s ahead of the database")
        );
    }

    #[test]
    fn a_slow_answer_is_no_drift() {
        let now = datetime!(2026-07-15 15:00 UTC);
        let later = now + Duration::seconds(9);
        assert_eq!(
            judge_clock(now, now + Duration::seconds(4), later).state,
            State::Fine
        );
    }
}
