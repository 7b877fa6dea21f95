-- The product's tables. Every table with workspace_id is under row-level security that is forced on its owner too.
-- The workspace is set per transaction by store/db.ts: set_config('guestlist.workspace', id, true). Unset, nothing is seen.
-- guestlist.user (the signed-in person) shows that person's own memberships; guestlist.across = 'on' is set by the few
-- named functions that loop over workspaces (scheduler, recovery).

create function guestlist_workspace() returns uuid language sql stable as
  $$ select nullif(current_setting('guestlist.workspace', true), '')::uuid $$;
create function guestlist_user() returns text language sql stable as
  $$ select nullif(current_setting('guestlist.user', true), '') $$;
create function guestlist_across() returns boolean language sql stable as
  $$ select coalesce(current_setting('guestlist.across', true), '') = 'on' $$;

-- Only while no user has ever existed: the hash of the present setup code.
create table setup (
  one boolean primary key default true check (one),
  code_hash bytea,
  tries integer not null default 0,
  tries_since timestamptz not null default now(),
  done_at timestamptz
);
insert into setup default values;

create table workspaces (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  environment text not null check (environment in ('live', 'simulator')),
  created_at timestamptz not null default now()
);

create table members (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id text not null references auth_user (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'auditor', 'member', 'guest')),
  status text not null default 'active' check (status in ('active', 'removed')),
  invited_by text,
  ends_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create unique index members_one_owner on members (workspace_id) where role = 'owner' and status = 'active';
create index members_user on members (user_id);

create table connections (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  connector text not null,
  label text not null check (length(label) between 1 and 200),
  external_id text not null,
  name text,
  settings jsonb not null default '{}',
  schedule text not null default 'daily' check (schedule in ('off', 'daily', 'hourly')),
  health text not null default 'new' check (health in ('new', 'healthy', 'attention', 'expired')),
  health_reason text,
  last_checked_at timestamptz,
  -- When our own reader's rows were last compared: every live row of it without not_confirmed_since was seen then.
  read_at timestamptz,
  next_check_at timestamptz,
  created_by text,
  created_at timestamptz not null default now(),
  removed_at timestamptz
);
create unique index connections_one_per_business on connections (workspace_id, connector, external_id) where removed_at is null;

create table partners (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  external_id text not null,
  name text,
  is_agency boolean not null default false,
  is_client boolean not null default false,
  status text not null default 'pending',
  status_reason text,
  shared_only boolean not null default false,
  was_disconnected boolean not null default false,
  -- The scopes that reported it when it was last seen: it may end when all of them are sealed without it.
  scopes text[] not null default '{}',
  first_seen_at timestamptz not null,
  last_confirmed_at timestamptz,
  not_confirmed_since timestamptz,
  people_confirmed_at timestamptz,
  -- When the rows of this partner's reader were last compared (see connections.read_at).
  read_at timestamptz,
  ended_at timestamptz,
  unique (connection_id, external_id)
);

-- Sealed values: the connection's token (partner null, kind token), its other secret fields (kind = field name), a partner's token.
create table credentials (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  partner_id uuid references partners on delete cascade,
  kind text not null,
  sealed bytea not null,
  key_version integer not null,
  last_four text not null,
  fingerprint text not null,
  state text not null default 'checking' check (state in ('checking', 'good', 'attention', 'dead')),
  state_reason text,
  verdict jsonb,
  confirmed jsonb,
  scopes text[] not null default '{}',
  expires_at timestamptz,
  checked_at timestamptz,
  created_by text,
  created_at timestamptz not null default now()
);
create unique index credentials_one_each on credentials (connection_id, partner_id, kind) nulls not distinct;

-- last_confirmed_at is written only together with something else, so that an unchanged read writes no rows: for a live row
-- without not_confirmed_since the last confirmation is the later of it and the reader's read_at (store/inventory.ts: lastConfirmed).
create table principals (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  external_id text not null,
  kind text not null check (kind in ('person', 'system_user', 'invitation')),
  partner_id uuid references partners on delete cascade,
  business text not null,
  name text,
  email text,
  role text,
  reaches_all boolean not null default false,
  source text not null check (source in ('list', 'assigned')),
  facts jsonb not null default '{}',
  scope text not null,
  first_seen_at timestamptz not null,
  last_confirmed_at timestamptz not null,
  not_confirmed_since timestamptz,
  ended_at timestamptz,
  unique (connection_id, external_id)
);
create index principals_partner on principals (connection_id, partner_id) where ended_at is null;
create index principals_email on principals (workspace_id, lower(email)) where email is not null;

create table resources (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  type text not null,
  external_id text not null,
  name text,
  relation text not null check (relation in ('owned', 'client')),
  owner_business text,
  facts jsonb not null default '{}',
  scope text not null,
  first_seen_at timestamptz not null,
  last_confirmed_at timestamptz not null,
  not_confirmed_since timestamptz,
  ended_at timestamptz,
  unique (connection_id, type, external_id)
);

create table shares (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  partner_id uuid not null references partners on delete cascade,
  resource_id uuid not null references resources on delete cascade,
  direction text not null check (direction in ('out', 'in')),
  entitlements text[] not null default '{}',
  rank text not null,
  status text,
  scope text not null,
  first_seen_at timestamptz not null,
  last_confirmed_at timestamptz not null,
  not_confirmed_since timestamptz,
  ended_at timestamptz,
  unique (partner_id, resource_id, direction)
);
create index shares_resource on shares (resource_id) where ended_at is null;

create table grants (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  principal_id uuid not null references principals on delete cascade,
  resource_id uuid not null references resources on delete cascade,
  partner_id uuid references partners on delete cascade,
  how text not null check (how in ('direct', 'role', 'group')),
  through text not null default '',
  entitlements text[] not null default '{}',
  rank text not null,
  scope text not null,
  first_seen_at timestamptz not null,
  last_confirmed_at timestamptz not null,
  not_confirmed_since timestamptz,
  ended_at timestamptz,
  unique (principal_id, resource_id, how, through)
);
create index grants_resource on grants (resource_id) where ended_at is null;
create index grants_connection on grants (connection_id, partner_id) where ended_at is null;

create table jobs (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid references connections on delete cascade,
  partner_id uuid references partners on delete cascade,
  parent_id uuid references jobs on delete cascade,
  kind text not null,
  status text not null default 'queued'
    check (status in ('queued', 'running', 'retrying', 'waiting', 'complete', 'not_completed', 'cancelled')),
  trigger text not null check (trigger in ('person', 'schedule', 'api', 'setup')),
  actor_id text,
  progress text,
  problems jsonb not null default '[]',
  result jsonb,
  -- What comparing and applying gave, written in the same transaction as the rows: set means applied, once and for all.
  applied jsonb,
  retry_at timestamptz,
  cancel_requested_at timestamptz,
  cancel_requested_by text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  updated_at timestamptz not null default now(),
  finished_at timestamptz
);
create index jobs_recent on jobs (workspace_id, created_at desc);
-- One job of a kind per connection at a time; a token is checked per partner (our own: partner null).
create unique index jobs_one_open on jobs (connection_id, kind, (case when kind = 'check-token' then partner_id end)) nulls not distinct
  where connection_id is not null and parent_id is null and status in ('queued', 'running', 'retrying', 'waiting');

create table job_steps (
  workspace_id uuid not null references workspaces on delete cascade,
  job_id uuid not null references jobs on delete cascade,
  name text not null,
  position integer not null,
  label text not null,
  status text not null default 'waiting' check (status in ('waiting', 'running', 'retrying', 'done', 'failed', 'skipped')),
  started_at timestamptz,
  finished_at timestamptz,
  attempts integer not null default 0,
  -- Of a step that is retrying: when the next try is.
  retry_at timestamptz,
  total integer,
  done integer,
  unit text,
  problem jsonb,
  -- Of a step that read a business: everything that could not be read, and what is only to be told.
  outcome jsonb,
  primary key (job_id, name)
);

-- Staging: what a run saw, per reader ('own' or a partner's external id). Emptied when the run has been applied.
create table staged_scopes (
  workspace_id uuid not null references workspaces on delete cascade,
  job_id uuid not null references jobs on delete cascade,
  reader text not null,
  scope text not null,
  state text not null check (state in ('sealed', 'failed')),
  rows integer not null default 0,
  -- People of a partner's list without access to our assets: counted here, stored nowhere.
  skipped integer not null default 0,
  failure jsonb,
  primary key (job_id, reader, scope)
);
create table staged_rows (
  workspace_id uuid not null references workspaces on delete cascade,
  job_id uuid not null references jobs on delete cascade,
  reader text not null,
  scope text not null,
  kind text not null,
  key text not null,
  data jsonb not null,
  primary key (job_id, reader, scope, kind, key)
);

create table changes (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  job_id uuid references jobs on delete set null,
  at timestamptz not null,
  kind text not null check (kind in ('added', 'removed', 'changed')),
  noun text not null check (noun in ('partner', 'principal', 'resource', 'share', 'grant')),
  partner_id uuid references partners on delete cascade,
  principal_id uuid references principals on delete cascade,
  resource_id uuid references resources on delete cascade,
  before jsonb,
  after jsonb
);
create index changes_recent on changes (connection_id, at desc);
create index changes_principal on changes (principal_id, at desc);
create index changes_resource on changes (resource_id, at desc);

-- Removals that the safeguard held.
create table proposals (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  job_id uuid not null references jobs on delete cascade,
  partner_id uuid references partners on delete cascade,
  what text not null check (what in ('own_people', 'partner_people', 'assets')),
  count integer not null,
  total integer not null,
  -- Ids of principals or resources that would end.
  ids uuid[] not null,
  status text not null default 'open' check (status in ('open', 'applied', 'discarded', 'replaced')),
  created_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text
);
create index proposals_open on proposals (connection_id) where status = 'open';

-- What a connector remembers per connection: edges refused, sizes that worked.
create table connector_memory (
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  key text not null,
  value text not null,
  until timestamptz,
  primary key (connection_id, key)
);

create table audit_events (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('person', 'system')),
  actor_id text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  data jsonb not null default '{}',
  address text
);
create index audit_events_recent on audit_events (workspace_id, id desc);

-- (select …) is asked once per query; the bare function would be asked for each row, which makes a long scan three times slower.
do $$
declare t text;
begin
  foreach t in array array['members', 'connections', 'partners', 'credentials', 'principals', 'resources', 'shares', 'grants',
    'jobs', 'job_steps', 'staged_scopes', 'staged_rows', 'changes', 'proposals', 'connector_memory', 'audit_events'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy in_workspace on %I using (workspace_id = (select guestlist_workspace())) with check (workspace_id = (select guestlist_workspace()))', t);
  end loop;
end $$;
alter table workspaces enable row level security;
alter table workspaces force row level security;
create policy in_workspace on workspaces using (id = (select guestlist_workspace())) with check (id = (select guestlist_workspace()));
create policy of_member on workspaces for select using (exists (select 1 from members m where m.workspace_id = id));
create policy across on workspaces for select using (guestlist_across());
create policy of_user on members for select using (user_id = guestlist_user());
create policy across on connections for select using (guestlist_across());
create policy across on jobs for select using (guestlist_across());

-- The program's role: neither superuser nor owner. Audit rows can be added and read, never changed.
grant usage on schema public to guestlist_app;
grant select, insert, update, delete on all tables in schema public to guestlist_app;
grant usage on all sequences in schema public to guestlist_app;
revoke update, delete, truncate on audit_events from guestlist_app;
revoke insert, update, delete, truncate on migrations from guestlist_app;
