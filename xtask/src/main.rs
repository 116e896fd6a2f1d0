//! Everything that a developer types: `cargo xtask` prints the list.

mod postgres;
mod process;
mod workspace;

use std::process::ExitCode;

use crate::{process::Outcome, workspace::Workspace};

const HELP: &str = "\
usage: cargo xtask <command>

  pg start|stop|url [dev|test|bench]   the private database servers
  clean                                stop them and remove .tidings
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
    let Some((command, rest)) = words.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    process::listen_for_interrupt()?;
    let workspace = Workspace::find()?;
    match command.as_str() {
        "pg" => postgres::command(&workspace, rest),
        "clean" => {
            postgres::remove_all(&workspace)?;
            std::fs::remove_dir_all(workspace.state("")?)?;
            Ok(())
        }
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        unknown => Err(format!("no command `{unknown}`\n\n{HELP}").into()),
    }
}
