-- Cross-channel chains: the same message by one channel after another, until one has arrived.
CREATE TABLE ladders (
    tenant_id uuid NOT NULL REFERENCES tenants,
    -- The first message, which names the chain.
    first_id uuid NOT NULL,
    fallback jsonb NOT NULL,
    channels_left text[] NOT NULL,
    check_at timestamptz NOT NULL,
    held_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    -- Whether something happened to one of its messages since it was claimed.
    has_news boolean NOT NULL DEFAULT false,
    is_over boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, first_id)
) WITH (fillfactor = 70);
CREATE INDEX ladders_due ON ladders (check_at) WHERE NOT is_over;

-- A chain has one message in each place, and a message one chain.
CREATE TABLE ladder_rungs (
    tenant_id uuid NOT NULL,
    first_id uuid NOT NULL,
    rung smallint NOT NULL CHECK (rung BETWEEN 0 AND 10),
    message_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, first_id, rung),
    UNIQUE (message_id),
    FOREIGN KEY (tenant_id, first_id) REFERENCES ladders ON DELETE CASCADE
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ladders', 'ladder_rungs'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO tidings_api, tidings_worker', name);
        EXECUTE format('GRANT UPDATE ON %I TO tidings_api, tidings_worker', name);
        EXECUTE format('GRANT DELETE ON %I TO tidings_worker', name);
    END LOOP;
END
$$;
