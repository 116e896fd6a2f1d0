//! What may be said to `cargo xtask dev`.

use crate::process::Outcome;

/// How to understand it.
pub(crate) const USAGE: &str =
    "usage: cargo xtask dev [--api-port <port>] [--simulator-port <port>] [--release] [--once]";

/// What was said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) api_port: u16,
    pub(super) simulator_port: u16,
    pub(super) profile: Profile,
    pub(super) until: Until,
}

/// How the programs are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    Debug,
    Release,
}

impl Profile {
    /// Cargo's flag for it.
    pub(super) fn flag(self) -> Option<&'static str> {
        match self {
            Self::Debug => None,
            Self::Release => Some("--release"),
        }
    }

    /// Its directory in the target directory.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// When everything is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// On Ctrl-C.
    Interrupt,
    /// As soon as everything has answered.
    Ready,
}

impl Options {
    /// Reads `words`; where they are silent the environment speaks, through `lookup`.
    ///
    /// # Errors
    /// An unknown word, or a port that is none.
    pub(super) fn parse(words: &[&str], lookup: impl Fn(&str) -> Option<String>) -> Outcome<Self> {
        let from_environment = |name: &str, default| match lookup(name) {
            Some(text) => port(name, &text),
            None => Ok(default),
        };
        let mut options = Self {
            api_port: from_environment("TIDINGS_API_PORT", 4000)?,
            simulator_port: from_environment("TIDINGS_SIMULATOR_PORT", 4020)?,
            profile: Profile::Debug,
            until: Until::Interrupt,
        };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            match word {
                "--api-port" => options.api_port = port(word, words.next().unwrap_or_default())?,
                "--simulator-port" => {
                    options.simulator_port = port(word, words.next().unwrap_or_default())?;
                }
                "--release" => options.profile = Profile::Release,
                "--once" => options.until = Until::Ready,
                unknown => return Err(format!("no option `{unknown}`\n{USAGE}").into()),
            }
        }
        Ok(options)
    }
}

fn port(name: &str, text: &str) -> Outcome<u16> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        Ok(_) | Err(_) => {
            Err(format!("{name} wants a port between 1 and 65535, not `{text}`").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Outcome<Options> {
        Options::parse(words, |name| {
            (name == "TIDINGS_API_PORT").then(|| "4100".to_owned())
        })
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_default() {
        let quiet = parse(&[]).unwrap();
        assert_eq!((quiet.api_port, quiet.simulator_port), (4100, 4020));
        let said = parse(&["--api-port", "4200", "--simulator-port", "4300"]).unwrap();
        assert_eq!((said.api_port, said.simulator_port), (4200, 4300));
    }

    #[test]
    fn it_runs_debug_programs_until_interrupted_unless_told_otherwise() {
        let quiet = parse(&[]).unwrap();
        assert_eq!(
            (quiet.profile, quiet.until),
            (Profile::Debug, Until::Interrupt)
        );
        let said = parse(&["--release", "--once"]).unwrap();
        assert_eq!((said.profile, said.until), (Profile::Release, Until::Ready));
    }

    #[test]
    fn what_is_no_port_and_what_is_no_option_is_refused_by_name() {
        for (words, hint) in [
            (&["--api-port"][..], "--api-port"),
            (&["--api-port", "0"], "`0`"),
            (&["--simulator-port", "70000"], "`70000`"),
            (&["--fast"], "`--fast`"),
        ] {
            assert!(
                parse(words).unwrap_err().to_string().contains(hint),
                "{words:?}"
            );
        }
    }
}
