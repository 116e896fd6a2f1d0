//! A real browser without a window, for the tests of pages: Chromium with its libraries and fonts, and axe, which
//! looks for what keeps people out. All come from packages that are pinned to their bytes.

mod install;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use self::install::Installed;
use crate::{process::Outcome, programs::Programs, workspace::Workspace};

/// The variable by which tests find it: the address that Chromium prints when it starts.
pub(crate) const VARIABLE: &str = "TIDINGS_BROWSER_URL";
/// The variable by which tests find the file of axe.
pub(crate) const AXE: &str = "TIDINGS_AXE";

/// What Chromium writes into its directory once it listens: its port, and the path of its address.
const ADDRESS: &str = "DevToolsActivePort";

/// No window, no ports but the one of tests, and no word to anybody outside.
const FLAGS: [&str; 15] = [
    "--headless",
    "--remote-debugging-port=0",
    // It opens our own pages alone, and the sandbox wants rights that containers do not give.
    "--no-sandbox",
    // The shared memory of containers is small.
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
    "--hide-scrollbars",
    // Letters look the same on every machine.
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
];

/// A browser in use: the one of `TIDINGS_BROWSER_URL`, or one that stops when this is dropped.
pub(crate) struct Browser {
    url: String,
    axe: PathBuf,
    own: Option<Own>,
}

/// A browser that was started here.
struct Own {
    programs: Programs,
    directory: PathBuf,
}

impl Browser {
    /// Starts a browser, installing it first if need be, unless `TIDINGS_BROWSER_URL` names one.
    ///
    /// # Errors
    /// No Node.js, no network for the first time, a system that no browser is packaged for, or it does not start;
    /// the message says what to do.
    pub(crate) fn open(workspace: &Workspace) -> Outcome<Self> {
        let installed = Installed::of(workspace)?;
        let axe = match given(AXE) {
            Some(axe) => axe.into(),
            None => installed.axe()?,
        };
        if let Some(url) = given(VARIABLE) {
            return Ok(Self {
                url,
                axe,
                own: None,
            });
        }
        // Of this process alone, so that several can have one at once.
        let directory = workspace.state(&format!("browser/run-{}", std::process::id()))?;
        remove(&directory)?;
        fs::create_dir_all(&directory)?;
        let mut chromium = installed.chromium()?;
        chromium
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", directory.display()))
            .arg("about:blank");
        let mut programs = Programs::new(workspace.state("logs")?)?;
        programs.start("browser", &mut chromium)?;
        let written = directory.join(ADDRESS);
        let address = || url(&fs::read_to_string(&written).ok()?);
        programs.wait("the browser names no address", || address().is_some())?;
        let url = address().ok_or("the browser's address is gone again")?;
        let own = Some(Own {
            programs,
            directory,
        });
        Ok(Self { url, axe, own })
    }

    /// Tells tests where everything is.
    pub(crate) fn tell<'command>(&self, command: &'command mut Command) -> &'command mut Command {
        command.env(VARIABLE, &self.url).env(AXE, &self.axe)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let Some(own) = &mut self.own else {
            return;
        };
        own.programs.stop();
        if let Err(error) = remove(&own.directory) {
            eprintln!("{} is left: {error}", own.directory.display());
        }
    }
}

/// `cargo xtask browser`: runs one until somebody interrupts, and prints what tests want to be told.
///
/// # Errors
/// It does not start, or ends by itself.
pub(crate) fn command(workspace: &Workspace) -> Outcome {
    let mut browser = Browser::open(workspace)?;
    println!("export {VARIABLE}='{}'", browser.url);
    println!("export {AXE}='{}'", browser.axe.display());
    match &mut browser.own {
        Some(own) => own.programs.await_interrupt(),
        None => Ok(()),
    }
}

/// What the developer named.
fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// The address in Chromium's own words, if they are whole.
fn url(words: &str) -> Option<String> {
    let (port, path) = words.split_once('\n')?;
    let port: u16 = port.trim().parse().ok()?;
    let path = path.trim();
    path.starts_with("/devtools/browser/")
        .then(|| format!("ws://127.0.0.1:{port}{path}"))
}

fn remove(directory: &Path) -> Outcome {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_once_it_is_whole() {
        let whole = "39643\n/devtools/browser/20a99454-d813";
        assert_eq!(
            url(whole).unwrap(),
            "ws://127.0.0.1:39643/devtools/browser/20a99454-d813"
        );
        for part in [
            "",
            "39643",
            "39643\n",
            "39643\n/dev",
            "port\n/devtools/browser/2",
        ] {
            assert_eq!(url(part), None, "{part:?}");
        }
    }
}
