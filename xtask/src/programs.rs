//! Programs that run side by side until they are told to stop.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::process::{GLANCE, Outcome, is_interrupted, signal, tail};

/// How long programs may take to finish what they are doing.
const FAREWELL: Duration = Duration::from_secs(10);

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_mins(1);

/// Patience with one request.
const REQUEST: Duration = Duration::from_secs(2);

/// How much of a log is shown when its program ends too early.
const LOG_LINES: usize = 20;

/// Running programs; dropped, they are stopped.
pub(crate) struct Programs {
    logs: PathBuf,
    running: Vec<Program>,
}

struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Programs {
    /// No programs yet; each will write to a file in `logs`.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(crate) fn new(logs: PathBuf) -> Outcome<Self> {
        fs::create_dir_all(&logs)?;
        Ok(Self {
            logs,
            running: Vec::new(),
        })
    }

    /// Starts `command`. It gets its own process group, so that Ctrl-C reaches it only through us,
    /// and nothing it needs is gone before it is.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start(&mut self, name: &'static str, command: &mut Command) -> Outcome {
        let log = self.logs.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        self.running.push(Program { name, child, log });
        Ok(())
    }

    /// Waits until `GET path` at `address` is answered with 200.
    ///
    /// # Errors
    /// A program ended, the time is over, or somebody interrupted.
    pub(crate) fn await_answer(&mut self, address: SocketAddr, path: &str) -> Outcome {
        let problem = format!("http://{address}{path} does not answer 200");
        self.wait(&problem, || answers(address, path))
    }

    /// Waits until `path` exists.
    ///
    /// # Errors
    /// As [`await_answer`](Self::await_answer).
    pub(crate) fn await_file(&mut self, path: &Path) -> Outcome {
        self.wait(&format!("{} is not there", path.display()), || {
            path.exists()
        })
    }

    /// Waits until `is_over` says so; `problem` is the sentence for when it never does.
    ///
    /// # Errors
    /// As [`await_answer`](Self::await_answer).
    pub(crate) fn wait(&mut self, problem: &str, is_over: impl Fn() -> bool) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if is_interrupted() {
                return Err("interrupted".into());
            }
            self.check()?;
            if is_over() {
                return Ok(());
            }
            thread::sleep(GLANCE);
        }
        Err(format!(
            "{problem} after {} s; logs are in {}",
            PATIENCE.as_secs(),
            self.logs.display()
        )
        .into())
    }

    /// Waits until somebody interrupts.
    ///
    /// # Errors
    /// A program ended before that.
    pub(crate) fn await_interrupt(&mut self) -> Outcome {
        while !is_interrupted() {
            self.check()?;
            thread::sleep(GLANCE);
        }
        Ok(())
    }

    /// Complains about a program that has ended.
    fn check(&mut self) -> Outcome {
        for program in &mut self.running {
            if let Some(status) = program.child.try_wait()? {
                return Err(format!(
                    "{} ended ({status}); the end of {}:\n{}",
                    program.name,
                    program.log.display(),
                    last_lines(&program.log)
                )
                .into());
            }
        }
        Ok(())
    }

    /// Lets the programs run on without us, and answers their process numbers.
    pub(crate) fn leave_running(mut self) -> Vec<u32> {
        let running = self.running.drain(..);
        running.map(|program| program.child.id()).collect()
    }

    /// Asks every program to stop, and kills those that do not.
    pub(crate) fn stop(&mut self) {
        for program in &self.running {
            signal(&program.child, "TERM");
        }
        let start = Instant::now();
        for mut program in self.running.drain(..) {
            while matches!(program.child.try_wait(), Ok(None)) && start.elapsed() < FAREWELL {
                thread::sleep(GLANCE);
            }
            if matches!(program.child.try_wait(), Ok(None)) {
                eprintln!("{} does not stop; killing it.", program.name);
                // It may end just now, and then there is nothing to kill.
                program.child.kill().ok();
                program.child.wait().ok();
            }
        }
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        self.stop();
    }
}

fn last_lines(log: &Path) -> String {
    tail(&fs::read_to_string(log).unwrap_or_default(), LOG_LINES)
}

/// Whether `GET path` at `address` is answered with 200.
pub(crate) fn answers(address: SocketAddr, path: &str) -> bool {
    status(address, path) == Some(200)
}

/// The status that answers `GET path`, if anything answers.
fn status(address: SocketAddr, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address, REQUEST).ok()?;
    stream.set_read_timeout(Some(REQUEST)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head)
        .ok()?
        .strip_prefix("HTTP/1.1 ")?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn logs(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("tidings-{name}-{}", std::process::id()))
    }

    #[test]
    fn the_status_of_an_answer_is_read() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 16];
            stream.read_exact(&mut request).unwrap();
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .unwrap();
            request
        });
        assert_eq!(status(address, "/readyz"), Some(204));
        assert_eq!(&server.join().unwrap(), b"GET /readyz HTTP");
    }

    #[test]
    fn nobody_listening_is_no_answer() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(status(address, "/"), None);
    }

    #[test]
    fn a_program_that_ends_early_is_named_with_its_last_words() {
        let logs = logs("early");
        let mut programs = Programs::new(logs.clone()).unwrap();
        programs
            .start(
                "talker",
                Command::new("sh").args(["-c", "echo goodbye; exit 7"]),
            )
            .unwrap();
        let text = programs.await_interrupt().unwrap_err().to_string();
        assert!(
            text.contains("talker ended (exit status: 7)") && text.ends_with("goodbye"),
            "{text}"
        );
        fs::remove_dir_all(logs).unwrap();
    }

    #[test]
    fn a_program_is_asked_before_it_is_killed() {
        let logs = logs("asked");
        let mut programs = Programs::new(logs.clone()).unwrap();
        let script = "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
        programs
            .start("loop", Command::new("sh").args(["-c", script]))
            .unwrap();
        let log = logs.join("loop.log");
        let start = Instant::now();
        while last_lines(&log) != "ready" && start.elapsed() < FAREWELL {
            thread::yield_now();
        }
        programs.stop();
        assert_eq!(last_lines(&log), "ready\nasked");
        fs::remove_dir_all(logs).unwrap();
    }
}
