use url::{ParseError, Url};

/// What stands for the region of a key in the platform's address.
const REGION: &str = "{region}";

/// Where the three interfaces are: the platform's configuration, and never a tenant's input, since
/// credentials go there.
///
/// ```rust
/// use tidings_messagebird::Addresses;
///
/// assert!(Addresses::public().is_ok());
/// assert!(Addresses::new("{region}.platform.bird.com", Addresses::CHANNELS, Addresses::CLASSIC).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// With [`REGION`] in it, where the key's region belongs.
    platform: String,
    pub(crate) channels: Url,
    pub(crate) classic: Url,
}

impl Addresses {
    /// Bird's platform. `{region}` stands for the region that an API key names.
    pub const PLATFORM: &str = "https://{region}.platform.bird.com";
    /// Bird's workspaces.
    pub const CHANNELS: &str = "https://api.bird.com";
    /// MessageBird's REST interface.
    pub const CLASSIC: &str = "https://rest.messagebird.com";

    /// These addresses. In the first, `{region}` stands for the region that an API key names; an address
    /// without it serves every region.
    ///
    /// # Errors
    /// [`ParseError`]: one of them is no address.
    pub fn new(platform: &str, channels: &str, classic: &str) -> Result<Self, ParseError> {
        Url::parse(&platform.replace(REGION, "eu1"))?;
        Ok(Self {
            platform: platform.to_owned(),
            channels: channels.parse()?,
            classic: classic.parse()?,
        })
    }

    /// The providers' own.
    ///
    /// # Errors
    /// None in truth: they are constants, and tests parse them.
    pub fn public() -> Result<Self, ParseError> {
        Self::new(Self::PLATFORM, Self::CHANNELS, Self::CLASSIC)
    }

    /// One address for all three, such as a simulator's: their paths differ.
    pub fn one(address: &Url) -> Self {
        Self {
            platform: address.to_string(),
            channels: address.clone(),
            classic: address.clone(),
        }
    }

    /// The platform's address for a region.
    pub(crate) fn platform(&self, region: &str) -> Result<Url, ParseError> {
        Url::parse(&self.platform.replace(REGION, region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_goes_where_its_place_is() {
        let public = Addresses::public().unwrap();
        assert_eq!(
            public.platform("us1").unwrap().as_str(),
            "https://us1.platform.bird.com/"
        );
        let one = Addresses::one(&"http://127.0.0.1:4020".parse().unwrap());
        assert_eq!(
            one.platform("us1").unwrap().as_str(),
            "http://127.0.0.1:4020/"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let good = "https://one.example";
        for (platform, channels, classic) in [
            ("nowhere", good, good),
            (good, "nowhere", good),
            (good, good, ""),
        ] {
            assert!(Addresses::new(platform, channels, classic).is_err());
        }
    }
}
