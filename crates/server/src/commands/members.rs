//! `tidings member …`: who may log in to the console.

use crate::{SystemClock, SystemIds, SystemSecrets};
use secrecy::{ExposeSecret, SecretString};
use std::io::BufRead;
use tidings_console::{Cost, check_password, hash_password};
use tidings_http_api::Secrets;
use tidings_kernel::{BoxError, Clock, MemberId, TenantId};
use tidings_messaging::{Member, Members, PasswordHash, Role, Tenants};

/// Letters of a password that is made here: none that people take for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
/// How many letters: 120 bits.
const LENGTH: usize = 24;

/// There is no such tenant.
#[derive(Debug, thiserror::Error)]
#[error("there is no tenant {0}: see `tidings tenant list`")]
pub struct NoTenant(TenantId);

/// There is no such member.
#[derive(Debug, thiserror::Error)]
#[error("no member of {0} logs in with this address: see `tidings member list`")]
pub struct NoMember(TenantId);

/// The address has not the shape of one.
#[derive(Debug, thiserror::Error)]
#[error("write the email address as name@example.com")]
pub struct NoEmail;

/// A new member, as an operator describes it.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// For whom the person works.
    pub tenant: TenantId,
    /// What the person logs in with.
    pub email: String,
    /// What colleagues call the person.
    pub name: String,
    /// What the person may do.
    pub role: Role,
}

/// A password that nobody can guess.
///
/// # Errors
/// The machine gives no random bytes.
pub fn new_password() -> Result<SecretString, BoxError> {
    let random = SystemSecrets::new()?.random();
    let letters = random.iter().take(LENGTH).map(|byte| {
        let letter = LETTERS.get(usize::from(byte % 32)).copied();
        char::from(letter.unwrap_or(b'a'))
    });
    Ok(SecretString::from(letters.collect::<String>()))
}

/// The first line of the input, without its end.
///
/// # Errors
/// It cannot be read.
pub fn read_password(input: &mut dyn BufRead) -> Result<SecretString, BoxError> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}

/// What is kept of a password that is good enough.
///
/// # Errors
/// It is too easy to guess, or the machine gives no random bytes.
pub fn hashed(password: &SecretString, cost: Cost) -> Result<PasswordHash, BoxError> {
    check_password(password.expose_secret())?;
    let random = SystemSecrets::new()?.random();
    let mut salt = [0; 16];
    salt.iter_mut()
        .zip(random)
        .for_each(|(place, byte)| *place = byte);
    hash_password(password, &salt, cost)
}

/// Makes a member.
///
/// # Errors
/// There is no such tenant, the address is taken or none, or the password too easy to guess.
pub async fn create_member<S: Tenants + Members>(
    store: &S,
    new: NewMember,
    password: &SecretString,
    cost: Cost,
) -> Result<Member, BoxError> {
    if Tenants::get(store, new.tenant).await?.is_none() {
        return Err(NoTenant(new.tenant).into());
    }
    let member = Member {
        id: MemberId::new(&SystemIds),
        tenant: new.tenant,
        email: Member::email(&new.email).ok_or(NoEmail)?,
        name: new.name.trim().to_owned(),
        role: new.role,
        password: hashed(password, cost)?,
        created_at: SystemClock.now(),
        disabled_at: None,
    };
    Members::create(store, &member).await?;
    Ok(member)
}

/// Gives a member another password, which ends every session of theirs.
///
/// # Errors
/// There is no such member, or the password is too easy to guess.
pub async fn reset_password(
    members: &dyn Members,
    tenant: TenantId,
    email: &str,
    password: &SecretString,
    cost: Cost,
) -> Result<(), BoxError> {
    let email = Member::email(email).ok_or(NoEmail)?;
    let all = members.list(tenant).await?;
    let member = all.into_iter().find(|member| member.email == email);
    let member = Member {
        password: hashed(password, cost)?,
        ..member.ok_or(NoMember(tenant))?
    };
    if members.update(&member).await? {
        Ok(())
    } else {
        Err(NoMember(tenant).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::keys::{NewTenant, create_tenant};
    use tidings_kernel::Locale;
    use tidings_memory::Memory;

    async fn tenant(memory: &Memory) -> TenantId {
        let new = NewTenant {
            name: "Example Ltd".into(),
            region: None,
            time_zone: None,
            locale: Locale::parse("en").unwrap(),
        };
        create_tenant(memory, new).await.unwrap().id
    }

    fn owner(tenant: TenantId) -> NewMember {
        NewMember {
            tenant,
            email: " Ana@Example.com".into(),
            name: "Ana".into(),
            role: Role::Owner,
        }
    }

    #[tokio::test]
    async fn a_member_is_made_and_its_password_is_not_kept() {
        let memory = Memory::new();
        let tenant = tenant(&memory).await;
        let password = new_password().unwrap();
        let made = create_member(&memory, owner(tenant), &password, Cost::LEAST).await;
        let made = made.unwrap();
        assert_eq!(made.email, "ana@example.com");
        assert!(!made.password.0.contains(password.expose_secret()));
        let again = create_member(&memory, owner(tenant), &password, Cost::LEAST).await;
        assert!(again.unwrap_err().to_string().contains("email"));
        let other = new_password().unwrap();
        assert_ne!(other.expose_secret(), password.expose_secret());
        reset_password(&memory, tenant, "ANA@example.com", &other, Cost::LEAST)
            .await
            .unwrap();
        let stored = Members::get(&memory, tenant, made.id)
            .await
            .unwrap()
            .unwrap();
        assert_ne!(stored.password, made.password);
    }

    #[tokio::test]
    async fn what_cannot_be_is_refused_with_what_to_do() {
        let memory = Memory::new();
        let password = new_password().unwrap();
        let stranger = TenantId::new(&SystemIds);
        let refused = create_member(&memory, owner(stranger), &password, Cost::LEAST).await;
        assert!(refused.unwrap_err().to_string().contains("tenant list"));
        let tenant = tenant(&memory).await;
        let weak = read_password(&mut "sesame\r\n".as_bytes()).unwrap();
        let refused = create_member(&memory, owner(tenant), &weak, Cost::LEAST).await;
        assert!(refused.unwrap_err().to_string().contains("12 characters"));
        let refused = reset_password(&memory, tenant, "x@example.com", &password, Cost::LEAST);
        assert!(
            refused
                .await
                .unwrap_err()
                .to_string()
                .contains("member list")
        );
    }
}
