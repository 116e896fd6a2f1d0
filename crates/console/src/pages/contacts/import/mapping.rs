//! What a column means.

use super::csv::Table;
use crate::form::Form;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Nothing is taken from it.
    Skip,
    FirstName,
    LastName,
    Phone,
    WhatsappPhone,
    Email,
    Region,
    Locale,
    TimeZone,
    ExternalId,
    Tags,
    /// The words that the person agreed to.
    ConsentText,
    /// An attribute, under the column's name.
    Attribute,
}

impl Target {
    pub(super) const ALL: [(Self, &'static str, &'static str); 13] = [
        (Self::Skip, "skip", "Leave out"),
        (Self::FirstName, "first_name", "First name"),
        (Self::LastName, "last_name", "Last name"),
        (Self::Phone, "phone", "Phone"),
        (Self::WhatsappPhone, "whatsapp_phone", "WhatsApp number"),
        (Self::Email, "email", "Email"),
        (Self::Region, "region", "Country"),
        (Self::Locale, "locale", "Language"),
        (Self::TimeZone, "time_zone", "Time zone"),
        (Self::ExternalId, "external_id", "External id"),
        (Self::Tags, "tags", "Tags, with commas"),
        (
            Self::ConsentText,
            "consent",
            "Words agreed to (evidence of consent)",
        ),
        (Self::Attribute, "attribute", "Attribute of this name"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(target, ..)| *target == self)
            .map_or("skip", |(_, name, _)| name)
    }

    fn parse(text: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(_, name, _)| *name == text);
        found.map(|(target, ..)| target)
    }

    /// What a column of this name is likely to be.
    fn guess(column: &str) -> Self {
        let plain: String = column
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        match plain.as_str() {
            "firstname" | "givenname" | "name" | "vorname" => Self::FirstName,
            "lastname" | "familyname" | "surname" | "nachname" => Self::LastName,
            "phone" | "phonenumber" | "mobile" | "cell" | "tel" | "telephone" | "number" => {
                Self::Phone
            }
            "whatsapp" | "whatsappphone" | "whatsappnumber" => Self::WhatsappPhone,
            "email" | "mail" | "emailaddress" => Self::Email,
            "country" | "region" => Self::Region,
            "language" | "locale" | "lang" => Self::Locale,
            "timezone" | "tz" => Self::TimeZone,
            "id" | "externalid" | "customerid" => Self::ExternalId,
            "tags" | "tag" | "labels" => Self::Tags,
            "consent" | "consenttext" | "optintext" => Self::ConsentText,
            "" => Self::Skip,
            _ => Self::Attribute,
        }
    }
}

/// What each column means: what the form says, else a guess.
pub(super) fn mapping(form: &Form, table: &Table) -> Vec<Target> {
    let columns = table.header.iter().enumerate();
    columns
        .map(|(place, column)| {
            let chosen = Target::parse(form.get(&format!("column_{place}")));
            chosen.unwrap_or_else(|| Target::guess(column))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_guessed_by_their_names() {
        for (column, target) in [
            ("First Name", Target::FirstName),
            ("E-mail", Target::Email),
            ("phone_number", Target::Phone),
            ("Wedding date", Target::Attribute),
            ("", Target::Skip),
        ] {
            assert_eq!(Target::guess(column), target, "{column}");
        }
        for (target, name, _) in Target::ALL {
            assert_eq!(Target::parse(name), Some(target));
            assert_eq!(target.name(), name);
        }
    }
}
