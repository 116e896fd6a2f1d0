//! Which of the three interfaces an account uses, and what it needs there.

use crate::{
    descriptor::{
        ACCESS_KEY, INBOUND_FIELDS, SIGNING_KEY, SMS_CHANNEL_ID, WHATSAPP_CHANNEL_ID, WORKSPACE_ID,
    },
    inbound_fields::InboundFields,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tidings_kernel::Channel;
use tidings_messaging::{CredentialField, Credentials};
use tidings_provider_http::{CredentialProblem, optional, required};

/// What the secret of a webhook of the platform begins with.
const WEBHOOK_SECRET: &str = "whsec_";
/// What a key of the platform begins with.
const PLATFORM_KEY: &str = "bk_";

/// An account, by the interface that its key opens. A key works with one of them only.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    /// Bird's platform: the key names its region.
    Platform(PlatformAccount),
    /// A workspace at app.bird.com, by its channels.
    Channels(ChannelsAccount),
    /// MessageBird's REST interface: SMS alone.
    Classic(ClassicAccount),
}

#[derive(Debug, Clone)]
pub(crate) struct PlatformAccount {
    pub(crate) key: SecretString,
    /// As the key names it: letters and digits.
    pub(crate) region: String,
    /// The only workspace whose callbacks are taken, if given.
    pub(crate) workspace: Option<String>,
    /// With which callbacks are signed.
    pub(crate) webhook_secret: Option<WebhookSecret>,
}

#[derive(Debug, Clone)]
pub(crate) struct ChannelsAccount {
    pub(crate) key: SecretString,
    pub(crate) workspace: String,
    pub(crate) sms: Option<String>,
    pub(crate) whatsapp: Option<String>,
    pub(crate) signing_key: Option<SecretString>,
}

#[derive(Debug, Clone)]
pub(crate) struct ClassicAccount {
    pub(crate) key: SecretString,
    pub(crate) signing_key: Option<SecretString>,
    pub(crate) inbound_fields: InboundFields,
}

/// The secret of a webhook: base 64, behind `whsec_` as the dashboard shows it.
#[derive(Debug, Clone)]
pub(crate) struct WebhookSecret(SecretString);

impl Account {
    /// # Errors
    /// [`CredentialProblem`]: something is missing, misshapen, or belongs to another interface.
    pub(crate) fn read(credentials: &Credentials) -> Result<Self, CredentialProblem> {
        let key = required(
            credentials,
            &ACCESS_KEY,
            |key| key.bytes().all(|byte| byte.is_ascii_graphic()),
            "has characters that no key has: copy it again",
        )?;
        if key.expose_secret().starts_with(PLATFORM_KEY) {
            return PlatformAccount::read(credentials, key).map(Self::Platform);
        }
        if credentials.get(WORKSPACE_ID.name).is_some() {
            return ChannelsAccount::read(credentials, key).map(Self::Channels);
        }
        ClassicAccount::read(credentials, key).map(Self::Classic)
    }

    /// Whether callbacks can be told from forgeries.
    pub(crate) const fn checks_callbacks(&self) -> bool {
        match self {
            Self::Platform(account) => account.webhook_secret.is_some(),
            Self::Channels(account) => account.signing_key.is_some(),
            Self::Classic(account) => account.signing_key.is_some(),
        }
    }
}

impl PlatformAccount {
    fn read(credentials: &Credentials, key: &SecretString) -> Result<Self, CredentialProblem> {
        let region = region(key.expose_secret()).ok_or(CredentialProblem {
            field: ACCESS_KEY.name,
            problem: "begins with bk_ and names no region: copy it again, it looks like bk_eu1_ and more",
        })?;
        let workspace = optional(
            credentials,
            &WORKSPACE_ID,
            |id| id.starts_with("ws_"),
            "is none of the platform: leave it empty, or give ws_ and more",
        )?;
        let only_channels = "belongs to a key of app.bird.com: leave it empty with a bk_ key";
        absent(credentials, &SMS_CHANNEL_ID, only_channels)?;
        absent(credentials, &WHATSAPP_CHANNEL_ID, only_channels)?;
        absent(credentials, &INBOUND_FIELDS, ONLY_CLASSIC)?;
        let secret = optional(
            credentials,
            &SIGNING_KEY,
            |secret| decode(secret).is_some_and(|key| !key.is_empty()),
            "is no webhook secret of the platform: copy it from the webhook, whsec_ and more",
        )?;
        Ok(Self {
            key: key.clone(),
            region,
            workspace: workspace.map(plain),
            webhook_secret: secret.cloned().map(WebhookSecret),
        })
    }
}

impl ChannelsAccount {
    fn read(credentials: &Credentials, key: &SecretString) -> Result<Self, CredentialProblem> {
        let workspace = required(
            credentials,
            &WORKSPACE_ID,
            is_uuid,
            "is not the UUID of a workspace: copy it from the address of the workspace's settings",
        )?;
        let channel = |field| {
            let shape = "is not the UUID of a channel: copy it from the channel's settings";
            optional(credentials, field, is_uuid, shape).map(|id| id.map(plain))
        };
        let (sms, whatsapp) = (channel(&SMS_CHANNEL_ID)?, channel(&WHATSAPP_CHANNEL_ID)?);
        if sms.is_none() && whatsapp.is_none() {
            return Err(CredentialProblem {
                field: SMS_CHANNEL_ID.name,
                problem: "is missing: give the id of the SMS channel, of the WhatsApp channel, or both",
            });
        }
        absent(credentials, &INBOUND_FIELDS, ONLY_CLASSIC)?;
        Ok(Self {
            key: key.clone(),
            workspace: plain(workspace),
            sms,
            whatsapp,
            signing_key: signing_key(credentials)?,
        })
    }

    /// The channel at Bird that serves a channel of ours.
    pub(crate) fn channel(&self, channel: Channel) -> Option<&str> {
        match channel {
            Channel::Sms => self.sms.as_deref(),
            Channel::Whatsapp => self.whatsapp.as_deref(),
            Channel::Email => None,
        }
    }
}

impl ClassicAccount {
    fn read(credentials: &Credentials, key: &SecretString) -> Result<Self, CredentialProblem> {
        let no_workspace = "belongs to a workspace at app.bird.com: give the workspace id too, or leave \
                            it empty";
        absent(credentials, &SMS_CHANNEL_ID, no_workspace)?;
        absent(credentials, &WHATSAPP_CHANNEL_ID, no_workspace)?;
        let fields = optional(
            credentials,
            &INBOUND_FIELDS,
            |text| InboundFields::parse(text).is_some(),
            "is not understood: write part=name with commas between, parts are id, from, to, text and at",
        )?;
        let fields = fields.and_then(|text| InboundFields::parse(text.expose_secret()));
        Ok(Self {
            key: key.clone(),
            signing_key: signing_key(credentials)?,
            inbound_fields: fields.unwrap_or_default(),
        })
    }
}

const ONLY_CLASSIC: &str = "belongs to a key of MessageBird's dashboard: leave it empty";

impl WebhookSecret {
    /// The key that signs.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        decode(self.0.expose_secret())
    }
}

fn decode(secret: &str) -> Option<Vec<u8>> {
    let encoded = secret.strip_prefix(WEBHOOK_SECRET).unwrap_or(secret);
    STANDARD.decode(encoded).ok()
}

fn signing_key(credentials: &Credentials) -> Result<Option<SecretString>, CredentialProblem> {
    let any = |_: &str| true;
    let shape = "has a blank at an end or a line break: copy it again";
    optional(credentials, &SIGNING_KEY, any, shape).map(Option::<&SecretString>::cloned)
}

fn absent(
    credentials: &Credentials,
    field: &CredentialField,
    problem: &'static str,
) -> Result<(), CredentialProblem> {
    match credentials.get(field.name) {
        None => Ok(()),
        Some(_) => Err(CredentialProblem {
            field: field.name,
            problem,
        }),
    }
}

fn plain(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}

/// The region in `bk_eu1_…`. It becomes part of a host name, so that it is letters and digits.
fn region(key: &str) -> Option<String> {
    let (region, token) = key.strip_prefix(PLATFORM_KEY)?.split_once('_')?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_region = (2..=12).contains(&region.len()) && region.bytes().all(is_plain);
    (is_region && !token.is_empty()).then(|| region.to_owned())
}

fn is_uuid(text: &str) -> bool {
    let mut parts = text.split('-');
    let has_lengths = [8, 4, 4, 4, 12]
        .into_iter()
        .all(|length| parts.next().is_some_and(|part| is_hex(part, length)));
    has_lengths && parts.next().is_none()
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
