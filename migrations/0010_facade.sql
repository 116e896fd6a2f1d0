-- Programs that were written for Twilio: what they are told of their messages, and what they check it with.

-- Where each later change of the status is told. Null for all that nobody is told of, which costs them nothing.
ALTER TABLE messages ADD COLUMN status_webhook text;

-- Changes of status that are still to be told: a row exists only until it is told or given up. Of a message the
-- oldest goes first; numbers are given under the message's lock, so that they grow with its changes.
CREATE TABLE status_webhooks (
    tenant_id uuid NOT NULL REFERENCES tenants,
    message_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    status text NOT NULL,
    at timestamptz NOT NULL,
    url text NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    -- Not before this instant.
    due_at timestamptz NOT NULL DEFAULT '-infinity',
    -- The end of the hold; null when nobody holds it.
    held_until timestamptz,
    PRIMARY KEY (tenant_id, message_id, number)
) WITH (
    -- Half of each page is for the claims of the other half.
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX status_webhooks_due ON status_webhooks (tenant_id, due_at, number);

-- The secret that a tenant shares with us, sealed.
CREATE TABLE auth_tokens (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    key_id uuid NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- Row-level security as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['status_webhooks', 'auth_tokens'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO tidings_api, tidings_worker', name);
    END LOOP;
END
$$;
GRANT UPDATE ON auth_tokens TO tidings_api, tidings_worker;
GRANT DELETE ON status_webhooks TO tidings_api, tidings_worker;
GRANT UPDATE ON status_webhooks TO tidings_worker;
