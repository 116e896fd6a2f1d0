-- The dispatch engine: lanes, a queue whose claims touch no index, months as partitions, counters of what
-- is used up, dead letters.
--
-- Messages, attempts and decisions are rewritten into partitioned tables. Stop the programs while it runs.

-- A transaction of the api speaks for the tenants of its batch: one or several, with a comma between.
CREATE FUNCTION current_tenants() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(nullif(current_setting('tidings.tenant', true), ''), ',')::uuid[];

-- Every policy of the api's role, on the tables that are there by now.
DO $$
DECLARE
    policy record;
BEGIN
    FOR policy IN SELECT tablename FROM pg_policies WHERE policyname = 'own_tenant' AND tablename <> 'tenants'
    LOOP
        EXECUTE format(
            'ALTER POLICY own_tenant ON %I
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', policy.tablename);
    END LOOP;
END
$$;
ALTER POLICY own_tenant ON tenants USING (id = ANY ((SELECT current_tenants())::uuid[]));

-- The smallest UUIDv7 of an instant; nothing smaller was made at it or later.
CREATE FUNCTION first_id(at timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN rpad(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- Keys are looked up before their tenants are known, with the owner's rights; several at once.
DROP FUNCTION find_api_key(bytea);
CREATE FUNCTION find_api_keys(wanted bytea[]) RETURNS SETOF api_keys
    -- Not LANGUAGE sql, which would plan it anew for every call.
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY SELECT k.* FROM public.api_keys k WHERE k.hash = ANY (wanted);
END
$$;
REVOKE ALL ON FUNCTION find_api_keys(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_api_keys(bytea[]) TO tidings_api, tidings_worker;

-- A key's row grows by the answer, once: room for that on its page.
ALTER TABLE idempotency SET (fillfactor = 20);

-- How many places a tenant gets for each one of a tenant with the weight 1, and whether its messages wait.
ALTER TABLE tenants ADD COLUMN weight smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000);
ALTER TABLE tenants ADD COLUMN paused_at timestamptz;

-- A line of messages of one class that wait for one sender of a tenant. rank is the class, 0 is most
-- urgent; a sender of zeros stands for none.
CREATE TABLE lanes (
    tenant_id uuid NOT NULL REFERENCES tenants,
    rank smallint NOT NULL CHECK (rank BETWEEN 0 AND 5),
    sender_id uuid NOT NULL,
    id integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    paused_at timestamptz,
    PRIMARY KEY (tenant_id, rank, sender_id)
);

-- Messages, by months of their ids. The timeline is a part of its message, so that a change of status is
-- one write: a line "status microseconds source" for each entry, oldest first. `sending` is not stored: it
-- is what a waiting message is whose latest attempt is open.
ALTER TABLE messages RENAME TO messages_before;
ALTER INDEX messages_pkey RENAME TO messages_before_pkey;
DROP INDEX messages_contact, messages_inbound, messages_context;
CREATE TABLE messages (LIKE messages_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY RANGE (id);
ALTER TABLE messages ADD COLUMN timeline text NOT NULL DEFAULT '';
-- What the gate found at acceptance, in short: when dispatch finds the same, its decision refers to the first.
ALTER TABLE messages ADD COLUMN judged bytea;
ALTER TABLE messages ADD PRIMARY KEY (tenant_id, id);
CREATE INDEX messages_contact ON messages (tenant_id, contact_id, id);
CREATE INDEX messages_inbound ON messages (tenant_id, account_id, provider_message_id)
    WHERE direction = 'inbound';
CREATE INDEX messages_context ON messages (tenant_id, context_type, context_id)
    WHERE context_id IS NOT NULL;

-- By the months of their messages' ids, so that a month leaves as one.
ALTER TABLE attempts RENAME TO attempts_before;
ALTER INDEX attempts_pkey RENAME TO attempts_before_pkey;
DROP INDEX attempts_message, attempts_provider_id, attempts_ask;
CREATE TABLE attempts (LIKE attempts_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
    PARTITION BY RANGE (message_id);
-- The gate's decision right before the call, where it found what it had found at acceptance.
ALTER TABLE attempts ADD COLUMN decision_id uuid;
ALTER TABLE attempts ADD PRIMARY KEY (tenant_id, message_id, id);
CREATE INDEX attempts_id ON attempts (tenant_id, id);
CREATE INDEX attempts_provider_id ON attempts (tenant_id, account_id, provider_message_id)
    WHERE provider_message_id IS NOT NULL;
CREATE INDEX attempts_ask ON attempts (ask_at) WHERE ask_at IS NOT NULL;

-- Archived decisions are read by people, and never searched: json, which keeps the text as it was written.
ALTER TABLE decisions RENAME TO decisions_before;
ALTER INDEX decisions_pkey RENAME TO decisions_before_pkey;
DROP INDEX decisions_message;
CREATE TABLE decisions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    stage text NOT NULL CHECK (stage IN ('accept', 'dispatch')),
    outcome text NOT NULL CHECK (outcome IN ('send', 'defer', 'block', 'use_channel')),
    evaluated_at timestamptz NOT NULL,
    request json NOT NULL,
    facts json NOT NULL,
    decision json NOT NULL,
    route json,
    others json NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant_id, message_id, id)
) PARTITION BY RANGE (message_id);

-- Makes the partitions of a month, unless they are there. With the owner's rights: no program may make
-- other tables.
CREATE FUNCTION make_month(month date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    suffix text := to_char(first, 'YYYY_MM');
    since uuid := public.first_id(first::timestamp AT TIME ZONE 'UTC');
    until uuid := public.first_id((first + interval '1 month') AT TIME ZONE 'UTC');
    parent text;
    made boolean := false;
BEGIN
    -- Two workers at once: the second finds everything made.
    PERFORM pg_advisory_xact_lock(hashtextextended('tidings months', 10));
    FOREACH parent IN ARRAY ARRAY['messages', 'attempts', 'decisions'] LOOP
        IF to_regclass(format('public.%I', parent || '_' || suffix)) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                parent || '_' || suffix, parent, since, until);
            IF parent = 'messages' THEN
                -- Each row is written again when it is sent, delivered and read: room for that on its page.
                EXECUTE format('ALTER TABLE public.%I SET (fillfactor = 45)', parent || '_' || suffix);
            END IF;
            made := true;
        END IF;
    END LOOP;
    RETURN made;
END
$$;

-- Detaches the partitions of months that ended before an instant, and gives their names. What was
-- detached is kept as tables of its own, for an archive or DROP TABLE.
CREATE FUNCTION detach_months(before timestamptz) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
DECLARE
    old record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tidings months', 10));
    FOR old IN
        SELECT parent.relname AS parent, child.relname AS child
        FROM pg_inherits i
        JOIN pg_class parent ON parent.oid = i.inhparent
        JOIN pg_class child ON child.oid = i.inhrelid
        WHERE parent.relnamespace = 'public'::regnamespace
          AND parent.relname IN ('messages', 'attempts', 'decisions')
          AND child.relname ~ '_[0-9]{4}_[0-9]{2}$'
          AND (to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= before
          -- A month with a message that still waits stays.
          AND NOT EXISTS (
              SELECT FROM public.queue q
              WHERE q.message_id >= public.first_id(
                      to_date(right(child.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC')
                AND q.message_id < public.first_id(
                      (to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC'))
        ORDER BY child.relname
    LOOP
        EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', old.parent, old.child);
        -- The policies were the parent's: nobody but the owner reads what was detached.
        EXECUTE format('REVOKE ALL ON public.%I FROM tidings_api, tidings_worker', old.child);
        RETURN NEXT old.child;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION make_month(date), detach_months(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_month(date), detach_months(timestamptz) TO tidings_worker;

-- For ids of no month that was made: of a clock that is far off, and of imports.
CREATE TABLE messages_rest PARTITION OF messages DEFAULT WITH (fillfactor = 45);
CREATE TABLE attempts_rest PARTITION OF attempts DEFAULT;
CREATE TABLE decisions_rest PARTITION OF decisions DEFAULT;

-- From the oldest message to three months ahead; the worker keeps it at that.
SELECT make_month(month::date)
FROM generate_series(
    date_trunc('month', least(now(), (SELECT min(created_at) FROM messages_before)) AT TIME ZONE 'UTC'),
    date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months',
    interval '1 month') AS month;

INSERT INTO messages
SELECT m.*,
    coalesce((
        SELECT string_agg(
            t.status || ' ' || (extract(epoch FROM t.at) * 1000000)::bigint || ' ' || t.source, E'\n'
            ORDER BY t.number)
        FROM timeline t WHERE t.tenant_id = m.tenant_id AND t.message_id = m.id), ''),
    NULL
FROM messages_before m;
INSERT INTO attempts SELECT a.*, NULL FROM attempts_before a;
INSERT INTO decisions
SELECT tenant_id, id, message_id, stage, outcome, evaluated_at, request, facts, decision, route, others
FROM decisions_before;

-- An open attempt says by itself that its message is being sent.
UPDATE messages SET status = 'queued' WHERE status = 'sending';

-- Narrow and hot: a row exists only while there is work. A claim writes fence, held_until and crashes only, which no
-- index has, so that the row stays in its page.
ALTER TABLE queue RENAME TO queue_before;
ALTER INDEX queue_pkey RENAME TO queue_before_pkey;
DROP INDEX queue_claim, queue_due;
CREATE TABLE queue (
    message_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    lane integer NOT NULL,
    rank smallint NOT NULL,
    priority smallint NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    -- How often a hold ran out.
    crashes smallint NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    -- Until when it sleeps; null when it may be claimed.
    wake_at timestamptz,
    -- The end of the hold; null when nobody holds it.
    held_until timestamptz,
    -- Accounts that refused it for reasons of their own.
    exhausted uuid[]
) WITH (
    -- Half of each page is for the claims of the other half.
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX queue_ready ON queue (rank, lane, priority, due_at, message_id)
    WHERE wake_at IS NULL AND crashes < 2;
CREATE INDEX queue_asleep ON queue (rank, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX queue_suspect ON queue (message_id) WHERE wake_at IS NULL AND crashes >= 2;

INSERT INTO lanes (tenant_id, rank, sender_id)
SELECT DISTINCT q.tenant_id, q.rank, coalesce(m.sender_id, '00000000-0000-0000-0000-000000000000')
FROM queue_before q
JOIN messages m ON m.tenant_id = q.tenant_id AND m.id = q.message_id;
INSERT INTO queue (message_id, tenant_id, lane, rank, priority, failures, fence, due_at, wake_at, exhausted)
SELECT q.message_id, q.tenant_id, l.id, q.rank, q.priority, q.failures, q.fence, q.due_at, q.due_at,
    nullif(q.exhausted, '{}')
FROM queue_before q
JOIN messages m ON m.tenant_id = q.tenant_id AND m.id = q.message_id
JOIN lanes l
  ON l.tenant_id = q.tenant_id AND l.rank = q.rank
 AND l.sender_id = coalesce(m.sender_id, '00000000-0000-0000-0000-000000000000');

DROP TABLE queue_before, timeline, decisions_before, attempts_before, messages_before;

-- What each tenant has used up in a calendar month, by UTC: everything that was taken in and neither
-- refused nor cancelled.
CREATE TABLE usage (
    tenant_id uuid NOT NULL REFERENCES tenants,
    month date NOT NULL,
    messages bigint NOT NULL,
    PRIMARY KEY (tenant_id, month)
) WITH (fillfactor = 50);
CREATE TABLE usage_costs (
    tenant_id uuid NOT NULL REFERENCES tenants,
    month date NOT NULL,
    currency text NOT NULL,
    micros bigint NOT NULL,
    PRIMARY KEY (tenant_id, month, currency)
) WITH (fillfactor = 50);
INSERT INTO usage
SELECT tenant_id, date_trunc('month', created_at AT TIME ZONE 'UTC')::date, count(*)
FROM messages WHERE direction = 'outbound' AND status NOT IN ('blocked', 'cancelled') GROUP BY 1, 2;
INSERT INTO usage_costs
SELECT tenant_id, date_trunc('month', created_at AT TIME ZONE 'UTC')::date, cost_estimated_currency,
    sum(cost_estimated_micros)
FROM messages
WHERE direction = 'outbound' AND status NOT IN ('blocked', 'cancelled') AND cost_estimated_micros IS NOT NULL
GROUP BY 1, 2, 3;

-- Messages that have failed, until they are sent again or turn out to have arrived.
CREATE TABLE dead_letters (
    tenant_id uuid NOT NULL REFERENCES tenants,
    message_id uuid NOT NULL,
    failed_at timestamptz NOT NULL,
    -- What it is about, the provider's code or ours, and words.
    class text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    -- Whether it certainly did not arrive, so that it may be sent again.
    may_retry boolean NOT NULL,
    PRIMARY KEY (tenant_id, message_id)
);

-- Row-level security as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'lanes', 'messages', 'attempts', 'decisions', 'queue', 'usage', 'usage_costs', 'dead_letters'
    ] LOOP
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
GRANT UPDATE, DELETE ON messages, attempts, queue, usage, usage_costs, dead_letters
    TO tidings_api, tidings_worker;
GRANT UPDATE (paused_at) ON lanes TO tidings_worker;
-- Erasure redacts decisions by column, and nobody deletes them.
GRANT UPDATE (facts, request, others) ON decisions TO tidings_api, tidings_worker;

DROP FUNCTION current_tenant();

-- Plans are made once and kept (see `Postgres::connect`), so a plan that was made while a table was empty
-- would read all of it for every row when it has grown: a month begins empty, and so does a queue. This
-- counts the rows of tables that have grown much since they were last counted, whereupon PostgreSQL makes
-- their plans anew; the programs call it every second. A table that grows to a million rows is counted seven times.
CREATE FUNCTION refresh_statistics() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    -- How many rows there are matters; how their values are spread does not.
    SET default_statistics_target = 10
    AS $$
DECLARE
    grown record;
    counted integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('tidings statistics', 10)) THEN
        RETURN 0;
    END IF;
    FOR grown IN
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
          AND pg_stat_get_live_tuples(c.oid) > 4 * greatest(c.reltuples, 0) + 250
    LOOP
        EXECUTE format('ANALYZE public.%I', grown.relname);
        counted := counted + 1;
    END LOOP;
    RETURN counted;
END
$$;
REVOKE ALL ON FUNCTION refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refresh_statistics() TO tidings_api, tidings_worker;
