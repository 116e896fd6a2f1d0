use super::{
    Business, Login, SeedError, Seeding,
    identity::{Kind, fixed},
};
use secrecy::SecretString;
use tidings_console::hash_password;
use tidings_kernel::{MemberId, TenantId};
use tidings_messaging::{Member, MemberError, Role};

/// The password of every demonstration login; these exist in development only.
const PASSWORD: &str = "tidings demonstration";

impl Seeding {
    /// Somebody who may do everything for the business. Who is there already is kept, with another password too.
    pub(super) async fn member(
        &self,
        business: &Business,
        tenant: TenantId,
    ) -> Result<Login, SeedError> {
        let login = Login {
            email: format!("owner{}@example.com", business.number),
            password: PASSWORD.to_owned(),
        };
        let id = MemberId::from_uuid(fixed(business.number, Kind::Member, 0));
        if self.members.get(tenant, id).await?.is_some() {
            return Ok(login);
        }
        let random = self.secrets.random();
        let mut salt = [0; 16];
        salt.iter_mut()
            .zip(random)
            .for_each(|(place, byte)| *place = byte);
        let password = hash_password(&SecretString::from(PASSWORD), &salt, self.cost)
            .map_err(|error| SeedError::broken("the password cannot be hashed", error))?;
        let member = Member {
            id,
            tenant,
            email: login.email.clone(),
            name: "Demo Owner".to_owned(),
            role: Role::Owner,
            password,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        match self.members.create(&member).await {
            // Somebody has made a member with this address by hand.
            Ok(()) | Err(MemberError::EmailTaken) => Ok(login),
            Err(error) => Err(SeedError::store("a member", error)),
        }
    }
}
