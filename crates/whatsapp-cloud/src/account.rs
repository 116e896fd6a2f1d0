use crate::{
    credentials::{Caller, verify_token},
    descriptor::PHONE_NUMBER_ID,
    errors::{self, META},
    node::Node,
    provider::WhatsappCloud,
};
use async_trait::async_trait;
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tidings_messaging::{
    Access, BusinessProfile, Credentials, ManageError, WhatsappAccount, WhatsappNumber,
};
use tidings_provider_http::Effect;
use tidings_templates::Quality;

const PROFILE_FIELDS: &str =
    "about,address,description,email,profile_picture_url,websites,vertical";
const NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,status,name_status,throughput,whatsapp_business_manager_messaging_limit";
const PAGE_SIZE: &str = "100";
const MOST_PAGES: usize = 10;
/// The longest texts of a profile, in characters (reference, section 9; the shorter one where Meta names
/// two).
const ABOUT: usize = 139;
const EMAIL: usize = 128;
const LINE: usize = 256;
const WEBSITES: usize = 2;

#[async_trait]
impl WhatsappAccount for WhatsappCloud {
    fn for_number(&self, credentials: &Credentials, number: &str) -> Credentials {
        credentials.with(PHONE_NUMBER_ID.name, number.to_owned().into())
    }

    fn passphrase(&self, credentials: &Credentials) -> Option<SecretString> {
        verify_token(credentials).ok().cloned()
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.profile", skip_all, fields(account = %access.account))]
    async fn profile(&self, access: &Access) -> Result<BusinessProfile, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let path = [caller.phone_number_id, "whatsapp_business_profile"];
        let request = self.graph.request(Method::GET, caller, path);
        let request = request.query(&[("fields", PROFILE_FIELDS)]);
        let answer = errors::manage(Effect::Reads, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        let profile = Node(&json).list("data").next();
        let profile = profile.ok_or_else(|| META.unreadable_success(Effect::Reads, &answer))?;
        let text = |name| profile.text(name).map(str::to_owned);
        let websites: Vec<String> = (profile.list("websites"))
            .filter_map(|website| website.0.as_str().map(str::to_owned))
            .collect();
        Ok(BusinessProfile {
            about: text("about"),
            address: text("address"),
            description: text("description"),
            email: text("email"),
            websites: (!websites.is_empty()).then_some(websites),
            vertical: text("vertical"),
            picture_url: text("profile_picture_url"),
        })
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.set_profile", skip_all, fields(account = %access.account))]
    async fn set_profile(
        &self,
        access: &Access,
        change: &BusinessProfile,
    ) -> Result<(), ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let body = profile_change(change)?;
        let path = [caller.phone_number_id, "whatsapp_business_profile"];
        let request = self.graph.request(Method::POST, caller, path).json(&body);
        errors::done(self.graph.call(request).await)
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.number", skip_all, fields(account = %access.account))]
    async fn number(&self, access: &Access) -> Result<WhatsappNumber, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let own = caller.phone_number_id;
        let request = self.graph.request(Method::GET, caller, [own]);
        let request = request.query(&[("fields", NUMBER_FIELDS)]);
        let answer = errors::manage(Effect::Reads, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        let found = number(Node(&json), own).filter(|number| number.is_own);
        found.ok_or_else(|| META.unreadable_success(Effect::Reads, &answer))
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.numbers", skip_all, fields(account = %access.account))]
    async fn numbers(&self, access: &Access) -> Result<Vec<WhatsappNumber>, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let mut numbers = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let path = [caller.waba_id, "phone_numbers"];
            let request = self.graph.request(Method::GET, caller, path);
            let mut fields = vec![("fields", NUMBER_FIELDS), ("limit", PAGE_SIZE)];
            fields.extend(after.as_deref().map(|cursor| ("after", cursor)));
            let request = request.query(&fields);
            let answer = errors::manage(Effect::Reads, self.graph.call(request).await)?;
            let json = answer.json().unwrap_or_default();
            let page = Node(&json);
            if page.at("data").is_none_or(|data| !data.0.is_array()) {
                return Err(META.unreadable_success(Effect::Reads, &answer));
            }
            let own = caller.phone_number_id;
            numbers.extend(page.list("data").filter_map(|found| number(found, own)));
            after = next(page);
            if after.is_none() {
                break;
            }
        }
        Ok(numbers)
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.register", skip_all, fields(account = %access.account))]
    async fn register(&self, access: &Access, pin: &SecretString) -> Result<(), ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let digits = pin.expose_secret();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let advice = "choose six digits, or give those that were chosen before";
            return Err(errors::unfit("pin", "the PIN is not of six digits", advice));
        }
        let path = [caller.phone_number_id, "register"];
        let body = json!({"messaging_product": "whatsapp", "pin": digits});
        let request = self.graph.request(Method::POST, caller, path).json(&body);
        errors::done(self.graph.call(request).await)
    }

    /// The account's own callback address stands before the app's, so that several accounts can share an app.
    #[tracing::instrument(name = "provider.whatsapp_cloud.subscribe", skip_all, fields(account = %access.account))]
    async fn subscribe(&self, access: &Access) -> Result<(), ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let token = verify_token(&access.credentials)?;
        let path = [caller.waba_id, "subscribed_apps"];
        let request = self.graph.request(Method::POST, caller, path).json(&json!({
            "override_callback_uri": access.callback_url, "verify_token": token.expose_secret(),
        }));
        errors::done(self.graph.call(request).await)
    }

    #[tracing::instrument(name = "provider.whatsapp_cloud.subscriptions", skip_all, fields(account = %access.account))]
    async fn subscriptions(&self, access: &Access) -> Result<Vec<String>, ManageError> {
        let caller = Caller::of(&access.credentials)?;
        let path = [caller.waba_id, "subscribed_apps"];
        let request = self.graph.request(Method::GET, caller, path);
        let answer = errors::manage(Effect::Reads, self.graph.call(request).await)?;
        let json = answer.json().unwrap_or_default();
        let apps = Node(&json);
        if apps.at("data").is_none_or(|data| !data.0.is_array()) {
            return Err(META.unreadable_success(Effect::Reads, &answer));
        }
        let name = |app: Node<'_>| {
            let name = app
                .text("whatsapp_business_api_data/name")
                .map(str::to_owned);
            name.or_else(|| app.word("whatsapp_business_api_data/id").map(Into::into))
        };
        Ok(apps.list("data").filter_map(name).collect())
    }
}

/// The cursor of the next page, if there is one.
pub(crate) fn next(page: Node<'_>) -> Option<String> {
    page.at("paging/next")?;
    page.text("paging/cursors/after").map(str::to_owned)
}

pub(crate) fn quality(word: &str) -> Quality {
    match word {
        "GREEN" => Quality::Green,
        "YELLOW" => Quality::Yellow,
        "RED" => Quality::Red,
        // `UNKNOWN`, `NA`, and whatever comes.
        _ => Quality::Unknown,
    }
}

fn number(number: Node<'_>, own: &str) -> Option<WhatsappNumber> {
    let text = |path| number.text(path).map(str::to_owned);
    let id = number.word("id")?.into_owned();
    Some(WhatsappNumber {
        is_own: id == own,
        id,
        shown: text("display_phone_number").unwrap_or_default(),
        name: text("verified_name"),
        status: text("status"),
        quality: number.text("quality_rating").map(quality),
        name_status: text("name_status"),
        messaging_limit: text("whatsapp_business_manager_messaging_limit"),
        throughput: text("throughput/level"),
    })
}

fn profile_change(change: &BusinessProfile) -> Result<Value, ManageError> {
    let mut body = json!({"messaging_product": "whatsapp"});
    let mut put = |name: &str, text: Option<&str>, most: usize| match text {
        Some(text) if text.chars().count() > most => {
            let detail = format!("{name} has more than {most} characters");
            Err(errors::unfit("too_long", &detail, "shorten it"))
        }
        Some(text) => {
            body[name] = json!(text);
            Ok(())
        }
        None => Ok(()),
    };
    put("about", change.about.as_deref(), ABOUT)?;
    put("address", change.address.as_deref(), LINE)?;
    put("description", change.description.as_deref(), LINE)?;
    put("email", change.email.as_deref(), EMAIL)?;
    put("vertical", change.vertical.as_deref(), LINE)?;
    if let Some(websites) = &change.websites {
        if websites.len() > WEBSITES || websites.iter().any(|it| it.chars().count() > LINE) {
            let detail = "a profile has two websites of 256 characters at most";
            return Err(errors::unfit(
                "websites",
                detail,
                "leave out or shorten some",
            ));
        }
        body["websites"] = json!(websites);
    }
    Ok(body)
}
