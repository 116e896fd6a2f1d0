use super::{
    DevContact, SeedError, Seeding,
    business::{Agreed, Business, Person},
    daytime,
    identity::{Kind, fixed},
};
use tidings_consent::{
    Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes, TextError,
};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose, TenantId};
use tidings_messaging::{Contact, Preferences, QuietHoursPreference};
use time::{Duration, OffsetDateTime};

/// How often one person may be erased and planted again.
const GENERATIONS: u32 = 1_000;

impl Seeding {
    pub(super) async fn people(
        &self,
        business: &Business,
        tenant: TenantId,
    ) -> Result<Vec<DevContact>, SeedError> {
        let mut planted = Vec::with_capacity(business.people.len());
        for (index, person) in (0..).zip(&business.people) {
            let contact = self.person(business, tenant, person, index).await?;
            planted.push(DevContact {
                id: contact.id,
                phone: contact.phone,
                whatsapp_phone: contact.whatsapp_phone,
                name: format!("{} {}", person.first_name, person.last_name),
            });
        }
        Ok(planted)
    }

    async fn person(
        &self,
        business: &Business,
        tenant: TenantId,
        person: &Person,
        index: u32,
    ) -> Result<Contact, SeedError> {
        let now = self.clock.now();
        let zone = daytime::zone(now)
            .ok_or(SeedError::Document("there is no zone with daylight", None))?;
        for generation in 0..GENERATIONS {
            let place = generation * GENERATIONS + index;
            let id = ContactId::from_uuid(fixed(business.number, Kind::Contact, place));
            let contact = match self.contacts.get(tenant, id).await? {
                Some(mut known) => {
                    if !known
                        .time_zone
                        .as_ref()
                        .is_some_and(|known| daytime::is_daytime(now, known))
                    {
                        known.time_zone = Some(zone);
                        known.updated_at = now;
                        self.contacts.update(&known).await?;
                    }
                    known
                }
                // The ledger outlives its person: somebody was erased under this id.
                None if !self.consent.history(tenant, id).await?.is_empty() => continue,
                None => {
                    let contact = Contact {
                        first_name: Some(person.first_name.clone()),
                        last_name: Some(person.last_name.clone()),
                        phone: Some(person.phone),
                        whatsapp_phone: Some(person.whatsapp_phone.unwrap_or(person.phone)),
                        email: Some(person.email.clone()),
                        region: Some(business.region),
                        locale: Some(business.locale.clone()),
                        time_zone: Some(zone),
                        attributes: person.attributes.clone().into_iter().collect(),
                        tags: person.tags.clone(),
                        ..Contact::blank(id, tenant, now)
                    };
                    self.contacts.create(&contact, None).await?;
                    contact
                }
            };
            self.preferences(tenant, contact.id, person, now).await?;
            for event in history(business, person, contact.id, place, now)? {
                self.consent.record(tenant, &event, None).await?;
            }
            return Ok(contact);
        }
        Err(SeedError::Document(
            "one person was erased too often: use a new database",
            None,
        ))
    }

    async fn preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
        person: &Person,
        now: OffsetDateTime,
    ) -> Result<(), SeedError> {
        if self.contacts.preferences(tenant, contact).await?.is_some() {
            return Ok(());
        }
        let usual = Preferences::default();
        let wanted = Preferences {
            preferred_channel: person.preferred_channel,
            quiet_hours: person.quiet_hours.map_or(usual.quiet_hours, |wish| {
                QuietHoursPreference {
                    enabled: true,
                    start: wish.start,
                    end: wish.end,
                }
            }),
            ..usual.clone()
        };
        if wanted != usual {
            self.contacts
                .set_preferences(tenant, contact, &wanted, now)
                .await?;
        }
        Ok(())
    }
}

/// What a person has done about consent so far. The ids are fixed, so that recording them again
/// changes nothing.
fn history(
    business: &Business,
    person: &Person,
    contact: ContactId,
    place: u32,
    now: OffsetDateTime,
) -> Result<Vec<ConsentEvent>, SeedError> {
    let text = |error: TextError| SeedError::broken("evidence is too long", error);
    let form = |shown: &str| -> Result<Evidence, SeedError> {
        Ok(Evidence {
            text_shown: Some(BoundedText::new(shown).map_err(text)?),
            ip: Some(BoundedText::new(format!("192.0.2.{}", place % 250 + 1)).map_err(text)?),
            user_agent: Some(BoundedText::new("Mozilla/5.0 (demonstration)").map_err(text)?),
            document_url: Some(BoundedText::new(business.sign_up.page.clone()).map_err(text)?),
            ..Evidence::default()
        })
    };
    let signed_up = now - Duration::days(30);
    let event = |number: u32, action, occurred_at| ConsentEvent {
        id: ConsentEventId::from_uuid(fixed(business.number, Kind::Consent, place * 10 + number)),
        contact,
        action,
        channels: Channels::All,
        purposes: Purposes::All,
        method: Method::WebForm,
        occurred_at,
        recorded_at: now,
        evidence: Evidence::default(),
    };
    let scope = |purposes: &[Purpose]| {
        Purposes::only(purposes.iter().copied())
            .map_err(|error| SeedError::broken("a purpose cannot be named", error))
    };
    let channels = Channels::only([Channel::Sms, Channel::Whatsapp, Channel::Email])
        .map_err(|error| SeedError::broken("a channel cannot be named", error))?;
    let service = ConsentEvent {
        channels: channels.clone(),
        purposes: scope(&[
            Purpose::Transactional,
            Purpose::Reminder,
            Purpose::Conversational,
            Purpose::Authentication,
        ])?,
        evidence: form(&business.sign_up.service)?,
        ..event(0, Action::ConsentGiven, signed_up)
    };
    let marketing = ConsentEvent {
        channels,
        purposes: scope(&[Purpose::Marketing])?,
        evidence: form(&business.sign_up.marketing)?,
        ..event(1, Action::ConsentGiven, signed_up + Duration::minutes(1))
    };
    let left = ConsentEvent {
        method: Method::PhoneCall,
        evidence: Evidence {
            note: Some(BoundedText::new("Called and asked us to stop.").map_err(text)?),
            ..Evidence::default()
        },
        ..event(2, Action::OptOut, now - Duration::days(2))
    };
    Ok(match person.agreed {
        Agreed::Everything => vec![service, marketing],
        Agreed::Service => vec![service],
        Agreed::OptedOut => vec![service, marketing, left],
    })
}
