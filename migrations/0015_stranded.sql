-- Messages for which there is no way now: they are due when they would be tried again anyway, and are woken when an
-- account comes back.
ALTER TABLE queue ADD COLUMN stranded boolean NOT NULL DEFAULT false;
CREATE INDEX queue_stranded ON queue (tenant_id, wake_at) WHERE stranded AND wake_at IS NOT NULL;
