//! The connection test: everything but a message.

use super::{credentials::Server, failure::Failure, session::Session};
use tidings_messaging::AccountInfo;

/// Connects, encrypts, logs in, and leaves.
pub(super) async fn connect(server: &Server, opening: Session) -> Result<AccountInfo, Failure> {
    let mut session = opening;
    session.look().await?;
    session.quit().await;
    Ok(AccountInfo {
        name: Some(server.host.clone()),
        state: Some("connected".to_owned()),
        notes: vec![
            "SMTP tells nothing of what becomes of a mail: its messages stay at sent, and bounces come \
             to the sender's mailbox"
                .to_owned(),
        ],
    })
}
