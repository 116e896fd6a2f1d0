//! The outside of Signature Version 4: is it there, whole, and for this service.

use super::AwsModel;
use crate::{
    request::Request,
    violation::{Rule, Violation},
};

/// Operations that may come unsigned: whoever holds the token or the link may call them.
const UNSIGNED: [&str; 2] = ["ConfirmSubscription", "Unsubscribe"];

const PLACE: &str = "/header/authorization";

pub(super) fn check(
    model: &AwsModel,
    operation: &str,
    request: &Request,
    found: &mut Vec<Violation>,
) {
    let Some(header) = request.header_value("authorization") else {
        if !UNSIGNED.contains(&operation) {
            found.push(Violation::new(Rule::Missing, PLACE, "is required"));
        }
        return;
    };
    let date = request.header_value("x-amz-date");
    let faults = match Signature::parse(header) {
        Some(signature) => signature.faults(model, request, date),
        None => {
            vec!["is not AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".to_owned()]
        }
    };
    found.extend(
        faults
            .into_iter()
            .map(|fault| Violation::new(Rule::Pattern, PLACE, fault)),
    );
    match date {
        Some(date) if is_date(date) => {}
        Some(_) => found.push(Violation::new(
            Rule::Pattern,
            "/header/x-amz-date",
            "is not YYYYMMDD'T'HHMMSS'Z'",
        )),
        None => found.push(Violation::new(
            Rule::Missing,
            "/header/x-amz-date",
            "is required",
        )),
    }
}

struct Signature<'a> {
    /// Key, day, region, service, `aws4_request`.
    credential: Vec<&'a str>,
    headers: Vec<&'a str>,
    digest: &'a str,
}

impl<'a> Signature<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let rest = header.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let part = |name: &str| {
            rest.split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find(|(given, _)| *given == name)
                .map(|(_, value)| value)
        };
        Some(Self {
            credential: part("Credential")?.split('/').collect(),
            headers: part("SignedHeaders")?.split(';').collect(),
            digest: part("Signature")?,
        })
    }

    fn faults(&self, model: &AwsModel, request: &Request, date: Option<&str>) -> Vec<String> {
        let mut faults = Vec::new();
        let service = match model.text("signingName") {
            "" => model.text("endpointPrefix"),
            name => name,
        };
        match self.credential.as_slice() {
            [key, day, region, given, "aws4_request"]
                if !key.is_empty() && !region.is_empty() && *given == service =>
            {
                if date.is_some_and(|date| !date.starts_with(day)) {
                    faults.push("the day of the credential is not that of x-amz-date".to_owned());
                }
            }
            _ => faults.push(format!(
                "the credential is not key/day/region/{service}/aws4_request"
            )),
        }
        if !self.headers.is_sorted() {
            faults.push("the signed headers are not sorted".to_owned());
        }
        for name in ["host", "x-amz-date"] {
            if !self.headers.contains(&name) {
                faults.push(format!("{name} is not signed"));
            }
        }
        // Every such header changes the meaning of a request, so AWS asks for all of them.
        for (name, _) in &request.headers {
            let name = name.to_ascii_lowercase();
            if name.starts_with("x-amz-") && !self.headers.contains(&name.as_str()) {
                faults.push(format!("{name} is not signed"));
            }
        }
        for name in &self.headers {
            // A fake may have dropped `host`, which is the address that it was reached at.
            if *name != "host" && request.header_value(name).is_none() {
                faults.push(format!("{name} is signed and not sent"));
            }
        }
        let is_hex = self
            .digest
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if self.digest.len() != 64 || !is_hex {
            faults.push("the signature is not 64 hexadecimal digits".to_owned());
        }
        faults.sort_unstable();
        faults.dedup();
        faults
    }
}

/// Whether `date` is an instant in the basic format of ISO 8601.
fn is_date(date: &str) -> bool {
    date.len() == 16
        && date.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        })
}
