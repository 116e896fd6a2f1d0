//! Media of MMS: AWS reads them from S3 alone, by `s3://` addresses.

use tidings_aws_http::unescape;
use url::Url;

/// The longest address that AWS takes.
const LONGEST: usize = 2_048;

/// The `s3://` address of a file in S3, which may be given as that or as the web address of an object.
/// `None` if the file is elsewhere.
///
/// A query, such as the signature of a shared link, is left out: AWS reads the file with the rights of the
/// account.
pub(crate) fn s3_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let path = url.path().strip_prefix('/')?;
    let (bucket, key) = match url.scheme() {
        "s3" => (host, path),
        "https" => match bucket_of(host)? {
            "" => path.split_once('/')?,
            bucket => (bucket, path),
        },
        _ => return None,
    };
    let is_right = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    let is_bucket = (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_right);
    let key = String::from_utf8(unescape(key)).ok()?;
    let address = format!("s3://{bucket}/{key}");
    let is_key = !key.is_empty() && !key.contains(['\n', '\r']);
    (is_bucket && is_key && address.chars().count() <= LONGEST).then_some(address)
}

/// The bucket in a host name of S3; empty where the path names it.
fn bucket_of(host: &str) -> Option<&str> {
    let name = host
        .strip_suffix(".amazonaws.com")
        .or(host.strip_suffix(".amazonaws.com.cn"))?;
    // `s3`, `s3.eu-west-1`, `s3-eu-west-1`, `s3.dualstack.eu-west-1`, with or without a bucket before it.
    let is_service = |name: &str| {
        let rest = name.strip_prefix("s3");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    };
    if is_service(name) {
        return Some("");
    }
    let dots = name.match_indices('.');
    let mut parts =
        dots.filter_map(|(place, _)| Some((name.get(..place)?, name.get(place + 1..)?)));
    parts
        .find(|(_, rest)| is_service(rest))
        .map(|(bucket, _)| bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_every_address_of_theirs() {
        for address in [
            "s3://our-media/promo/cat%20one.png",
            "https://our-media.s3.amazonaws.com/promo/cat%20one.png",
            "https://our-media.s3.eu-west-1.amazonaws.com/promo/cat%20one.png",
            "https://our-media.s3-eu-west-1.amazonaws.com/promo/cat%20one.png",
            "https://our-media.s3.dualstack.eu-west-1.amazonaws.com/promo/cat%20one.png?X-Amz-Signature=0",
            "https://our-media.s3.cn-north-1.amazonaws.com.cn/promo/cat%20one.png",
            "https://s3.amazonaws.com/our-media/promo/cat%20one.png",
            "https://s3.eu-west-1.amazonaws.com/our-media/promo/cat%20one.png",
        ] {
            assert_eq!(
                s3_address(address).as_deref(),
                Some("s3://our-media/promo/cat one.png"),
                "{address}"
            );
        }
        assert_eq!(
            s3_address("https://a.b.s3.us-east-1.amazonaws.com/k").as_deref(),
            Some("s3://a.b/k")
        );
    }

    #[test]
    fn what_is_elsewhere_is_refused() {
        let long = format!("s3://our-media/{}", "k".repeat(2_040));
        for address in [
            "https://cdn.example.com/a.png",
            "https://s3.amazonaws.com.evil.example/our-media/a.png",
            "https://our-media.ec2.amazonaws.com/a.png",
            "http://our-media.s3.amazonaws.com/a.png",
            "https://our-media.s3.amazonaws.com/",
            "https://s3.amazonaws.com/our-media",
            "https://Our_Media.s3.amazonaws.com/a.png",
            "s3://our-media/a%0Ab",
            "s3://our-media/%ff",
            "s3://x/a",
            "s3:///a",
            "a.png",
            &long,
        ] {
            assert_eq!(s3_address(address), None, "{address}");
        }
    }
}
