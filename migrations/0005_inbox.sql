-- Callbacks by the thousand: raw requests by months of their ids and written once, a narrow table of what
-- waits, and fingerprints that are forgotten by whole days.
--
-- Callbacks are rewritten into a partitioned table. Stop the programs while it runs.

ALTER TABLE callbacks RENAME TO callbacks_before;
ALTER INDEX callbacks_pkey RENAME TO callbacks_before_pkey;
DROP INDEX callbacks_fingerprint, callbacks_due;

-- Callbacks as they came. Written once; one that is given up gets its problem.
CREATE TABLE callbacks (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    provider text NOT NULL,
    method text NOT NULL,
    url text NOT NULL,
    -- Never searched: json, which keeps the text as it was written.
    headers json NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    -- Why it was given up.
    problem text
) PARTITION BY RANGE (id);
CREATE INDEX callbacks_given_up ON callbacks (tenant_id, id) WHERE problem IS NOT NULL;
-- An erasure looks through a month or so. A few bytes for a megabyte of callbacks.
CREATE INDEX callbacks_received ON callbacks USING brin (received_at);

-- What waits to be applied: a row exists only while there is work. A claim writes held_until only, which no
-- index has, so that the row stays in its page.
CREATE TABLE inbox (
    callback_id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    -- What its body weighs: claims are bounded by it, too.
    size integer NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    -- The end of the hold; null when nobody holds it.
    held_until timestamptz,
    -- Why it was put back.
    problem text
) WITH (
    -- Half of each page is for the claims of the other half.
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX inbox_due ON inbox (due_at, callback_id);

-- By what a repeat is known: the first half of the SHA-256 over account, method, address and body, for each
-- day by UTC. What came on one day is within a day of each other, so there is one of a kind.
-- Days share four tables in turn: while yesterday's, today's and tomorrow's are in use, the fourth is emptied
-- as one. No key of an earlier round can be taken for one of today, emptied or not.
CREATE TABLE fingerprints (
    slot smallint NOT NULL,
    day date NOT NULL,
    fingerprint uuid NOT NULL,
    tenant_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (slot, fingerprint, day)
) PARTITION BY LIST (slot);
CREATE TABLE fingerprints_0 PARTITION OF fingerprints FOR VALUES IN (0);
CREATE TABLE fingerprints_1 PARTITION OF fingerprints FOR VALUES IN (1);
CREATE TABLE fingerprints_2 PARTITION OF fingerprints FOR VALUES IN (2);
CREATE TABLE fingerprints_3 PARTITION OF fingerprints FOR VALUES IN (3);

-- The slot of a day.
CREATE FUNCTION slot_of(day date) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((day - DATE '2000-01-01') & 3)::smallint;

-- Empties the slot that is not in use at this instant, unless it is empty. With the owner's rights: no program
-- may empty tables.
CREATE FUNCTION forget_fingerprints(now timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    -- Whoever stores callbacks does not wait for this longer than this waits for them.
    SET lock_timeout = '1s'
    AS $$
DECLARE
    idle text := 'fingerprints_' || public.slot_of((now AT TIME ZONE 'UTC')::date + 2);
    is_empty boolean;
BEGIN
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM public.%I)', idle) INTO is_empty;
    IF is_empty THEN
        RETURN false;
    END IF;
    EXECUTE format('TRUNCATE public.%I', idle);
    RETURN true;
END
$$;

-- The accounts behind callback tokens, with their senders, before their tenants are known.
CREATE FUNCTION find_accounts_by_tokens(wanted text[]) RETURNS TABLE (
    tenant_id uuid, id uuid, provider text, name text, sealed_credentials bytea, callback_token text,
    is_enabled boolean, priority smallint, daily_limit bigint, rate_per_second bigint, prices jsonb,
    created_at timestamptz, senders json
)
    -- Not LANGUAGE sql, which would plan it anew for every call.
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10
    SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY
        SELECT a.tenant_id, a.id, a.provider, a.name, a.sealed_credentials, a.callback_token, a.is_enabled,
            a.priority, a.daily_limit, a.rate_per_second, a.prices, a.created_at,
            (SELECT coalesce(json_agg(json_build_object('id', s.id, 'address', s.address,
                    'channels', s.channels, 'region', s.region) ORDER BY s.id), '[]')
             FROM public.senders s WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id)
        FROM unnest(wanted) AS token
        JOIN public.provider_accounts a ON a.callback_token = token;
END
$$;
DROP FUNCTION find_account_by_token(text);

-- As before, with callbacks among the tables of a month.
CREATE OR REPLACE FUNCTION make_month(month date) RETURNS boolean
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
    FOREACH parent IN ARRAY ARRAY['messages', 'attempts', 'decisions', 'callbacks'] LOOP
        IF to_regclass(format('public.%I', parent || '_' || suffix)) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                    parent || '_' || suffix, parent, since, until);
            EXCEPTION WHEN check_violation THEN
                -- Ids of the month are in the rest already, where they stay.
                CONTINUE;
            END;
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

-- As before, with callbacks; and a month stays while one of its callbacks waits.
CREATE OR REPLACE FUNCTION detach_months(before timestamptz) RETURNS SETOF text
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
        CROSS JOIN LATERAL (
            SELECT CASE WHEN child.relname ~ '_[0-9]{4}_[0-9]{2}$'
                THEN to_date(right(child.relname, 7), 'YYYY_MM')::timestamp END AS first
        ) AS month
        CROSS JOIN LATERAL (
            SELECT public.first_id(month.first AT TIME ZONE 'UTC') AS since,
                public.first_id((month.first + interval '1 month') AT TIME ZONE 'UTC') AS until
        ) AS ids
        WHERE parent.relnamespace = 'public'::regnamespace
          AND parent.relname IN ('messages', 'attempts', 'decisions', 'callbacks')
          AND (month.first + interval '1 month') AT TIME ZONE 'UTC' <= before
          -- A month with something that still waits stays.
          AND NOT EXISTS (
              SELECT FROM public.queue q
              WHERE q.message_id >= ids.since AND q.message_id < ids.until)
          AND NOT EXISTS (
              SELECT FROM public.inbox i
              WHERE i.callback_id >= ids.since AND i.callback_id < ids.until)
        ORDER BY child.relname
    LOOP
        EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', old.parent, old.child);
        -- The policies were the parent's: nobody but the owner reads what was detached.
        EXECUTE format('REVOKE ALL ON public.%I FROM tidings_api, tidings_worker', old.child);
        RETURN NEXT old.child;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION forget_fingerprints(timestamptz), find_accounts_by_tokens(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_fingerprints(timestamptz) TO tidings_worker;
GRANT EXECUTE ON FUNCTION find_accounts_by_tokens(text[]) TO tidings_api, tidings_worker;

-- For ids of no month that was made: of a clock that is far off, and of imports.
CREATE TABLE callbacks_rest PARTITION OF callbacks DEFAULT;

-- From the oldest callback to three months ahead, as for messages.
SELECT make_month(month::date)
FROM generate_series(
    date_trunc('month', least(now(), (SELECT min(received_at) FROM callbacks_before)) AT TIME ZONE 'UTC'),
    date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months',
    interval '1 month') AS month;

INSERT INTO callbacks
SELECT id, tenant_id, account_id, provider, method, url, headers, body, received_at,
    CASE WHEN due_at IS NULL AND applied_at IS NULL THEN coalesce(problem, 'given up') END
FROM callbacks_before;
INSERT INTO inbox (callback_id, tenant_id, size, failures, due_at, problem)
SELECT id, tenant_id, octet_length(body), failures, due_at, problem
FROM callbacks_before WHERE due_at IS NOT NULL;
INSERT INTO fingerprints (slot, day, fingerprint, tenant_id, received_at)
SELECT slot_of(c.day), c.day, encode(substring(c.fingerprint FOR 16), 'hex')::uuid, c.tenant_id,
    c.received_at
FROM (SELECT *, (received_at AT TIME ZONE 'UTC')::date AS day FROM callbacks_before) AS c
WHERE c.received_at > now() - interval '2 days'
ON CONFLICT DO NOTHING;
DROP TABLE callbacks_before;

-- Row-level security as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['callbacks', 'inbox', 'fingerprints'] LOOP
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
GRANT UPDATE (problem) ON callbacks TO tidings_api, tidings_worker;
GRANT DELETE ON callbacks TO tidings_api, tidings_worker;
GRANT UPDATE, DELETE ON inbox TO tidings_worker;
