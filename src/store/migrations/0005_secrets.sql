-- End-to-end encrypted secrets. What is here: labels, people, public keys, and files that nobody but their recipients can open.

-- A member's vault: public keys, and the private key as two age files (under a passphrase, under a recovery key). A vault that was
-- replaced stays as a row, so that it can be told which key a secret was encrypted to; its files are gone.
create table vaults (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  user_id text not null references auth_user (id) on delete cascade,
  recipient text not null check (recipient ~ '^age1[02-9ac-hj-np-z]{58}$'),
  signing text not null check (signing ~ '^[A-Za-z0-9_-]{43}$'),
  passphrase_file text check (length(passphrase_file) <= 4000),
  recovery_file text check (length(recovery_file) <= 4000),
  made_at timestamptz not null default now(),
  replaced_at timestamptz,
  check ((replaced_at is null) = (passphrase_file is not null)),
  check ((replaced_at is null) = (recovery_file is not null))
);
create unique index vaults_one on vaults (workspace_id, user_id) where replaced_at is null;

-- Fingerprints that the owner of a vault has confirmed; the code is made with that vault.
create table vault_pins (
  workspace_id uuid not null references workspaces on delete cascade,
  vault_id uuid not null references vaults on delete cascade,
  about text not null references auth_user (id) on delete cascade,
  fingerprint text not null,
  code text not null,
  at timestamptz not null default now(),
  primary key (vault_id, about)
);

create table secrets (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  label text not null check (length(label) between 1 and 200),
  kind text not null check (kind in ('note', 'password', 'partner-token')),
  version integer not null check (version > 0),
  created_at timestamptz not null default now(),
  created_by text not null,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  expires_at timestamptz
);
create index secrets_workspace on secrets (workspace_id, changed_at desc);
create index secrets_expiry on secrets (expires_at) where expires_at is not null;

create table secret_members (
  workspace_id uuid not null references workspaces on delete cascade,
  secret_id uuid not null references secrets on delete cascade,
  user_id text not null references auth_user (id) on delete cascade,
  role text not null check (role in ('owner', 'collaborator')),
  added_at timestamptz not null default now(),
  added_by text not null,
  primary key (secret_id, user_id)
);
create index secret_members_user on secret_members (workspace_id, user_id);

create table secret_versions (
  workspace_id uuid not null references workspaces on delete cascade,
  secret_id uuid not null references secrets on delete cascade,
  version integer not null,
  -- As they were encrypted inside.
  label text not null,
  kind text not null,
  sealed text not null check (length(sealed) <= 210000),
  deed text not null check (deed in ('add', 'change', 'share', 'unshare', 'restore')),
  by text not null,
  at timestamptz not null default now(),
  -- The vaults whose keys it was encrypted to.
  vaults uuid[] not null,
  primary key (secret_id, version)
);

do $$
declare t text;
begin
  foreach t in array array['vaults', 'vault_pins', 'secrets', 'secret_members', 'secret_versions'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy in_workspace on %I using (workspace_id = guestlist_workspace()) with check (workspace_id = guestlist_workspace())', t);
  end loop;
end $$;
-- For the loop that deletes what has expired: which workspaces have any.
create policy across on secrets for select using (guestlist_across());

grant select, insert, update, delete on vaults, vault_pins, secrets, secret_members, secret_versions to guestlist_app;

-- A secret's own history is read by what it is about.
create index audit_events_secret on audit_events (subject_id, id desc) where subject_kind = 'secret';
