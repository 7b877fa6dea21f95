-- Who else has this address is asked with every person's page. Under row-level security an index over lower(…) is passed over, because the
-- function is not known to keep to itself what it sees; one over a column is used.
alter table principals add column email_key text generated always as (lower(email)) stored;
drop index principals_email;
create index principals_email on principals (workspace_id, email_key) where email_key is not null;
