-- What people say often, and how much room the files of a tenant take.

CREATE TABLE quick_replies (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    shortcut text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, shortcut)
);

-- The bytes of the files that are stored, with their smaller forms: counted in the transaction that stores or removes one,
-- so that its lock makes the count exact. A tenant without a row has none.
CREATE TABLE media_usage (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    bytes bigint NOT NULL CHECK (bytes >= 0)
) WITH (fillfactor = 50);
INSERT INTO media_usage (tenant_id, bytes)
SELECT tenant_id, sum(bytes + coalesce(small_bytes, 0)) FROM media WHERE state = 'stored' GROUP BY tenant_id;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['quick_replies', 'media_usage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_api, tidings_worker', name);
    END LOOP;
END
$$;
