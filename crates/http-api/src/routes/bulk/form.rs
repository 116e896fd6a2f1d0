//! The two forms of a body of many messages, read without ever holding more than one recipient.

use crate::{
    body::{JSON_LIMIT, explained, parse},
    error::ApiError,
    problem::FieldError,
    routes::message_request::NewMessageBody,
    spool::Spooled,
};
use serde::de::{self, DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess};
use serde_json::value::RawValue;
use std::{
    cell::Cell,
    collections::BTreeSet,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    ops::ControlFlow,
};

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `{"defaults": {…}, "recipients": […]}`.
    Object,
    /// A recipient in each line; the first line may be `{"defaults": {…}}`.
    Lines,
}

/// What a body holds, known before any of it has an effect.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// What holds for every recipient that does not say otherwise.
    pub(super) defaults: Option<Box<NewMessageBody>>,
    /// How long that is as it is written, in bytes: each recipient has a copy.
    pub(super) defaults_length: usize,
    /// How many recipients there are.
    pub(super) recipients: u64,
    /// The places of those that are larger than a single request may be. There cannot be many.
    too_long: BTreeSet<u64>,
}

/// A recipient as it is written; `None` when it is too long to be read.
type Written<'a> = Option<&'a [u8]>;
/// Takes the recipients one after the other, with their places.
pub(super) type Take<'a> = &'a mut dyn FnMut(u64, Written<'_>) -> ControlFlow<()>;

impl Form {
    /// The form that a media type names.
    pub(super) fn of(media_type: &str) -> Option<Self> {
        match media_type {
            "application/json" => Some(Self::Object),
            "application/x-ndjson" | "application/jsonl" => Some(Self::Lines),
            _ => None,
        }
    }

    /// Reads the whole body once. An object is well formed when this has passed; of lines each stands for
    /// itself.
    pub(super) fn outline(self, body: &Spooled) -> Result<Outline, ApiError> {
        match self {
            Self::Object => {
                check_text(body.reader()?)?;
                outline_of_object(body.reader()?)
            }
            Self::Lines => outline_of_lines(body.reader()?),
        }
    }

    /// Gives the recipients of a body that has been outlined to `take`, until it wants no more.
    pub(super) fn recipients(
        self,
        body: &Spooled,
        outline: &Outline,
        take: Take<'_>,
    ) -> Result<(), ApiError> {
        let file = body.reader()?;
        match self {
            Self::Object => recipients_of_object(file, outline, take),
            Self::Lines => {
                let mut lines = Lines::of(file);
                if outline.defaults.is_some() {
                    lines.next().map_err(ApiError::internal)?;
                }
                let mut index = 0;
                while let Some(line) = lines.next().map_err(ApiError::internal)? {
                    if take(index, line).is_break() {
                        break;
                    }
                    index += 1;
                }
                Ok(())
            }
        }
    }
}

fn outline_of_lines(file: File) -> Result<Outline, ApiError> {
    let mut lines = Lines::of(file);
    let mut outline = Outline::default();
    while let Some(line) = lines.next().map_err(ApiError::internal)? {
        if outline.recipients == 0
            && outline.defaults.is_none()
            && let Some(line) = line
            && is_of_defaults(line)
        {
            let Defaults { defaults } = parse(line)?;
            outline.defaults = Some(defaults);
            outline.defaults_length = line.len();
            continue;
        }
        outline.recipients += 1;
    }
    Ok(outline)
}

/// A line that says what holds for the others.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    defaults: Box<NewMessageBody>,
}

fn is_of_defaults(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Peek {
        #[serde(default)]
        defaults: Option<IgnoredAny>,
    }
    serde_json::from_slice::<Peek>(line).is_ok_and(|peek| peek.defaults.is_some())
}

/// The lines of a file that are not blank.
struct Lines {
    file: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    fn of(file: File) -> Self {
        Self {
            file: BufReader::new(file),
            line: Vec::new(),
        }
    }

    /// The next line; of one that is too long nothing is kept.
    fn next(&mut self) -> io::Result<Option<Written<'_>>> {
        loop {
            self.line.clear();
            let most = u64::try_from(JSON_LIMIT)
                .unwrap_or(u64::MAX)
                .saturating_add(1);
            let read = (&mut self.file)
                .take(most)
                .read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            if self.line.len() > JSON_LIMIT && !self.line.ends_with(b"\n") {
                self.file.skip_until(b'\n')?;
                return Ok(Some(None));
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(Some(self.line.trim_ascii())));
            }
        }
    }
}

/// Texts of JSON are UTF-8, and the rest of the reading takes that for granted.
fn check_text(file: File) -> Result<(), ApiError> {
    let mut file = BufReader::new(file);
    let mut begun: Vec<u8> = Vec::new();
    loop {
        let block = file.fill_buf().map_err(ApiError::internal)?;
        if block.is_empty() {
            break;
        }
        let read = block.len();
        begun.extend_from_slice(block);
        file.consume(read);
        match std::str::from_utf8(&begun) {
            Ok(_) => begun.clear(),
            // A character that goes on in the next block.
            Err(error) if error.error_len().is_none() => {
                begun.drain(..error.valid_up_to());
            }
            Err(_) => return Err(not_text()),
        }
    }
    if begun.is_empty() {
        Ok(())
    } else {
        Err(not_text())
    }
}

fn not_text() -> ApiError {
    ApiError::field("", "invalid_json", "the body is not UTF-8")
}

/// Counts what is read, byte by byte as the reader of JSON asks for it.
struct Counted<'a> {
    file: BufReader<File>,
    read: &'a Cell<usize>,
}

impl Read for Counted<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(place)?;
        self.read.set(self.read.get().saturating_add(read));
        Ok(read)
    }
}

fn outline_of_object(file: File) -> Result<Outline, ApiError> {
    let read = Cell::new(0);
    let file = BufReader::with_capacity(1 << 16, file);
    let mut reader = serde_json::Deserializer::from_reader(Counted { file, read: &read });
    let mut finding = Finding {
        read: &read,
        member: None,
        defaults: None,
        recipients: None,
        too_long: BTreeSet::new(),
    };
    let found = reader.deserialize_map(&mut finding);
    let found = found.and_then(|()| reader.end());
    if let Err(error) = found {
        if error.is_io() {
            return Err(ApiError::internal(error));
        }
        let pointer = finding.member.map(|name| format!("/{name}"));
        return Err(explained(pointer.unwrap_or_default(), &error));
    }
    let Finding {
        defaults,
        recipients,
        too_long,
        ..
    } = finding;
    let Some(recipients) = recipients else {
        let detail = "missing field `recipients`";
        return Err(ApiError::field("/recipients", "missing_field", detail));
    };
    let defaults_length = defaults.as_ref().map_or(0, |written| written.get().len());
    let defaults = defaults
        .map(|written| parse(written.get().as_bytes()).map_err(within_defaults))
        .transpose()?;
    Ok(Outline {
        defaults,
        defaults_length,
        recipients,
        too_long,
    })
}

/// Points at the fields of `defaults` from the outside.
fn within_defaults(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid(errors) => ApiError::Invalid(
            errors
                .into_iter()
                .map(|error| FieldError {
                    pointer: format!("/defaults{}", error.pointer),
                    ..error
                })
                .collect(),
        ),
        other => other,
    }
}

/// Looks for the members of the object, and counts the recipients.
struct Finding<'a> {
    read: &'a Cell<usize>,
    /// The member that is being read.
    member: Option<&'static str>,
    defaults: Option<Box<RawValue>>,
    recipients: Option<u64>,
    too_long: BTreeSet<u64>,
}

const MEMBERS: &[&str] = &["defaults", "recipients"];

impl<'de> de::Visitor<'de> for &mut Finding<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `recipients`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "defaults" if self.defaults.is_some() => {
                    return Err(de::Error::duplicate_field("defaults"));
                }
                "defaults" => {
                    self.member = Some("defaults");
                    let before = self.read.get();
                    self.defaults = Some(map.next_value()?);
                    if self.read.get() - before > JSON_LIMIT {
                        return Err(de::Error::custom("at most 1 MiB"));
                    }
                }
                "recipients" if self.recipients.is_some() => {
                    return Err(de::Error::duplicate_field("recipients"));
                }
                "recipients" => {
                    self.member = Some("recipients");
                    let counting = Counting {
                        read: self.read,
                        too_long: &mut self.too_long,
                    };
                    self.recipients = Some(map.next_value_seed(counting)?);
                }
                other => return Err(de::Error::unknown_field(other, MEMBERS)),
            }
            self.member = None;
        }
        Ok(())
    }
}

struct Counting<'a> {
    read: &'a Cell<usize>,
    too_long: &'a mut BTreeSet<u64>,
}

impl<'de> DeserializeSeed<'de> for Counting<'_> {
    type Value = u64;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for Counting<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of recipients")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u64, A::Error> {
        let mut count = 0;
        loop {
            let before = self.read.get();
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Ok(count);
            }
            if self.read.get() - before > JSON_LIMIT {
                self.too_long.insert(count);
            }
            count += 1;
        }
    }
}

fn recipients_of_object(file: File, outline: &Outline, take: Take<'_>) -> Result<(), ApiError> {
    let file = BufReader::with_capacity(1 << 16, file);
    let mut reader = serde_json::Deserializer::from_reader(file);
    let mut is_enough = false;
    let giving = Giving {
        outline,
        take,
        is_enough: &mut is_enough,
    };
    match reader.deserialize_map(giving) {
        Ok(()) => Ok(()),
        Err(_) if is_enough => Ok(()),
        // It was read to its end before.
        Err(error) => Err(ApiError::internal(error)),
    }
}

/// Gives the recipients of an object away, one after the other.
struct Giving<'a> {
    outline: &'a Outline,
    take: Take<'a>,
    is_enough: &'a mut bool,
}

impl<'de> de::Visitor<'de> for Giving<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `recipients`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "recipients" {
                let each = Each(&mut self);
                map.next_value_seed(each)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Each<'a, 'b>(&'a mut Giving<'b>);

impl<'de> DeserializeSeed<'de> for Each<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for Each<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of recipients")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let giving = self.0;
        for index in 0..giving.outline.recipients {
            let wish = if giving.outline.too_long.contains(&index) {
                list.next_element::<IgnoredAny>()?;
                (giving.take)(index, None)
            } else {
                match list.next_element::<Box<RawValue>>()? {
                    Some(written) => (giving.take)(index, Some(written.get().as_bytes())),
                    None => break,
                }
            };
            if wish.is_break() {
                *giving.is_enough = true;
                return Err(de::Error::custom("no more is wanted"));
            }
        }
        // The end of the list.
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
