use secrecy::SecretString;

/// The keys that requests are signed with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The name of the key: `AKIA…`, or `ASIA…` for a temporary one.
    pub access_key_id: String,
    /// The key itself.
    pub secret_access_key: SecretString,
    /// What belongs to a temporary key.
    pub session_token: Option<SecretString>,
}

/// What a signature is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The region, such as `eu-west-1`.
    pub region: &'a str,
    /// The service by the name that it signs with, such as `ses`.
    pub service: &'a str,
}
