-- What operators look at, cheap at any size.

-- Sleepers of one tenant. A message that is due at once never sleeps, and is never in it.
CREATE INDEX queue_asleep_tenant ON queue (tenant_id, rank) WHERE wake_at IS NOT NULL;

-- Outcomes that nobody knows. An attempt whose provider answers is never in it; one that was given up
-- has an error.
CREATE INDEX attempts_unknown ON attempts (tenant_id, message_id) WHERE outcome = 'unknown' AND error IS NULL;

-- What ties a message to the request that it came with: the trace id of W3C Trace Context.
ALTER TABLE messages ADD COLUMN trace_id uuid;
