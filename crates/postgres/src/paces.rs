use crate::{Postgres, convert::Place, transaction::store_error};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap, HashSet};
use tidings_kernel::{AccountId, SenderId, StoreError, TenantId};
use tidings_messaging::{Hold, PaceKey, Paces, People, Slot, Wish};
use tidings_routing::{Limit, Pace, reserve};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// People count for so long.
const PEOPLE_FOR: Duration = Duration::DAY;

/// A row of a limit, locked until the transaction ends.
struct Line {
    limit: Limit,
    pace: Pace,
    is_changed: bool,
}

/// Columns for UNNEST, from keys.
struct Keys {
    tenants: Vec<Uuid>,
    accounts: Vec<Uuid>,
    lines: Vec<String>,
}

impl<'a> FromIterator<&'a PaceKey> for Keys {
    fn from_iter<I: IntoIterator<Item = &'a PaceKey>>(keys: I) -> Self {
        let mut columns = Self {
            tenants: Vec::new(),
            accounts: Vec::new(),
            lines: Vec::new(),
        };
        for key in keys {
            columns.tenants.push(key.tenant.uuid());
            columns.accounts.push(key.account.uuid());
            columns.lines.push(key.line.clone());
        }
        columns
    }
}

fn key(tenant: Uuid, account: Uuid, line: String) -> PaceKey {
    PaceKey {
        tenant: TenantId::from_uuid(tenant),
        account: AccountId::from_uuid(account),
        line,
    }
}

#[async_trait]
impl Paces for Postgres {
    async fn reserve(
        &self,
        wishes: &[Wish],
        now: OffsetDateTime,
        latest: OffsetDateTime,
    ) -> Result<Vec<Slot>, StoreError> {
        let mut wanted: BTreeMap<&PaceKey, Limit> = BTreeMap::new();
        for wish in wishes {
            wanted.extend(wish.limits.iter().map(|(key, limit)| (key, *limit)));
            let people = wish.people.iter();
            // Its row is the lock of those who are counted under it.
            wanted.extend(people.map(|people| (&people.key, Limit::per_day(people.most))));
        }
        if wanted.is_empty() {
            return Ok(vec![Slot::At(now); wishes.len()]);
        }
        let mut transaction = self.begin_for_all().await?;
        let mut lines = lock(&mut transaction, &wanted, now).await?;
        let mut known = People24h::load(&mut transaction, wishes, now).await?;
        let mut slots = Vec::with_capacity(wishes.len());
        for wish in wishes {
            slots.push(grant(wish, &mut lines, &mut known, now, latest));
        }
        known.write(&mut transaction).await?;
        write(&mut transaction, lines, now).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(slots)
    }

    async fn give_back(&self, unused: &[(Wish, OffsetDateTime)]) -> Result<(), StoreError> {
        let limits = unused.iter().flat_map(|(wish, _)| &wish.limits);
        let wanted: BTreeMap<&PaceKey, Limit> = limits.map(|(key, it)| (key, *it)).collect();
        let Some(latest) = unused.iter().map(|(_, at)| *at).max() else {
            return Ok(());
        };
        if wanted.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin_for_all().await?;
        let mut lines = lock(&mut transaction, &wanted, latest).await?;
        for (wish, at) in unused {
            for (key, limit) in &wish.limits {
                if let Some(line) = lines.get_mut(key) {
                    line.pace.give_back(*limit, wish.weight, *at);
                    line.is_changed = true;
                }
            }
        }
        write(&mut transaction, lines, latest).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn hold(&self, hold: &Hold) -> Result<(), StoreError> {
        let mut transaction = self.begin_for_all().await?;
        sqlx::query!(
            "INSERT INTO sender_holds AS h (tenant_id, account_id, sender_id, until)
             SELECT tenant_id, id, $3, $4 FROM provider_accounts WHERE tenant_id = $1 AND id = $2
             ON CONFLICT (tenant_id, sender_id) DO UPDATE SET until = greatest(h.until, excluded.until)",
            hold.tenant.uuid(),
            hold.account.uuid(),
            hold.sender.uuid(),
            hold.until,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn held(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<Vec<Hold>, StoreError> {
        let tenants: Vec<Uuid> = tenants.iter().map(|tenant| tenant.uuid()).collect();
        let mut transaction = self.begin_for_all().await?;
        let rows = sqlx::query!(
            "SELECT tenant_id, account_id, sender_id, until FROM sender_holds
             WHERE tenant_id = ANY ($1) AND until > $2 ORDER BY tenant_id, sender_id",
            &tenants,
            now,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| Hold {
                tenant: TenantId::from_uuid(row.tenant_id),
                account: AccountId::from_uuid(row.account_id),
                sender: SenderId::from_uuid(row.sender_id),
                until: row.until,
            })
            .collect())
    }

    async fn forget(&self, now: OffsetDateTime, most: u32) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let paces = sqlx::query!(
            "DELETE FROM paces WHERE (tenant_id, account_id, line) IN (
                 SELECT tenant_id, account_id, line FROM paces WHERE forget_at < $1
                 LIMIT $2 FOR UPDATE SKIP LOCKED)",
            now,
            i64::from(most),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        let people = sqlx::query!(
            "DELETE FROM paced_people WHERE (tenant_id, account_id, line, person) IN (
                 SELECT tenant_id, account_id, line, person FROM paced_people WHERE at < $1
                 LIMIT $2 FOR UPDATE SKIP LOCKED)",
            now - PEOPLE_FOR,
            i64::from(most),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        sqlx::query!("DELETE FROM sender_holds WHERE until < $1", now)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(paces.rows_affected() + people.rows_affected())
    }
}

/// Makes the rows that are not there, and locks all of them, in the order of their keys, so that no two workers
/// wait for each other. Those of accounts that are gone are not there.
async fn lock(
    connection: &mut PgConnection,
    wanted: &BTreeMap<&PaceKey, Limit>,
    now: OffsetDateTime,
) -> Result<HashMap<PaceKey, Line>, StoreError> {
    let keys: Keys = wanted.keys().copied().collect();
    let rows = sqlx::query!(
        r#"INSERT INTO paces AS p (tenant_id, account_id, line, forget_at)
           SELECT w.tenant_id, w.account_id, w.line, $4
           FROM UNNEST($1::uuid[], $2::uuid[], $3::text[]) AS w (tenant_id, account_id, line)
           JOIN provider_accounts a ON a.tenant_id = w.tenant_id AND a.id = w.account_id
           ORDER BY w.tenant_id, w.account_id, w.line COLLATE "C"
           ON CONFLICT (tenant_id, account_id, line) DO UPDATE SET line = p.line
           RETURNING tenant_id, account_id, line, next_at, first_part, parts"#,
        &keys.tenants,
        &keys.accounts,
        &keys.lines,
        now,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut lines = HashMap::with_capacity(rows.len());
    for row in rows {
        let account = Place::new("paces", row.account_id);
        let parts = row.parts.into_iter();
        let pace = Pace {
            next_at: row.next_at,
            first: row.first_part,
            parts: parts
                .map(|part| account.number("parts", part))
                .collect::<Result<_, _>>()?,
        };
        let key = key(row.tenant_id, row.account_id, row.line);
        if let Some(limit) = wanted.get(&key) {
            let line = Line {
                limit: *limit,
                pace,
                is_changed: false,
            };
            lines.insert(key, line);
        }
    }
    Ok(lines)
}

async fn write(
    connection: &mut PgConnection,
    lines: HashMap<PaceKey, Line>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let mut changed: Vec<(PaceKey, Line)> = lines
        .into_iter()
        .filter(|(_, line)| line.is_changed)
        .collect();
    changed.sort_by(|(a, _), (b, _)| a.cmp(b));
    if changed.is_empty() {
        return Ok(());
    }
    let keys: Keys = changed.iter().map(|(key, _)| key).collect();
    let forget_at: Vec<OffsetDateTime> = changed
        .iter()
        .map(|(_, line)| line.pace.forget_at(line.limit).unwrap_or(now))
        .collect();
    let next_at: Vec<Option<OffsetDateTime>> =
        changed.iter().map(|(_, line)| line.pace.next_at).collect();
    let first: Vec<i64> = changed.iter().map(|(_, line)| line.pace.first).collect();
    // An array of arrays would have to be square, so each travels as the text of its own.
    let parts: Vec<String> = changed
        .iter()
        .map(|(_, line)| {
            let parts: Vec<String> = line.pace.parts.iter().map(u32::to_string).collect();
            format!("{{{}}}", parts.join(","))
        })
        .collect();
    sqlx::query!(
        "UPDATE paces p SET next_at = w.next_at, first_part = w.first, parts = w.parts::integer[],
             forget_at = w.forget_at
         FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[],
             $7::timestamptz[])
             AS w (tenant_id, account_id, line, next_at, first, parts, forget_at)
         WHERE p.tenant_id = w.tenant_id AND p.account_id = w.account_id AND p.line = w.line",
        &keys.tenants,
        &keys.accounts,
        &keys.lines,
        &next_at as &[Option<OffsetDateTime>],
        &first,
        &parts,
        &forget_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

fn grant(
    wish: &Wish,
    lines: &mut HashMap<PaceKey, Line>,
    known: &mut People24h,
    now: OffsetDateTime,
    latest: OffsetDateTime,
) -> Slot {
    let keys = wish.limits.iter().map(|(key, _)| key);
    let all = keys.chain(wish.people.iter().map(|people| &people.key));
    if !all.clone().all(|key| lines.contains_key(key)) {
        // Its account is gone; whoever routes next finds that.
        return Slot::NotBefore(latest);
    }
    if let Some(people) = &wish.people
        && let Err(when) = known.admits(people)
    {
        return Slot::NotBefore(when);
    }
    let mut own: Vec<(PaceKey, Line)> = Vec::with_capacity(wish.limits.len());
    for (key, _) in &wish.limits {
        if let Some(line) = lines.remove(key) {
            own.push((key.clone(), line));
        }
    }
    let mut paces: Vec<(Limit, &mut Pace)> = own
        .iter_mut()
        .map(|(_, line)| (line.limit, &mut line.pace))
        .collect();
    let reserved = reserve(&mut paces, wish.weight, now, latest);
    for (key, mut line) in own {
        line.is_changed |= reserved.is_ok();
        lines.insert(key, line);
    }
    match reserved {
        Ok(at) => {
            if let Some(people) = &wish.people {
                known.add(people, at);
            }
            Slot::At(at)
        }
        Err(when) => Slot::NotBefore(when),
    }
}

/// Who was written to under limits on people in the last 24 hours.
struct People24h {
    counts: HashMap<PaceKey, Counted>,
    known: HashSet<(PaceKey, u64)>,
    added: Vec<(PaceKey, u64, OffsetDateTime)>,
}

#[derive(Default)]
struct Counted {
    people: u32,
    /// When the first of them counts no more.
    next: Option<OffsetDateTime>,
}

impl People24h {
    async fn load(
        connection: &mut PgConnection,
        wishes: &[Wish],
        now: OffsetDateTime,
    ) -> Result<Self, StoreError> {
        let people: Vec<&People> = wishes.iter().filter_map(|it| it.people.as_ref()).collect();
        let mut loaded = Self {
            counts: HashMap::new(),
            known: HashSet::new(),
            added: Vec::new(),
        };
        if people.is_empty() {
            return Ok(loaded);
        }
        let keys: Keys = people.iter().map(|people| &people.key).collect();
        let persons: Vec<i64> = people
            .iter()
            .map(|people| people.person.cast_signed())
            .collect();
        let rows = sqlx::query!(
            r#"WITH w AS (SELECT DISTINCT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
                   AS w (tenant_id, account_id, line, person))
               SELECT tenant_id, account_id, line, count(*) AS "people!", min(at) AS first,
                   array_agg(person) FILTER (WHERE (tenant_id, account_id, line, person) IN (SELECT * FROM w))
                       AS known
               FROM paced_people
               WHERE (tenant_id, account_id, line) IN (SELECT tenant_id, account_id, line FROM w) AND at > $5
               GROUP BY tenant_id, account_id, line"#,
            &keys.tenants,
            &keys.accounts,
            &keys.lines,
            &persons,
            now - PEOPLE_FOR,
        )
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
        for row in rows {
            let place = Place::new("paced_people", row.account_id);
            let key = key(row.tenant_id, row.account_id, row.line);
            for person in row.known.unwrap_or_default() {
                loaded.known.insert((key.clone(), person.cast_unsigned()));
            }
            let counted = Counted {
                people: place.number("count", row.people)?,
                next: row.first.map(|first| first + PEOPLE_FOR),
            };
            loaded.counts.insert(key, counted);
        }
        Ok(loaded)
    }

    /// Whether one more message to this person is allowed; otherwise when somebody counts no more.
    fn admits(&self, people: &People) -> Result<(), OffsetDateTime> {
        let counted = self.counts.get(&people.key);
        let is_known = self.known.contains(&(people.key.clone(), people.person));
        match counted {
            Some(counted) if !is_known && counted.people >= people.most => Err(counted
                .next
                .unwrap_or(OffsetDateTime::UNIX_EPOCH + PEOPLE_FOR)),
            Some(_) | None => Ok(()),
        }
    }

    fn add(&mut self, people: &People, at: OffsetDateTime) {
        if self.known.insert((people.key.clone(), people.person)) {
            let counted = self.counts.entry(people.key.clone()).or_default();
            counted.people = counted.people.saturating_add(1);
            counted.next.get_or_insert(at + PEOPLE_FOR);
            self.added.push((people.key.clone(), people.person, at));
        }
    }

    async fn write(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        if self.added.is_empty() {
            return Ok(());
        }
        let keys: Keys = self.added.iter().map(|(key, _, _)| key).collect();
        let persons: Vec<i64> = self
            .added
            .iter()
            .map(|(_, person, _)| person.cast_signed())
            .collect();
        let at: Vec<OffsetDateTime> = self.added.iter().map(|(_, _, at)| *at).collect();
        // One whose day is over counts anew.
        sqlx::query!(
            "INSERT INTO paced_people (tenant_id, account_id, line, person, at)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[])
             ON CONFLICT (tenant_id, account_id, line, person) DO UPDATE SET at = excluded.at",
            &keys.tenants,
            &keys.accounts,
            &keys.lines,
            &persons,
            &at,
        )
        .execute(connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
