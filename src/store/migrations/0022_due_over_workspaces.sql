-- What the clock looks for in every workspace is told by one question over all of them: tokens that nobody judges, and tokens that were to be
-- ended at the provider and of which nothing was told since.
create policy unjudged on credentials for select using ((select guestlist_across()) and kind = 'token' and state = 'checking');
create index credentials_unjudged on credentials (created_at) where kind = 'token' and state = 'checking';

-- A row from the moment at which a token is destroyed here until it is told in the activity log whether it ended at the provider.
create table revocations (
  id uuid primary key,
  workspace_id uuid not null references workspaces (id) on delete cascade,
  partner_id uuid not null references partners (id) on delete cascade,
  fingerprint text not null,
  asked_at timestamptz not null default now()
);
alter table revocations enable row level security;
alter table revocations force row level security;
create policy in_workspace on revocations using (workspace_id = (select guestlist_workspace()))
  with check (workspace_id = (select guestlist_workspace()));
create policy across on revocations for select using ((select guestlist_across()));
grant select, insert, update, delete on revocations to guestlist_app;

-- Those that an earlier version was asked for and could not tell of any more. The owner is bound by row-level security too.
alter table audit_events no force row level security;
alter table revocations no force row level security;
alter table partners no force row level security;
insert into revocations (id, workspace_id, partner_id, fingerprint, asked_at)
  select gen_random_uuid(), e.workspace_id, p.id, e.data ->> 'fingerprint', e.at
  from audit_events e join partners p on p.id::text = e.subject_id
  where e.data ->> 'revoke' = 'asked' and e.data ->> 'fingerprint' is not null and e.at > now() - interval '1 day'
    and not exists (select from audit_events r where r.action = 'credential.revoke' and r.subject_id = e.subject_id and r.id > e.id);
alter table audit_events force row level security;
alter table revocations force row level security;
alter table partners force row level security;
