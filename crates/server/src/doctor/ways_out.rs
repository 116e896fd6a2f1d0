//! The addresses that calls to providers go to, asked of the adapters themselves.

use super::{
    Finding,
    checks::{bounded, unreachable},
};
use crate::telemetry::chain;
use futures_util::future::join_all;
use reqwest::Client;
use std::collections::BTreeSet;
use tidings_messaging::{Catalog, Credentials};
use tokio::net::TcpStream;
use url::Url;

/// How many addresses of one provider are looked at: mail servers may be as many as accounts.
const MOST: usize = 20;

/// A stored account with its credentials in the clear.
pub(super) struct OpenAccount {
    pub(super) provider: String,
    pub(super) credentials: Credentials,
}

/// An address, and whether an account needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct WayOut {
    title: &'static str,
    address: String,
    is_used: bool,
}

/// Looks at the addresses that accounts call, and at those that the first account of a provider would call.
/// Without `accounts`, when they could not be read, every address may be one that an account needs.
pub(super) async fn look(
    catalog: &Catalog,
    accounts: Option<&[OpenAccount]>,
    client: &Client,
) -> Vec<Finding> {
    let ways = ways(catalog, accounts);
    join_all(ways.iter().map(|way| way.look(client))).await
}

fn ways(catalog: &Catalog, accounts: Option<&[OpenAccount]>) -> Vec<WayOut> {
    let mut ways = Vec::new();
    for provider in catalog.iter() {
        let descriptor = provider.descriptor();
        let used: BTreeSet<String> = accounts
            .unwrap_or_default()
            .iter()
            .filter(|account| account.provider == descriptor.name)
            .flat_map(|account| provider.addresses(&account.credentials))
            .collect();
        let way = |address: String, is_used| WayOut {
            title: descriptor.title,
            address,
            is_used,
        };
        let idle = provider.addresses(&Credentials::default());
        let idle: Vec<String> = idle.into_iter().filter(|it| !used.contains(it)).collect();
        ways.extend(used.into_iter().take(MOST).map(|it| way(it, true)));
        ways.extend(idle.into_iter().map(|it| way(it, accounts.is_none())));
    }
    ways
}

impl WayOut {
    async fn look(&self, client: &Client) -> Finding {
        let address = &self.address;
        match bounded(reach(address, client)).await {
            Ok(()) => Finding::fine(self.title, format!("{address} answers")),
            Err(problem) if self.is_used => {
                Finding::broken(self.title, unreachable(address, &problem))
            }
            Err(problem) => {
                let detail = unreachable(address, &problem);
                Finding::doubtful(self.title, format!("no account uses it, and {detail}"))
            }
        }
    }
}

/// Any answer shows that the way is open: without credentials it can only be a refusal. A mail server, which
/// would greet first, has answered when it lets us in.
async fn reach(address: &str, client: &Client) -> Result<(), String> {
    let url = Url::parse(address).map_err(|error| error.to_string())?;
    if url.scheme() != "smtp" {
        let answer = client.get(url).send().await;
        return answer
            .map(drop)
            .map_err(|error| chain(&error.without_url()));
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port()) else {
        return Err("it names no server".to_owned());
    };
    let host = host.trim_matches(['[', ']']);
    let connection = TcpStream::connect((host, port)).await;
    connection.map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, SystemClock, doctor::State, http_client, wiring::catalog};
    use secrecy::SecretString;
    use std::{io, sync::Arc};

    fn real() -> Catalog {
        let config = Config::from_lookup(
            &|name| {
                let value = match name {
                    "DATABASE_URL" => "postgres://tidings@localhost/tidings",
                    "TIDINGS_KEYS" => "test:dGlkaW5ncyBlbmQgdG8gZW5kIHRlc3QgISEhISEhISE=",
                    "TIDINGS_PUBLIC_URL" => "https://api.example.com",
                    _ => return None,
                };
                Some(value.to_owned())
            },
            &|_| Err(io::ErrorKind::NotFound.into()),
        )
        .unwrap();
        catalog(&config, &http_client().unwrap(), &Arc::new(SystemClock)).unwrap()
    }

    fn account(provider: &str, fields: &[(&str, &str)]) -> OpenAccount {
        OpenAccount {
            provider: provider.to_owned(),
            credentials: Credentials::new(
                fields
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
            ),
        }
    }

    fn aws(region: &str) -> OpenAccount {
        let key = ("access_key_id", "AKIAEXAMPLE000000001");
        let secret = ("secret_access_key", "secret");
        account("aws_ses", &[key, secret, ("region", region)])
    }

    #[test]
    fn what_accounts_name_is_looked_at_once_each() {
        let accounts = [
            aws("eu-west-1"),
            aws("us-east-1"),
            aws("eu-west-1"),
            account("smtp", &[("host", "mail.example.com"), ("port", "2525")]),
            account("smtp", &[("host", "[2001:db8::1]")]),
            account("messagebird", &[("access_key", "bk_us1_key")]),
            account("clicksend", &[("username", "u"), ("api_key", "k")]),
            account("pigeon", &[]),
        ];
        let ways = ways(&real(), Some(&accounts));
        let used: Vec<&str> = ways
            .iter()
            .filter(|way| way.is_used)
            .map(|way| way.address.as_str())
            .collect();
        assert_eq!(
            used,
            [
                "https://email.eu-west-1.amazonaws.com/",
                "https://email.us-east-1.amazonaws.com/",
                "https://rest.clicksend.com/v3",
                "https://us1.platform.bird.com/",
                "smtp://[2001:db8::1]:587",
                "smtp://mail.example.com:2525",
            ]
        );
        let idle: Vec<&str> = ways
            .iter()
            .filter(|way| !way.is_used)
            .map(|way| way.title)
            .collect();
        assert_eq!(
            idle,
            ["Twilio", "Vonage", "Vonage", "WhatsApp Cloud API"],
            "{ways:?}"
        );
    }

    #[test]
    fn when_accounts_cannot_be_read_every_address_may_be_needed() {
        let ways = ways(&real(), None);
        assert!(!ways.is_empty() && ways.iter().all(|way| way.is_used));
    }

    #[tokio::test]
    async fn nobody_there_is_broken_only_for_who_needs_it() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = unused.local_addr().unwrap().port();
        drop(unused);
        let client = http_client().unwrap();
        for scheme in ["http", "smtp"] {
            for (is_used, state) in [(true, State::Broken), (false, State::Doubtful)] {
                let way = WayOut {
                    title: "Acme",
                    address: format!("{scheme}://127.0.0.1:{port}"),
                    is_used,
                };
                let finding = way.look(&client).await;
                assert_eq!(finding.state, state, "{finding:?}");
                assert!(finding.detail.contains(&way.address), "{finding:?}");
            }
        }
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let way = WayOut {
            title: "Mail",
            address: format!("smtp://{}", server.local_addr().unwrap()),
            is_used: true,
        };
        assert_eq!(way.look(&client).await.state, State::Fine);
    }
}
