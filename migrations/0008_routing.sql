-- How fast messages leave and how well accounts work, shared by all workers.

-- Limits of a sender beside those of its account.
ALTER TABLE senders ADD COLUMN limits jsonb NOT NULL DEFAULT '{}';

-- As before, with the limits of senders.
CREATE OR REPLACE FUNCTION find_accounts_by_tokens(wanted text[]) RETURNS TABLE (
    tenant_id uuid, id uuid, provider text, name text, sealed_credentials bytea, callback_token text,
    is_enabled boolean, priority smallint, daily_limit bigint, rate_per_second bigint, prices jsonb,
    created_at timestamptz, senders json
)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY
        SELECT a.tenant_id, a.id, a.provider, a.name, a.sealed_credentials, a.callback_token, a.is_enabled,
            a.priority, a.daily_limit, a.rate_per_second, a.prices, a.created_at,
            (SELECT coalesce(json_agg(json_build_object('id', s.id, 'address', s.address,
                    'channels', s.channels, 'region', s.region, 'limits', s.limits) ORDER BY s.id), '[]')
             FROM public.senders s WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id)
        FROM unnest(wanted) AS token
        JOIN public.provider_accounts a ON a.callback_token = token;
END
$$;

-- One line of messages that leave one after the other under one limit. What is lost in a crash of the database is
-- at most a minute of a second's limit, but a day's limit must not be forgotten: the table is logged.
CREATE TABLE paces (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    line text NOT NULL,
    next_at timestamptz,
    first_part bigint NOT NULL DEFAULT 0,
    parts integer[] NOT NULL DEFAULT '{}',
    -- From here on it is as if nothing had ever left.
    forget_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id, line),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
) WITH (fillfactor = 50);
CREATE INDEX paces_forget ON paces (forget_at);

-- Whom a sender has written to first in the last 24 hours, by fingerprint.
CREATE TABLE paced_people (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    line text NOT NULL,
    person bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id, line, person),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
);
CREATE INDEX paced_people_at ON paced_people (at);

-- Senders that a provider has asked to wait.
CREATE TABLE sender_holds (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sender_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
);

-- What calls and receipts told, by spans of five seconds. Nothing of it matters after a minute, so that it need not
-- outlive a crash.
CREATE UNLOGGED TABLE vitals (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    region text NOT NULL,
    since timestamptz NOT NULL,
    answered integer NOT NULL,
    faults integer NOT NULL,
    delivered integer NOT NULL,
    undelivered integer NOT NULL,
    missing integer NOT NULL,
    latency_ms bigint NOT NULL,
    PRIMARY KEY (tenant_id, account_id, region, since)
) WITH (fillfactor = 50);
CREATE INDEX vitals_since ON vitals (since);

-- How well a way works; one row for the account as a whole ('') and for each destination that was ever unwell.
CREATE TABLE healths (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    region text NOT NULL,
    state text NOT NULL CHECK (state IN ('closed', 'open', 'half_open', 'out')),
    until timestamptz,
    since timestamptz NOT NULL,
    trips smallint NOT NULL,
    weight smallint NOT NULL CHECK (weight BETWEEN 0 AND 1000),
    version bigint NOT NULL,
    judged_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id, region),
    CHECK ((until IS NOT NULL) = (state IN ('open', 'out'))),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
) WITH (fillfactor = 50);

-- What happened to circuits.
CREATE TABLE health_events (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    region text NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (tenant_id, account_id, region, version),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
);
CREATE INDEX health_events_at ON health_events (tenant_id, account_id, at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['paces', 'paced_people', 'sender_holds', 'vitals', 'healths', 'health_events'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO tidings_api', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_worker', name);
    END LOOP;
END
$$;
-- A connection test that succeeds brings an account back at once.
GRANT INSERT, UPDATE ON healths TO tidings_api;
GRANT INSERT ON health_events TO tidings_api;
