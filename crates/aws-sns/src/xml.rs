use quick_xml::{Reader, events::Event};

/// No answer of SNS is nested deeper.
const DEEPEST: usize = 16;

/// The texts of an XML document, each with the way to its element, such as
/// `PublishResponse/PublishResult/MessageId`. Name spaces and attributes are left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Texts(Vec<(String, String)>);

impl Texts {
    /// `None` if it is no XML with one element around everything, or is nested too deeply.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
        let mut way: Vec<String> = Vec::new();
        let mut text = String::new();
        let mut texts = Vec::new();
        let mut has_root = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if way.len() < DEEPEST && !(has_root && way.is_empty()) => {
                    has_root = true;
                    way.push(start.local_name().as_ref().to_owned());
                    text.clear();
                }
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => {
                    text.push(match reference.resolve_char_ref().ok()? {
                        Some(character) => character,
                        None => named(&reference.xml10_content())?,
                    });
                }
                Event::End(_) => {
                    texts.push((way.join("/"), std::mem::take(&mut text)));
                    way.pop();
                }
                // Entities are declared in one; nothing of AWS's has it.
                Event::Start(_) | Event::DocType(_) => return None,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => return (has_root && way.is_empty()).then_some(Self(texts)),
            }
        }
    }

    /// The first text at the end of this way.
    pub(crate) fn get(&self, way: &str) -> Option<&str> {
        let (_, text) = self.0.iter().find(|(other, _)| other == way)?;
        Some(text.trim())
    }

    /// All texts at the end of this way, in order.
    pub(crate) fn all(&self, way: &str) -> Vec<&str> {
        let texts = self.0.iter().filter(|(other, _)| other == way);
        texts.map(|(_, text)| text.trim()).collect()
    }
}

/// The characters that XML itself has names for.
fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_ways() {
        let body = r#"<?xml version="1.0"?>
            <A xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><!-- so -->
              <B>one &amp; <![CDATA[<two>]]> &#233;&#x21;</B><x:B a="b"> three </x:B><E/>
            </A>"#;
        let texts = Texts::read(body.as_bytes()).unwrap();
        assert_eq!(texts.get("A/B"), Some("one & <two> é!"));
        assert_eq!(texts.all("A/B"), ["one & <two> é!", "three"]);
        assert_eq!(texts.get("A/E"), None);
        assert_eq!(texts.get("B"), None);
    }

    #[test]
    fn what_is_no_document_is_none() {
        let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        let endless = "<a>".repeat(200_000);
        for body in [
            "",
            "{}",
            "text",
            "<a>",
            "<a></b>",
            "<a></a><b></b>",
            "<a>&unknown;</a>",
            "<a>&#x110000;</a>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "\u{0}",
            &deep,
            &endless,
        ] {
            assert_eq!(
                Texts::read(body.as_bytes()),
                None,
                "{}",
                &body[..body.len().min(80)]
            );
        }
        assert_eq!(Texts::read(b"<a>\xff</a>"), None);
    }
}
