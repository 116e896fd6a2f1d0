//! The command line of `tidings`.

use super::{
    dev,
    keys::{self, NewTenant},
    ledger,
    members::{NewMember, create_member, new_password, read_password, reset_password},
    messages::{Remote, Wish, Words},
    plant::plant,
    queue_line::QueueCommand,
};
use crate::{
    Adapters, Config, SystemIds, doctor,
    programs::{connect, prepare},
    telemetry::say,
    unknown_settings,
};
use clap::{Args, Parser, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use std::{path::PathBuf, process::ExitCode};
use tidings_consent::chain::Hash;
use tidings_console::Cost;
use tidings_kernel::{BoxError, Locale, MessageId, Purpose, Region, TenantId};
use tidings_messaging::{Members, Role as MemberRole, Scope, Tenants};
use tidings_postgres::{Role, migrate};
use tidings_quiet_hours::Zone;

/// Multi-tenant messaging. Settings come from the environment; see `tidings doctor`.
#[derive(Debug, Parser)]
#[command(name = "tidings", version)]
pub struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs everything in this process, with demonstration data, beside a running simulator.
    Dev(Out),
    /// Brings the database to the schema of this program.
    Migrate,
    /// Makes and lists tenants.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Makes API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Makes the people who may log in to the console.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Shows what waits, and pauses, weighs and drains it.
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Sends a message through the HTTP API.
    Send(Send),
    /// Says why a message was sent, deferred or refused.
    Explain {
        /// The message.
        message: MessageId,
        #[command(flatten)]
        remote: RemoteArgs,
    },
    /// Checks an exported ledger of consent, offline; fails at the first place that does not hold.
    VerifyLedger {
        /// What `GET /v1/contacts/{id}/consent/export` gave.
        file: PathBuf,
        /// The hash that it must end in, as it was kept elsewhere.
        #[arg(long)]
        head: Option<Hash>,
    },
    /// Looks at settings, database, keys, clock and providers, and says what to do.
    Doctor,
    /// Prints the description of the HTTP API (OpenAPI 3.1).
    Openapi,
    /// Plants demonstration data; the API must be running.
    Seed {
        /// Where the simulator listens.
        #[arg(long)]
        simulator_url: String,
        #[command(flatten)]
        out: Out,
    },
}

#[derive(Debug, Args)]
struct Out {
    /// Where to write what other programs need to know.
    #[arg(long, default_value = ".tidings/dev.json")]
    out: PathBuf,
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Makes a tenant and prints its id.
    Create {
        /// The name that recipients know it by.
        #[arg(long)]
        name: String,
        /// Where national phone numbers are read, such as US.
        #[arg(long, value_parser = Region::parse)]
        region: Option<Region>,
        /// The clock of the business, such as America/New_York.
        #[arg(long)]
        time_zone: Option<Zone>,
        /// The language to fall back to, such as en_US.
        #[arg(long, default_value = "en", value_parser = Locale::parse)]
        locale: Locale,
    },
    /// Prints every tenant.
    List,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Makes a key and prints it; it cannot be shown again.
    Create {
        /// The tenant that it opens.
        #[arg(long)]
        tenant: TenantId,
        /// What it is for.
        #[arg(long)]
        name: String,
        /// read, send, manage or admin.
        #[arg(long)]
        scope: Scope,
    },
}

#[derive(Debug, Subcommand)]
enum MemberCommand {
    /// Makes a member; prints a password, which cannot be shown again.
    Create {
        #[command(flatten)]
        login: LoginArgs,
        /// What colleagues call the person.
        #[arg(long)]
        name: String,
        /// viewer, member, admin or owner.
        #[arg(long, default_value = "owner")]
        role: MemberRole,
    },
    /// Gives a member another password and ends their sessions.
    Password {
        #[command(flatten)]
        login: LoginArgs,
    },
    /// Prints the members of a tenant.
    List {
        /// Whose.
        #[arg(long)]
        tenant: TenantId,
    },
}

#[derive(Debug, Args)]
struct LoginArgs {
    /// For whom the person works.
    #[arg(long)]
    tenant: TenantId,
    /// What the person logs in with.
    #[arg(long)]
    email: String,
    /// Read the password from the first line of the input instead of making one.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
struct RemoteArgs {
    /// Where the API is.
    #[arg(long, env = "TIDINGS_API_URL", default_value = "http://127.0.0.1:4000")]
    api_url: String,
    /// The API key.
    #[arg(long, env = "TIDINGS_API_KEY", hide_env_values = true)]
    key: SecretString,
}

#[derive(Debug, Args)]
struct Send {
    #[command(flatten)]
    remote: RemoteArgs,
    /// A contact's id, or a phone number.
    #[arg(long)]
    to: String,
    /// sms, whatsapp, auto, or several in order of preference, as in whatsapp,sms.
    #[arg(long, default_value = "auto", value_delimiter = ',')]
    channel: Vec<String>,
    /// Why: transactional, reminder, conversational, marketing, authentication or emergency.
    #[arg(long)]
    purpose: Purpose,
    #[command(flatten)]
    words: WordsArgs,
    /// A value for the template, as name=value; repeat it for more.
    #[arg(long, value_parser = pair, conflicts_with = "text")]
    data: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct WordsArgs {
    /// What to say.
    #[arg(long)]
    text: Option<String>,
    /// The template that says it.
    #[arg(long)]
    template: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("write it as name=value".to_owned()),
    }
}

impl Line {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever the command says is wrong, for people.
    pub async fn run(self) -> Result<ExitCode, BoxError> {
        match self.command {
            Command::Dev(Out { out }) => return dev::run(&prepare()?, &out).await,
            Command::Migrate => {
                migrate(&Config::database_from_env()?).await?;
                say("The database has the schema of this program.")?;
            }
            Command::Tenant(command) => command.run().await?,
            Command::Key(command) => command.run().await?,
            Command::Member(command) => command.run().await?,
            Command::Queue(command) => return command.run().await,
            Command::Send(send) => send.run().await?,
            Command::Explain { message, remote } => {
                say(remote.remote().explain(message).await?)?;
            }
            Command::VerifyLedger { file, head } => say(ledger::verify(&file, head)?)?,
            Command::Doctor => return doctor().await,
            Command::Openapi => {
                say(serde_json::to_string_pretty(&tidings_http_api::openapi())?)?;
            }
            Command::Seed { simulator_url, out } => {
                let config = prepare()?;
                let adapters = Adapters::new(&config, connect(&config, Role::Worker).await?)?;
                let planted = plant(&config, &adapters, &simulator_url, &out.out).await;
                adapters.postgres.close().await;
                say(planted?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn doctor() -> Result<ExitCode, BoxError> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let diagnosis = doctor::diagnose(Config::from_env(), &unknown_settings(names)).await;
    say(&diagnosis)?;
    Ok(if diagnosis.is_healthy() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl TenantCommand {
    async fn run(self) -> Result<(), BoxError> {
        let postgres = keys::open(&Config::database_from_env()?).await?;
        match self {
            Self::Create {
                name,
                region,
                time_zone,
                locale,
            } => {
                let new = NewTenant {
                    name,
                    region,
                    time_zone,
                    locale,
                };
                let tenant = keys::create_tenant(&postgres, new).await?;
                say(tenant.id)?;
            }
            Self::List => {
                for tenant in Tenants::list(&postgres).await? {
                    say(format_args!("{}  {}", tenant.id, tenant.name))?;
                }
            }
        }
        postgres.close().await;
        Ok(())
    }
}

impl KeyCommand {
    async fn run(self) -> Result<(), BoxError> {
        let Self::Create {
            tenant,
            name,
            scope,
        } = self;
        let postgres = keys::open(&Config::database_from_env()?).await?;
        say(keys::create_key(&postgres, tenant, name, scope).await?)?;
        eprintln!("Keep it now: it is not stored and cannot be shown again.");
        postgres.close().await;
        Ok(())
    }
}

impl MemberCommand {
    async fn run(self) -> Result<(), BoxError> {
        let postgres = keys::open(&Config::database_from_env()?).await?;
        match self {
            Self::Create { login, name, role } => {
                let password = login.password()?;
                let new = NewMember {
                    tenant: login.tenant,
                    email: login.email.clone(),
                    name,
                    role,
                };
                let made = create_member(&postgres, new, &password, Cost::default()).await?;
                say(made.id)?;
                login.show(&password)?;
            }
            Self::Password { login } => {
                let password = login.password()?;
                let (tenant, email) = (login.tenant, &login.email);
                reset_password(&postgres, tenant, email, &password, Cost::default()).await?;
                login.show(&password)?;
            }
            Self::List { tenant } => {
                for member in Members::list(&postgres, tenant).await? {
                    let state = if member.is_active() {
                        ""
                    } else {
                        "  (disabled)"
                    };
                    say(format_args!(
                        "{}  {}  {}{state}",
                        member.id, member.role, member.email
                    ))?;
                }
            }
        }
        postgres.close().await;
        Ok(())
    }
}

impl LoginArgs {
    fn password(&self) -> Result<SecretString, BoxError> {
        if self.password_stdin {
            read_password(&mut std::io::stdin().lock())
        } else {
            new_password()
        }
    }

    /// Shows a password that was made here, once.
    fn show(&self, password: &SecretString) -> Result<(), BoxError> {
        if !self.password_stdin {
            say(password.expose_secret())?;
            eprintln!("Keep the password now: it cannot be shown again.");
        }
        Ok(())
    }
}

impl RemoteArgs {
    fn remote(self) -> Remote {
        Remote {
            api_url: self.api_url,
            key: self.key,
        }
    }
}

impl Send {
    async fn run(self) -> Result<(), BoxError> {
        let words = match (self.words.text, self.words.template) {
            (Some(text), _) => Words::Text(text),
            (None, Some(name)) => Words::Template {
                name,
                data: self.data,
            },
            (None, None) => return Err("give --text or --template".into()),
        };
        let wish = Wish {
            to: self.to,
            channels: self.channel,
            purpose: self.purpose,
            words,
        };
        say(self.remote.remote().send(&wish, &SystemIds).await?)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Line::command().debug_assert();
    }

    #[test]
    fn a_message_needs_words_and_one_kind_of_them() {
        let line = |words: &[&str]| {
            let start = [
                "tidings",
                "send",
                "--key",
                "tk_x",
                "--to",
                "+12025550123",
                "--purpose",
                "reminder",
            ];
            Line::try_parse_from(start.iter().chain(words)).is_ok()
        };
        assert!(line(&["--text", "Hi"]));
        assert!(line(&[
            "--template",
            "t",
            "--data",
            "a=1",
            "--data",
            "b=x=y"
        ]));
        assert!(!line(&[]));
        assert!(!line(&["--text", "Hi", "--template", "t"]));
        assert!(!line(&["--text", "Hi", "--data", "a=1"]));
        assert!(!line(&["--template", "t", "--data", "a"]));
    }

    #[test]
    fn values_are_checked_before_anything_is_done() {
        let fails = |words: &[&str]| Line::try_parse_from(words).is_err();
        assert!(fails(&[
            "tidings", "tenant", "create", "--name", "x", "--region", "USA"
        ]));
        assert!(fails(&[
            "tidings",
            "tenant",
            "create",
            "--name",
            "x",
            "--time-zone",
            "Mars/Hill"
        ]));
        assert!(fails(&[
            "tidings", "key", "create", "--tenant", "acc_1", "--name", "x", "--scope", "read"
        ]));
        assert!(!fails(&[
            "tidings", "tenant", "create", "--name", "x", "--region", "us"
        ]));
    }
}
