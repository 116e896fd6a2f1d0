//! The providers that are spoken for: one line each.

use serde::{Deserialize, Serialize};

use crate::accounts::{Account as _, Book, Secrets};
use crate::aws::{self, AwsAccount};
use crate::clicksend::{self, ClickSendAccount};
use crate::messagebird::{self, MessageBirdAccount};
use crate::meta::{self, MetaApp};
use crate::problem::Problem;
use crate::protocol::Provider;
use crate::ses;
use crate::smtp::{self, SmtpAccount};
use crate::twilio::{self, TwilioAccount};
use crate::vonage::{self, VonageAccount};
use crate::world::World;

/// Makes the table of providers, the form of their accounts, and the place where they are kept.
macro_rules! providers {
    ($(
        $(#[$attribute:meta])*
        $key:ident: $account:ty => $($provider:expr),+;
    )+) => {
        /// Where a contact's number could be several providers', the first line has it.
        pub(crate) const PROVIDERS: &[Provider] = &[$($($provider),+),+];

        /// Accounts at the simulated providers: the body of `PUT /accounts` and of the accounts
        /// file.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Accounts {
            $(
                $(#[$attribute])*
                #[serde(default)]
                pub $key: Vec<$account>,
            )+
        }

        /// The accounts that exist at the simulated providers right now.
        #[derive(Debug)]
        pub(crate) struct Registry {
            $(pub(crate) $key: Book<$account>,)+
            secrets: Secrets,
        }

        impl Registry {
            /// The kinds of accounts: the members of [`Accounts`].
            pub(crate) const KINDS: &'static [&'static str] = &[$(stringify!($key)),+];

            pub(crate) fn new(secrets: Secrets) -> Self {
                Self {
                    $($key: Book::new(secrets.get(stringify!($key))),)+
                    secrets,
                }
            }

            /// Checks the accounts and fills in the default secrets.
            pub(crate) fn complete(&self, mut accounts: Accounts) -> Result<Accounts, Problem> {
                $(
                    let default = self.secrets.get(stringify!($key)).map(String::as_str);
                    for (index, account) in accounts.$key.iter_mut().enumerate() {
                        let at = |field: &str| format!("/{}/{index}/{field}", stringify!($key));
                        account.complete(default, &at)?;
                    }
                )+
                Ok(accounts)
            }

            /// Asks the other side about what is new in the accounts.
            pub(crate) async fn verify(
                world: &World,
                accounts: &Accounts,
            ) -> Result<(), Problem> {
                $(
                    for (index, account) in accounts.$key.iter().enumerate() {
                        let at = |field: &str| format!("/{}/{index}/{field}", stringify!($key));
                        let known = world.registry.$key.get(account.id());
                        account.verify(world, known.as_deref(), &at).await?;
                    }
                )+
                Ok(())
            }

            /// Adds accounts of the configuration.
            pub(crate) fn trust(&self, mut accounts: Accounts) {
                $(accounts.$key.iter_mut().for_each(|account| account.trust());)+
                self.put(accounts);
            }

            /// Tells the other side that these accounts are registered.
            pub(crate) fn announce(world: &World, accounts: &Accounts) {
                $(
                    for account in &accounts.$key {
                        if let Some(account) = world.registry.$key.get(account.id()) {
                            account.announce(world);
                        }
                    }
                )+
            }

            /// True if callbacks of one of these accounts are signed with the simulator's RSA key.
            pub(crate) fn need_rsa(accounts: &Accounts) -> bool {
                false $(|| accounts.$key.iter().any(|account| account.needs_rsa()))+
            }

            /// Adds or replaces accounts.
            pub(crate) fn put(&self, accounts: Accounts) {
                $(
                    for account in accounts.$key {
                        self.$key.put(account);
                    }
                )+
            }

            pub(crate) fn list(&self) -> Accounts {
                Accounts {
                    $($key: self.$key.all().iter().map(|one| (**one).clone()).collect(),)+
                }
            }
        }
    };
}

providers! {
    /// Phone numbers at Meta, known by their `phone_number_id`.
    #[serde(alias = "whatsapp_cloud")]
    meta: MetaApp => meta::META;
    /// Twilio accounts, known by their `sid`.
    twilio: TwilioAccount => twilio::TWILIO;
    /// Vonage accounts, known by their `api_key`.
    vonage: VonageAccount => vonage::VONAGE;
    /// MessageBird accounts, known by their `access_key`.
    messagebird: MessageBirdAccount => messagebird::MESSAGEBIRD;
    /// ClickSend accounts, known by their `username`.
    clicksend: ClickSendAccount => clicksend::CLICKSEND;
    /// AWS accounts, known by their `access_key_id`.
    aws: AwsAccount => aws::AWS_SNS, ses::AWS_SES;
    /// Users of the mail server, known by their `username`.
    smtp: SmtpAccount => smtp::SMTP;
}
