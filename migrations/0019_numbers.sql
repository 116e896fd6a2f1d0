-- What providers say of the numbers that messages come from, and of what was read there.

-- How a provider sees a number of WhatsApp. It is about the address: another one of the same sender begins anew.
CREATE TABLE sender_ratings (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    address text NOT NULL,
    standing jsonb NOT NULL,
    PRIMARY KEY (tenant_id, account_id, sender_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
);

-- What contacts are still to be shown: that the newest of what they wrote to an account was read. Gone once they are.
CREATE TABLE read_receipts (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider_message_id text NOT NULL,
    read_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, conversation_id, account_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
) WITH (fillfactor = 50);
CREATE INDEX read_receipts_due ON read_receipts (due_at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sender_ratings', 'read_receipts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_worker', name);
    END LOOP;
END
$$;
-- An account that is changed forgets numbers that it has no more, and whoever reads has it shown.
GRANT SELECT, DELETE ON sender_ratings TO tidings_api;
GRANT SELECT, INSERT, UPDATE ON read_receipts TO tidings_api;
