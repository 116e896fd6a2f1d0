//! Numbers, which people write in groups and remember by their ends.

/// From how many digits on a number is known by its ends, too, and how short the ends are.
const SHORTEST: usize = 4;
/// A number with more digits is no phone number, and known as a whole only.
const LONGEST: usize = 20;
/// From how many digits on what was asked is taken for a phone number, whose leading zeros are those of a
/// trunk or of a foreign country.
const PHONE: usize = 7;

/// Where a number stands, and its digits without what separates its groups.
struct Run {
    start: usize,
    end: usize,
    digits: String,
    groups: usize,
}

/// Digits with at most two separators between groups of them, and no letter before or after.
fn found(folded: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut gap = 0;
    let mut current: Option<Run> = None;
    let mut before: Option<char> = None;
    for (at, letter) in folded.char_indices() {
        if letter.is_ascii_digit() {
            match &mut current {
                Some(run) => {
                    if gap > 0 {
                        run.groups += 1;
                    }
                    run.digits.push(letter);
                    run.end = at + 1;
                }
                None if before.is_some_and(super::folding::is_word) => {}
                None => {
                    current = Some(Run {
                        start: at,
                        end: at + 1,
                        digits: letter.to_string(),
                        groups: 1,
                    });
                }
            }
            gap = 0;
        } else if matches!(
            letter,
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{2010}'..='\u{2013}'
        ) && gap < 2
        {
            gap += 1;
        } else {
            let follows = super::folding::is_word(letter) && gap == 0;
            runs.extend(current.take().filter(|_| !follows));
            gap = 0;
        }
        before = Some(letter);
    }
    runs.extend(current);
    runs
}

/// The numbers of a text.
pub(super) fn runs(folded: &str) -> Vec<String> {
    found(folded).into_iter().map(|run| run.digits).collect()
}

/// A number and its ends.
pub(super) fn ends(number: &str) -> impl Iterator<Item = &str> {
    let last = if number.len() > LONGEST {
        0
    } else {
        number.len().saturating_sub(SHORTEST)
    };
    (0..=last).filter_map(|start| number.get(start..))
}

/// The numbers that are asked for as wholes, and the text without them: those of one group are words like any
/// other until they are as long as a phone number.
pub(super) fn taken_out(folded: &str) -> (Vec<String>, String) {
    let mut rest = String::with_capacity(folded.len());
    let mut taken = Vec::new();
    let mut done = 0;
    for run in found(folded) {
        let is_phone = run.digits.len() <= LONGEST
            && (run.digits.len() >= PHONE || (run.groups > 1 && run.digits.len() > SHORTEST));
        if is_phone {
            rest.push_str(folded.get(done..run.start).unwrap_or_default());
            rest.push(' ');
            done = run.end;
            taken.push(run.digits);
        }
    }
    rest.push_str(folded.get(done..).unwrap_or_default());
    (taken, rest)
}

/// What to look for when a number was asked for.
pub(super) fn asked(number: &str) -> &str {
    if number.len() < PHONE {
        return number;
    }
    let without = number
        .strip_prefix("00")
        .or_else(|| number.strip_prefix('0'));
    without.unwrap_or(number)
}
