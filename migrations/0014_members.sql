-- People who work for a tenant in the console, and who of them has logged in.

CREATE TABLE members (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- In lower case, without blanks around it.
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
    -- A slow, salted hash in the form that names its algorithm.
    password text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX members_email ON members (tenant_id, email);
CREATE INDEX members_login ON members (email);

CREATE TABLE sessions (
    tenant_id uuid NOT NULL,
    -- SHA-256 of the token.
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    member_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('browser', 'calendar')),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, member_id) REFERENCES members ON DELETE CASCADE
);
CREATE UNIQUE INDEX sessions_hash ON sessions (hash);
CREATE INDEX sessions_member ON sessions (tenant_id, member_id);

-- Two look-ups that come before the tenant is known. They run with the owner's rights.
CREATE FUNCTION find_members(wanted text) RETURNS SETOF members
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 2 SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY SELECT m.* FROM public.members m WHERE m.email = wanted
        ORDER BY m.created_at, m.id LIMIT 8;
END
$$;
CREATE FUNCTION find_session(wanted bytea) RETURNS SETOF sessions
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
    AS $$
BEGIN
    RETURN QUERY SELECT s.* FROM public.sessions s WHERE s.hash = wanted;
END
$$;
REVOKE ALL ON FUNCTION find_members(text), find_session(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_members(text), find_session(bytea) TO tidings_api, tidings_worker;

-- Row-level security as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['members', 'sessions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO tidings_api, tidings_worker', name);
    END LOOP;
END
$$;
GRANT DELETE ON sessions TO tidings_api, tidings_worker;

-- Admins make and withdraw keys in the console; the policy keeps a program of the api to the keys of its tenant.
GRANT INSERT, UPDATE ON api_keys TO tidings_api;
