use super::contact_view::ContactView;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::{Cursor, Limit, Params, PathId, listed, page},
    wire::{Listed, Patch},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tidings_consent::{Status, state};
use tidings_kernel::{Channel, ContactId, Locale, PhoneNumber, Purpose, Region, TenantId};
use tidings_messaging::{Address, Contact, ContactFilter, Erasure};
use tidings_quiet_hours::Zone;
use utoipa::{IntoParams, ToSchema};

/// A new contact. Every field may be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContact {
    first_name: Option<String>,
    last_name: Option<String>,
    /// Any format that can be read with the contact's or tenant's region.
    #[schema(example = "+1 202 555 0123")]
    phone: Option<String>,
    /// A number that is used for WhatsApp only.
    whatsapp_phone: Option<String>,
    email: Option<String>,
    /// ISO 3166-1, two letters.
    #[schema(value_type = Option<String>, example = "US")]
    region: Option<Region>,
    #[schema(value_type = Option<String>, example = "en_US")]
    locale: Option<Locale>,
    /// An IANA name.
    #[schema(value_type = Option<String>, example = "America/New_York")]
    time_zone: Option<Zone>,
    /// The tenant's own key; unique.
    external_id: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
    #[serde(default)]
    tags: Vec<String>,
}

/// A change of a contact: what is absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactPatch {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    first_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    last_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    whatsapp_phone: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    region: Patch<Region>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    locale: Patch<Locale>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Patch<Zone>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    external_id: Patch<String>,
    /// Replaces all attributes.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    attributes: Patch<BTreeMap<String, Value>>,
    /// Replaces all tags.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    tags: Patch<Vec<String>>,
}

/// Which contacts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContactQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
    /// Has this number.
    phone: Option<String>,
    /// Has this key.
    external_id: Option<String>,
    /// Has this label.
    tag: Option<String>,
    /// Has this in a name or address.
    q: Option<String>,
}

impl From<NewContact> for ContactPatch {
    fn from(new: NewContact) -> Self {
        fn given<T>(field: Option<T>) -> Patch<T> {
            field.map_or(Patch::Absent, Patch::Value)
        }
        Self {
            first_name: given(new.first_name),
            last_name: given(new.last_name),
            phone: given(new.phone),
            whatsapp_phone: given(new.whatsapp_phone),
            email: given(new.email),
            region: given(new.region),
            locale: given(new.locale),
            time_zone: given(new.time_zone),
            external_id: given(new.external_id),
            attributes: Patch::Value(new.attributes),
            tags: Patch::Value(new.tags),
        }
    }
}

impl ContactPatch {
    fn check(&self) -> Result<(), ApiError> {
        fn text(field: &Patch<String>) -> Option<&str> {
            match field {
                Patch::Absent | Patch::Null => None,
                Patch::Value(text) => Some(text),
            }
        }
        let mut checks = Checks::default();
        checks.text("/first_name", text(&self.first_name), 100);
        checks.text("/last_name", text(&self.last_name), 100);
        checks.text("/external_id", text(&self.external_id), 255);
        checks.email("/email", text(&self.email).map(str::trim));
        if let Patch::Value(tags) = &self.tags {
            checks.tags(tags);
        }
        if let Patch::Value(attributes) = &self.attributes {
            checks.attributes(attributes);
        }
        checks.done()
    }

    async fn apply(self, api: &Api, contact: &mut Contact) -> Result<(), ApiError> {
        self.check()?;
        self.region.apply(&mut contact.region);
        let mut region = contact.region;
        if region.is_none() {
            let tenant = api.contacts.tenant(contact.tenant).await?;
            region = tenant.and_then(|tenant| tenant.default_region);
        }
        let phone = |text: String, pointer: &str| phone(api, &text, region, pointer);
        self.phone
            .map(|text| phone(text, "/phone"))?
            .apply(&mut contact.phone);
        self.whatsapp_phone
            .map(|text| phone(text, "/whatsapp_phone"))?
            .apply(&mut contact.whatsapp_phone);
        self.first_name.apply(&mut contact.first_name);
        self.last_name.apply(&mut contact.last_name);
        self.email
            .map(|text| Ok::<_, ApiError>(text.trim().to_owned()))?
            .apply(&mut contact.email);
        self.locale.apply(&mut contact.locale);
        self.time_zone.apply(&mut contact.time_zone);
        self.external_id.apply(&mut contact.external_id);
        match self.attributes {
            Patch::Absent => {}
            Patch::Null => contact.attributes.clear(),
            Patch::Value(attributes) => contact.attributes = attributes,
        }
        match self.tags {
            Patch::Absent => {}
            Patch::Null => contact.tags.clear(),
            Patch::Value(tags) => {
                contact.tags.clear();
                for tag in tags {
                    if !contact.tags.contains(&tag) {
                        contact.tags.push(tag);
                    }
                }
            }
        }
        Ok(())
    }
}

fn phone(
    api: &Api,
    text: &str,
    region: Option<Region>,
    pointer: &str,
) -> Result<PhoneNumber, ApiError> {
    api.parse_phone(text, region)
        .map(|parsed| parsed.number)
        .map_err(|error| ApiError::Phone {
            pointer: pointer.to_owned(),
            error,
        })
}

/// The contact; 404, or 410 with where it went when it was merged.
pub(crate) async fn find(api: &Api, tenant: TenantId, id: ContactId) -> Result<Contact, ApiError> {
    if let Some(contact) = api.contacts.get(tenant, id).await? {
        return Ok(contact);
    }
    let into = api.contacts.merged_into(tenant, id).await?;
    Err(into.map_or(ApiError::NotFound("contact"), ApiError::Merged))
}

/// Make a contact
#[utoipa::path(post, path = "/v1/contacts", tag = "Contacts", request_body = NewContact,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 characters, kept 24 h")),
    responses((status = 201, body = ContactView), (status = 409, description = "`external_id_taken`"),
        (status = 422, description = "`invalid_phone_number`, `invalid_request`, `unknown_field`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |slot| {
        let request = body.json::<NewContact>();
        async move {
            let now = api.clock.now();
            let mut contact = Contact::blank(ContactId::new(&*api.ids), caller.tenant, now);
            ContactPatch::from(request?)
                .apply(api, &mut contact)
                .await?;
            let location = format!("/v1/contacts/{}", contact.id);
            let view = ContactView::from(contact.clone());
            let reply = Reply::json(StatusCode::CREATED, &view)?.at(location);
            let answer = slot.answer(&reply);
            api.contacts.create(&contact, answer.as_ref()).await?;
            Ok(Done::Stored(reply))
        }
    })
    .await
}

/// List contacts
#[utoipa::path(get, path = "/v1/contacts", tag = "Contacts", params(ContactQuery),
    responses((status = 200, body = Listed<ContactView>)))]
pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<ContactQuery>,
) -> Result<Json<Listed<ContactView>>, ApiError> {
    let address = match &query.phone {
        Some(text) => {
            let tenant = api.contacts.tenant(caller.tenant).await?;
            let region = tenant.and_then(|tenant| tenant.default_region);
            Some(Address::Phone(phone(&api, text, region, "?phone")?))
        }
        None => None,
    };
    let filter = ContactFilter {
        address,
        external_id: query.external_id,
        tag: query.tag,
        text: query.q,
    };
    let found = api
        .contacts
        .list(caller.tenant, &filter, page(query.limit, query.after))
        .await?;
    Ok(Json(listed(found, ContactView::from)))
}

/// Read a contact
#[utoipa::path(get, path = "/v1/contacts/{id}", tag = "Contacts", params(("id" = String, Path)),
    responses((status = 200, body = ContactView), (status = 404, description = "`not_found`"),
        (status = 410, description = "`contact_merged`, with `merged_into`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ContactId>,
) -> Result<Json<ContactView>, ApiError> {
    Ok(Json(find(&api, caller.tenant, id).await?.into()))
}

/// Change a contact
#[utoipa::path(patch, path = "/v1/contacts/{id}", tag = "Contacts", params(("id" = String, Path)),
    request_body = ContactPatch,
    responses((status = 200, body = ContactView), (status = 404, description = "`not_found`"),
        (status = 409, description = "`external_id_taken`")))]
pub(crate) async fn change(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<ContactId>,
    body: RawBody,
) -> Result<Json<ContactView>, ApiError> {
    let patch: ContactPatch = body.json()?;
    let mut contact = find(&api, caller.tenant, id).await?;
    patch.apply(&api, &mut contact).await?;
    contact.updated_at = api.clock.now();
    if !api.contacts.update(&contact).await? {
        return Err(ApiError::NotFound("contact"));
    }
    Ok(Json(contact.into()))
}

/// Erase a person
///
/// Contact, preferences, texts of messages and evidence go; what the person refused stays refused.
#[utoipa::path(delete, path = "/v1/contacts/{id}", tag = "Contacts", params(("id" = String, Path)),
    responses((status = 204), (status = 404, description = "`not_found`")))]
pub(crate) async fn erase(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<ContactId>,
) -> Result<StatusCode, ApiError> {
    let contact = find(&api, caller.tenant, id).await?;
    let now = api.clock.now();
    let chain = api.consent.history(caller.tenant, id).await?;
    let events: Vec<_> = chain.into_iter().map(|link| link.event).collect();
    let consent = state(&events, now);
    let is_refused = |channel: Channel| {
        Purpose::FOR_TENANTS
            .into_iter()
            .any(|purpose| consent.status(channel, purpose).status == Status::Denied)
    };
    let refused: Vec<(Address, Channel)> = Channel::ALL
        .into_iter()
        .filter(|channel| is_refused(*channel))
        .filter_map(|channel| Some((contact.address(channel)?, channel)))
        .collect();
    match api.contacts.erase(caller.tenant, id, &refused, now).await? {
        Erasure::Done => Ok(StatusCode::NO_CONTENT),
        Erasure::NotFound => Err(ApiError::NotFound("contact")),
    }
}
