//! Everything that a developer types: `cargo xtask` prints the list.

mod bench;
mod browser;
mod chaos;
mod check;
mod demo;
mod deps;
mod dev;
mod embed;
mod fuzz;
mod laws;
mod moto;
mod mutants;
mod openapi;
mod package;
mod postgres;
mod process;
mod programs;
mod python;
mod screenshots;
mod smtp_sink;
mod sqlx;
mod test;
mod tools;
mod twilio_sdk;
mod weight;
mod workspace;

use std::{fs, process::ExitCode};

use crate::{process::Outcome, workspace::Workspace};

const HELP: &str = "\
usage: cargo xtask <command>

  dev [--api-port <port>] [--simulator-port <port>] [--release] [--once]
                     run everything here, with a simulator in place of the providers
  test [<arguments of cargo test>]
                     run all tests, with a real PostgreSQL, a stand-in for AWS, a mail server, Twilio's library
                     and a browser
  check              format, dependencies, weight, laws, packages, licenses, clippy, .sqlx,
                     openapi.json, examples
  chaos [--short] [<arguments>]
                     break everything at random while messages go through, and compare records
  demo failover [<arguments>]
                     let the first of three providers die under load and come back, and compare records
  fuzz [--seconds <n>] [<target>]
                     fuzz what reads other people's bytes, a bounded time each
  mutants [--minutes <n>] [<crate>]
                     change a domain crate and see whether its tests notice
  bench domain [--quick] [--write]
                     measure the domain crates against their targets
  bench pipeline [<arguments>]
                     run the load program against release programs
  bench dispatch [<section> ...] [--quick] [<arguments>]
                     measure the dispatch engine against its targets
  weight             renew the lists of crates that the lean crates bring, in their READMEs
  laws [--write]     print every law that there is, or put them into docs/guides/embedding.md
  package [--build]  pack the domain crates, and build them from the packages alone
  sqlx [--check]     renew (or only check) what the database answers to our statements
  openapi            renew docs/openapi.json
  advisories         look for known vulnerabilities among dependencies (asks the network)
  pg start|stop|crash|url [dev|test|bench|chaos]
                     run a private PostgreSQL by itself
  moto start|stop|url
                     run a stand-in for AWS by itself (needs Python 3)
  smtp-sink          run a mail server for tests, until Ctrl-C (needs Python 3)
  twilio-sdk         install Twilio's library for tests, and say where (needs Python 3)
  browser            run a browser without a window for tests, until Ctrl-C (needs Node.js)
  screenshots        renew the pictures of our pages in docs/console
  clean              stop the private servers and remove .tidings

PostgreSQL is the one of DATABASE_URL if that is set, else a private one of this checkout; so is the stand-in
for AWS, with TIDINGS_MOTO_URL.
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Outcome {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((command, rest)) = words.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    process::listen_for_interrupt()?;
    let workspace = Workspace::find()?;
    match (*command, rest) {
        ("dev", options) => dev::dev(&workspace, options),
        ("test", arguments) => test::test(&workspace, arguments),
        ("bench", arguments) => bench::bench(&workspace, arguments),
        ("chaos", arguments) => chaos::chaos(&workspace, arguments),
        ("demo", arguments) => demo::demo(&workspace, arguments),
        ("pg", arguments) => postgres::command(&workspace, arguments),
        ("moto", arguments) => moto::command(&workspace, arguments),
        ("twilio-sdk", []) => twilio_sdk::command(&workspace),
        ("browser", []) => browser::command(&workspace),
        ("screenshots", []) => screenshots::write(&workspace),
        ("smtp-sink", []) => smtp_sink::command(&workspace),
        ("check", []) => check::run(&workspace),
        ("fuzz", arguments) => fuzz::fuzz(&workspace, arguments),
        ("mutants", arguments) => mutants::mutants(&workspace, arguments),
        ("weight", []) => weight::write(&workspace),
        ("laws", []) => laws::list(&workspace),
        ("laws", ["--write"]) => laws::write(&workspace),
        ("package", []) => package::package(&workspace, package::Then::Stop),
        ("package", ["--build"]) => package::package(&workspace, package::Then::Build),
        ("sqlx", []) => sqlx::run(&workspace, sqlx::Mode::Write),
        ("sqlx", ["--check"]) => sqlx::run(&workspace, sqlx::Mode::Check),
        ("openapi", []) => openapi::write(&workspace),
        ("advisories", []) => tools::deny(&workspace, &["advisories"]),
        ("clean", []) => clean(&workspace),
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("I do not understand `{}`\n\n{HELP}", words.join(" ")).into()),
    }
}

fn clean(workspace: &Workspace) -> Outcome {
    postgres::remove_all(workspace)?;
    moto::stop(workspace)?;
    fs::remove_dir_all(workspace.state("")?)?;
    Ok(())
}
