-- Whose token was found to be worse while a check is open, with why: what such a token does not show may end nothing in that check, whichever
-- process goes on with it. Staging goes with a crash of the database, and this may not.
alter table jobs add column weaker jsonb not null default '{}'::jsonb;
