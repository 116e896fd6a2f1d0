//! `dev.json`: what programs beside the platform need to know about a development stack.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use tidings_kernel::{
    AccountId, Channel, ContactId, PhoneNumber, Purpose, SenderId, TemplateId, TenantId,
};
use tidings_messaging::StoredTemplate;

/// The texts of the development keys by tenant, kept beside `dev.json` as `dev-keys.json`.
pub type DevKeys = BTreeMap<TenantId, String>;

/// The whole of `dev.json`; its shape is part of the API's contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevFile {
    /// Where the API answers.
    pub api_url: String,
    /// What to open in a browser.
    pub console_url: String,
    /// Where the simulator answers.
    pub simulator_url: String,
    /// The database, its password included.
    pub database_url: String,
    /// A login for the console, of the first tenant.
    pub login: Option<Login>,
    /// The demonstration tenants.
    pub tenants: Vec<DevTenant>,
}

/// Someone who may use the console.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Login {
    /// The address to log in with.
    pub email: String,
    /// The password.
    pub password: String,
}

/// A demonstration tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevTenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// A key of scope `admin`.
    pub api_key: String,
    /// Its provider accounts.
    pub accounts: Vec<DevAccount>,
    /// Its contacts: first those who agreed to everything, the last one has opted out.
    pub contacts: Vec<DevContact>,
    /// Its templates.
    pub templates: Vec<DevTemplate>,
}

/// A provider account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevAccount {
    /// Its id.
    pub id: AccountId,
    /// The provider's name.
    pub provider: String,
    /// Where messages come from.
    pub senders: Vec<DevSender>,
}

/// A sender of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevSender {
    /// Its id.
    pub id: SenderId,
    /// The number.
    pub address: String,
    /// What it serves.
    pub channels: Vec<Channel>,
}

/// A contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevContact {
    /// Its id.
    pub id: ContactId,
    /// For SMS.
    pub phone: Option<PhoneNumber>,
    /// For WhatsApp.
    pub whatsapp_phone: Option<PhoneNumber>,
    /// First and last name.
    pub name: String,
}

/// A template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DevTemplate {
    /// Its id.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The channel that it is written for.
    pub channel: Channel,
    /// What it is for.
    pub purpose: Purpose,
}

impl From<&StoredTemplate> for DevTemplate {
    fn from(template: &StoredTemplate) -> Self {
        Self {
            id: template.id,
            name: template.name.clone(),
            channel: template.channel,
            purpose: template.purpose,
        }
    }
}

/// Where the key texts are, given where `dev.json` is.
pub(crate) fn keys_path(out: &Path) -> PathBuf {
    out.with_file_name("dev-keys.json")
}

/// Reads a document; an absent file is an empty one.
pub(crate) fn read_or_default<T: DeserializeOwned + Default>(path: &Path) -> io::Result<T> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(error),
    }
}

/// Writes a document that only its owner may read. Readers see the old one or the new one, never half.
pub(crate) fn write_private(path: &Path, document: &impl Serialize) -> io::Result<()> {
    if let Some(directory) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        fs::create_dir_all(directory)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let draft = path.with_file_name(name);
    let written = write_draft(&draft, document).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The draft may hold keys; that it could not be removed either changes nothing.
        fs::remove_file(&draft).ok();
    }
    written
}

fn write_draft(draft: &Path, document: &impl Serialize) -> io::Result<()> {
    let mut file: File = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(draft)?;
    serde_json::to_writer_pretty(&mut file, document)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_document_is_private_replaced_whole_and_leaves_no_draft() {
        let directory =
            std::env::temp_dir().join(format!("tidings-dev-file-{}", std::process::id()));
        let path = directory.join("state/dev.json");
        assert!(read_or_default::<DevKeys>(&path).unwrap().is_empty());
        let tenant = TenantId::from_uuid(uuid::Uuid::from_u128(7));
        for text in ["tk_one", "tk_two"] {
            let keys = DevKeys::from([(tenant, text.to_owned())]);
            write_private(&path, &keys).unwrap();
            assert_eq!(read_or_default::<DevKeys>(&path).unwrap(), keys);
        }
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(directory.join("state")).unwrap().count(), 1);
        fs::write(&path, "{").unwrap();
        assert!(read_or_default::<DevKeys>(&path).is_err());
        fs::remove_dir_all(directory).unwrap();
    }
}
