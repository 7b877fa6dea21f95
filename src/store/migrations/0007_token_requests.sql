-- Token requests: an admin asks a partner for its token, by a link or from a guest. What their answers are checked against meanwhile, and
-- who handed a token over.

create table token_requests (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  partner_id uuid not null references partners on delete cascade,
  -- By link: the hash of its secret. Null: only the person with this address answers, signed in.
  secret_hash bytea unique,
  -- Where the link was mailed, or who is to answer.
  email text check (email = lower(email)),
  requested_by text not null references auth_user (id) on delete cascade,
  created_at timestamptz not null default now(),
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  opened_at timestamptz,
  -- Tokens that were handed over with the present secret.
  tries integer not null default 0,
  spent_at timestamptz,
  -- Who answered, where they were signed in; and the credential that it became.
  spent_by text,
  credential_id uuid,
  revoked_at timestamptz,
  -- Set once its time was noticed to be over: the partner's status no longer says that a token is awaited.
  lapsed_at timestamptz,
  check (secret_hash is not null or email is not null)
);
create unique index token_requests_one_open on token_requests (partner_id) where spent_at is null and revoked_at is null;
create index token_requests_recent on token_requests (partner_id, created_at desc);
create index token_requests_connection on token_requests (connection_id);
create index token_requests_lapse on token_requests (expires_at) where spent_at is null and revoked_at is null and lapsed_at is null;

-- What the provider told of a partner's app request, kept so that whoever holds a link cannot spend the brand's quota.
create table live_checks (
  partner_id uuid primary key references partners on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  -- When the provider was asked last, and how often on that day.
  asked_at timestamptz not null,
  day date not null,
  asked_today integer not null,
  told_at timestamptz,
  lines jsonb
);
create index live_checks_connection on live_checks (connection_id);

-- Who brought a partner's token: they may see what was taken with it, and withdraw it while it is still there.
create table hand_overs (
  credential_id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  partner_id uuid not null references partners on delete cascade,
  user_id text not null references auth_user (id) on delete cascade,
  at timestamptz not null default now(),
  withdrawn_at timestamptz
);
create index hand_overs_person on hand_overs (workspace_id, user_id);
create index hand_overs_partner on hand_overs (partner_id);

do $$
declare t text;
begin
  foreach t in array array['token_requests', 'live_checks', 'hand_overs'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy in_workspace on %I using (workspace_id = guestlist_workspace()) with check (workspace_id = guestlist_workspace())', t);
  end loop;
end $$;
create policy by_hash on token_requests for select using (secret_hash = guestlist_hash());
-- For the round that notices requests whose time is over.
create policy across on token_requests for select using (guestlist_across());

grant select, insert, update, delete on token_requests, live_checks, hand_overs to guestlist_app;
