//! One text with five fields, in our language and in Jinja's, and the values for it.

use tidings_templates::{Data, Value};

/// The text; both languages write it alike.
pub const TEXT: &str = "Hi {{ first_name }}, your {{ service }} is booked for {{ date }} at {{ time }} \
     with {{ staff }}. Reply C to confirm or R to move it.";

/// The fields and their values.
pub const FIELDS: [(&str, &str); 5] = [
    ("first_name", "Ana"),
    ("service", "dental check-up"),
    ("date", "Friday, 17 July"),
    ("time", "10:30"),
    ("staff", "Dr. Smith"),
];

/// The values as ours.
pub fn data() -> Data {
    FIELDS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect()
}

/// The values as a row of ours, in the order of [`FIELDS`].
pub fn row() -> [Value; 5] {
    FIELDS.map(|(_, value)| Value::from(value))
}
