use crate::descriptor::REGION;
use tidings_provider_http::CredentialProblem;
use url::Url;

/// Where the services of AWS are. What is left out is AWS itself, in the region of the account.
///
/// The platform's configuration and never a tenant's input: keys sign for these addresses.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// In place of `https://sms-voice.{region}.amazonaws.com`.
    pub sms_voice: Option<Url>,
    /// In place of `https://sns.{region}.amazonaws.com`. Certificates of notifications come from there too,
    /// so it is a simulator or a proxy that can be trusted like AWS.
    pub sns: Option<Url>,
}

impl Endpoints {
    pub(crate) fn sms_voice(&self, region: &str) -> Result<Url, CredentialProblem> {
        of(self.sms_voice.as_ref(), "sms-voice", region)
    }

    pub(crate) fn sns(&self, region: &str) -> Result<Url, CredentialProblem> {
        of(self.sns.as_ref(), "sns", region)
    }
}

fn of(given: Option<&Url>, service: &str, region: &str) -> Result<Url, CredentialProblem> {
    if let Some(url) = given {
        return Ok(url.clone());
    }
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Url::parse(&format!("https://{service}.{region}.{domain}/")).map_err(|_| CredentialProblem {
        field: REGION.name,
        problem: "is no region of AWS",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_hosts() {
        let endpoints = Endpoints::default();
        for (url, expected) in [
            (
                endpoints.sms_voice("eu-west-1"),
                "https://sms-voice.eu-west-1.amazonaws.com/",
            ),
            (
                endpoints.sns("us-gov-west-1"),
                "https://sns.us-gov-west-1.amazonaws.com/",
            ),
            (
                endpoints.sns("cn-north-1"),
                "https://sns.cn-north-1.amazonaws.com.cn/",
            ),
        ] {
            assert_eq!(url.unwrap().as_str(), expected);
        }
    }

    #[test]
    fn a_given_address_serves_every_region() {
        let url: Url = "http://127.0.0.1:4010/aws".parse().unwrap();
        let endpoints = Endpoints {
            sns: Some(url.clone()),
            ..Endpoints::default()
        };
        assert_eq!(endpoints.sns("cn-north-1"), Ok(url));
        assert!(
            endpoints
                .sms_voice("eu-west-1")
                .unwrap()
                .as_str()
                .starts_with("https")
        );
    }
}
