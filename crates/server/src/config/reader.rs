use super::{ConfigError, Environment, LogConfig, LogFormat, Lookup, Mistake, ReadFile};
use secrecy::SecretString;
use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::Arc,
};
use tidings_vault::KeyRing;
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

/// The usual lease, in seconds.
const LEASE: u32 = 60;
/// The usual limit of a provider's call, in seconds.
const CALL: u32 = 20;

/// Reads setting after setting and collects what is wrong. `None` where a value was expected says that
/// a mistake was noted.
pub(super) struct Reader<'a> {
    lookup: Lookup<'a>,
    read: ReadFile<'a>,
    mistakes: Vec<Mistake>,
}

/// Which addresses pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// `http` too.
    Any,
    /// `https` only.
    Encrypted,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(lookup: Lookup<'a>, read: ReadFile<'a>) -> Self {
        Self {
            lookup,
            read,
            mistakes: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, name: impl Into<String>, problem: impl Into<String>) {
        self.mistakes.push(Mistake {
            name: name.into(),
            problem: problem.into(),
        });
    }

    pub(super) fn is_given(&self, name: &str) -> bool {
        (self.lookup)(name).is_some()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned())
    }

    pub(super) fn finish(self) -> ConfigError {
        ConfigError(self.mistakes)
    }

    pub(super) fn check(self) -> Result<(), ConfigError> {
        if self.mistakes.is_empty() {
            Ok(())
        } else {
            Err(self.finish())
        }
    }

    pub(super) fn environment(&mut self) -> Option<Environment> {
        match (self.lookup)("TIDINGS_ENV").as_deref() {
            // Whoever says nothing gets the strict rules.
            None | Some("production") => Some(Environment::Production),
            Some("development") => Some(Environment::Development),
            Some(other) => {
                let problem = format!("is {other:?}: use development or production");
                self.refuse("TIDINGS_ENV", problem);
                None
            }
        }
    }

    pub(super) fn database_url(&mut self) -> Option<SecretString> {
        let hint = "set it to postgres://user:password@host:5432/database";
        let text = self.secret("DATABASE_URL", hint)?;
        // The text holds a password, so the parser's own words are not repeated.
        let is_postgres =
            Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        if !is_postgres {
            self.refuse(
                "DATABASE_URL",
                format!("is no address of PostgreSQL: {hint}"),
            );
            return None;
        }
        Some(text.into())
    }

    pub(super) fn keys(&mut self) -> Option<Arc<KeyRing>> {
        let hint = "set it to a name and 32 random bytes, as in 2026a:$(openssl rand -base64 32), \
                    and keep a copy: without it no stored credential opens";
        let text = self.secret("TIDINGS_KEYS", hint)?;
        match KeyRing::parse(&text) {
            Ok(ring) => Some(Arc::new(ring)),
            Err(error) => {
                self.refuse("TIDINGS_KEYS", format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// A secret, given itself or as the name of a file that holds it.
    pub(super) fn secret(&mut self, name: &str, hint: &str) -> Option<String> {
        let file = format!("{name}_FILE");
        match ((self.lookup)(name), (self.lookup)(&file)) {
            (Some(_), Some(_)) => {
                self.refuse(name, format!("and {file} are both set: remove one of them"));
                None
            }
            (Some(value), None) => Some(value.trim().to_owned()),
            (None, Some(path)) => match (self.read)(Path::new(&path)) {
                Ok(text) if text.trim().is_empty() => {
                    self.refuse(file, format!("names an empty file ({path}): {hint}"));
                    None
                }
                Ok(text) => Some(text.trim().to_owned()),
                Err(error) => {
                    let problem = format!("names a file that cannot be read ({path}): {error}");
                    self.refuse(file, problem);
                    None
                }
            },
            (None, None) => {
                self.refuse(name, format!("is missing: {hint}"));
                None
            }
        }
    }

    /// An address to listen on. Both parts must be named, so that nobody listens to the whole world
    /// by leaving one out.
    pub(super) fn listen(&mut self, name: &str, default: Option<&str>) -> Option<SocketAddr> {
        let text = (self.lookup)(name).or_else(|| default.map(str::to_owned))?;
        let address = text.trim().parse().ok();
        if address.is_none() {
            let problem = format!(
                "is {text:?}: name an IP address and a port, such as 127.0.0.1:4000, or \
                 0.0.0.0:4000 for every interface"
            );
            self.refuse(name, problem);
        }
        address
    }

    /// The start of addresses: scheme, host, port and possibly a path.
    pub(super) fn origin(
        &mut self,
        name: &str,
        default: Option<&str>,
        transport: Transport,
    ) -> Option<Url> {
        let text = (self.lookup)(name).or_else(|| default.map(str::to_owned))?;
        let problem = match Url::parse(text.trim()) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                "must start with https://".to_owned()
            }
            Ok(url) if url.host().is_none() => "names no host".to_owned(),
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                "must end before ? and #".to_owned()
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                "must hold no login".to_owned()
            }
            Ok(url) if transport == Transport::Encrypted && url.scheme() != "https" => {
                "must start with https:// in production: callbacks and credentials travel over it \
                 (or set TIDINGS_ENV=development)"
                    .to_owned()
            }
            Ok(url) => return Some(url),
            Err(error) => format!("is no address ({error}): write it as https://host"),
        };
        self.refuse(name, problem);
        None
    }

    pub(super) fn graph_version(&mut self) -> String {
        let name = "TIDINGS_WHATSAPP_CLOUD_VERSION";
        let default = || tidings_whatsapp_cloud::DEFAULT_VERSION.to_owned();
        let text = (self.lookup)(name).unwrap_or_else(default);
        let is_version = text
            .strip_prefix('v')
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(major, minor)| {
                [major, minor].iter().all(|part| {
                    !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_digit())
                })
            });
        if !is_version {
            self.refuse(name, format!("is {text:?}: write it as v25.0"));
        }
        text
    }

    /// Where temporary files are, unless another place is given. Whether it can be written shows when it is.
    pub(super) fn spool(&self) -> PathBuf {
        let given = (self.lookup)("TIDINGS_SPOOL_DIR").or_else(|| (self.lookup)("TMPDIR"));
        given.map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
    }

    /// A number, if given.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let text = (self.lookup)(name)?;
        let number = text
            .trim()
            .parse()
            .ok()
            .filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            self.refuse(
                name,
                format!("is {text:?}: use a whole number from {least} to {most}"),
            );
        }
        number
    }

    /// A claim must outlive a call, with its outcome written: else another worker takes the message while
    /// it is being sent.
    pub(super) fn outlives(&mut self, lease: Option<u32>, call: Option<u32>) {
        let (lease, call) = (lease.unwrap_or(LEASE), call.unwrap_or(CALL));
        if lease <= call {
            self.refuse(
                "TIDINGS_WORKER_LEASE_SECONDS",
                format!(
                    "is {lease}, but a provider's call may take {call} seconds: make it longer"
                ),
            );
        }
    }

    /// Nobody wants a wrong clock but those who test what it does.
    pub(super) fn clock_offset_file(
        &mut self,
        environment: Option<Environment>,
    ) -> Option<PathBuf> {
        let name = "TIDINGS_CLOCK_OFFSET_FILE";
        let path = (self.lookup)(name)?;
        if environment == Some(Environment::Production) {
            self.refuse(name, "has no place in production: remove it");
            return None;
        }
        Some(path.into())
    }

    pub(super) fn log(&mut self) -> LogConfig {
        let filter = (self.lookup)("TIDINGS_LOG").unwrap_or_else(|| "info".to_owned());
        if let Err(error) = EnvFilter::builder().parse(&filter) {
            let problem = format!("is no filter ({error}): use info, or info,tidings_worker=debug");
            self.refuse("TIDINGS_LOG", problem);
        }
        let format = match (self.lookup)("TIDINGS_LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                self.refuse(
                    "TIDINGS_LOG_FORMAT",
                    format!("is {other:?}: use text or json"),
                );
                LogFormat::Text
            }
        };
        LogConfig { filter, format }
    }

    /// The simulator has no keys and keeps what it is sent, so it is never used for real messages,
    /// and only on this machine.
    pub(super) fn simulator_url(&mut self, environment: Option<Environment>) -> Option<Url> {
        let name = "TIDINGS_SIMULATOR_URL";
        let url = self.origin(name, None, Transport::Any)?;
        let is_loopback = match url.host() {
            Some(Host::Domain(host)) => host == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if environment == Some(Environment::Production) {
            self.refuse(name, "has no place in production: remove it");
            return None;
        }
        if !is_loopback {
            self.refuse(
                name,
                "must be on this machine: the simulator listens on loopback only",
            );
            return None;
        }
        Some(url)
    }
}
