-- API keys, notices to the people who run a workspace, and the chain that seals the activity log.

-- Outside of its text a key is known by its hash alone. Its rights are looked up at each use: its scopes, as far as its maker's role goes.
create table api_keys (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null check (length(name) between 1 and 200),
  -- The first characters, which tell keys apart on the screen.
  prefix text not null,
  secret_hash bytea not null unique,
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'check', 'export', 'manage']),
  made_by text not null references auth_user (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
create index api_keys_recent on api_keys (workspace_id, created_at desc);

-- The activity log's chain: each row's hash covers its event, its number and the hash before it. Rows come in the order in which one
-- sealer saw them committed. No foreign key to the event: that an event is gone must be found, not prevented or followed.
create table audit_chain (
  workspace_id uuid not null references workspaces on delete cascade,
  seq bigint not null check (seq > 0),
  event_id bigint not null unique,
  hash bytea not null,
  sealed_at timestamptz not null default now(),
  primary key (workspace_id, seq)
);
-- Where the chain ends now, sealed with the master key: whoever holds the database alone cannot make one.
create table audit_heads (
  workspace_id uuid primary key references workspaces on delete cascade,
  seq bigint not null,
  hash bytea not null,
  at timestamptz not null,
  sealed bytea not null,
  key_version integer not null
);
-- Events that are not in the chain yet: added in the transaction of the event itself.
create table audit_unsealed (
  event_id bigint primary key,
  workspace_id uuid not null references workspaces on delete cascade
);
create index audit_unsealed_workspace on audit_unsealed (workspace_id, event_id);
insert into audit_unsealed (event_id, workspace_id) select id, workspace_id from audit_events;

-- One person's notice. What it is about is told by ids; names are looked up when it is read or mailed.
create table notices (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  user_id text not null references auth_user (id) on delete cascade,
  kind text not null,
  at timestamptz not null default now(),
  connection_id uuid references connections on delete cascade,
  partner_id uuid references partners on delete cascade,
  job_id uuid references jobs on delete cascade,
  -- The person it is about, where it is about one.
  about text,
  data jsonb not null default '{}',
  -- The same thing is told once.
  once text not null,
  -- False where the person wants this kind by mail alone.
  shown boolean not null,
  read_at timestamptz,
  mail text not null check (mail in ('none', 'due', 'sent', 'given_up')),
  mail_tries integer not null default 0,
  unique (workspace_id, user_id, kind, once)
);
create index notices_recent on notices (workspace_id, user_id, at desc);
create index notices_due on notices (workspace_id) where mail = 'due';

-- What a person does not want to be told, or not in that way. Without a row both are on.
create table notice_settings (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id text not null references auth_user (id) on delete cascade,
  kind text not null,
  console boolean not null default true,
  mail boolean not null default true,
  primary key (workspace_id, user_id, kind)
);

do $$
declare t text;
begin
  foreach t in array array['api_keys', 'audit_chain', 'audit_heads', 'audit_unsealed', 'notices', 'notice_settings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy in_workspace on %I using (workspace_id = guestlist_workspace()) with check (workspace_id = guestlist_workspace())', t);
  end loop;
end $$;
create policy by_hash on api_keys for select using (secret_hash = guestlist_hash());
-- For the loops of the sealer and of the mail: which workspaces have work.
create policy across on audit_unsealed for select using (guestlist_across());
create policy across on notices for select using (guestlist_across());

grant select, insert, update, delete on api_keys, notices, notice_settings, audit_heads, audit_unsealed to guestlist_app;
-- The chain only grows.
grant select, insert on audit_chain to guestlist_app;
