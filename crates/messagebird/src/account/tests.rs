use super::*;

const PLATFORM: &str = "bk_eu1_example";
const UUID: &str = "11111111-2222-4333-8444-555555555555";
const OTHER: &str = "99999999-2222-4333-8444-555555555555";

fn read(fields: &[(&str, &str)]) -> Result<Account, CredentialProblem> {
    Account::read(&Credentials::new(fields.iter().map(|(name, value)| {
        ((*name).to_owned(), SecretString::from(*value))
    })))
}

fn refused(fields: &[(&str, &str)]) -> &'static str {
    read(fields).unwrap_err().field
}

#[test]
fn the_key_and_the_workspace_tell_the_interface() {
    let platform = read(&[("access_key", PLATFORM)]).unwrap();
    assert!(matches!(&platform, Account::Platform(account) if account.region == "eu1"));
    let channels = read(&[
        ("access_key", "AbCdEfGh"),
        ("workspace_id", UUID),
        ("whatsapp_channel_id", OTHER),
    ])
    .unwrap();
    let Account::Channels(channels) = channels else {
        panic!("{channels:?}");
    };
    assert_eq!(channels.channel(Channel::Whatsapp), Some(OTHER));
    assert_eq!(channels.channel(Channel::Sms), None);
    assert_eq!(channels.channel(Channel::Email), None);
    let classic = read(&[("access_key", "live_example")]).unwrap();
    assert!(matches!(classic, Account::Classic(_)));
}

#[test]
fn callbacks_are_checked_only_with_a_key() {
    for key in [PLATFORM, "live_example"] {
        assert!(!read(&[("access_key", key)]).unwrap().checks_callbacks());
        let with_key = [("access_key", key), ("signing_key", "MDEyMzQ1Njc4OQ==")];
        assert!(read(&with_key).unwrap().checks_callbacks());
    }
}

#[test]
fn a_region_is_letters_and_digits() {
    for key in [
        "bk_",
        "bk_eu1",
        "bk_eu1_",
        "bk__token",
        "bk_eu1.evil.example/_token",
        "bk_EU1_token",
        "bk_e_token",
        "bk_abcdefghijklm_token",
    ] {
        assert_eq!(refused(&[("access_key", key)]), "access_key", "{key}");
    }
}

#[test]
fn what_is_missing_or_misshapen_is_named() {
    assert_eq!(refused(&[]), "access_key");
    assert_eq!(refused(&[("access_key", "two words")]), "access_key");
    let channels = [("access_key", "AbCdEfGh"), ("workspace_id", UUID)];
    assert_eq!(refused(&channels), "sms_channel_id");
    for (field, value) in [
        ("workspace_id", "mine"),
        ("sms_channel_id", "11111111-2222-4333-8444"),
        (
            "whatsapp_channel_id",
            "11111111-2222-4333-8444-55555555555g",
        ),
    ] {
        let mut all = vec![("access_key", "AbCdEfGh"), ("workspace_id", UUID)];
        all.retain(|(name, _)| *name != field);
        all.push((field, value));
        assert_eq!(refused(&all), field);
    }
    let classic = [("access_key", "live_example"), ("inbound_fields", "text")];
    assert_eq!(refused(&classic), "inbound_fields");
    for secret in ["whsec_", "whsec_!", "not base 64"] {
        let platform = [("access_key", PLATFORM), ("signing_key", secret)];
        assert_eq!(refused(&platform), "signing_key", "{secret}");
    }
}

#[test]
fn what_belongs_to_another_interface_is_refused() {
    for (key, field, value) in [
        (PLATFORM, "workspace_id", UUID),
        (PLATFORM, "sms_channel_id", UUID),
        (PLATFORM, "whatsapp_channel_id", UUID),
        (PLATFORM, "inbound_fields", "text=content"),
        ("live_example", "sms_channel_id", UUID),
        ("live_example", "whatsapp_channel_id", UUID),
    ] {
        let given = [("access_key", key), (field, value)];
        assert_eq!(refused(&given), field, "{key}");
    }
    let channels = [
        ("access_key", "AbCdEfGh"),
        ("workspace_id", UUID),
        ("sms_channel_id", OTHER),
        ("inbound_fields", "text=content"),
    ];
    assert_eq!(refused(&channels), "inbound_fields");
}

#[test]
fn nothing_shows_a_secret() {
    let account = read(&[
        ("access_key", "live_very_secret"),
        ("signing_key", "also_secret"),
    ]);
    let shown = format!("{account:?}");
    assert!(!shown.contains("very_secret") && !shown.contains("also_secret"));
    let problem = read(&[("access_key", "bk_x_very_secret")]).unwrap_err();
    assert!(!format!("{problem} {problem:?}").contains("very_secret"));
}

#[test]
fn the_secret_of_a_webhook_is_decoded_with_and_without_its_mark() {
    for text in ["whsec_MDEyMw==", "MDEyMw=="] {
        let secret = WebhookSecret(SecretString::from(text));
        assert_eq!(secret.key().as_deref(), Some(&b"0123"[..]));
    }
}
