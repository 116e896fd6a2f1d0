-- Facts for the gate's further rules: what a tenant has chosen, versions of records, marketing
-- sent, urgency, and the other channels that were asked about.

-- What the tenant has chosen; members that are missing are as in a new tenant.
ALTER TABLE tenants ADD COLUMN settings jsonb NOT NULL DEFAULT '{}'
    CHECK (jsonb_typeof(settings) = 'object');

-- The version of the record that the message was written from. Without CHECK, for which every row would
-- be read while nobody can use the table; reading a negative one is an error.
ALTER TABLE messages ADD COLUMN context_version bigint;

-- Whether it can wait for better hours, and who answers for an emergency against the contact's wish.
ALTER TABLE messages ADD COLUMN urgency text NOT NULL DEFAULT 'ordinary';
ALTER TABLE messages ADD COLUMN override_by jsonb;

-- The other channels that the gate was asked about. Erasure empties it.
ALTER TABLE decisions ADD COLUMN others jsonb NOT NULL DEFAULT '[]';
GRANT UPDATE (others) ON decisions TO tidings_api, tidings_worker;

-- The newest version that was announced of a record of the tenant's own.
CREATE TABLE source_versions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    type text NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL CHECK (version >= 0),
    announced_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, type, id)
);

-- A row for each marketing attempt that may have arrived, for frequency caps. Rows that are older than
-- any cap looks back are removed when the contact gets marketing again. No foreign keys: a worker writes
-- here while it holds locks on messages, and must not wait for whoever has locked the contact.
CREATE TABLE marketing_sends (
    tenant_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, attempt_id)
);
CREATE INDEX marketing_sends_contact ON marketing_sends (tenant_id, contact_id, at);

-- Row-level security as everywhere: the api role sees its transaction's tenant, the worker role all.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['source_versions', 'marketing_sends'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format(
            'GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_api, tidings_worker', name);
    END LOOP;
END
$$;
