//! Stores what contacts wrote.

use crate::{
    Postgres, consent_ledger::append, contacts, contacts::insert_contact, conversations, event_log,
    media, messages::insert_inbound, transaction::store_error, turnstile::Turnstile,
};
use tidings_kernel::{AccountId, StoreError};
use tidings_messaging::{ContactError, ConversationPart, InboundRecord};

impl Postgres {
    pub(super) async fn receive_message(
        &self,
        inbound: &InboundRecord,
    ) -> Result<bool, StoreError> {
        let message = &inbound.message;
        let mut transaction = self.begin_intake([message.tenant], false).await?;
        // Repeats of one inbound message wait for each other here.
        let key = format!("{:?} {:?}", message.account, message.provider_message_id);
        Turnstile::Inbound.pass(&mut transaction, &key).await?;
        let seen = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM messages WHERE tenant_id = $1 AND account_id = $2
                   AND provider_message_id = $3 AND direction = 'inbound') AS "seen!""#,
            message.tenant.uuid(),
            message.account.map(AccountId::uuid),
            message.provider_message_id,
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if seen {
            return Ok(false);
        }
        let mut noted = 0;
        if let Some(contact) = &inbound.new_contact {
            insert_contact(&mut transaction, contact)
                .await
                .map_err(|error| match error {
                    ContactError::Store(error) => error,
                    ContactError::ExternalIdTaken | ContactError::KeyLost(_) => {
                        StoreError::inconsistent("a contact made by number has an external id")
                    }
                })?;
            noted += contacts::note_created(&mut transaction, contact).await?;
        }
        noted += insert_inbound(&mut transaction, message, "provider")
            .await?
            .ok_or_else(|| StoreError::unavailable("the contact was erased meanwhile"))?;
        for event in &inbound.consent {
            let appended = append(&mut transaction, message.tenant, event).await?;
            noted += appended.unwrap_or(0);
        }
        sqlx::query!(
            "INSERT INTO last_inbound AS l (tenant_id, contact_id, channel, at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id, contact_id, channel)
             DO UPDATE SET at = greatest(l.at, excluded.at)",
            message.tenant.uuid(),
            message.contact.uuid(),
            message.channel.as_str(),
            message.status_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        media::received(&mut transaction, &inbound.media).await?;
        // Last, so that others who touch the thread wait for as short as can be.
        let moved = conversations::received(&mut transaction, message).await?;
        // Something was noted of the message, if the log is kept.
        if noted > 0 {
            let news = moved.news(vec![ConversationPart::Messages])?;
            noted += event_log::note(&mut transaction, &[news]).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(true)
    }
}
