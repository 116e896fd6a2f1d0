use super::{Channels, DIALECT};
use crate::json::Json;
use reqwest::Method;
use tidings_messaging::{AccountInfo, ConnectError};

/// The word for a channel that works.
const ACTIVE: &str = "active";

impl Channels {
    /// Reads the channels that the account names, which costs nothing.
    pub(crate) async fn connect(&self) -> Result<AccountInfo, ConnectError> {
        let mut info = AccountInfo::default();
        let mut names: Vec<String> = Vec::new();
        for channel in [&self.account.sms, &self.account.whatsapp]
            .into_iter()
            .flatten()
        {
            let request = self.request(Method::GET, channel, &[]);
            let answer = self.call(request).await?;
            if !answer.is_success() {
                return Err(DIALECT.refused(&answer));
            }
            let body = answer.json().unwrap_or_default();
            let json = Json(&body);
            if json.text("/id").is_none() {
                return Err(DIALECT.unreadable(&answer));
            }
            names.extend(json.clean("/name"));
            let state = json.clean("/status");
            if let Some(state) = state.as_deref().filter(|state| *state != ACTIVE) {
                let note = format!("A channel is {state} at Bird, so that it may not send.");
                info.notes.push(note);
            }
            // One that is not active is the more important to see.
            if info.state.as_deref().is_none_or(|other| other == ACTIVE) {
                info.state = state.or(info.state);
            }
        }
        info.name = Some(names.join(", ")).filter(|name| !name.is_empty());
        Ok(info)
    }
}
