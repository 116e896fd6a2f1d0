//! Checks the export of a contact's consent ledger, offline.
//!
//! ```sh
//! verify_ledger ledger.jsonl    # or on standard input
//! ```
//!
//! Exit code 0: it holds. 1: it is broken, and standard error says where. 2: it cannot be read.

use std::{env, fs, io, process::ExitCode};
use tidings_consent::export::verify_export;

fn main() -> ExitCode {
    let text = env::args_os()
        .nth(1)
        .map_or_else(|| io::read_to_string(io::stdin()), fs::read_to_string);
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            eprintln!("cannot be read: {error}");
            return ExitCode::from(2);
        }
    };
    match verify_export(&text) {
        Ok(report) => {
            println!(
                "holds: {} events of {}, evidence of {} redacted",
                report.events, report.contact, report.redacted
            );
            match report.head {
                Some(head) => println!("head: {head} (compare it with the one you kept)"),
                None => println!("head: none"),
            }
            ExitCode::SUCCESS
        }
        Err(broken) => {
            eprintln!("broken: {broken}");
            ExitCode::FAILURE
        }
    }
}
