/// The names under which an inbound message's parts come, most exact first.
///
/// MessageBird forwards what a flow says, so that the names are the tenant's. Those that the usual set-ups
/// have are known; others are told by a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InboundFields {
    pub(crate) id: Vec<String>,
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) text: Vec<String>,
    pub(crate) at: Vec<String>,
}

/// More than anybody needs.
const LONGEST: usize = 500;

impl Default for InboundFields {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            id: names(&["id", "message_id", "messageId"]),
            from: names(&["originator", "sender", "from", "msisdn"]),
            to: names(&["recipient", "receiver", "to"]),
            text: names(&["body", "message", "payload", "text", "content"]),
            at: names(&["createdDatetime", "createdAt"]),
        }
    }
}

impl InboundFields {
    /// Reads `part=name` pairs with commas between them. What is named comes before the usual names.
    ///
    /// `None` if a part is unknown or a name is missing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = Self::default();
        if text.len() > LONGEST {
            return None;
        }
        for pair in text.split(',') {
            let (part, name) = pair.split_once('=')?;
            let (part, name) = (part.trim(), name.trim());
            let names = match part {
                "id" => &mut fields.id,
                "from" => &mut fields.from,
                "to" => &mut fields.to,
                "text" => &mut fields.text,
                "at" => &mut fields.at,
                _ => return None,
            };
            if name.is_empty() {
                return None;
            }
            names.insert(0, name.to_owned());
        }
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_field_comes_before_the_usual_ones() {
        let fields = InboundFields::parse("text = content, from=caller").unwrap();
        assert_eq!(fields.text.first().map(String::as_str), Some("content"));
        assert_eq!(fields.from.first().map(String::as_str), Some("caller"));
        assert_eq!(fields.id, InboundFields::default().id);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for wrong in ["", "text", "text=", "words=content", "text=a,,"] {
            assert_eq!(InboundFields::parse(wrong), None, "{wrong}");
        }
        assert_eq!(
            InboundFields::parse(&format!("id={}", "a".repeat(500))),
            None
        );
    }
}
