-- Work on a provider's pages: whether it is switched on, what waits for an answer there, what a person is asked, and the pictures of
-- each step. The login itself is a sealed credential of the connection (kinds browser-login, browser-state).

create table automations (
  connection_id uuid primary key references connections on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  enabled boolean not null default false,
  enabled_by text,
  enabled_at timestamptz,
  -- Sign-ins whose end is not known, since the last one that is: a process may have ended in the middle.
  open_sign_ins integer not null default 0,
  -- Set by a refusal; cleared only by storing a login.
  refused_at timestamptz
);

-- Businesses that ask for our app. pressed_at: an answer was given whose end may not be known.
create table app_requests (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  business text not null,
  business_name text not null,
  app text not null,
  requested text not null,
  status text not null default 'waiting' check (status in ('waiting', 'approved', 'declined', 'gone')),
  decision text check (decision in ('approve', 'decline', 'leave')),
  -- Null: the rule for known partners.
  decided_by text,
  decided_at timestamptz,
  pressed_at timestamptz,
  job_id uuid references jobs on delete set null,
  first_seen_at timestamptz not null default now(),
  settled_at timestamptz
);
create unique index app_requests_waiting on app_requests (connection_id, business, app) where status = 'waiting';
create index app_requests_list on app_requests (connection_id, first_seen_at desc);
create index app_requests_job on app_requests (job_id);

-- What a running job asks a person. The answer is sealed, and gone once it was taken.
create table job_questions (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  job_id uuid not null references jobs on delete cascade,
  kind text not null check (kind in ('code', 'captcha', 'confirm')),
  asked_at timestamptz not null default now(),
  ends_at timestamptz not null,
  answer bytea,
  answered_by text,
  answered_at timestamptz,
  closed_at timestamptz
);
create unique index job_questions_open on job_questions (job_id) where closed_at is null;

create table job_pictures (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references workspaces on delete cascade,
  job_id uuid not null references jobs on delete cascade,
  step text not null,
  label text not null,
  failed boolean not null,
  path text not null,
  at timestamptz not null default now(),
  image bytea not null
);
create index job_pictures_job on job_pictures (job_id, at);
create index job_pictures_at on job_pictures (at);

do $$
declare t text;
begin
  foreach t in array array['automations', 'app_requests', 'job_questions', 'job_pictures'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy in_workspace on %I using (workspace_id = guestlist_workspace()) with check (workspace_id = guestlist_workspace())', t);
  end loop;
end $$;
create policy across on job_pictures for select using (guestlist_across());

grant select, insert, update, delete on automations, app_requests, job_questions, job_pictures to guestlist_app;
