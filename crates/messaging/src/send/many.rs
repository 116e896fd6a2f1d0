//! Many requests judged together: what they share is looked up once.

use super::{
    Prepared, Recipient, SendError, SendRequest, Sending, Unknown, answer::AllAnswered, plan,
    read::Texts, templates::Templates,
};
use crate::{
    Address, Contact, ContactError, Context, FactsQuery, Known, ProviderAccount, Tenant, Usage,
};
use std::collections::HashMap;
use tidings_kernel::{Channel, ContactId, PhoneNumber, StoreError, TenantId};
use tidings_phone::ParsedPhone;
use tidings_routing::Candidate;
use time::OffsetDateTime;

/// What requests that are judged together share.
pub(super) struct Shared {
    pub(super) tenant: TenantId,
    /// When they are judged.
    pub(super) now: OffsetDateTime,
    pub(super) accounts: Vec<ProviderAccount>,
    pub(super) templates: Templates,
    /// What was found in texts, which many may share.
    pub(super) texts: Texts,
    /// What requests answer.
    pub(super) answered: AllAnswered,
    ways: Vec<(Channel, Vec<Candidate>)>,
    /// What those before have used up of the month, as if they had been stored.
    used: Usage,
}

/// To whom a message goes: a contact to be loaded, or a stranger who is only imagined.
enum Person {
    Known(ContactId),
    Imagined(Box<Known>),
}

impl Shared {
    /// The ways that accounts offer on a channel.
    pub(super) fn ways(&self, channel: Channel) -> &[Candidate] {
        self.ways
            .iter()
            .find(|(of, _)| *of == channel)
            .map_or(&[], |(_, ways)| ways)
    }

    /// What is known, with what those before have used up.
    fn counted(&self, mut known: Known) -> Known {
        // Without a limit nothing is counted.
        if !known.tenant.settings.monthly.is_unlimited() {
            known.usage.messages = known.usage.messages.saturating_add(self.used.messages);
            known.usage.cost_micros = known
                .usage
                .cost_micros
                .saturating_add(self.used.cost_micros);
        }
        known
    }

    fn count(&mut self, prepared: &Prepared) {
        if prepared.new.entry.is_none() {
            return;
        }
        self.used.messages = self.used.messages.saturating_add(1);
        let cost = prepared.new.message.cost_estimated;
        let budget = prepared.new.decision.facts.allowance.budget;
        if let Some((cost, budget)) = cost.zip(budget)
            && cost.currency() == budget.currency()
        {
            self.used.cost_micros = self.used.cost_micros.saturating_add(cost.micros());
        }
    }
}

impl Sending {
    /// Reads and judges requests as if each were stored before the next, with the look-ups of one. The
    /// answers are in the places of their requests. Contacts that are addressed by new numbers are made;
    /// nothing else is stored.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed, and none was judged. What is wrong with a single request stands
    /// in its place.
    pub async fn prepare_many(
        &self,
        tenant: TenantId,
        requests: &[&SendRequest],
    ) -> Result<Vec<Result<Prepared, SendError>>, StoreError> {
        let checked: Vec<_> = requests.iter().map(|request| request.check()).collect();
        let sound: Vec<&SendRequest> = requests
            .iter()
            .zip(&checked)
            .filter_map(|(request, check)| check.is_ok().then_some(*request))
            .collect();
        let judged = self.judge_many(tenant, &sound, Unknown::Create).await?;
        let mut judged = judged.into_iter();
        Ok(checked
            .into_iter()
            .map(|check| check.and_then(|()| judged.next().unwrap_or(Err(SendError::NoChannel))))
            .collect())
    }

    pub(super) async fn judge_many(
        &self,
        tenant: TenantId,
        requests: &[&SendRequest],
        unknown: Unknown,
    ) -> Result<Vec<Result<Prepared, SendError>>, StoreError> {
        let now = self.clock.now();
        let people = self.people(tenant, requests, unknown, now).await?;
        let accounts = self.accounts.of_tenants(&[tenant]).await?;
        let ways = [Channel::Sms, Channel::Whatsapp, Channel::Email]
            .map(|channel| (channel, self.providers.candidates(&accounts, channel)))
            .into();
        let mut shared = Shared {
            tenant,
            now,
            templates: Templates::named_by(&*self.templates, tenant, requests).await?,
            accounts,
            texts: Texts::default(),
            answered: self.answered(tenant, requests).await?,
            ways,
            used: Usage::default(),
        };
        Ok(requests
            .iter()
            .zip(people)
            .map(|(request, known)| {
                let prepared = self.judge(&shared, request, shared.counted(known?))?;
                shared.count(&prepared);
                Ok(prepared)
            })
            .collect())
    }

    /// What is known about the recipient of each request.
    async fn people(
        &self,
        tenant: TenantId,
        requests: &[&SendRequest],
        unknown: Unknown,
        now: OffsetDateTime,
    ) -> Result<Vec<Result<Known, SendError>>, StoreError> {
        let people = self.find(tenant, requests, unknown, now).await?;
        let queries: Vec<FactsQuery> = requests
            .iter()
            .zip(&people)
            .filter_map(|(request, person)| match person {
                Ok(Person::Known(contact)) => Some(FactsQuery {
                    source: request.context.as_ref().and_then(Context::source),
                    ..FactsQuery::of(tenant, *contact)
                }),
                Ok(Person::Imagined(_)) | Err(_) => None,
            })
            .collect();
        let loaded = if queries.is_empty() {
            Vec::new()
        } else {
            self.facts.load(&queries, now).await?
        };
        let mut loaded = loaded.into_iter();
        Ok(people
            .into_iter()
            .map(|person| match person? {
                Person::Known(_) => loaded.next().flatten().ok_or(SendError::NoContact),
                Person::Imagined(known) => Ok(*known),
            })
            .collect())
    }

    /// The recipient of each request; new contacts are made.
    async fn find(
        &self,
        tenant: TenantId,
        requests: &[&SendRequest],
        unknown: Unknown,
        now: OffsetDateTime,
    ) -> Result<Vec<Result<Person, SendError>>, StoreError> {
        let is_number = |request: &&SendRequest| matches!(request.to, Recipient::Phone { .. });
        let owner = if requests.iter().any(is_number) {
            self.contacts.tenant(tenant).await?
        } else {
            None
        };
        let numbers: Vec<Result<Option<ParsedPhone>, SendError>> = requests
            .iter()
            .map(|request| self.number(request, owner.as_ref()))
            .collect();
        let mut holders = self.holders(tenant, &numbers).await?;
        let mut people = Vec::with_capacity(requests.len());
        let mut strangers = Vec::new();
        for (request, number) in requests.iter().zip(numbers) {
            let parsed = match (number, &request.to) {
                (Ok(Some(parsed)), _) => parsed,
                (Ok(None), Recipient::Contact(contact) | Recipient::ContactAt { contact, .. }) => {
                    people.push(Ok(Person::Known(*contact)));
                    continue;
                }
                (Ok(None), Recipient::Phone { .. }) => {
                    people.push(Err(SendError::NoContact));
                    continue;
                }
                (Err(error), _) => {
                    people.push(Err(error));
                    continue;
                }
            };
            let have = holders.entry(parsed.number).or_default();
            // Who has the number only on WhatsApp would get a text message at another one.
            let first = plan::first_by_phone(&request.channel);
            let address = Some(Address::Phone(parsed.number));
            let reached = have.iter().find(|it| it.address(first) == address);
            if let Some(contact) = reached {
                people.push(Ok(Person::Known(contact.id)));
                continue;
            }
            let contact = Contact {
                phone: Some(parsed.number),
                region: parsed.region,
                ..Contact::blank(ContactId::new(&*self.ids), tenant, now)
            };
            people.push(match unknown {
                Unknown::Create => {
                    let person = Person::Known(contact.id);
                    have.push(contact.clone());
                    strangers.push(contact);
                    Ok(person)
                }
                Unknown::Imagine => match &owner {
                    Some(owner) => Ok(Person::Imagined(Box::new(
                        self.imagined(owner.clone(), contact, parsed.number).await?,
                    ))),
                    None => Err(SendError::NoContact),
                },
            });
        }
        if !strangers.is_empty() {
            self.contacts
                .create_many(tenant, &strangers)
                .await
                .map_err(made_by_number)?;
        }
        Ok(people)
    }

    /// The number that a request is addressed to, if it is addressed to one.
    fn number(
        &self,
        request: &SendRequest,
        owner: Option<&Tenant>,
    ) -> Result<Option<ParsedPhone>, SendError> {
        let Recipient::Phone { text, region } = &request.to else {
            return Ok(None);
        };
        let owner = owner.ok_or(SendError::NoContact)?;
        let region = region.or(owner.default_region);
        tidings_phone::parse(text, region, self.fictitious)
            .map(Some)
            .map_err(SendError::Phone)
    }

    /// Who has the numbers, newest first.
    async fn holders(
        &self,
        tenant: TenantId,
        numbers: &[Result<Option<ParsedPhone>, SendError>],
    ) -> Result<HashMap<PhoneNumber, Vec<Contact>>, StoreError> {
        let mut seen = HashMap::new();
        for parsed in numbers.iter().flatten().flatten() {
            seen.entry(parsed.number).or_insert_with(Vec::new);
        }
        if seen.is_empty() {
            return Ok(seen);
        }
        let numbers: Vec<PhoneNumber> = seen.into_keys().collect();
        let addresses: Vec<Address> = numbers.iter().copied().map(Address::Phone).collect();
        let holders = self.contacts.holders(tenant, &addresses).await?;
        Ok(numbers.into_iter().zip(holders).collect())
    }

    /// What would be known about a contact with this number, if there were one.
    async fn imagined(
        &self,
        owner: Tenant,
        contact: Contact,
        number: PhoneNumber,
    ) -> Result<Known, StoreError> {
        let address = Address::Phone(number);
        let suppressions = self.facts.suppressions(owner.id, &address).await?;
        Ok(Known {
            tenant: owner,
            contact,
            preferences: None,
            consent: Vec::new(),
            suppressions,
            template: None,
            last_inbound: Vec::new(),
            marketing_sent: Vec::new(),
            source_version: None,
            absences: Vec::new(),
            usage: Usage::default(),
        })
    }
}

/// What is made by number has no key of its own that could be taken, and no answer.
fn made_by_number(error: ContactError) -> StoreError {
    match error {
        ContactError::Store(error) => error,
        ContactError::ExternalIdTaken | ContactError::KeyLost(_) => {
            StoreError::inconsistent("a contact that was made by number had an external id")
        }
    }
}
