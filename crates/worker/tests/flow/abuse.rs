//! What a careless or hostile tenant tries, and what must not come of it.

use crate::support::World;
use std::collections::BTreeMap;
use tidings_conformance::fixtures;
use tidings_kernel::{Channel, Clock, ContactId, Purpose, TemplateId};
use tidings_messaging::{
    Contacts, GateOutcome, InboundEvent, Messages, Monthly, ProviderEvent, Settings, Status,
    StoredTemplate, TemplateLibrary, Tenant, Tenants,
    send::{ContentWish, Edit, Prompt, Recipient, SendError, SendRequest},
};
use tidings_templates::{ApprovalStatus, Variant, VariantBody};
use time::Duration;

impl World {
    async fn becomes(&self, change: impl FnOnce(&mut Tenant)) {
        let mut tenant = Tenants::get(&*self.store, self.tenant)
            .await
            .unwrap()
            .unwrap();
        change(&mut tenant);
        Tenants::put(&*self.store, &tenant).await.unwrap();
    }

    async fn settles(&self, change: impl FnOnce(&mut Settings)) {
        self.becomes(|tenant| change(&mut tenant.settings)).await;
    }

    async fn template(&self, purpose: Purpose, locale: &str, body: &str) -> String {
        let now = self.clock.now();
        let template = StoredTemplate {
            id: TemplateId::from_uuid(fixtures::uuid(60, 1)),
            tenant: self.tenant,
            name: "offer".into(),
            category: "any".into(),
            channel: Channel::Sms,
            purpose,
            variants: vec![Variant {
                locale: locale.into(),
                body: VariantBody::Text(body.into()),
            }],
            fields: Vec::new(),
            status: ApprovalStatus::Approved,
            provider_status: BTreeMap::new(),
            standings: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        TemplateLibrary::create(&*self.store, &template, None)
            .await
            .unwrap();
        template.name
    }

    fn of_template(&self, purpose: Purpose, name: String) -> SendRequest {
        SendRequest {
            content: ContentWish::Template {
                name,
                locale: None,
                data: serde_json::Map::new(),
            },
            ..self.request(Channel::Sms, purpose, "")
        }
    }

    async fn text(&self, request: &SendRequest) -> String {
        let prepared = self.sending.dry_run(self.tenant, request).await.unwrap();
        prepared.new.message.content.text
    }

    async fn outcome(&self, request: &SendRequest) -> (GateOutcome, Vec<String>) {
        let prepared = self.sending.dry_run(self.tenant, request).await.unwrap();
        let decision = prepared.decision();
        let rules = decision.reasons.iter().map(|it| it.rule.to_string());
        (decision.outcome, rules.collect())
    }

    async fn hears(&self, number: u32, text: &str) {
        self.clock.advance(Duration::seconds(1));
        let event = ProviderEvent::Inbound(InboundEvent {
            provider_message_id: format!("IN{number}"),
            channel: Channel::Whatsapp,
            from: self.address(),
            whatsapp_user: None,
            to: "+12025550199".into(),
            text: text.into(),
            media: Vec::new(),
            button: None,
            shopping: None,
            profile_name: None,
            provider_opt: None,
            at: Some(self.clock.now()),
        });
        self.calls_back(vec![event]).await;
    }
}

#[tokio::test]
async fn a_blank_brand_is_none_and_the_tenants_name_stands_for_it() {
    let world = World::new().await;
    for brand in ["", "  ", "\n"] {
        world
            .settles(|settings| settings.brand = Some(brand.into()))
            .await;
        let request = world.request(Channel::Sms, Purpose::Marketing, "20% off");
        assert_eq!(
            world.text(&request).await,
            "Example Ltd: 20% off Reply STOP to opt out"
        );
    }
}

#[tokio::test]
async fn a_brand_that_sounds_like_an_offer_promotes_nothing() {
    let world = World::new().await;
    world
        .settles(|settings| settings.brand = Some("Bargain Coupons".into()))
        .await;
    let order = "Bargain Coupons: your order 42 ships today.";
    let request = world.request(Channel::Sms, Purpose::Transactional, order);
    assert_eq!(world.outcome(&request).await.1, ["consent.granted"]);
    let mixed = "Bargain Coupons: your order 42 ships today. Coupons inside!";
    let request = world.request(Channel::Sms, Purpose::Transactional, mixed);
    assert!(
        world
            .outcome(&request)
            .await
            .1
            .contains(&"purpose.raised".into())
    );
}

#[tokio::test]
async fn a_template_is_completed_and_read_in_its_own_language() {
    let world = World::new().await;
    let name = world
        .template(Purpose::Marketing, "de", "Neu im Laden: Schuhe.")
        .await;
    let request = world.of_template(Purpose::Marketing, name);
    assert_eq!(
        world.text(&request).await,
        "Example Ltd: Neu im Laden: Schuhe. Mit STOP antworten zum Abmelden"
    );
}

#[tokio::test]
async fn a_stop_line_in_the_language_of_the_template_is_enough() {
    let world = World::new().await;
    let text = "Example Ltd : nouveaux modèles. STOP au 36180";
    let name = world.template(Purpose::Marketing, "fr", text).await;
    let request = world.of_template(Purpose::Marketing, name);
    assert_eq!(world.text(&request).await, text);
}

#[tokio::test]
async fn an_advertisement_in_the_tenants_language_is_seen_whatever_the_contact_speaks() {
    let world = World::new().await;
    world
        .becomes(|tenant| tenant.locale = tidings_kernel::Locale::parse("de_DE").unwrap())
        .await;
    let mut contact = world.contact.clone();
    contact.locale = Some(tidings_kernel::Locale::parse("en_US").unwrap());
    Contacts::update(&*world.store, &contact).await.unwrap();
    let request = world.request(
        Channel::Sms,
        Purpose::Transactional,
        "Example Ltd: jetzt kaufen und 20 % Rabatt sichern",
    );
    assert!(
        world
            .outcome(&request)
            .await
            .1
            .contains(&"purpose.raised".into())
    );
}

#[tokio::test]
async fn a_marketing_template_is_no_answer() {
    let world = World::new().await;
    world.hears(1, "Are you open today?").await;
    let name = world
        .template(Purpose::Marketing, "en", "Example Ltd: news")
        .await;
    let request = world.of_template(Purpose::Conversational, name);
    assert!(
        world
            .outcome(&request)
            .await
            .1
            .contains(&"purpose.raised".into())
    );
}

#[tokio::test]
async fn an_edit_is_not_refused_for_the_allowance_that_its_own_message_used() {
    let world = World::new().await;
    world
        .settles(|settings| {
            settings.monthly = Monthly {
                messages: Some(1),
                budget: None,
            };
        })
        .await;
    let message = world.sms("one").await;
    let edit = Edit {
        text: Some("two".into()),
        ..Edit::default()
    };
    world
        .sending
        .edit(world.tenant, message.id, &edit)
        .await
        .unwrap();
    assert_eq!(world.sms("three").await.status, Status::Blocked);
}

#[tokio::test]
async fn nobody_rewrites_what_the_system_says() {
    let world = World::new().await;
    world.hears(1, "Hello").await;
    let prompt = Prompt {
        contact: world.contact.id,
        channel: Channel::Whatsapp,
        account: world.accounts[0],
        at: world.clock.now(),
    };
    world
        .sending
        .confirm_opt_out(world.tenant, &prompt)
        .await
        .unwrap();
    let page = tidings_messaging::Page {
        limit: 1,
        after: None,
    };
    let filter = tidings_messaging::MessageFilter::default();
    let newest = Messages::list(&*world.store, world.tenant, &filter, page)
        .await
        .unwrap();
    let message = &newest.data[0];
    assert_eq!(message.message.purpose, Purpose::OptOutConfirmation);
    let edit = Edit {
        text: Some("Flash sale, 50% off!".into()),
        ..Edit::default()
    };
    let refused = world
        .sending
        .edit(world.tenant, message.message.id, &edit)
        .await;
    let code = match refused {
        Err(SendError::Invalid { code, .. }) => code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code, "system_text");
}

#[tokio::test]
async fn a_text_message_to_a_number_goes_to_that_number() {
    let world = World::new().await;
    let mut contact = fixtures::contact(
        world.tenant,
        ContactId::from_uuid(fixtures::uuid(51, 9)),
        90,
    );
    contact.whatsapp_phone = Some(fixtures::phone(91));
    contact.whatsapp_user = None;
    contact.external_id = None;
    Contacts::create(&*world.store, &contact, None)
        .await
        .unwrap();
    let wanted = fixtures::phone(91).to_string();
    let request = SendRequest {
        to: Recipient::Phone {
            text: wanted.clone(),
            region: None,
        },
        ..world.request(Channel::Sms, Purpose::Authentication, "Your code is 1234")
    };
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    assert_eq!(prepared.new.message.to, wanted);
    // The same number is the same person the next time.
    let again = world.sending.prepare(world.tenant, &request).await.unwrap();
    assert_eq!(again.new.message.contact, prepared.new.message.contact);
}

#[tokio::test]
async fn two_systems_that_answer_help_to_each_other_come_to_an_end() {
    let world = World::new().await;
    world
        .settles(|settings| settings.help_text = Some("HELP".into()))
        .await;
    for number in 0..20 {
        world.hears(number, "HELP").await;
    }
    assert_eq!(world.calls(), 5);
}

#[tokio::test]
async fn what_is_judged_as_marketing_counts_as_marketing() {
    let world = World::new().await;
    for number in 0..5 {
        let text =
            format!("Example Ltd: table {number} is ready. 20% off desserts! Reply STOP to end");
        world
            .send(Channel::Sms, Purpose::Transactional, &text)
            .await;
        world.work().await;
    }
    assert_eq!(world.calls(), 3, "three in a day, by the safe setting");
}
