use super::{
    DevAccount, DevSender, SeedError, Seeding,
    business::Business,
    identity::{Kind, fixed},
};
use secrecy::{ExposeSecret, SecretString};
use tidings_kernel::{AccountId, Channel, Money, PhoneNumber, Region, SenderId, TenantId};
use tidings_messaging::{
    Credentials, NumberStanding, Price, ProviderAccount, Sender, SenderLimits,
};

/// An account, with its credentials in the clear for the simulator.
pub(super) struct OpenAccount {
    pub(super) account: ProviderAccount,
    pub(super) credentials: Credentials,
}

/// The accounts of one tenant.
pub(super) struct PlantedAccounts {
    pub(super) twilio: OpenAccount,
    pub(super) whatsapp: OpenAccount,
}

/// What an account is made of where there is none yet.
struct Plan {
    index: u32,
    provider: &'static str,
    name: &'static str,
    credentials: Vec<(&'static str, String)>,
    channel: Channel,
    numbers: Vec<PhoneNumber>,
    /// What one segment or message costs inside the United States and elsewhere.
    prices: [&'static str; 2],
}

impl Seeding {
    pub(super) async fn plant_accounts(
        &self,
        business: &Business,
        tenant: TenantId,
    ) -> Result<PlantedAccounts, SeedError> {
        let twilio = Plan {
            index: 0,
            provider: tidings_twilio::DESCRIPTOR.name,
            name: "Twilio",
            credentials: vec![
                ("account_sid", business.twilio.account_sid.clone()),
                ("auth_token", self.token()),
            ],
            channel: Channel::Sms,
            numbers: business.twilio.numbers.clone(),
            prices: ["0.0079", "0.0510"],
        };
        let whatsapp = Plan {
            index: 1,
            provider: tidings_whatsapp_cloud::NAME,
            name: "WhatsApp",
            credentials: vec![
                ("access_token", self.token()),
                ("app_secret", self.token()),
                ("verify_token", self.token()),
                ("phone_number_id", business.whatsapp.phone_number_id.clone()),
                ("waba_id", business.whatsapp.waba_id.clone()),
            ],
            channel: Channel::Whatsapp,
            numbers: vec![business.whatsapp.number],
            prices: ["0.0140", "0.0300"],
        };
        Ok(PlantedAccounts {
            twilio: self.account(business, tenant, twilio).await?,
            whatsapp: self.account(business, tenant, whatsapp).await?,
        })
    }

    async fn account(
        &self,
        business: &Business,
        tenant: TenantId,
        plan: Plan,
    ) -> Result<OpenAccount, SeedError> {
        let id = AccountId::from_uuid(fixed(business.number, Kind::Account, plan.index));
        let fresh = Credentials::new(
            plan.credentials
                .iter()
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(value.clone()))),
        );
        if let Some(mut account) = self.accounts.get(tenant, id).await? {
            let opened = self
                .vault
                .open(tenant, id, &account.sealed_credentials)
                .and_then(|plain| Credentials::from_plain(plain.expose_secret()));
            if let Ok(credentials) = opened {
                return Ok(OpenAccount {
                    account,
                    credentials,
                });
            }
            // The key ring is another one by now. The simulator takes whatever credentials it is told.
            account.sealed_credentials = self.vault.seal(tenant, id, &fresh.to_plain())?;
            self.accounts.update(&account).await?;
            return Ok(OpenAccount {
                account,
                credentials: fresh,
            });
        }
        let account = ProviderAccount {
            id,
            tenant,
            provider: plan.provider.to_owned(),
            name: plan.name.to_owned(),
            sealed_credentials: self.vault.seal(tenant, id, &fresh.to_plain())?,
            callback_token: self.token(),
            is_enabled: true,
            priority: 10,
            daily_limit: None,
            rate_per_second: None,
            prices: prices(&plan)?,
            senders: senders(business, &plan),
            created_at: self.clock.now(),
        };
        self.accounts.create(&account, None).await?;
        Ok(OpenAccount {
            account,
            credentials: fresh,
        })
    }
}

fn senders(business: &Business, plan: &Plan) -> Vec<Sender> {
    (0..)
        .zip(&plan.numbers)
        .map(|(index, number)| {
            let index = plan.index * 100 + index;
            Sender {
                id: SenderId::from_uuid(fixed(business.number, Kind::Sender, index)),
                address: number.to_string(),
                channels: vec![plan.channel],
                region: None,
                limits: SenderLimits::default(),
                standing: NumberStanding::default(),
            }
        })
        .collect()
}

fn prices(plan: &Plan) -> Result<Vec<Price>, SeedError> {
    let broken = |error| SeedError::broken("a price is none", error);
    let home = Region::parse("US").map_err(|error| SeedError::broken("a region is none", error))?;
    let [inside, elsewhere] = plan.prices;
    [(Some(home), inside), (None, elsewhere)]
        .into_iter()
        .map(|(region, amount)| {
            let price = Money::parse(amount, "USD").map_err(broken)?;
            Ok(Price {
                channel: plan.channel,
                region,
                price,
            })
        })
        .collect()
}

impl PlantedAccounts {
    pub(super) fn described(&self) -> Vec<DevAccount> {
        [&self.twilio, &self.whatsapp]
            .into_iter()
            .map(|open| DevAccount {
                id: open.account.id,
                provider: open.account.provider.clone(),
                senders: open
                    .account
                    .senders
                    .iter()
                    .map(|sender| DevSender {
                        id: sender.id,
                        address: sender.address.clone(),
                        channels: sender.channels.clone(),
                    })
                    .collect(),
            })
            .collect()
    }
}
