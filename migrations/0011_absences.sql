-- Addresses that a channel was said not to know. There is a row only for what was refused.
CREATE TABLE absences (
    tenant_id uuid NOT NULL REFERENCES tenants,
    channel text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
    address_kind text NOT NULL CHECK (address_kind IN ('phone', 'whatsapp_user', 'email')),
    address_value text NOT NULL CHECK (address_value <> ''),
    -- Whom the latest refused message was for.
    contact_id uuid NOT NULL,
    -- When the contact asked for it to be tried again, and when they were told.
    wished_at timestamptz,
    told_at timestamptz,
    -- When it is looked at, which is also the end of the hold; null when nothing is new.
    check_at timestamptz,
    PRIMARY KEY (tenant_id, channel, address_kind, address_value)
);
CREATE INDEX absences_due ON absences (check_at) WHERE check_at IS NOT NULL;
-- For erasures.
CREATE INDEX absences_contact ON absences (tenant_id, contact_id);

-- The newest refusals of each. Whether an address is absent is worked out when it is asked for, from these and from
-- what was delivered, so that nothing depends on what was learned first.
CREATE TABLE absence_refusals (
    tenant_id uuid NOT NULL,
    channel text NOT NULL,
    address_kind text NOT NULL,
    address_value text NOT NULL,
    attempt_id uuid NOT NULL,
    -- When the attempt began.
    at timestamptz NOT NULL,
    certainty text NOT NULL CHECK (certainty IN ('stated', 'supposed')),
    PRIMARY KEY (tenant_id, channel, address_kind, address_value, attempt_id),
    FOREIGN KEY (tenant_id, channel, address_kind, address_value) REFERENCES absences ON DELETE CASCADE
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['absences', 'absence_refusals'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I TO tidings_api
                USING (tenant_id = ANY ((SELECT current_tenants())::uuid[]))
                WITH CHECK (tenant_id = ANY ((SELECT current_tenants())::uuid[]))', name);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %I TO tidings_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, UPDATE, DELETE ON %I TO tidings_api', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_worker', name);
    END LOOP;
END
$$;
