//! `tidings queue …`: what operators see of the queue, and what they do about it.

use std::{fmt::Write, time::Duration};
use tidings_kernel::{BoxError, TenantId};
use tidings_messaging::{
    Depth, LaneId, LaneStats, Line, Months, QueueStats, Stuck, Subject, Tally,
    watch::{Repair, Walked, Watching},
};
use time::OffsetDateTime;

/// How many tenants are listed.
const TENANTS: u16 = 20;
/// How many lanes are listed.
const LANES: u16 = 200;
/// How many things that do not go on are listed.
const STUCK: u16 = 200;
/// How many messages are looked at in one statement.
const PART: u16 = 10_000;
/// How often a drain looks.
const EVERY: Duration = Duration::from_secs(1);
/// For how many months to come there is room.
const MONTHS_AHEAD: u8 = 3;

/// There is no such lane or tenant.
#[derive(Debug, thiserror::Error)]
#[error("there is no such {0}: see `tidings {1}`")]
pub struct NotThere(&'static str, &'static str);

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Nothing was ready, held or of unknown outcome.
    Empty,
    /// Something still was when the time had passed.
    TimedOut,
}

/// Reads a lane's number or a tenant's id.
///
/// # Errors
/// It is neither.
pub fn line(text: &str) -> Result<Line, String> {
    if let Ok(lane) = text.parse() {
        return Ok(Line::Lane(LaneId(lane)));
    }
    text.parse().map(Line::Tenant).map_err(|_| {
        "give the number of a lane, as `tidings queue lanes` lists them, or a tenant's id"
            .to_owned()
    })
}

/// The queue at a glance.
///
/// # Errors
/// The database cannot be read.
pub async fn stats(watching: &Watching) -> Result<String, BoxError> {
    let now = watching.clock.now();
    let stats = watching.operations.stats(now, TENANTS).await?;
    Ok(told(&stats, now))
}

/// The lanes in which something waits or that are paused.
///
/// # Errors
/// The database cannot be read.
pub async fn lanes(watching: &Watching) -> Result<String, BoxError> {
    let lanes = watching
        .operations
        .lanes(watching.clock.now(), LANES)
        .await?;
    if lanes.is_empty() {
        return Ok("Nothing waits, and no lane is paused.".to_owned());
    }
    let mut words = format!(
        "{:>8}  {:<15} {:>14} {:>8} {:>6}  tenant and sender",
        "lane", "class", "waiting", "held", "weight"
    );
    for LaneStats {
        lane,
        waiting,
        held,
        paused_at,
        tenant_paused_at,
    } in &lanes
    {
        let sender = lane
            .sender
            .map_or("no sender".to_owned(), |it| it.to_string());
        let class = lane.class.as_str();
        write!(
            words,
            "\n{:>8}  {class:<15} {:>14} {:>8} {:>6}  {} {sender}",
            lane.id.0,
            short(*waiting),
            short(*held),
            lane.weight,
            lane.tenant,
        )?;
        if let Some(at) = paused_at {
            write!(words, ", paused since {}", clock(*at))?;
        }
        if let Some(at) = tenant_paused_at {
            write!(words, ", tenant paused since {}", clock(*at))?;
        }
    }
    if lanes.len() == usize::from(LANES) {
        write!(words, "\nThere may be more lanes with less in them.")?;
    }
    Ok(words)
}

/// Pauses a lane or a tenant.
///
/// # Errors
/// [`NotThere`], or the database cannot be written.
pub async fn pause(watching: &Watching, line: Line) -> Result<String, BoxError> {
    let is_there = watching
        .operations
        .pause(line, watching.clock.now())
        .await?;
    found(is_there, line)?;
    Ok(format!(
        "{} is paused. What workers hold is finished, what comes in waits.",
        named(line)
    ))
}

/// Ends a pause.
///
/// # Errors
/// [`NotThere`], or the database cannot be written.
pub async fn resume(watching: &Watching, line: Line) -> Result<String, BoxError> {
    found(watching.operations.resume(line).await?, line)?;
    let but = match line {
        Line::Lane(_) => ", unless its tenant is paused",
        Line::Tenant(_) => ", but for lanes that are paused by themselves",
    };
    Ok(format!("{} goes on{but}.", named(line)))
}

/// Gives a tenant another weight.
///
/// # Errors
/// [`NotThere`], or the database cannot be written.
pub async fn weigh(watching: &Watching, tenant: TenantId, weight: u16) -> Result<String, BoxError> {
    let is_there = watching.operations.set_weight(tenant, weight).await?;
    found(is_there, Line::Tenant(tenant))?;
    Ok(format!(
        "{tenant} gets {weight} places for each one of a tenant with the weight 1, while both wait."
    ))
}

/// Waits until nothing is ready, held or of unknown outcome, and says what is left when that changes.
/// Nothing is stopped: what comes in meanwhile is waited for, too. What is paused or asleep stays.
///
/// # Errors
/// The database cannot be read.
pub async fn drain(
    watching: &Watching,
    timeout: Duration,
    mut tell: impl FnMut(&str),
) -> Result<Drained, BoxError> {
    let deadline = tokio::time::Instant::now() + timeout;
    let mut told = String::new();
    loop {
        let stats = watching.operations.stats(watching.clock.now(), 0).await?;
        let left = Left::of(&stats);
        let words = left.to_string();
        if words != told {
            tell(&words);
            told = words;
        }
        if left.is_nothing() {
            return Ok(Drained::Empty);
        }
        if tokio::time::Instant::now() + EVERY > deadline {
            return Ok(Drained::TimedOut);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Looks for what does not go on; `true` when there is nothing. With a repair, messages that wait and have no
/// place in the queue get one.
///
/// # Errors
/// The database cannot be read.
pub async fn check(watching: &Watching, repair: Repair) -> Result<(String, bool), BoxError> {
    let mut stuck = watching.look(0, STUCK).await?.stuck;
    let mut words = String::new();
    let (mut step, mut seen) = (None, 0_u64);
    loop {
        let Walked {
            left,
            restored,
            seen: part,
            next,
        } = watching.walk(step, PART, repair).await?;
        for message in restored {
            writeln!(
                words,
                "{}: has its place in the queue again",
                message.message
            )?;
        }
        let room = usize::from(STUCK).saturating_sub(stuck.len());
        stuck.extend(left.into_iter().take(room));
        seen += u64::from(part);
        step = next;
        if step.is_none() {
            break;
        }
    }
    for stuck in &stuck {
        let Stuck {
            tenant,
            subject,
            symptom,
            since,
        } = stuck;
        let what = match subject {
            Subject::Message(message) => message.to_string(),
            Subject::Callback(callback) => callback.to_string(),
        };
        let (symptom, since) = (symptom.as_str(), clock(*since));
        writeln!(words, "{what} of {tenant}: {symptom} since {since}")?;
    }
    write!(words, "{seen} messages were looked at. ")?;
    match stuck.len() {
        0 => write!(words, "Everything goes on.")?,
        some => write!(
            words,
            "{some} do not go on: docs/guides/operate.md says what to do."
        )?,
    }
    Ok((words, stuck.is_empty()))
}

/// Makes the months to come, and detaches old ones.
///
/// # Errors
/// The database cannot be written.
pub async fn months(watching: &Watching, keep: Option<u16>) -> Result<String, BoxError> {
    let now = watching.clock.now();
    let Months { made, detached } = watching
        .operations
        .keep_months(now, MONTHS_AHEAD, keep)
        .await?;
    let mut words = String::new();
    for month in &made {
        writeln!(
            words,
            "made {}-{:02}",
            month.year(),
            u8::from(month.month())
        )?;
    }
    for table in &detached {
        writeln!(words, "detached {table}: archive or drop it")?;
    }
    write!(
        words,
        "There is room for this month and {MONTHS_AHEAD} more."
    )?;
    Ok(words)
}

/// What a drain waits for, and what it leaves.
struct Left {
    ready: Tally,
    held: Tally,
    unknown: Tally,
    suspects: Tally,
    paused: Tally,
    asleep: Tally,
}

impl Left {
    fn of(stats: &QueueStats) -> Self {
        let sum = |part: fn(&Depth) -> Tally| {
            let mut sum = Tally::default();
            for (_, depth) in &stats.classes {
                sum += part(depth);
            }
            sum
        };
        Self {
            ready: sum(|depth| depth.ready),
            held: sum(|depth| depth.held),
            unknown: stats.unknown,
            suspects: stats.suspects,
            paused: sum(|depth| depth.paused),
            asleep: sum(|depth| depth.asleep),
        }
    }

    const fn is_nothing(&self) -> bool {
        self.ready.is_none()
            && self.held.is_none()
            && self.unknown.is_none()
            && self.suspects.is_none()
    }
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ready, {} held, {} of unknown outcome, {} suspect; {} paused and {} asleep stay",
            self.ready, self.held, self.unknown, self.suspects, self.paused, self.asleep
        )
    }
}

fn found(is_there: bool, line: Line) -> Result<(), NotThere> {
    match (is_there, line) {
        (true, _) => Ok(()),
        (false, Line::Lane(_)) => Err(NotThere("lane", "queue lanes")),
        (false, Line::Tenant(_)) => Err(NotThere("tenant", "tenant list")),
    }
}

fn named(line: Line) -> String {
    match line {
        Line::Lane(number) => format!("Lane {}", number.0),
        Line::Tenant(tenant) => tenant.to_string(),
    }
}

fn told(stats: &QueueStats, now: OffsetDateTime) -> String {
    let mut words = format!(
        "{:<15} {:>12} {:>12} {:>12} {:>12}  oldest",
        "class", "ready", "paused", "asleep", "held"
    );
    for (class, depth) in &stats.classes {
        let oldest = depth
            .oldest
            .map_or("-".to_owned(), |since| age(now - since));
        write!(
            words,
            "\n{:<15} {:>12} {:>12} {:>12} {:>12}  {oldest}",
            class.as_str(),
            short(depth.ready),
            short(depth.paused),
            short(depth.asleep),
            short(depth.held),
        )
        .ok();
    }
    for tenant in &stats.tenants {
        let (waiting, id) = (short(tenant.waiting), tenant.tenant);
        write!(words, "\n{id} has {waiting} waiting").ok();
        if let Some(since) = tenant.oldest {
            write!(words, ", the oldest for {}", age(now - since)).ok();
        }
    }
    let inbox = stats.inbox;
    let oldest = inbox.oldest.map_or(String::new(), |since| {
        format!(", the oldest for {}", age(now - since))
    });
    write!(
        words,
        "\n{} of unknown outcome, {} suspect, {} dead letters, {} callbacks wait{oldest}.",
        short(stats.unknown),
        short(stats.suspects),
        short(stats.dead_letters),
        short(inbox.waiting),
    )
    .ok();
    words
}

/// `7`, `10000+` or `~950000`.
fn short(tally: Tally) -> String {
    use tidings_messaging::Precision;
    match tally.precision {
        Precision::Exact => tally.count.to_string(),
        Precision::AtLeast => format!("{}+", tally.count),
        Precision::About => format!("~{}", tally.count),
    }
}

fn age(time: time::Duration) -> String {
    let seconds = time.whole_seconds().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn clock(at: OffsetDateTime) -> String {
    let seconds = at.replace_nanosecond(0).unwrap_or(at);
    seconds
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_else(|_| at.to_string())
}

#[cfg(test)]
mod tests;
