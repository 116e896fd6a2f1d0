use super::Language::{
    self, Arabic, Chinese, Czech, Danish, Dutch, English, Finnish, French, German, Greek, Hebrew,
    Hindi, Hungarian, Indonesian, Italian, Japanese, Korean, Norwegian, Polish, Portuguese,
    Romanian, Russian, Spanish, Swahili, Swedish, Thai, Turkish, Ukrainian, Urdu, Vietnamese,
};

/// What is widely written in the country of an ISO 3166-1 code: official languages, those of the
/// administration, and of minorities above about a tenth of the people (CLDR, territory information).
pub(super) fn spoken_in(region: &str) -> &'static [Language] {
    match region {
        "AR" | "BO" | "CL" | "CO" | "CR" | "CU" | "DO" | "EC" | "GQ" | "GT" | "HN" | "MX"
        | "NI" | "PA" | "PE" | "SV" | "UY" | "VE" | "ES" => &[Spanish],
        "US" | "PR" | "GI" | "BZ" => &[English, Spanish],
        "AD" => &[Spanish, French, Portuguese],
        "PY" => &[Spanish, Portuguese],
        "FR" | "MC" | "RE" | "GP" | "MQ" | "GF" | "PM" | "YT" | "NC" | "PF" | "WF" | "BL"
        | "MF" | "SN" | "CI" | "ML" | "BF" | "NE" | "TG" | "BJ" | "GA" | "CG" | "CF" | "GN"
        | "HT" | "MG" => &[French],
        "CD" | "BI" | "RW" => &[French, Swahili],
        "CA" | "CM" | "VU" | "MU" | "SC" => &[English, French],
        "BR" | "AO" | "MZ" | "CV" | "GW" | "ST" | "TL" | "PT" => &[Portuguese],
        "MO" => &[Chinese, Portuguese],
        "DE" | "AT" | "LI" => &[German],
        "CH" => &[German, French, Italian],
        "LU" => &[French, German],
        "BE" => &[Dutch, French, German],
        "NL" | "SR" | "AW" | "CW" | "SX" | "BQ" => &[Dutch],
        "IT" | "SM" | "VA" => &[Italian],
        "PL" => &[Polish],
        "TR" => &[Turkish],
        "CY" => &[Greek, Turkish],
        "GR" => &[Greek],
        "IN" => &[English, Hindi],
        "PK" => &[English, Urdu],
        "NP" | "FJ" => &[Hindi],
        "AE" | "BH" | "EG" | "IQ" | "JO" | "KW" | "LY" | "OM" | "PS" | "QA" | "SA" | "SD"
        | "SY" | "YE" | "ER" | "SO" => &[Arabic],
        "DZ" | "MA" | "TN" | "MR" | "LB" | "DJ" | "KM" | "TD" => &[Arabic, French],
        "EH" => &[Arabic, Spanish],
        "IL" => &[Hebrew, Arabic],
        "SE" => &[Swedish],
        "NO" | "SJ" => &[Norwegian],
        "DK" | "FO" | "GL" => &[Danish],
        "FI" | "AX" => &[Finnish, Swedish],
        "CZ" => &[Czech],
        "SK" => &[Czech, Hungarian],
        "RU" | "BY" | "KZ" | "KG" | "TJ" | "UZ" | "TM" | "AM" | "EE" | "LV" => &[Russian],
        "UA" => &[Ukrainian, Russian],
        "MD" => &[Romanian, Russian],
        "RO" => &[Romanian, Hungarian],
        "HU" => &[Hungarian],
        "CN" | "TW" => &[Chinese],
        "HK" => &[Chinese, English],
        "SG" => &[English, Chinese, Indonesian],
        "MY" | "BN" => &[Indonesian, English, Chinese],
        "ID" => &[Indonesian],
        "JP" => &[Japanese],
        "KR" | "KP" => &[Korean],
        "VN" => &[Vietnamese],
        "TH" => &[Thai],
        "KE" | "TZ" | "UG" => &[English, Swahili],
        "GB" | "IE" | "IM" | "JE" | "GG" | "AU" | "NZ" | "ZA" | "NG" | "GH" | "ZM" | "ZW"
        | "BW" | "NA" | "MW" | "LS" | "SZ" | "GM" | "SL" | "LR" | "JM" | "TT" | "BB" | "BS"
        | "GY" | "AG" | "DM" | "GD" | "KN" | "LC" | "VC" | "AI" | "BM" | "KY" | "MS" | "TC"
        | "VG" | "VI" | "GU" | "AS" | "MP" | "PG" | "PH" | "MT" => &[English],
        _ => &[],
    }
}
