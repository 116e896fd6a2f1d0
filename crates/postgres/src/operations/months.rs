//! The months that messages are kept by.

use crate::{Postgres, media, transaction::store_error};
use tidings_kernel::StoreError;
use tidings_messaging::Months;
use time::{Date, Month, OffsetDateTime, UtcOffset};

impl Postgres {
    pub(super) async fn make_and_detach(
        &self,
        now: OffsetDateTime,
        ahead: u8,
        keep: Option<u16>,
    ) -> Result<Months, StoreError> {
        let this = first_of_month(now.to_offset(UtcOffset::UTC).date());
        let mut made = Vec::new();
        let mut month = Some(this);
        for _ in 0..=ahead {
            let Some(first) = month else { break };
            if self.make_month(first).await? {
                made.push(first);
            }
            month = next(first);
        }
        let detached = match keep {
            None => Vec::new(),
            Some(keep) => self.detach(back(this, keep), now).await?,
        };
        Ok(Months { made, detached })
    }

    async fn make_month(&self, first: Date) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        be_patient_for_a_moment(&mut transaction).await?;
        let made = sqlx::query_scalar!(r#"SELECT make_month($1) AS "made!""#, first)
            .fetch_one(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(made)
    }

    async fn detach(&self, before: Date, now: OffsetDateTime) -> Result<Vec<String>, StoreError> {
        let before = before.midnight().assume_utc();
        let mut transaction = self.begin_for_all().await?;
        be_patient_for_a_moment(&mut transaction).await?;
        media::forget_before(&mut transaction, before, now).await?;
        let detached = sqlx::query_scalar!(r#"SELECT detach_months($1) AS "name!""#, before)
            .fetch_all(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(detached)
    }
}

/// Everybody else waits behind whoever waits for a whole table, so that is not for long.
async fn be_patient_for_a_moment(connection: &mut sqlx::PgConnection) -> Result<(), StoreError> {
    sqlx::query!("SELECT set_config('lock_timeout', '2s', true)")
        .fetch_one(connection)
        .await
        .map_err(store_error)?;
    Ok(())
}

fn first_of_month(date: Date) -> Date {
    // Every month has a first.
    date.replace_day(1).unwrap_or(date)
}

fn next(first: Date) -> Option<Date> {
    let year = match first.month() {
        Month::December => first.year().checked_add(1)?,
        _ => first.year(),
    };
    Date::from_calendar_date(year, first.month().next(), 1).ok()
}

/// So many months before; the earliest date when there are not so many.
fn back(first: Date, months: u16) -> Date {
    let mut date = first;
    for _ in 0..months {
        let Some(before) = date.previous_day() else {
            return date;
        };
        date = first_of_month(before);
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn months_follow_each_other_over_the_turn_of_the_year() {
        assert_eq!(first_of_month(date!(2024 - 02 - 29)), date!(2024 - 02 - 01));
        assert_eq!(next(date!(2026 - 12 - 01)), Some(date!(2027 - 01 - 01)));
        assert_eq!(next(date!(2026 - 01 - 01)), Some(date!(2026 - 02 - 01)));
        assert_eq!(next(Date::MAX), None);
        assert_eq!(back(date!(2026 - 03 - 01), 0), date!(2026 - 03 - 01));
        assert_eq!(back(date!(2026 - 03 - 01), 15), date!(2024 - 12 - 01));
        assert_eq!(back(date!(-9999 - 02 - 01), 9), date!(-9999 - 01 - 01));
    }
}
