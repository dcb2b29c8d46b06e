-- tothub: no-transaction
--
-- Indexes for questions that db-core asks and none of the earlier ones answers. Built concurrently: nobody waits.

-- A parent by the token of a password that is being reset; few have one.
CREATE INDEX CONCURRENTLY parents_reset_token_idx ON public.parents (reset_token) WHERE reset_token IS NOT NULL;

-- Messages to everybody, newest first, for the inbox of each; they are few among the others.
CREATE INDEX CONCURRENTLY messages_broadcast_idx ON public.messages (created_at, id) WHERE recipient_type = 'broadcast';

-- Time entries of a pay period's days, whoever's they are.
CREATE INDEX CONCURRENTLY timesheet_entries_date_idx ON public.timesheet_entries (date);
