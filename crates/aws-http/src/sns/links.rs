//! The addresses in messages of SNS. Whoever wrote the message chose them, so none is called unless it is
//! one of AWS's in every part.

use url::Url;

/// The address of the certificate, if it is SNS's in the region of the topic.
pub(crate) fn certificate(text: &str, topic_arn: &str) -> Option<Url> {
    let url = of_sns(text, topic_arn)?;
    let name = url
        .path()
        .strip_prefix("/SimpleNotificationService-")?
        .strip_suffix(".pem")?;
    let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // One spelling only: nothing was repaired in reading it.
    (is_plain && url.query().is_none() && url.as_str() == text).then_some(url)
}

/// The address that confirms a subscription, if it is SNS's and confirms just this one.
pub(crate) fn confirmation(text: &str, topic_arn: &str, token: &str) -> Option<Url> {
    let url = of_sns(text, topic_arn)?;
    let mut asked: Vec<_> = url.query_pairs().collect();
    asked.sort();
    let expected = [
        ("Action", "ConfirmSubscription"),
        ("Token", token),
        ("TopicArn", topic_arn),
    ];
    let is_expected = asked
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .eq(expected);
    (url.path() == "/" && is_expected).then_some(url)
}

/// An address at the host of SNS that serves the topic.
fn of_sns(text: &str, topic_arn: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    (is_bare && url.host_str() == Some(&host_of(topic_arn)?)).then_some(url)
}

/// The host of SNS that serves the topic.
fn host_of(topic_arn: &str) -> Option<String> {
    let mut parts = topic_arn.split(':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let region = parts.next()?;
    let is_region = region.len() >= 3
        && region
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    let domain = match partition {
        "aws" | "aws-us-gov" => "amazonaws.com",
        "aws-cn" => "amazonaws.com.cn",
        _ => return None,
    };
    (arn == "arn" && service == "sns" && is_region).then(|| format!("sns.{region}.{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:our-topic";
    const GOOD: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0aB9.pem";

    #[test]
    fn a_certificate_is_sns_s_own() {
        assert_eq!(certificate(GOOD, TOPIC).unwrap().as_str(), GOOD);
        let china = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem";
        assert!(certificate(china, "arn:aws-cn:sns:cn-north-1:111122223333:t").is_some());
        for wrong in [
            "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com:444/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com:443/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com./SimpleNotificationService-0.pem",
            "https://SNS.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://me@sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://:me@sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com.example.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com.cn/SimpleNotificationService-0.pem",
            "https://evil.com/sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com\\@evil.com/SimpleNotificationService-0.pem",
            "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem?x",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem#x",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.txt",
            "https://sns.us-east-1.amazonaws.com/a/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/a/../SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com//SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%41.pem",
            "https://sns.us-east-1.amazonaws.com/?Action=Publish&x=/SimpleNotificationService-0.pem",
            " https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "",
        ] {
            assert_eq!(certificate(wrong, TOPIC), None, "{wrong}");
        }
        for topic in [
            "",
            "arn:aws:sns:us-east-1",
            "arn:aws:sqs:us-east-1:1:t",
            "arn:aws:sns::1:t",
            "arn:aws:sns:evil.com/:1:t",
            "arn:other:sns:us-east-1:1:t",
        ] {
            let expected = topic == "arn:aws:sns:us-east-1";
            assert_eq!(certificate(GOOD, topic).is_some(), expected, "{topic}");
        }
    }

    #[test]
    fn a_confirmation_confirms_only_what_was_asked() {
        let base = "https://sns.us-east-1.amazonaws.com/";
        let good = format!("{base}?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc");
        assert!(confirmation(&good, TOPIC, "abc").is_some());
        for wrong in [
            good.replace("https", "http"),
            good.replace("ConfirmSubscription", "Publish"),
            good.replace("our-topic", "other"),
            good.replace("abc", "abd"),
            good.replace("/?", "/x?"),
            good.replace("amazonaws.com/", "amazonaws.com.evil.com/"),
            format!("{good}&Action=Publish"),
            format!("{good}&AuthenticateOnUnsubscribe=true"),
            base.to_owned(),
        ] {
            assert_eq!(confirmation(&wrong, TOPIC, "abc"), None, "{wrong}");
        }
    }
}
