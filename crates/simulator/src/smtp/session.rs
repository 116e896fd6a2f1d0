//! A conversation, command by command.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;

use super::SMTP;
use super::deliver::{self, Envelope};
use super::line::{Data, LARGEST, Lines, command, path};
use super::replies::{Stage, decided, of_code, reply, stage};
use crate::faults::Verdict;
use crate::mailbox;
use crate::world::{World, locked};

const NAME: &str = "simulator.test";
/// Who is told no so often is not listened to any more.
const MOST_MISTAKES: u32 = 20;

struct Session<'a> {
    world: &'a Arc<World>,
    lines: Lines,
    has_greeted: bool,
    envelope: Envelope,
    /// What a fault has decided for the mail under way.
    fault: Option<&'static str>,
    mistakes: u32,
}

/// What follows a command.
#[derive(PartialEq, Eq)]
enum Next {
    Command,
    End,
}

/// Speaks until the caller leaves.
pub(super) async fn run(world: &Arc<World>, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session {
        world,
        lines: Lines::new(stream),
        has_greeted: false,
        envelope: Envelope::default(),
        fault: None,
        mistakes: 0,
    };
    session
        .say(&format!("220 {NAME} ESMTP simulated mail server"))
        .await?;
    while let Some(line) = session.lines.next().await? {
        if session.obey(&line).await? == Next::End {
            return Ok(());
        }
        if session.mistakes > MOST_MISTAKES {
            return session.say("421 4.7.0 Too many errors").await;
        }
    }
    Ok(())
}

impl Session<'_> {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.world.hesitate(SMTP).await;
        if text.starts_with('5') {
            self.mistakes += 1;
        }
        self.lines.say(text).await
    }

    async fn obey(&mut self, line: &str) -> io::Result<Next> {
        let (verb, rest) = command(line);
        match verb.as_str() {
            "EHLO" => self.greet(rest).await?,
            "HELO" => {
                self.has_greeted = true;
                self.say(&format!("250 {NAME}")).await?;
            }
            "AUTH" => self.log_in(rest).await?,
            "MAIL" => return self.sender(rest).await,
            "RCPT" => return self.recipient(rest).await,
            "DATA" => return self.message().await,
            "RSET" => {
                self.reset();
                self.say("250 2.0.0 Ok").await?;
            }
            "NOOP" => self.say("250 2.0.0 Ok").await?,
            "VRFY" => self.say("252 2.5.2 Send some mail").await?,
            "QUIT" => {
                self.say("221 2.0.0 Bye").await?;
                return Ok(Next::End);
            }
            _ => self.say("500 5.5.2 Command not recognized").await?,
        }
        Ok(Next::Command)
    }

    /// Forgets the mail under way; who has logged in stays.
    fn reset(&mut self) {
        self.envelope = Envelope {
            user: self.envelope.user.take(),
            ..Envelope::default()
        };
        self.fault = None;
    }

    async fn greet(&mut self, name: &str) -> io::Result<()> {
        if name.is_empty() {
            return self.say("501 5.5.4 A name is expected").await;
        }
        self.has_greeted = true;
        self.reset();
        let lines = [
            format!("250-{NAME} greets you"),
            format!("250-SIZE {LARGEST}"),
            "250-8BITMIME".to_owned(),
            "250-SMTPUTF8".to_owned(),
            "250-PIPELINING".to_owned(),
            "250-ENHANCEDSTATUSCODES".to_owned(),
            "250-DSN".to_owned(),
            "250 AUTH PLAIN LOGIN".to_owned(),
        ];
        self.say(&lines.join("\r\n")).await
    }

    async fn log_in(&mut self, rest: &str) -> io::Result<()> {
        if !self.has_greeted || self.envelope.user.is_some() {
            return self.say("503 5.5.1 Bad sequence of commands").await;
        }
        let (mechanism, initial) = command(rest);
        let pair = match mechanism.as_str() {
            "PLAIN" => {
                let text = match initial {
                    "" => self.ask("").await?,
                    text => decoded(text),
                };
                text.and_then(|text| {
                    let mut parts = text.split('\0').skip(1);
                    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
                })
            }
            "LOGIN" => {
                let user = match initial {
                    "" => self.ask("Username:").await?,
                    text => decoded(text),
                };
                let password = self.ask("Password:").await?;
                user.zip(password)
            }
            _ => return self.say("504 5.5.4 Mechanism not known").await,
        };
        let Some((user, password)) = pair else {
            return self.say("501 5.5.2 Cannot decode").await;
        };
        if let Verdict::Error(Some(code)) = self.world.faults.mishap(SMTP) {
            let code = of_code(code);
            if stage(code) == Stage::Login {
                return self.say(&reply(code)).await;
            }
        }
        if self.world.registry.smtp.admits(&user, &password) {
            self.envelope.user = Some(user);
            self.say("235 2.7.0 Authentication successful").await
        } else {
            self.say(&reply("535 5.7.8")).await
        }
    }

    /// Asks in base 64, and reads what comes back.
    async fn ask(&mut self, what: &str) -> io::Result<Option<String>> {
        self.say(&format!("334 {}", STANDARD.encode(what))).await?;
        let line = self.lines.next().await?;
        Ok(line.and_then(|line| decoded(&line)))
    }

    /// Refuses, and writes down whom.
    async fn refuse(&mut self, code: &'static str) -> io::Result<Next> {
        deliver::refused(self.world, &self.envelope, code);
        self.say(&reply(code)).await?;
        Ok(if code.starts_with("421") {
            Next::End
        } else {
            Next::Command
        })
    }

    async fn sender(&mut self, rest: &str) -> io::Result<Next> {
        if !self.has_greeted || self.envelope.sender.is_some() {
            self.say("503 5.5.1 Bad sequence of commands").await?;
            return Ok(Next::Command);
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            self.say("501 5.1.7 Bad sender address syntax").await?;
            return Ok(Next::Command);
        };
        let users = &self.world.registry.smtp;
        if self.envelope.user.is_none() && !users.is_open() {
            return self.refuse("530 5.7.0").await;
        }
        let user = self
            .envelope
            .user
            .as_deref()
            .and_then(|user| users.get(user));
        if user.is_some_and(|user| !user.may_send_from(&address)) {
            return self.refuse("553 5.1.8").await;
        }
        let parameter = |name: &str| {
            parameters
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, value)| *value)
        };
        let size = parameter("SIZE").and_then(|size| size.parse::<usize>().ok());
        if size.is_some_and(|size| size > LARGEST) {
            return self.refuse("552 5.3.4").await;
        }
        let id = parameter("ENVID").map(str::to_owned);
        self.fault = match self.world.faults.request(SMTP) {
            Verdict::Pass => None,
            Verdict::TooMany => Some("450 4.7.28"),
            Verdict::Error(None) => Some("421 4.3.2"),
            Verdict::Error(Some(code)) => Some(of_code(code)),
        };
        if let Some(code) = self.fault_at(Stage::Sender) {
            self.envelope.sender = Some(address);
            let next = self.refuse(code).await;
            self.reset();
            return next;
        }
        self.envelope.sender = Some(address);
        self.envelope.id = id;
        self.say("250 2.1.0 Ok").await?;
        Ok(Next::Command)
    }

    /// The fault, if it is for this stage.
    fn fault_at(&self, now: Stage) -> Option<&'static str> {
        self.fault.filter(|code| stage(code) == now)
    }

    async fn recipient(&mut self, rest: &str) -> io::Result<Next> {
        if self.envelope.sender.is_none() {
            self.say("503 5.5.1 Bad sequence of commands").await?;
            return Ok(Next::Command);
        }
        let address = path(rest, "TO:").map(|(address, _)| address);
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return self.refuse("553 5.1.3").await;
        };
        if self.envelope.recipient.is_some() {
            // One message, one handset.
            self.say(&reply("452 4.5.3")).await?;
            return Ok(Next::Command);
        }
        let magic = mailbox::magic(&address).and_then(decided);
        let refusal = match magic {
            Some(code) if stage(code) == Stage::Recipient => Some(code),
            Some(_) | None if self.world.is_blocked(&address) => Some("550 5.2.1"),
            Some(_) | None if self.is_greylisted(&address) => Some("451 4.7.1"),
            Some(_) | None => self.fault_at(Stage::Recipient),
        };
        if let Some(code) = refusal {
            self.envelope.recipient = Some(address);
            let next = self.refuse(code).await;
            self.envelope.recipient = None;
            return next;
        }
        self.fault = self.fault.or(magic);
        self.envelope.recipient = Some(address);
        self.say("250 2.1.5 Ok").await?;
        Ok(Next::Command)
    }

    /// True the first time that mail comes for an address that greylists.
    fn is_greylisted(&self, address: &str) -> bool {
        if mailbox::magic(address) != Some("greylist") {
            return false;
        }
        let mut store = locked(&self.world.store);
        store
            .handset_mut(address)
            .stopped
            .insert("smtp:greylisted".to_owned())
    }

    async fn message(&mut self) -> io::Result<Next> {
        if self.envelope.recipient.is_none() {
            self.say("503 5.5.1 Bad sequence of commands").await?;
            return Ok(Next::Command);
        }
        self.say("354 End data with <CR><LF>.<CR><LF>").await?;
        let bytes = match self.lines.data().await? {
            Data::Whole(bytes) => bytes,
            Data::TooLarge => {
                let next = self.refuse("552 5.3.4").await;
                self.reset();
                return next;
            }
            Data::Broken => return Ok(Next::End),
        };
        if let Some(code) = self.fault_at(Stage::Message) {
            let next = self.refuse(code).await;
            self.reset();
            return next;
        }
        let message = deliver::accept(self.world, &self.envelope, &bytes);
        if self.world.faults.withholds_answer(SMTP) {
            deliver::taken(self.world, &self.envelope, &message, None);
            self.world.withhold().await;
            return Ok(Next::End);
        }
        deliver::taken(self.world, &self.envelope, &message, Some(250));
        self.reset();
        let id = &message.facts.provider_message_id;
        self.say(&format!("250 2.0.0 Ok: queued as {id}")).await?;
        Ok(Next::Command)
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()
}
