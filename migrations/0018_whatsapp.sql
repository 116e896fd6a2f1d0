-- What providers say about templates, and when they are asked.

-- Where the variants of a template stand at the providers that list it.
ALTER TABLE templates ADD COLUMN standings jsonb NOT NULL DEFAULT '[]';

-- Templates as providers list them, ours and others. The provider's id is theirs alone, whichever account saw it.
CREATE TABLE template_listings (
    tenant_id uuid NOT NULL,
    provider text NOT NULL,
    remote_id text NOT NULL,
    account_id uuid NOT NULL,
    template_id uuid,
    name text NOT NULL,
    locale text NOT NULL,
    standing jsonb NOT NULL,
    said jsonb,
    same_as jsonb,
    components jsonb,
    seen_at timestamptz NOT NULL,
    is_gone boolean NOT NULL,
    PRIMARY KEY (tenant_id, provider, remote_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, template_id) REFERENCES templates ON DELETE SET NULL (template_id)
);
CREATE INDEX template_listings_template ON template_listings (tenant_id, template_id)
    WHERE template_id IS NOT NULL;
CREATE INDEX template_listings_account ON template_listings (tenant_id, account_id, seen_at);

-- When accounts are looked at. There is a row once one was due.
CREATE TABLE upkeeps (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    problem text,
    looked_at timestamptz,
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts ON DELETE CASCADE
) WITH (fillfactor = 50);
CREATE INDEX upkeeps_due ON upkeeps (due_at);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['template_listings', 'upkeeps'] LOOP
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
