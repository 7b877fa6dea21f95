-- The people who sign in: second factors and passkeys (the auth library's tables, written from what it compiles for the options in
-- api/auth.ts), a person's own settings, invitations, one-time password links, and what a workspace asks of its roles.

alter table auth_user add column two_factor_enabled boolean default false;

create table auth_two_factor (
  id text not null primary key,
  secret text not null,
  backup_codes text not null,
  user_id text not null references auth_user (id) on delete cascade,
  verified boolean default true,
  failed_verification_count integer default 0,
  locked_until timestamptz
);
create unique index auth_two_factor_user_id_idx on auth_two_factor (user_id);

create table auth_passkey (
  id text not null primary key,
  name text,
  public_key text not null,
  user_id text not null references auth_user (id) on delete cascade,
  credential_id text not null unique,
  counter integer not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  created_at timestamptz,
  aaguid text
);
create index auth_passkey_user_id_idx on auth_passkey (user_id);

-- Ours: a code of an authenticator app counts once, although it is right for a minute and a half. The code is a hash.
create table auth_used_codes (
  user_id text not null references auth_user (id) on delete cascade,
  code text not null,
  at timestamptz not null default now(),
  primary key (user_id, code)
);

-- A person's own settings, and when they were last seen. Outside row-level security like the auth library's tables: a person belongs
-- to no workspace.
create table people (
  user_id text not null primary key references auth_user (id) on delete cascade,
  locale text,
  theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
  density text not null default 'comfortable' check (density in ('comfortable', 'compact')),
  time_zone text,
  last_seen_at timestamptz
);

-- What others did to a person's account: shown at the next sign-in until it is put away.
create table person_news (
  id uuid primary key default gen_random_uuid(),
  user_id text not null references auth_user (id) on delete cascade,
  at timestamptz not null default now(),
  sentence text not null,
  seen_at timestamptz
);
create index person_news_open on person_news (user_id) where seen_at is null;

-- One-time links to a new password. made_by: the admin who made it; null where the person asked by mail.
create table password_links (
  secret_hash bytea not null primary key,
  user_id text not null references auth_user (id) on delete cascade,
  made_by text references auth_user (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  -- Made void by a newer link, or by a password that was set in another way.
  ended_at timestamptz
);
create index password_links_user on password_links (user_id);

-- The roles that must have a second factor.
alter table workspaces add column two_factor_roles text[] not null default '{}'
  check (two_factor_roles <@ array['owner', 'admin', 'auditor', 'member', 'guest']);

create table invitations (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  email text not null check (email = lower(email)),
  role text not null check (role in ('admin', 'auditor', 'member', 'guest')),
  -- Of a guest: when the stay ends.
  ends_at timestamptz,
  secret_hash bytea not null unique,
  invited_by text not null references auth_user (id) on delete cascade,
  created_at timestamptz not null default now(),
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by text,
  revoked_at timestamptz,
  check ((role = 'guest') = (ends_at is not null))
);
create unique index invitations_one_open on invitations (workspace_id, email) where used_at is null and revoked_at is null;

-- The hash that a look-up brings (store/db.ts): it shows the one row whose secret the caller knows, in whatever workspace it is.
create function guestlist_hash() returns bytea language sql stable as
  $$ select decode(nullif(current_setting('guestlist.hash', true), ''), 'hex') $$;

alter table invitations enable row level security;
alter table invitations force row level security;
create policy in_workspace on invitations using (workspace_id = guestlist_workspace()) with check (workspace_id = guestlist_workspace());
create policy by_hash on invitations for select using (secret_hash = guestlist_hash());

grant select, insert, update, delete on auth_two_factor, auth_passkey, auth_used_codes, people, person_news, password_links, invitations
  to guestlist_app;
