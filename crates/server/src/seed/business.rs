use serde::Deserialize;
use serde_json::{Map, Value};
use tidings_kernel::{Channel, Locale, PhoneNumber, Purpose, Region};
use tidings_quiet_hours::{TimeOfDay, Zone};
use tidings_templates::{ApprovalStatus, FieldSpec, Variant};

/// A demonstration tenant, as its JSON document describes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Business {
    /// Tells the ids of this business from those of others; never changes.
    pub(crate) number: u8,
    pub(crate) name: String,
    pub(crate) region: Region,
    pub(crate) time_zone: Zone,
    pub(crate) locale: Locale,
    pub(crate) sign_up: SignUp,
    pub(crate) twilio: TwilioNumbers,
    pub(crate) whatsapp: WhatsappNumber,
    pub(crate) people: Vec<Person>,
    pub(crate) templates: Vec<TemplateDocument>,
}

/// What people see when they agree.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUp {
    pub(crate) service: String,
    pub(crate) marketing: String,
    pub(crate) page: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TwilioNumbers {
    pub(crate) account_sid: String,
    pub(crate) numbers: Vec<PhoneNumber>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhatsappNumber {
    pub(crate) phone_number_id: String,
    pub(crate) waba_id: String,
    pub(crate) number: PhoneNumber,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) phone: PhoneNumber,
    /// Where it differs from `phone`.
    #[serde(default)]
    pub(crate) whatsapp_phone: Option<PhoneNumber>,
    pub(crate) email: String,
    pub(crate) agreed: Agreed,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) attributes: Map<String, Value>,
    #[serde(default)]
    pub(crate) preferred_channel: Option<Channel>,
    #[serde(default)]
    pub(crate) quiet_hours: Option<QuietWish>,
}

/// What a person agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Agreed {
    /// To everything.
    Everything,
    /// To everything but marketing.
    Service,
    /// To everything, and then no more.
    OptedOut,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuietWish {
    pub(crate) start: TimeOfDay,
    pub(crate) end: TimeOfDay,
}

/// A template in the spelling of the API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateDocument {
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) channel: Channel,
    pub(crate) purpose: Purpose,
    pub(crate) status: ApprovalStatus,
    pub(crate) variants: Vec<Variant>,
    pub(crate) fields: Vec<FieldSpec>,
}

/// The demonstration tenants.
///
/// # Errors
/// A document is broken, which the tests of this file would show.
pub(crate) fn businesses() -> Result<Vec<Business>, serde_json::Error> {
    [include_str!("lumen.json"), include_str!("harbor.json")]
        .into_iter()
        .map(serde_json::from_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tidings_phone::FictitiousNumbers;

    fn numbers(business: &Business) -> Vec<PhoneNumber> {
        let own = business
            .twilio
            .numbers
            .iter()
            .copied()
            .chain([business.whatsapp.number]);
        let theirs = business
            .people
            .iter()
            .flat_map(|person| [Some(person.phone), person.whatsapp_phone]);
        own.chain(theirs.flatten()).collect()
    }

    #[test]
    fn every_number_is_reserved_valid_unique_and_plain() {
        let businesses = businesses().unwrap();
        let all: Vec<PhoneNumber> = businesses.iter().flat_map(numbers).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for number in all {
            let text = number.to_string();
            assert!(text.starts_with("+120255501"), "{text}");
            // The simulator lets these fail.
            assert!(
                !("+12025550161"..="+12025550167").contains(&text.as_str()),
                "{text}"
            );
            assert!(
                tidings_phone::parse(&text, None, FictitiousNumbers::Accept).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn each_business_has_every_kind_of_person() {
        for business in businesses().unwrap() {
            let count = |agreed| {
                business
                    .people
                    .iter()
                    .filter(|p| p.agreed == agreed)
                    .count()
            };
            assert!(count(Agreed::Everything) >= 6);
            assert_eq!((count(Agreed::Service), count(Agreed::OptedOut)), (1, 1));
        }
    }

    #[test]
    fn every_template_parses_declares_its_fields_and_has_examples() {
        for business in businesses().unwrap() {
            let mut names = BTreeSet::new();
            for template in &business.templates {
                assert!(names.insert((template.name.clone(), template.channel)));
                let declared: BTreeSet<&str> = template
                    .fields
                    .iter()
                    .map(|field| field.name.as_str())
                    .collect();
                assert!(template.fields.iter().all(|field| field.example.is_some()));
                for variant in &template.variants {
                    let body = variant.body.parse().unwrap();
                    for text in body.templates() {
                        for field in text.fields() {
                            assert!(declared.contains(field.name.as_str()), "{}", template.name);
                        }
                    }
                }
            }
            let has = |channel, status| {
                business
                    .templates
                    .iter()
                    .any(|t| t.channel == channel && t.status == status)
            };
            assert!(has(Channel::Sms, ApprovalStatus::Approved));
            assert!(has(Channel::Whatsapp, ApprovalStatus::Approved));
            assert!(has(Channel::Whatsapp, ApprovalStatus::Draft));
        }
    }
}
