//! Any SMTP server.

mod connect;
mod credentials;
mod descriptor;
mod errors;
mod failure;
mod pool;
mod provider;
mod reach;
mod session;
mod tls;
mod wire;

pub use descriptor::DESCRIPTOR;
pub use errors::ERRORS;
pub use provider::{SetupError, Smtp, SmtpSettings};
pub use reach::Reach;
