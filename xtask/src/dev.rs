//! The whole platform on this machine, with a simulator in place of the providers.

mod key;
mod options;

use std::{net::SocketAddr, path::Path, process::Command};

use self::options::{Options, Until};
use crate::{
    postgres::{Database, Purpose, is_free},
    process::{Outcome, cargo, run},
    programs::Programs,
    workspace::Workspace,
};

/// Starts everything, prints how to use it, and stops it again on Ctrl-C.
///
/// # Errors
/// An unknown option, a taken port, no PostgreSQL, or a program that fails.
pub(crate) fn dev(workspace: &Workspace, words: &[&str]) -> Outcome {
    let options = Options::parse(words, |name| std::env::var(name).ok())?;
    for (port, what, flag) in [
        (options.api_port, "the API", "--api-port"),
        (options.simulator_port, "the simulator", "--simulator-port"),
    ] {
        if !is_free(port) {
            return Err(format!(
                "port {port} for {what} is taken, perhaps by another `cargo xtask dev`; \
                 choose another with {flag}"
            )
            .into());
        }
    }
    let database = Database::open(workspace, Purpose::Development)?;
    build(workspace, &options)?;

    let settings = Settings::new(workspace, &options, &database)?;
    let bin = workspace.target()?.join(options.profile.directory());
    // Declared after the database, so dropped before it.
    let mut programs = Programs::new(workspace.state("logs")?)?;
    programs.start(
        "simulator",
        settings
            .command(&bin, "tidings-simulator")
            .args(["--listen", &settings.simulator.to_string()]),
    )?;
    run(settings.command(&bin, "tidings").arg("migrate"))?;
    programs.start("api", &mut settings.command(&bin, "tidings-api"))?;
    programs.start("worker", &mut settings.command(&bin, "tidings-worker"))?;
    programs.await_answer(settings.api, "/readyz")?;
    programs.await_answer(settings.simulator, "/handsets")?;
    run(settings
        .command(&bin, "tidings")
        .args([
            "seed",
            "--simulator-url",
            &format!("http://{}", settings.simulator),
        ])
        .arg("--out")
        .arg(workspace.state("dev.json")?))?;
    match options.until {
        Until::Ready => eprintln!("\nEverything answers; stopping again."),
        Until::Interrupt => {
            eprintln!("\nLogs are in .tidings/logs. Ctrl-C stops everything.");
            programs.await_interrupt()?;
            eprintln!("\nStopping.");
        }
    }
    programs.stop();
    Ok(())
}

fn build(workspace: &Workspace, options: &Options) -> Outcome {
    run(cargo()
        .args([
            "build",
            "--bins",
            "--package",
            "tidings-server",
            "--package",
            "tidings-simulator",
        ])
        .args(options.profile.flag())
        .current_dir(workspace.root()))
}

/// What the programs are told.
struct Settings {
    api: SocketAddr,
    simulator: SocketAddr,
    environment: Vec<(&'static str, String)>,
}

impl Settings {
    fn new(workspace: &Workspace, options: &Options, database: &Database) -> Outcome<Self> {
        let api = SocketAddr::from(([127, 0, 0, 1], options.api_port));
        let simulator = SocketAddr::from(([127, 0, 0, 1], options.simulator_port));
        let log = std::env::var("TIDINGS_LOG").unwrap_or_else(|_| "info".to_owned());
        let environment = vec![
            ("DATABASE_URL", database.url().to_owned()),
            ("TIDINGS_ENV", "development".to_owned()),
            (
                "TIDINGS_KEYS",
                key::load_or_make(&workspace.state("keys")?)?,
            ),
            ("TIDINGS_API_LISTEN", api.to_string()),
            ("TIDINGS_PUBLIC_URL", format!("http://{api}")),
            ("TIDINGS_TWILIO_BASE_URL", format!("http://{simulator}")),
            (
                "TIDINGS_WHATSAPP_CLOUD_BASE_URL",
                format!("http://{simulator}"),
            ),
            (
                "TIDINGS_MEDIA_DIR",
                workspace.state("media")?.display().to_string(),
            ),
            ("TIDINGS_SIMULATOR_URL", format!("http://{simulator}")),
            ("TIDINGS_LOG", log),
        ];
        Ok(Self {
            api,
            simulator,
            environment,
        })
    }

    fn command(&self, bin: &Path, program: &str) -> Command {
        let mut command = Command::new(bin.join(program));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}
