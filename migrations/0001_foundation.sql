-- The foundation: tenants, people, consent, content, accounts, messages, queue, callbacks.
--
-- Manner: tenant_id leads every key; enumerations are text with CHECK; money is bigint micros and a
-- currency; instants are timestamptz; JSONB only for what a tenant or provider shapes, and for archived
-- decisions. Row-level security is the second lock: every statement names tenant_id as well.

-- Two roles that the programs step down to after connecting. Roles belong to the cluster, so another
-- database of the same cluster may have made them already.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidings_api') THEN
        CREATE ROLE tidings_api NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidings_worker') THEN
        CREATE ROLE tidings_worker NOLOGIN;
    END IF;
EXCEPTION
    -- Somebody else was faster, which is as good.
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT tidings_api, tidings_worker TO %I', current_user);
EXCEPTION
    WHEN OTHERS THEN
        IF NOT pg_has_role(current_user, 'tidings_api', 'MEMBER')
            OR NOT pg_has_role(current_user, 'tidings_worker', 'MEMBER') THEN
            RAISE;
        END IF;
END
$$;

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    default_region text CHECK (default_region ~ '^[A-Z]{2}$'),
    time_zone text,
    locale text NOT NULL,
    disabled_channels text[] NOT NULL DEFAULT '{}',
    -- Keys the hashes of suppressed addresses, so that they cannot be guessed from outside.
    suppression_key bytea NOT NULL CHECK (octet_length(suppression_key) = 32),
    created_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    scope text NOT NULL CHECK (scope IN ('read', 'send', 'manage', 'admin')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE contacts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    first_name text,
    last_name text,
    phone text CHECK (phone ~ '^\+[1-9][0-9]{1,14}$'),
    whatsapp_phone text CHECK (whatsapp_phone ~ '^\+[1-9][0-9]{1,14}$'),
    whatsapp_user text,
    email text,
    region text CHECK (region ~ '^[A-Z]{2}$'),
    locale text,
    time_zone text,
    external_id text,
    attributes jsonb NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    erased_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX contacts_external_id ON contacts (tenant_id, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX contacts_tags ON contacts USING gin (tags);

-- Every address of every contact, for finding people by what they write from.
CREATE TABLE addresses (
    tenant_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('phone', 'whatsapp_user', 'email')),
    value text NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, kind, value, contact_id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);
CREATE INDEX addresses_contact ON addresses (tenant_id, contact_id);

CREATE TABLE preferences (
    tenant_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    sms_enabled boolean NOT NULL,
    whatsapp_enabled boolean NOT NULL,
    email_enabled boolean NOT NULL,
    preferred_channel text CHECK (preferred_channel IN ('sms', 'whatsapp', 'email')),
    topic_channels jsonb NOT NULL,
    quiet_enabled boolean NOT NULL,
    quiet_start text NOT NULL,
    quiet_end text NOT NULL,
    weekend_messages boolean NOT NULL,
    time_zone text,
    locale text,
    emergency_notifications boolean NOT NULL,
    PRIMARY KEY (tenant_id, contact_id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);

-- Append-only. position orders a contact's chain; only erasure may redact evidence and salt.
CREATE TABLE consent_events (
    tenant_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    position bigint NOT NULL,
    id uuid NOT NULL,
    action text NOT NULL,
    channels text[],
    purposes text[],
    method text NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    evidence jsonb,
    salt bytea CHECK (octet_length(salt) = 32),
    evidence_digest bytea NOT NULL CHECK (octet_length(evidence_digest) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (tenant_id, contact_id, position),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts
);

-- What stays refused when its contact is erased. No address, only a keyed hash of it.
CREATE TABLE suppressions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    address_hash bytea NOT NULL CHECK (octet_length(address_hash) = 32),
    channel text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, address_hash, channel)
);

CREATE TABLE provider_accounts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    provider text NOT NULL,
    name text NOT NULL,
    sealed_credentials bytea NOT NULL,
    callback_token text NOT NULL UNIQUE,
    is_enabled boolean NOT NULL,
    priority smallint NOT NULL,
    daily_limit bigint,
    rate_per_second bigint,
    prices jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE senders (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    address text NOT NULL,
    channels text[] NOT NULL,
    region text,
    PRIMARY KEY (tenant_id, account_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
);

CREATE TABLE templates (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
    purpose text NOT NULL,
    variants jsonb NOT NULL,
    fields jsonb NOT NULL,
    status text NOT NULL
        CHECK (status IN ('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled')),
    provider_status jsonb NOT NULL DEFAULT '{}',
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name, channel)
);

-- Wide; written once when taken in and once or twice later.
CREATE TABLE messages (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    direction text NOT NULL CHECK (direction IN ('outbound', 'inbound')),
    channel text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
    purpose text NOT NULL,
    status text NOT NULL CHECK (status IN (
        'accepted', 'deferred', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'blocked',
        'cancelled', 'expired', 'received')),
    status_at timestamptz NOT NULL,
    content jsonb NOT NULL,
    template_id uuid,
    template_use jsonb,
    from_address text,
    to_address text NOT NULL,
    address_kind text NOT NULL CHECK (address_kind IN ('phone', 'whatsapp_user', 'email')),
    address_value text NOT NULL,
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 10),
    scheduled_at timestamptz,
    send_at timestamptz,
    valid_until timestamptz,
    segment_encoding text CHECK (segment_encoding IN ('gsm7', 'ucs2')),
    segment_units integer,
    segment_count integer,
    cost_estimated_micros bigint,
    cost_estimated_currency text,
    cost_actual_micros bigint,
    cost_actual_currency text,
    context_type text,
    context_id text,
    topic text,
    tags text[] NOT NULL DEFAULT '{}',
    account_id uuid,
    sender_id uuid,
    provider_message_id text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts
);
CREATE INDEX messages_contact ON messages (tenant_id, contact_id, id);
CREATE UNIQUE INDEX messages_inbound ON messages (tenant_id, account_id, provider_message_id)
    WHERE direction = 'inbound';
CREATE INDEX messages_context ON messages (tenant_id, context_type, context_id)
    WHERE context_id IS NOT NULL;

-- When a message came to a status, and who said so.
CREATE TABLE timeline (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    status text NOT NULL,
    at timestamptz NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (tenant_id, message_id, number)
);

-- One call to one provider. The row stands before the call is made.
CREATE TABLE attempts (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    sender_id uuid NOT NULL,
    sender_address text NOT NULL,
    started_at timestamptz NOT NULL,
    outcome text CHECK (outcome IN ('accepted', 'rejected', 'unknown')),
    provider_message_id text,
    error jsonb,
    receipt text CHECK (receipt IN ('sent', 'failed', 'delivered', 'read')),
    cost_micros bigint,
    cost_currency text,
    -- When to ask the provider, and how often it was asked; null when there is nothing to ask.
    ask_at timestamptz,
    asked integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX attempts_message ON attempts (tenant_id, message_id, id);
CREATE INDEX attempts_provider_id ON attempts (tenant_id, account_id, provider_message_id)
    WHERE provider_message_id IS NOT NULL;
CREATE INDEX attempts_ask ON attempts (ask_at) WHERE ask_at IS NOT NULL;

-- Append-only: what the gate said, and the facts it said it from.
CREATE TABLE decisions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    stage text NOT NULL CHECK (stage IN ('accept', 'dispatch')),
    outcome text NOT NULL CHECK (outcome IN ('send', 'defer', 'block', 'use_channel')),
    evaluated_at timestamptz NOT NULL,
    request jsonb NOT NULL,
    facts jsonb NOT NULL,
    decision jsonb NOT NULL,
    route jsonb,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX decisions_message ON decisions (tenant_id, message_id, id);

-- Narrow and hot: a row exists only while there is work. rank is the class, 0 is most urgent.
CREATE TABLE queue (
    message_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    rank smallint NOT NULL,
    priority smallint NOT NULL,
    -- Not before this instant; while a worker holds the row, the end of its lease.
    due_at timestamptz NOT NULL,
    fence bigint NOT NULL DEFAULT 0,
    -- The fence of the worker that holds it; null when nobody does.
    held bigint,
    failures integer NOT NULL DEFAULT 0,
    exhausted uuid[] NOT NULL DEFAULT '{}',
    -- The attempt that has no known outcome.
    open_attempt uuid
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX queue_claim ON queue (rank, priority, due_at, message_id);
CREATE INDEX queue_due ON queue (due_at);

-- Callbacks as they came, until applied and after.
CREATE TABLE callbacks (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    method text NOT NULL,
    url text NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    -- Over account, address and body: repeats of the same request have the same.
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    received_at timestamptz NOT NULL,
    -- When it may be taken; null when it is applied or given up.
    due_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    problem text,
    applied_at timestamptz
);
CREATE INDEX callbacks_fingerprint ON callbacks (fingerprint, received_at);
CREATE INDEX callbacks_due ON callbacks (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE idempotency (
    tenant_id uuid NOT NULL REFERENCES tenants,
    endpoint text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    claim uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    -- Null until answered.
    status smallint,
    location text,
    body bytea,
    PRIMARY KEY (tenant_id, endpoint, key)
);
CREATE INDEX idempotency_age ON idempotency (begun_at);

-- When a contact last wrote, by channel: opens WhatsApp's service window.
CREATE TABLE last_inbound (
    tenant_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, contact_id, channel),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts ON DELETE CASCADE
);

-- The tenant that the current transaction speaks for; null when none was set, which matches nothing.
CREATE FUNCTION current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('tidings.tenant', true), '')::uuid;

-- The two look-ups that come before the tenant is known. They run with the owner's rights.
CREATE FUNCTION find_api_key(wanted bytea) RETURNS SETOF api_keys
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT * FROM public.api_keys WHERE hash = wanted $$;
CREATE FUNCTION find_account_by_token(wanted text) RETURNS SETOF provider_accounts
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT * FROM public.provider_accounts WHERE callback_token = wanted $$;
REVOKE ALL ON FUNCTION find_api_key(bytea), find_account_by_token(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_api_key(bytea), find_account_by_token(text)
    TO tidings_api, tidings_worker;

-- Row-level security: the api role sees the rows of its transaction's tenant, the worker role all.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'api_keys', 'contacts', 'addresses', 'preferences', 'consent_events', 'suppressions',
        'provider_accounts', 'senders', 'templates', 'messages', 'timeline', 'attempts', 'decisions',
        'queue', 'callbacks', 'idempotency', 'last_inbound'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO tidings_api, tidings_worker', name);
    END LOOP;
    -- Readiness compares the migrations that are applied with those in the program.
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        GRANT SELECT ON _sqlx_migrations TO tidings_api, tidings_worker;
    END IF;
END
$$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON tenants TO tidings_api USING (id = current_tenant());
CREATE POLICY every_tenant ON tenants TO tidings_worker USING (true) WITH CHECK (true);

GRANT SELECT ON tenants TO tidings_api;
GRANT SELECT, INSERT ON tenants TO tidings_worker;
-- Append-only tables are not updated or deleted from; erasure redacts evidence by column.
GRANT UPDATE, DELETE ON
    contacts, addresses, preferences, suppressions, provider_accounts, senders, templates, messages,
    timeline, attempts, queue, callbacks, idempotency, last_inbound
    TO tidings_api, tidings_worker;
GRANT UPDATE (evidence, salt) ON consent_events TO tidings_api, tidings_worker;
GRANT UPDATE (facts, request) ON decisions TO tidings_api, tidings_worker;
REVOKE INSERT ON api_keys FROM tidings_api;
GRANT UPDATE ON tenants, api_keys TO tidings_worker;
