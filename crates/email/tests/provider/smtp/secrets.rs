//! A server may repeat everything that it was told. We do not.

use super::{
    PASSWORD, account,
    fake::{Act, Fake, Script, say},
    smtp,
};
use crate::support::{TEXT, TO, keeps_secrets, mail, rejected};
use tidings_messaging::Provider as _;

const LOGIN: &str = "AGFjbWUAY29ycmVjdCBob3JzZSBiYXR0ZXJ5";

fn tattling(code: u16) -> Act {
    say(&format!(
        "{code} {PASSWORD} {LOGIN} <{TO}> {TO}: {TEXT} Ready +12025550123"
    ))
}

#[tokio::test]
async fn what_a_server_repeats_is_not_told() {
    let places: [fn(&mut Script, Act); 7] = [
        |script, act| script.greeting = act,
        |script, act| script.hello = act,
        |script, act| script.login = act,
        |script, act| script.sender = act,
        |script, act| script.recipient = act,
        |script, act| script.data = act,
        |script, act| script.end = act,
    ];
    for place in places {
        for code in [421, 450, 535, 550, 554] {
            let mut script = Script::default();
            place(&mut script, tattling(code));
            let fake = Fake::new(script);
            let error = rejected(smtp().send(&account(&fake), &mail()).await);
            keeps_secrets(&format!("{error:?}"), &[PASSWORD, "12025550123"]);
        }
    }
}

#[tokio::test]
async fn a_refused_login_is_told_in_our_words() {
    let fake = Fake::new(Script {
        login: tattling(535),
        ..Script::default()
    });
    let error = rejected(smtp().send(&account(&fake), &mail()).await);
    assert_eq!(error.detail, "the server refused the login");
    let result = smtp().connect(&account(&fake)).await;
    keeps_secrets(&format!("{result:?}"), &[PASSWORD, LOGIN]);
}

#[tokio::test]
async fn connection_tests_tell_no_secrets() {
    for login in [tattling(535), tattling(454), say("235 ok")] {
        let fake = Fake::new(Script {
            login,
            ..Script::default()
        });
        let result = smtp().connect(&account(&fake)).await;
        keeps_secrets(&format!("{result:?}"), &[PASSWORD, LOGIN]);
    }
}
