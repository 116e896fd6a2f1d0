//! SIDs: two letters and 32 hexadecimal digits, which are those of our ids, so that nothing has to be looked up.

use tidings_kernel::{ApiKeyId, MessageId, TenantId};
use tidings_messaging::Message;
use uuid::Uuid;

/// The SID of a tenant as an account, such as `AC0190a1b2…`.
pub fn account_sid(tenant: TenantId) -> String {
    sid("AC", tenant.uuid())
}

/// The tenant that an Account SID names.
pub fn tenant_of(account_sid: &str) -> Option<TenantId> {
    read("AC", account_sid).map(TenantId::from_uuid)
}

/// The SID of an API key.
pub fn key_sid(key: ApiKeyId) -> String {
    sid("SK", key.uuid())
}

/// The SID of a message: `MM…` with media, else `SM…`.
pub fn message_sid(message: &Message) -> String {
    let letters = if message.content.media.is_empty() {
        "SM"
    } else {
        "MM"
    };
    sid(letters, message.id.uuid())
}

/// The message that a SID names, with whichever of the two pairs of letters.
pub fn message_of(message_sid: &str) -> Option<MessageId> {
    read("SM", message_sid)
        .or_else(|| read("MM", message_sid))
        .map(MessageId::from_uuid)
}

/// Whether a text is the SID of a messaging service.
pub fn is_service_sid(text: &str) -> bool {
    read("MG", text).is_some()
}

/// Whether a text is the SID of a content template.
pub fn is_content_sid(text: &str) -> bool {
    read("HX", text).is_some()
}

fn sid(letters: &str, id: Uuid) -> String {
    format!("{letters}{}", id.simple())
}

/// The 32 digits behind these letters, in either case.
fn read(letters: &str, text: &str) -> Option<Uuid> {
    let digits = text.strip_prefix(letters)?;
    let is_hexadecimal = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hexadecimal
        .then(|| Uuid::try_parse(digits).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0x0190_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5b);
    const DIGITS: &str = "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b";

    #[test]
    fn sids_are_our_ids_and_read_back() {
        let tenant = TenantId::from_uuid(ID);
        assert_eq!(account_sid(tenant), format!("AC{DIGITS}"));
        assert_eq!(tenant_of(&account_sid(tenant)), Some(tenant));
        assert_eq!(key_sid(ApiKeyId::from_uuid(ID)), format!("SK{DIGITS}"));
        let message = Some(MessageId::from_uuid(ID));
        assert_eq!(message_of(&format!("SM{DIGITS}")), message);
        assert_eq!(message_of(&format!("MM{}", DIGITS.to_uppercase())), message);
        assert!(is_service_sid(&format!("MG{DIGITS}")));
        assert!(is_content_sid(&format!("HX{DIGITS}")));
    }

    #[test]
    fn nothing_else_is_a_sid() {
        let hyphens = ID.hyphenated().to_string();
        for text in [
            "",
            "AC",
            DIGITS,
            &format!("SM{DIGITS}"),
            &format!("ac{DIGITS}"),
            &format!("AC{DIGITS}0"),
            &format!("AC{}", &DIGITS[1..]),
            &format!("AC{}g", &DIGITS[1..]),
            &format!("AC{hyphens}"),
            &format!("AC{{{}}}", &DIGITS[2..]),
        ] {
            assert_eq!(tenant_of(text), None, "{text}");
        }
        assert_eq!(message_of(&format!("AC{DIGITS}")), None);
    }
}
