-- Files: what is known of what contacts sent and of what is to be sent. The bytes are elsewhere.

CREATE TABLE media (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- Where it came from; nothing of it for what the tenant gave us, and for what was removed.
    contact_id uuid,
    message_id uuid,
    account_id uuid,
    source_url text,
    source_type text,
    state text NOT NULL CHECK (state IN ('pending', 'stored', 'refused', 'removed')),
    -- Why it was refused.
    reason text,
    -- The file, once we have it, and the smaller form of a picture.
    content_type text,
    bytes bigint CHECK (bytes > 0),
    sha256 bytea CHECK (length(sha256) = 32),
    small_type text,
    small_bytes bigint CHECK (small_bytes > 0),
    small_sha256 bytea CHECK (length(small_sha256) = 32),
    attempts integer NOT NULL DEFAULT 0,
    -- When something is to be done about it; while somebody does, the end of the hold. None when nothing is.
    due_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((state = 'stored') = (content_type IS NOT NULL AND bytes IS NOT NULL AND sha256 IS NOT NULL)),
    CHECK ((small_type IS NULL) = (small_bytes IS NULL) AND (small_type IS NULL) = (small_sha256 IS NULL)),
    CHECK ((state = 'refused') = (reason IS NOT NULL)),
    CHECK (num_nonnulls(contact_id, message_id, account_id, source_url) IN (0, 4)),
    CHECK ((state IN ('pending', 'removed')) = (due_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX media_due ON media (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX media_contact ON media (tenant_id, contact_id) WHERE contact_id IS NOT NULL;

-- Row-level security as everywhere.
ALTER TABLE media ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON media TO tidings_api
    USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]));
CREATE POLICY every_tenant ON media TO tidings_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON media TO tidings_api, tidings_worker;
