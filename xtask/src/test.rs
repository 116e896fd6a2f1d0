//! All tests, with a real PostgreSQL, a stand-in for AWS, a mail server, Twilio's library and a browser.

use std::time::Instant;

use crate::{
    browser::Browser,
    chaos, moto,
    moto::Moto,
    postgres::{Database, Purpose},
    process::{Outcome, cargo, run},
    smtp_sink,
    smtp_sink::Sink,
    twilio_sdk,
    workspace::Workspace,
};

/// Runs every test of the workspace; `words` go to `cargo test`.
///
/// # Errors
/// No PostgreSQL, no stand-in for AWS, no mail server, no library of Twilio's, no browser, a build that fails, or a test that fails.
pub(crate) fn test(workspace: &Workspace, words: &[&str]) -> Outcome {
    let start = Instant::now();
    let database = Database::open(workspace, Purpose::Tests)?;
    drop_leftovers(&database)?;
    // A database that crashes on purpose, so not the one of the other tests.
    let crashing = chaos::Cluster::open(workspace)?;
    let aws = Moto::open(workspace)?;
    let mail = Sink::open(workspace)?;
    let sdk = twilio_sdk::python(workspace)?;
    let browser = Browser::open(workspace)?;
    let programs = workspace.target()?.join("debug");
    // End-to-end tests start the real programs; the features are those of the tests, so that both
    // share one build of everything below.
    run(cargo()
        .args(["build", "--workspace", "--all-features", "--bins"])
        .current_dir(workspace.root()))?;
    let mut tests = cargo();
    let outcome = run(browser
        .tell(crashing.tell(&mut tests)?)
        .args(["test", "--workspace", "--all-features", "--no-fail-fast"])
        .args(words)
        .env("DATABASE_URL", database.url())
        .env(moto::VARIABLE, aws.url())
        .env(smtp_sink::VARIABLE, mail.directory())
        .env(twilio_sdk::VARIABLE, sdk)
        .env("TIDINGS_BIN_DIR", programs)
        .current_dir(workspace.root()));
    eprintln!("Tests took {:.0} s.", start.elapsed().as_secs_f64());
    outcome
}

/// Drops databases that crashed tests left behind, unless another run may be using them.
fn drop_leftovers(database: &Database) -> Outcome {
    if !database.is_ours_alone() {
        return Ok(());
    }
    let names = database.query(
        "SELECT datname FROM pg_database WHERE datname LIKE 'tidings\\_test\\_%' \
         OR datname LIKE 'tidings\\_sqlx\\_%' OR datname LIKE 'tidings\\_bench\\_%'",
    )?;
    for name in names.lines().filter(|name| !name.is_empty()) {
        // A template of tests refuses to be dropped as long as it is one.
        database.query(&format!("ALTER DATABASE \"{name}\" IS_TEMPLATE false"))?;
        database.query(&format!("DROP DATABASE \"{name}\" WITH (FORCE)"))?;
    }
    Ok(())
}
