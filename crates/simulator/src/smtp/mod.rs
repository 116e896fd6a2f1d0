//! A mail server: SMTP (RFC 5321) with AUTH (RFC 4954), at the provider's own door alone. It tells
//! nobody what becomes of a mail, as such servers do not.

mod accounts;
mod deliver;
mod line;
mod replies;
mod session;

pub use accounts::SmtpAccount;

use std::sync::Arc;

use tokio::net::TcpStream;

use crate::callbacks::Callback;
use crate::message::{Code, Message};
use crate::protocol::{Conversation, Door, Protocol, Provider};
use crate::world::World;

pub(crate) const SMTP: Provider = Provider::of(&Smtp);

#[derive(Debug)]
struct Smtp;

impl Protocol for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn door(&self) -> Door {
        Door::Stream(converse)
    }

    fn report(&self, _world: &World, _message: &Message) -> Vec<Callback> {
        Vec::new()
    }

    fn code(&self, word: &str) -> Option<Code> {
        replies::word(word).map(Code::Word)
    }
}

fn converse(world: Arc<World>, stream: TcpStream) -> Conversation {
    Box::pin(async move {
        // Who breaks off has nothing to be told.
        if let Err(error) = session::run(&world, stream).await {
            tracing::debug!(%error, "a conversation broke off");
        }
    })
}
