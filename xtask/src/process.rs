//! Running other programs.

use std::{
    error::Error,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// What a command of this program answers: its work is done, or a sentence that says why not.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How often a wait looks again.
pub(crate) const GLANCE: Duration = Duration::from_millis(50);

/// How many lines of a failed program's output are shown.
const REPORT: usize = 200;

/// Set by the first Ctrl-C or SIGTERM; a signal handler has nowhere else to leave its word.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C and SIGTERM a request, so that what was started is stopped before this program ends.
///
/// # Errors
/// The system refused the handler.
pub(crate) fn listen_for_interrupt() -> Outcome {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))?;
    Ok(())
}

/// Whether somebody asked this program to stop.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Runs `command` with this program's input and output; an interrupt is passed on to it.
///
/// # Errors
/// The program could not start, ended with a failure, or was interrupted.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let mut child = command
        .spawn()
        .map_err(|error| format!("`{}` does not start: {error}", line(command)))?;
    let mut is_told = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if is_interrupted() && !is_told {
            signal(&child, "TERM");
            is_told = true;
        }
        thread::sleep(GLANCE);
    };
    if is_interrupted() {
        return Err("interrupted".into());
    }
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` failed ({status})", line(command)).into())
}

/// Runs `command` and answers what it wrote to its standard output.
///
/// # Errors
/// The program could not start or failed; the message ends with what it wrote.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{}` does not start: {error}", line(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    // Complaints are where complaints belong, except for programs whose output is one (`cargo fmt`).
    let complaint = if output.stderr.is_empty() {
        output.stdout
    } else {
        output.stderr
    };
    let report = tail(String::from_utf8_lossy(&complaint).trim(), REPORT);
    Err(format!("`{}` failed ({})\n{report}", line(command), output.status).into())
}

/// Whether `command` starts and succeeds; what it says is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Sends the named signal to `child`; one that is gone already is no matter.
pub(crate) fn signal(child: &Child, name: &str) {
    succeeds(
        Command::new("kill")
            .arg(format!("-{name}"))
            .arg(child.id().to_string()),
    );
}

/// A command for the cargo that runs this program.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo told this program about itself would make build scripts that watch the same names
    // (ring's does) run again with every change between `cargo` and `cargo xtask`.
    for (name, _) in std::env::vars_os() {
        let is_ours = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if is_ours {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The last `count` lines of `text`.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// The command as somebody would type it, for messages.
fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = read(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("exit status: 3") && text.contains("broken"),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_is_missing_is_an_error_that_names_it() {
        let error = run(&mut Command::new("no-such-program-at-all")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-at-all"));
    }

    #[test]
    fn a_tail_is_the_end_of_the_text() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
        assert_eq!(tail("a", 5), "a");
        assert_eq!(tail("", 5), "");
    }
}
