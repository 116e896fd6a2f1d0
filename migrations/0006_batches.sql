-- What is done of batches that are not finished: a batch that is run again goes on where it stopped.

CREATE TABLE batch_chunks (
    tenant_id uuid NOT NULL REFERENCES tenants,
    batch_id uuid NOT NULL,
    number integer NOT NULL CHECK (number >= 0),
    -- 0 at first, 1 for those that were judged again.
    round smallint NOT NULL CHECK (round BETWEEN 0 AND 1),
    stored_at timestamptz NOT NULL,
    report json NOT NULL,
    PRIMARY KEY (tenant_id, batch_id, number, round)
);
CREATE INDEX batch_chunks_age ON batch_chunks (stored_at);

ALTER TABLE batch_chunks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON batch_chunks TO tidings_api
    USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
    WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]));
CREATE POLICY every_tenant ON batch_chunks TO tidings_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_chunks TO tidings_api, tidings_worker;
