use crate::{
    Citation, LawRule, PackError, PackProblem, Places, Plan, Start, Switch, TenantChoice, Version,
    read::{Begins, Draft, read},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};
use time::OffsetDateTime;

/// The packs that are shipped, in `packs/`.
pub(crate) const BUNDLED: [(&str, &str); 5] = [
    ("everywhere.json", include_str!("../packs/everywhere.json")),
    ("us.json", include_str!("../packs/us.json")),
    ("us-states.json", include_str!("../packs/us-states.json")),
    ("europe.json", include_str!("../packs/europe.json")),
    ("world.json", include_str!("../packs/world.json")),
];

/// How many plans are kept before the memory of them is dropped.
const KEPT_PLANS: usize = 4_096;

/// The rules of all loaded packs, in order and checked; cheap to ask, made to be shared.
///
/// Equal if the rules are, in whatever order packs were loaded.
pub struct Packs {
    drafts: Vec<Arc<Draft>>,
    /// Sorted by id.
    rules: Vec<Arc<LawRule>>,
    plans: RwLock<HashMap<TenantChoice, HashMap<Places, Arc<Plan>>>>,
}

impl Packs {
    /// The packs that are shipped with this crate.
    ///
    /// # Errors
    /// [`PackError`]: never, as the tests read them.
    pub fn bundled() -> Result<Self, PackError> {
        Self::parse(&BUNDLED)
    }

    /// Reads packs: a name, for messages, and a text each. See the README for the format.
    ///
    /// ```rust
    /// use tidings_jurisdictions::Packs;
    ///
    /// let error = Packs::parse(&[("mine.json", r#"{"about": "ours", "rules": [], "rule": 1}"#)]);
    /// let text = error.unwrap_err().to_string();
    /// assert!(text.starts_with("pack mine.json: unknown field `rule`"), "{text}");
    /// ```
    ///
    /// # Errors
    /// [`PackError`]: which pack, rule and version is wrong, and how.
    pub fn parse(packs: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut drafts = Vec::new();
        for (name, text) in packs {
            drafts.extend(read(name, text)?.into_iter().map(Arc::new));
        }
        Self::assemble(drafts)
    }

    /// These and `other`'s. The order of loading does not matter. A pack may add versions to a rule of
    /// another if it repeats the rule's place, concern, channels, purposes, reach and switch.
    ///
    /// ```rust
    /// use tidings_jurisdictions::{Clues, Packs, applicable, places};
    /// use tidings_kernel::{Channel, Purpose};
    /// use time::macros::datetime;
    ///
    /// // A shop that sends at most one offer a week, wherever the contact is.
    /// let ours = r#"{ "about": "Rules of our own.", "rules": [
    ///   { "id": "ours.cap", "place": "*", "concern": "cap",
    ///     "channels": ["sms"], "purposes": ["marketing"],
    ///     "versions": [
    ///       { "version": "1", "from": "ever",
    ///         "demands": { "cap": { "most": 1, "hours": 168, "counts": "any_subject" } },
    ///         "source": "decision of 1 December 2026", "trust": "own", "read_on": "2026-12-01" } ] } ] }"#;
    /// let packs = Packs::bundled()?.with(&Packs::parse(&[("ours.json", ours)])?)?;
    ///
    /// let miami = places(&Clues { number: Some("+13055550132".parse()?), ..Clues::default() });
    /// let at = datetime!(2026-12-01 18:00 UTC);
    /// let law = applicable(&packs, &miami, Purpose::Marketing, Channel::Sms, at);
    /// assert!(law.caps.iter().any(|cap| cap.rule.as_deref() == Some("ours.cap")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PackError`]: they do not fit together.
    pub fn with(&self, other: &Self) -> Result<Self, PackError> {
        Self::assemble(self.drafts.iter().chain(&other.drafts).cloned().collect())
    }

    /// With the rule `id`, which is off but for periods, on from `from` to `until`: a state of emergency
    /// that was declared. `None` leaves it on until further notice; add the end by entering the period
    /// into the packs without it.
    ///
    /// ```rust
    /// use tidings_jurisdictions::Packs;
    /// use time::macros::datetime;
    ///
    /// let packs = Packs::bundled()?;
    /// let (from, until) = (datetime!(2026-08-28 05:00 UTC), datetime!(2026-09-04 05:00 UTC));
    /// assert!(packs.with_period("us.la.emergency_ban", from, Some(until)).is_ok());
    /// assert!(packs.with_period("us.la.hours", from, Some(until)).is_err(), "it is always on");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PackError`]: there is no such rule, the period is empty, or it overlaps one entered before.
    pub fn with_period(
        &self,
        id: &str,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<Self, PackError> {
        let refused = |problem| PackError {
            pack: "entered period".to_owned(),
            rule: Some(id.to_owned()),
            version: None,
            problem,
        };
        if until.is_some_and(|until| until <= from) {
            return Err(refused(PackProblem::EmptyValidity));
        }
        let template = |rule: &LawRule| {
            let unset = |version: &&Version| version.from == Start::NotSet;
            rule.versions.iter().find(unset).cloned()
        };
        let (rule, version) = self
            .rule(id)
            .filter(|rule| rule.switch == Switch::ByPeriod)
            .and_then(|rule| Some((rule, template(rule)?)))
            .ok_or_else(|| refused(PackProblem::NotSwitched))?;
        let version = Version {
            version: format!("{}:{}", version.version, from.unix_timestamp()).into(),
            from: Start::At(from),
            until,
            ..version
        };
        let draft = Draft {
            pack: "entered period".to_owned(),
            calendars: Arc::default(),
            head: LawRule {
                versions: Vec::new(),
                ..rule.clone()
            },
            versions: vec![(version, Begins::AfterTheLast)],
        };
        let more = std::iter::once(Arc::new(draft));
        Self::assemble(self.drafts.iter().cloned().chain(more).collect())
    }

    /// Every rule, sorted by id.
    pub fn rules(&self) -> impl Iterator<Item = &LawRule> {
        self.rules.iter().map(AsRef::as_ref)
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&LawRule> {
        let place = self.rules.binary_search_by(|rule| rule.id().cmp(id)).ok()?;
        self.rules.get(place).map(AsRef::as_ref)
    }

    /// Every version of every rule that a person should check before relying on it.
    pub fn unconfirmed(&self) -> impl Iterator<Item = Citation> {
        self.rules
            .iter()
            .flat_map(|rule| rule.versions.iter().map(|version| rule.cite(version)))
            .filter(Citation::is_unconfirmed)
    }

    /// What the rules demand in `places` of a tenant that chose `choice`. Plans are kept: the second
    /// question for the same places and choice costs a look-up.
    pub fn plan(&self, places: &Places, choice: &TenantChoice) -> Arc<Plan> {
        {
            let plans = self.plans.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(plan) = plans.get(choice).and_then(|plans| plans.get(places)) {
                return Arc::clone(plan);
            }
        }
        let plan = Arc::new(Plan::new(&self.rules, places, choice));
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        if plans.values().map(HashMap::len).sum::<usize>() >= KEPT_PLANS {
            plans.clear();
        }
        plans
            .entry(choice.clone())
            .or_default()
            .insert(places.clone(), Arc::clone(&plan));
        plan
    }

    fn assemble(drafts: Vec<Arc<Draft>>) -> Result<Self, PackError> {
        // A calendar is known by the name of its pack and its own.
        let mut by_pack: BTreeMap<&str, &Draft> = BTreeMap::new();
        for draft in &drafts {
            let first = by_pack.entry(&draft.pack).or_insert(draft);
            if first.calendars != draft.calendars {
                return Err(draft.error(None, PackProblem::SameName));
            }
        }
        let mut by_id: BTreeMap<Arc<str>, Vec<&Draft>> = BTreeMap::new();
        for draft in &drafts {
            let id = Arc::clone(&draft.head.id);
            by_id.entry(id).or_default().push(draft);
        }
        let rules = by_id
            .into_values()
            .map(|drafts| join(&drafts).map(Arc::new));
        let rules = rules.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            rules,
            drafts,
            plans: RwLock::default(),
        })
    }
}

/// One rule out of what several packs say about it.
fn join(drafts: &[&Draft]) -> Result<LawRule, PackError> {
    let [first, others @ ..] = drafts else {
        // Groups are made of their members.
        return Err(PackError {
            pack: String::new(),
            rule: None,
            version: None,
            problem: PackProblem::Empty("rules"),
        });
    };
    if let Some(other) = others
        .iter()
        .find(|other| !other.head.has_same_head(&first.head))
    {
        return Err(other.error(None, PackProblem::OtherHead));
    }
    let mut all: Vec<(&Draft, Version, Begins)> = drafts
        .iter()
        .flat_map(|draft| {
            let versions = draft.versions.iter().cloned();
            versions.map(move |(version, begins)| (*draft, version, begins))
        })
        .collect();
    all.sort_by(|(_, a, _), (_, b, _)| (a.from, &a.version).cmp(&(b.from, &b.version)));
    let mut versions: Vec<Version> = Vec::new();
    let mut names = BTreeSet::new();
    for (draft, version, begins) in all {
        let refuse = |problem| draft.error(Some(&version.version), problem);
        if !names.insert(Arc::clone(&version.version)) {
            return Err(refuse(PackProblem::VersionTwice));
        }
        match version.from {
            Start::NotSet => {}
            Start::Ever => {
                follow(versions.last_mut(), None, begins, first.head.switch).map_err(refuse)?;
            }
            Start::At(from) => {
                follow(versions.last_mut(), Some(from), begins, first.head.switch)
                    .map_err(refuse)?;
            }
        }
        versions.push(version);
    }
    Ok(LawRule {
        versions,
        ..first.head.clone()
    })
}

/// Whether a version that starts at `from`, or ever, may follow `last`, which may be ended by it.
fn follow(
    last: Option<&mut Version>,
    from: Option<OffsetDateTime>,
    begins: Begins,
    switch: Switch,
) -> Result<(), PackProblem> {
    let Some(last) = last else {
        return Ok(());
    };
    let overlap = || PackProblem::Overlap(last.version.to_string());
    let from = from.ok_or_else(overlap)?;
    if matches!(last.from, Start::At(start) if start == from) {
        return Err(overlap());
    }
    match (last.until, begins) {
        (None, Begins::EndingTheLast) => last.until = Some(from),
        (Some(until), Begins::EndingTheLast) if until > from => last.until = Some(from),
        (None, Begins::AfterTheLast) => return Err(overlap()),
        (Some(until), _) if until > from => return Err(overlap()),
        (Some(until), _) if until < from && switch == Switch::ByDate => {
            return Err(PackProblem::Gap(last.version.to_string()));
        }
        (Some(_), _) => {}
    }
    Ok(())
}

impl Clone for Packs {
    fn clone(&self) -> Self {
        Self {
            drafts: self.drafts.clone(),
            rules: self.rules.clone(),
            plans: RwLock::default(),
        }
    }
}

impl PartialEq for Packs {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
    }
}

impl Eq for Packs {}

impl fmt::Debug for Packs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packs")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
