use uuid::Uuid;

/// 2026-01-01T00:00:00Z in milliseconds: when demonstration data were born.
const BIRTH: u128 = 1_767_225_600_000;

/// What a fixed identity is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Tenant = 1,
    Key = 2,
    Account = 3,
    Sender = 4,
    Contact = 5,
    Template = 6,
    Consent = 7,
    Member = 8,
}

/// The UUIDv7 of the `index`-th thing of its kind of a business: the same on every machine and on every
/// run, so that planting again finds what was planted. Later things sort later.
pub(crate) fn fixed(business: u8, kind: Kind, index: u32) -> Uuid {
    let tail = (u128::from(business) << 40) | ((kind as u128) << 32) | u128::from(index);
    Uuid::from_u128((BIRTH << 80) | (0x7 << 76) | (0b10 << 62) | tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_of_version_7_distinct_and_in_order() {
        let mut all = Vec::new();
        for business in 1..=2 {
            for kind in [Kind::Tenant, Kind::Contact, Kind::Consent] {
                for index in 0..3 {
                    all.push(fixed(business, kind, index));
                }
            }
        }
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(all.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(
            fixed(1, Kind::Tenant, 0).to_string(),
            "019b76da-a800-7000-8000-010100000000"
        );
    }
}
