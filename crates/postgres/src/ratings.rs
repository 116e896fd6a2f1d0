use crate::{
    Postgres,
    convert::{Place, to_json},
    event_log::{self, Noted},
    transaction::store_error,
    turnstile::Turnstile,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::StoreError;
use tidings_messaging::{AccountHealth, Happening, NumberStanding, Ratings, Rerated, SenderWord};

#[async_trait]
impl Ratings for Postgres {
    async fn rate(&self, words: &[SenderWord]) -> Result<Vec<Rerated>, StoreError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        // In one order everywhere, so that no two that rate the same senders wait for each other. Of one sender the
        // words stay in theirs.
        let mut ordered: Vec<&SenderWord> = words.iter().collect();
        ordered.sort_by_key(|word| (word.tenant, word.sender));
        let tenants = words.iter().map(|word| word.tenant);
        let mut transaction = self.begin_for_each(tenants).await?;
        let (mut changed, mut news) = (Vec::new(), Vec::new());
        for word in ordered {
            if let Some(rerated) = rate_one(&mut transaction, word).await? {
                let happening = Happening::AccountHealth(AccountHealth::from(&rerated));
                news.push(Noted::new(word.tenant, word.word.at, happening));
                changed.push(rerated);
            }
        }
        let noted = event_log::note(&mut transaction, &news).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(changed)
    }
}

/// Puts one word to what is known; `None` if it says nothing else, or its sender is gone.
async fn rate_one(
    connection: &mut PgConnection,
    word: &SenderWord,
) -> Result<Option<Rerated>, StoreError> {
    let tenant = word.tenant.uuid();
    // Whoever else rates the same sender waits, also where nobody has rated it yet.
    let key = word.sender.to_string();
    Turnstile::Rating.pass(connection, &key).await?;
    let row = sqlx::query!(
        r#"SELECT r.standing AS "standing?" FROM senders s
           LEFT JOIN sender_ratings r ON r.tenant_id = s.tenant_id AND r.account_id = s.account_id
               AND r.sender_id = s.id AND r.address = s.address
           WHERE s.tenant_id = $1 AND s.account_id = $2 AND s.id = $3 AND s.address = $4"#,
        tenant,
        word.account.uuid(),
        word.sender.uuid(),
        word.address,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let place = Place::new("sender_ratings", word.sender.uuid());
    let before = row.standing.map(|told| place.json("standing", told));
    let before: NumberStanding = before.transpose()?.unwrap_or_default();
    let after = before.clone().after(&word.word);
    if after == before {
        return Ok(None);
    }
    sqlx::query!(
        "INSERT INTO sender_ratings (tenant_id, account_id, sender_id, address, standing)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, account_id, sender_id)
             DO UPDATE SET address = EXCLUDED.address, standing = EXCLUDED.standing",
        tenant,
        word.account.uuid(),
        word.sender.uuid(),
        word.address,
        to_json("standing", &after)?,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    let is_news = !after.says_as(&before);
    Ok(is_news.then_some(Rerated {
        account: word.account,
        sender: word.sender,
        before,
        after,
    }))
}
