-- Conversations: the thread with each contact, where it answers, notes, and words to find it by.

-- One row for each contact that has written, has been answered, or whose thread somebody has touched.
CREATE TABLE conversations (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'archived', 'blocked')),
    assignee text,
    labels text[] NOT NULL DEFAULT '{}',
    unread integer NOT NULL DEFAULT 0 CHECK (unread >= 0),
    -- Up to which of the contact's messages everything was read.
    read_to uuid,
    -- What the contact's last message was read as, once it was.
    intent text,
    -- The last message that moved it: threads are listed by it.
    activity uuid NOT NULL,
    -- The contact's names and addresses, see conversation_words.
    words tsvector NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts
) WITH (
    -- A row is written again by each message.
    fillfactor = 70
);
CREATE INDEX conversations_activity ON conversations (tenant_id, activity);
CREATE INDEX conversations_unread ON conversations (tenant_id, activity) WHERE unread > 0;
CREATE INDEX conversations_assignee ON conversations (tenant_id, assignee, activity)
    WHERE assignee IS NOT NULL;
CREATE INDEX conversations_contact ON conversations (tenant_id, contact_id);
CREATE INDEX conversations_words ON conversations USING gin (words);

-- Where it answers: from the sender that the contact wrote to, at the address that the contact wrote from.
CREATE TABLE conversation_places (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email')),
    account_id uuid NOT NULL,
    sender_id uuid,
    our_address text NOT NULL,
    address_kind text NOT NULL CHECK (address_kind IN ('phone', 'whatsapp_user', 'email')),
    address_value text NOT NULL,
    written_at timestamptz NOT NULL,
    -- Until when everything is free here, as the provider has told.
    free_until timestamptz,
    PRIMARY KEY (tenant_id, conversation_id, channel),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

CREATE INDEX conversation_places_address ON conversation_places (tenant_id, address_value);

-- What people have written down beside it.
CREATE TABLE conversation_notes (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    id uuid NOT NULL,
    author text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);

-- The words of each message that moved a conversation, and of each note. A word carries the end of its
-- tenant's id, so that a search reads the entries of its own tenant and no others, however many there are.
CREATE TABLE conversation_words (
    tenant_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- The message or the note.
    document_id uuid NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, document_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
);
CREATE INDEX conversation_words_words ON conversation_words USING gin (words);

-- What a tenant lets a machine do with what contacts write. A tenant without a row costs nothing.
CREATE TABLE automations (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    definition jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
    -- Whether anything is to be done at all.
    is_active boolean NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Messages that are still to be looked at for that: a row exists only while there is work.
CREATE TABLE automation_queue (
    tenant_id uuid NOT NULL,
    message_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- Not before this instant; while somebody holds it, the end of the hold.
    due_at timestamptz NOT NULL,
    failures smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, message_id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE
) WITH (fillfactor = 70);
CREATE INDEX automation_queue_due ON automation_queue (due_at);

-- The conversations in which something says all words; at most so many are looked for, in no order. An
-- operator of search may not be used below row-level security, since it might tell what it sees: so this runs
-- with the owner's rights, for the tenants that the transaction speaks for and no others.
CREATE FUNCTION conversations_saying(tenant uuid, wanted tsquery, most integer) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    -- The index of words, whatever the statistics say: with another way a rare word would read all of them. That
    -- is also why the tenant is compared as no index can: its words are in no other tenant's rows anyway.
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_indexscan = off
    AS $$
BEGIN
    IF tenant <> ALL (coalesce(public.current_tenants(), '{}')) THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(
        SELECT found.id FROM (
            SELECT w.conversation_id AS id FROM public.conversation_words w
            WHERE w.words @@ wanted AND (w.tenant_id = tenant) IS TRUE LIMIT most) AS found
        UNION ALL
        SELECT found.id FROM (
            SELECT c.id FROM public.conversations c
            WHERE c.words @@ wanted AND (c.tenant_id = tenant) IS TRUE LIMIT most) AS found);
END
$$;

-- The page of conversations that say all words and fit, newest first. Few that say it are sorted; where many
-- do, those that moved last are looked through until there are enough.
CREATE FUNCTION search_conversations(
    tenant uuid, wanted tsquery, before uuid, most integer, of_status text, of_channel text,
    is_unread boolean, of_assignee text, of_label text
) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_custom_plan
    AS $$
DECLARE
    many constant integer := 5000;
    saying uuid[];
BEGIN
    IF tenant <> ALL (coalesce(public.current_tenants(), '{}')) THEN
        RETURN;
    END IF;
    saying := public.conversations_saying(tenant, wanted, many);
    IF cardinality(saying) >= many THEN
        saying := NULL;
    END IF;
    RETURN QUERY
        SELECT c.id FROM public.conversations c
        WHERE c.tenant_id = tenant
          AND (before IS NULL OR c.activity < before)
          AND (of_status IS NULL OR c.status = of_status)
          AND (is_unread IS NULL OR (c.unread > 0) = is_unread)
          AND (of_assignee IS NULL OR coalesce(c.assignee, 'none') = of_assignee)
          AND (of_label IS NULL OR of_label = ANY (c.labels))
          AND (of_channel IS NULL OR EXISTS (
              SELECT FROM public.conversation_places p
              WHERE p.tenant_id = tenant AND p.conversation_id = c.id AND p.channel = of_channel))
          AND CASE WHEN saying IS NOT NULL THEN c.id = ANY (saying)
              ELSE c.words @@ wanted OR EXISTS (
                  SELECT FROM public.conversation_words w
                  WHERE w.tenant_id = tenant AND w.conversation_id = c.id AND w.words @@ wanted) END
        ORDER BY c.activity DESC LIMIT most;
END
$$;
REVOKE ALL ON FUNCTION conversations_saying(uuid, tsquery, integer),
    search_conversations(uuid, tsquery, uuid, integer, text, text, boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    search_conversations(uuid, tsquery, uuid, integer, text, text, boolean, text, text)
    TO tidings_api, tidings_worker;

-- What was said before this version: each contact that has written has a conversation, read, which answers
-- where the contact wrote last. Its texts are not found by words.
INSERT INTO conversations (tenant_id, id, contact_id, status, read_to, activity, created_at, updated_at)
SELECT m.tenant_id, m.contact_id, m.contact_id, 'open', last.id, last.id, min(m.created_at), max(m.created_at)
FROM messages m
JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id AND c.erased_at IS NULL
CROSS JOIN LATERAL (
    SELECT l.id FROM messages l
    WHERE l.tenant_id = m.tenant_id AND l.contact_id = m.contact_id AND l.direction = 'inbound'
    ORDER BY l.id DESC LIMIT 1) AS last
WHERE m.direction = 'inbound'
GROUP BY m.tenant_id, m.contact_id, last.id;
INSERT INTO conversation_places (tenant_id, conversation_id, channel, account_id, sender_id, our_address,
    address_kind, address_value, written_at)
SELECT DISTINCT ON (m.tenant_id, m.contact_id, m.channel)
    m.tenant_id, m.contact_id, m.channel, m.account_id, m.sender_id, m.to_address, m.address_kind,
    m.address_value, m.status_at
FROM messages m
JOIN conversations c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
WHERE m.direction = 'inbound' AND m.account_id IS NOT NULL
ORDER BY m.tenant_id, m.contact_id, m.channel, m.status_at DESC;

-- Row-level security as everywhere.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'conversations', 'conversation_places', 'conversation_notes', 'conversation_words',
        'automations', 'automation_queue'
    ] LOOP
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
