-- Contacts that became a part of another. Such a contact is cleared as an erased one is, but its events of consent keep
-- their evidence, under its own id.
ALTER TABLE contacts ADD COLUMN merged_into uuid;
-- Addresses that came with merged contacts: `[{"kind", "value"}]`.
ALTER TABLE contacts ADD COLUMN also jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(also) = 'array');
CREATE INDEX contacts_merged ON contacts (tenant_id, merged_into) WHERE merged_into IS NOT NULL;

-- Conversations whose messages are not all found by words yet, with the last message that is: those of before words were
-- kept. A worker goes through them, some messages at a time, and a row exists only while there is work.
CREATE TABLE conversation_backlog (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    learned_to uuid,
    PRIMARY KEY (tenant_id, conversation_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
INSERT INTO conversation_backlog (tenant_id, conversation_id) SELECT tenant_id, id FROM conversations;
ALTER TABLE conversation_backlog ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON conversation_backlog TO tidings_api
    USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]));
CREATE POLICY every_tenant ON conversation_backlog TO tidings_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_backlog TO tidings_api, tidings_worker;
