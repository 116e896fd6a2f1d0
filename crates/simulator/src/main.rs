//! The program: the simulated providers on a loopback port.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tidings_simulator::{Accounts, Config, Simulator};
use tokio::signal::unix::{SignalKind, signal};

/// Speaks the providers' wire protocols, with faults and virtual handsets.
#[derive(Debug, Parser)]
#[command(name = "tidings-simulator")]
struct Arguments {
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:4020")]
    listen: SocketAddr,
    /// Auth token of Twilio accounts that are registered without one, or not at all.
    #[arg(long)]
    twilio_token: Option<String>,
    /// App secret of Meta apps that are registered without one.
    #[arg(long)]
    meta_app_secret: Option<String>,
    /// Secret of accounts of this kind that are registered without one; may be given several
    /// times. The kinds are the members of the accounts file.
    #[arg(long, value_name = "KIND=SECRET", value_parser = pair)]
    secret: Vec<(String, String)>,
    /// Address where this provider alone is spoken with, and where nobody is while it is down;
    /// may be given several times.
    #[arg(long, value_name = "PROVIDER=ADDRESS", value_parser = door)]
    door: Vec<(String, SocketAddr)>,
    /// A JSON file of accounts, in the form of `PUT /accounts`.
    #[arg(long)]
    accounts: Option<PathBuf>,
    /// Milliseconds from acceptance to `sent`.
    #[arg(long, default_value_t = 50)]
    sent_after_ms: u64,
    /// Milliseconds from acceptance to `delivered` or a failure.
    #[arg(long, default_value_t = 200)]
    delivered_after_ms: u64,
    /// Seed of the random numbers behind fault rates.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "a name, `=` and a value are expected".to_owned())
}

fn door(text: &str) -> Result<(String, SocketAddr), String> {
    let (name, address) = pair(text)?;
    let address = address
        .parse()
        .map_err(|_| format!("`{address}` is not an address with a port"))?;
    Ok((name, address))
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_target(false).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            tracing::error!("{text}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let accounts = match &arguments.accounts {
        Some(path) => serde_json::from_slice(&std::fs::read(path)?)?,
        None => Accounts::default(),
    };
    let own = [
        ("twilio", arguments.twilio_token),
        ("meta", arguments.meta_app_secret),
    ];
    let own = own
        .into_iter()
        .filter_map(|(kind, secret)| Some((kind.to_owned(), secret?)));
    let running = Simulator::start(Config {
        listen: arguments.listen,
        doors: arguments.door.into_iter().collect(),
        secrets: arguments.secret.into_iter().chain(own).collect(),
        accounts,
        sent_after: Duration::from_millis(arguments.sent_after_ms),
        delivered_after: Duration::from_millis(arguments.delivered_after_ms),
        seed: arguments.seed,
        ..Config::default()
    })
    .await?;
    tracing::info!(url = %format!("http://{}/", running.addr()), "simulator is listening");
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
