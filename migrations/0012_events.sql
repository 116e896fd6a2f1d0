-- One log of events for each tenant, and who reads it.
--
-- Whoever makes a change notes it in event_outbox, in the same transaction. One worker at a time takes what is
-- committed and gives each event its place in its tenant's log: places have no holes, and none is filled later, however
-- many write at the same time. Readers go by places.

-- How far each tenant's log has come, and whether it is kept at all. Without a reader nothing is noted.
CREATE TABLE event_logs (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    -- The last place that was given.
    last bigint NOT NULL DEFAULT 0,
    -- What happened before the place after this one is not in the log.
    since bigint NOT NULL DEFAULT 0,
    is_kept boolean NOT NULL,
    -- Until when it is kept, if nobody reads it again.
    kept_until timestamptz NOT NULL
);

-- What has no place yet. No order is promised of rows that different transactions wrote; of one thing the numbers grow
-- with its changes, since they are given under the thing's lock.
-- That the tenant exists is said by event_logs: a row here must not cost a look at it.
CREATE TABLE event_outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    -- The only endpoint for webhooks that is told; null for all.
    endpoint_id uuid
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- Append-only. The data name people by their ids and say nothing about them.
CREATE TABLE events (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    -- When it got its place.
    logged_at timestamptz NOT NULL,
    -- When it happened.
    at timestamptz NOT NULL,
    kind text NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE INDEX events_time ON events (tenant_id, logged_at, position);

-- Where tenants' own systems are told of events.
CREATE TABLE webhook_endpoints (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    -- The kinds of event that are told; empty for all.
    kinds text[] NOT NULL,
    is_enabled boolean NOT NULL,
    -- Why it was disabled, when nobody had asked for it.
    disabled_because text,
    -- Sealed, as is the one before, which signs too for a while.
    secret bytea NOT NULL,
    old_secret bytea,
    old_secret_until timestamptz,
    -- Since when nothing was taken; null when the last call was answered as it should be.
    failing_since timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Which events an endpoint is told, and what came of it.
CREATE TABLE webhook_deliveries (
    tenant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    -- The event's place in the log.
    position bigint NOT NULL,
    logged_at timestamptz NOT NULL,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
    -- Calls that failed since it was last asked for; decides when the next is made.
    failures smallint NOT NULL DEFAULT 0,
    -- The latest calls, oldest first.
    calls jsonb NOT NULL DEFAULT '[]',
    -- When it is told next, or again if whoever tells it now is never heard of; null when nothing is to be done.
    due_at timestamptz,
    PRIMARY KEY (tenant_id, endpoint_id, position),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints ON DELETE CASCADE
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, endpoint_id, due_at, position)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_time ON webhook_deliveries (tenant_id, endpoint_id, logged_at, position);

-- Row-level security as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'event_logs', 'event_outbox', 'events', 'webhook_endpoints', 'webhook_deliveries'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO tidings_api, tidings_worker', name);
        EXECUTE format('GRANT INSERT, DELETE ON %I TO tidings_worker', name);
    END LOOP;
END
$$;
-- The api notes what happens, and gives nothing a place.
GRANT INSERT ON event_logs, event_outbox, webhook_endpoints, webhook_deliveries TO tidings_api;
GRANT UPDATE (since, is_kept, kept_until) ON event_logs TO tidings_api;
GRANT UPDATE, DELETE ON webhook_endpoints TO tidings_api;
GRANT UPDATE ON webhook_deliveries TO tidings_api;
GRANT UPDATE ON event_logs, webhook_endpoints, webhook_deliveries TO tidings_worker;
