//! What none of the three interfaces carries.

use crate::support::{
    TEXT, channels, classic, message, message_for, offline, platform, refused_here,
};
use tidings_kernel::{Channel, Purpose};
use tidings_messagebird::DESCRIPTOR;
use tidings_messaging::{Address, Content, Media, Provider as _, TemplateCall};
use tidings_routing::Class;

#[tokio::test]
async fn email_is_for_others() {
    for access in [platform(), channels(), classic()] {
        let address = Address::Email("ana@example.com".into());
        let content = Content {
            subject: Some("Your table".into()),
            ..Content::text(TEXT)
        };
        let message = message_for(Purpose::Transactional, Channel::Email, address, content);
        let error = refused_here(&access, &message).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Sender, "wrong_channel")
        );
    }
}

#[tokio::test]
async fn an_sms_has_neither_pictures_nor_templates() {
    let picture = Content {
        media: vec![Media {
            url: "https://files.example.com/a.png".into(),
            content_type: None,
        }],
        ..Content::text(TEXT)
    };
    let template = Content {
        template: Some(TemplateCall {
            id: "tpl_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
            name: "order_update".into(),
            locale: "en".into(),
            provider_ids: [].into(),
            components: Vec::new(),
        }),
        ..Content::text(TEXT)
    };
    for access in [platform(), channels(), classic()] {
        for (content, code) in [
            (picture.clone(), "no_media"),
            (template.clone(), "no_template"),
        ] {
            let error = refused_here(&access, &message(Channel::Sms, content)).await;
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Sender, code)
            );
            assert!(!error.advice.is_empty());
        }
    }
}

#[tokio::test]
async fn a_whatsapp_user_gets_no_sms() {
    for access in [platform(), channels(), classic()] {
        let user = Address::WhatsappUser("US.1349".into());
        let message = message_for(
            Purpose::Transactional,
            Channel::Sms,
            user,
            Content::text(TEXT),
        );
        let error = refused_here(&access, &message).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Recipient, "no_phone_number")
        );
    }
}

#[tokio::test]
async fn no_address_is_ever_checked_by_them() {
    let request = crate::support::classic_callback("GET", "", "");
    assert_eq!(offline().handshake(&classic(), &request).await, None);
}

#[test]
fn the_descriptor_says_what_is_carried() {
    let sms = DESCRIPTOR.ability(Channel::Sms).unwrap();
    assert!(!sms.carries_media && !sms.carries_templates && !sms.reports_reading);
    let whatsapp = DESCRIPTOR.ability(Channel::Whatsapp).unwrap();
    assert!(whatsapp.carries_media && whatsapp.carries_templates && whatsapp.reports_reading);
    assert!(DESCRIPTOR.ability(Channel::Email).is_none());
    assert_eq!(DESCRIPTOR.thanks.map(|thanks| thanks.body), Some("OK"));
}
