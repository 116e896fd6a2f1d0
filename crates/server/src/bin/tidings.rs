//! The platform in one process, and the commands of operators and developers.

use clap::Parser;
use std::process::ExitCode;
use tidings_server::{commands::line::Line, programs::exit};

#[tokio::main]
async fn main() -> ExitCode {
    exit(Line::parse().run().await)
}
