-- The structure that the migrations make, as PostgreSQL tells it. Written by scripts/dump-schema.ts: change a migration, not this file.

CREATE OR REPLACE FUNCTION forget_compared() RETURNS trigger LANGUAGE plpgsql AS $function$ declare ids uuid[]; begin select array_agg(distinct connection_id) into ids from written; delete from compared where connection_id = any(ids); perform note_inventory(ids); return null; end $function$ ;

CREATE OR REPLACE FUNCTION guestlist_across() RETURNS boolean LANGUAGE sql STABLE AS $function$ select coalesce(current_setting('guestlist.across', true), '') = 'on' $function$ ;

CREATE OR REPLACE FUNCTION guestlist_hash() RETURNS bytea LANGUAGE sql STABLE AS $function$ select decode(nullif(current_setting('guestlist.hash', true), ''), 'hex') $function$ ;

CREATE OR REPLACE FUNCTION guestlist_user() RETURNS text LANGUAGE sql STABLE AS $function$ select nullif(current_setting('guestlist.user', true), '') $function$ ;

CREATE OR REPLACE FUNCTION guestlist_workspace() RETURNS uuid LANGUAGE sql STABLE AS $function$ select nullif(current_setting('guestlist.workspace', true), '')::uuid $function$ ;

CREATE OR REPLACE FUNCTION note_inventory(connections_written uuid[]) RETURNS void LANGUAGE sql AS $function$ update connections set inventory_version = pg_current_xact_id()::text::bigint where id = any(connections_written) and inventory_version <> pg_current_xact_id()::text::bigint $function$ ;

CREATE OR REPLACE FUNCTION note_renamed() RETURNS trigger LANGUAGE plpgsql AS $function$ begin perform note_inventory(( select array_agg(distinct w.connection_id) from written w join before b using (id) where b.name is distinct from w.name)); return null; end $function$ ;

create table api_keys (
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  prefix text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  made_by text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_by text,
  constraint api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint api_keys_scopes_check CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['read'::text, 'check'::text, 'export'::text, 'manage'::text]))),
  constraint api_keys_made_by_fkey FOREIGN KEY (made_by) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint api_keys_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX api_keys_recent ON api_keys USING btree (workspace_id, created_at DESC);
alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy by_hash on api_keys for select using ((secret_hash = ( SELECT guestlist_hash() AS guestlist_hash)));
create policy in_workspace on api_keys for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on api_keys to guestlist_app;

create table app_requests (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  connection_id uuid not null,
  business text not null,
  business_name text not null,
  app text not null,
  requested text not null,
  status text not null default 'waiting'::text,
  decision text,
  decided_by text,
  decided_at timestamp with time zone,
  pressed_at timestamp with time zone,
  job_id uuid,
  first_seen_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  constraint app_requests_decision_check CHECK ((decision = ANY (ARRAY['approve'::text, 'decline'::text, 'leave'::text]))),
  constraint app_requests_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'approved'::text, 'declined'::text, 'gone'::text]))),
  constraint app_requests_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint app_requests_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE SET NULL,
  constraint app_requests_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint app_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX app_requests_job ON app_requests USING btree (job_id);
CREATE INDEX app_requests_list ON app_requests USING btree (connection_id, first_seen_at DESC);
CREATE UNIQUE INDEX app_requests_waiting ON app_requests USING btree (connection_id, business, app) WHERE (status = 'waiting'::text);
alter table app_requests enable row level security;
alter table app_requests force row level security;
create policy in_workspace on app_requests for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on app_requests to guestlist_app;

create table audit_chain (
  workspace_id uuid not null,
  seq bigint not null,
  event_id bigint not null,
  hash bytea not null,
  sealed_at timestamp with time zone not null default now(),
  constraint audit_chain_seq_check CHECK ((seq > 0)),
  constraint audit_chain_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint audit_chain_pkey PRIMARY KEY (workspace_id, seq),
  constraint audit_chain_event_id_key UNIQUE (event_id)
);
alter table audit_chain enable row level security;
alter table audit_chain force row level security;
create policy in_workspace on audit_chain for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant insert, select on audit_chain to guestlist_app;

create table audit_events (
  id bigint not null generated always as identity,
  workspace_id uuid not null,
  at timestamp with time zone not null default now(),
  actor_kind text not null,
  actor_id text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  data jsonb not null default '{}'::jsonb,
  address text,
  constraint audit_events_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['person'::text, 'system'::text]))),
  constraint audit_events_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint audit_events_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_events_recent ON audit_events USING btree (workspace_id, id DESC);
CREATE INDEX audit_events_secret ON audit_events USING btree (subject_id, id DESC) WHERE (subject_kind = 'secret'::text);
alter table audit_events enable row level security;
alter table audit_events force row level security;
create policy in_workspace on audit_events for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant insert, select on audit_events to guestlist_app;

create table audit_heads (
  workspace_id uuid not null,
  seq bigint not null,
  hash bytea not null,
  at timestamp with time zone not null,
  sealed bytea not null,
  key_version integer not null,
  constraint audit_heads_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint audit_heads_pkey PRIMARY KEY (workspace_id)
);
alter table audit_heads enable row level security;
alter table audit_heads force row level security;
create policy in_workspace on audit_heads for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on audit_heads to guestlist_app;

create table audit_unsealed (
  event_id bigint not null,
  workspace_id uuid not null,
  constraint audit_unsealed_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint audit_unsealed_pkey PRIMARY KEY (event_id)
);
CREATE INDEX audit_unsealed_workspace ON audit_unsealed USING btree (workspace_id, event_id);
alter table audit_unsealed enable row level security;
alter table audit_unsealed force row level security;
create policy across on audit_unsealed for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on audit_unsealed for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on audit_unsealed to guestlist_app;

create table auth_account (
  id text not null,
  account_id text not null,
  provider_id text not null,
  user_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  password text,
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP,
  updated_at timestamp with time zone not null,
  constraint auth_account_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint auth_account_pkey PRIMARY KEY (id)
);
CREATE INDEX auth_account_user_id_idx ON auth_account USING btree (user_id);
grant delete, insert, select, update on auth_account to guestlist_app;

create table auth_passkey (
  id text not null,
  name text,
  public_key text not null,
  user_id text not null,
  credential_id text not null,
  counter integer not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  created_at timestamp with time zone,
  aaguid text,
  host text,
  constraint auth_passkey_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint auth_passkey_pkey PRIMARY KEY (id),
  constraint auth_passkey_credential_id_key UNIQUE (credential_id)
);
CREATE INDEX auth_passkey_user_id_idx ON auth_passkey USING btree (user_id);
grant delete, insert, select, update on auth_passkey to guestlist_app;

create table auth_rate_limit (
  id text not null,
  key text not null,
  count integer not null,
  last_request bigint not null,
  constraint auth_rate_limit_pkey PRIMARY KEY (id),
  constraint auth_rate_limit_key_key UNIQUE (key)
);
grant delete, insert, select, update on auth_rate_limit to guestlist_app;

create table auth_session (
  id text not null,
  expires_at timestamp with time zone not null,
  token text not null,
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP,
  updated_at timestamp with time zone not null,
  ip_address text,
  user_agent text,
  user_id text not null,
  constraint auth_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint auth_session_pkey PRIMARY KEY (id),
  constraint auth_session_token_key UNIQUE (token)
);
CREATE INDEX auth_session_user_id_idx ON auth_session USING btree (user_id);
grant delete, insert, select, update on auth_session to guestlist_app;

create table auth_tries (
  account text not null,
  tries integer not null,
  since timestamp with time zone not null,
  constraint auth_tries_pkey PRIMARY KEY (account)
);
grant delete, insert, select, update on auth_tries to guestlist_app;

create table auth_two_factor (
  id text not null,
  secret text not null,
  backup_codes text not null,
  user_id text not null,
  verified boolean default true,
  failed_verification_count integer default 0,
  locked_until timestamp with time zone,
  constraint auth_two_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint auth_two_factor_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX auth_two_factor_user_id_idx ON auth_two_factor USING btree (user_id);
grant delete, insert, select, update on auth_two_factor to guestlist_app;

create table auth_used_codes (
  user_id text not null,
  code text not null,
  at timestamp with time zone not null default now(),
  constraint auth_used_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint auth_used_codes_pkey PRIMARY KEY (user_id, code)
);
grant delete, insert, select, update on auth_used_codes to guestlist_app;

create table auth_user (
  id text not null,
  name text not null,
  email text not null,
  email_verified boolean not null,
  image text,
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP,
  updated_at timestamp with time zone not null default CURRENT_TIMESTAMP,
  two_factor_enabled boolean default false,
  constraint auth_user_pkey PRIMARY KEY (id),
  constraint auth_user_email_key UNIQUE (email)
);
grant delete, insert, select, update on auth_user to guestlist_app;

create table auth_verification (
  id text not null,
  identifier text not null,
  value text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP,
  updated_at timestamp with time zone not null default CURRENT_TIMESTAMP,
  constraint auth_verification_pkey PRIMARY KEY (id)
);
CREATE INDEX auth_verification_identifier_idx ON auth_verification USING btree (identifier);
grant delete, insert, select, update on auth_verification to guestlist_app;

create table automations (
  connection_id uuid not null,
  workspace_id uuid not null,
  enabled boolean not null default false,
  enabled_by text,
  enabled_at timestamp with time zone,
  open_sign_ins integer not null default 0,
  refused_at timestamp with time zone,
  reading text not null default 'off'::text,
  constraint automations_reading_check CHECK ((reading = ANY (ARRAY['off'::text, 'refused'::text, 'always'::text]))),
  constraint automations_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint automations_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint automations_pkey PRIMARY KEY (connection_id)
);
alter table automations enable row level security;
alter table automations force row level security;
create policy in_workspace on automations for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on automations to guestlist_app;

create table changes (
  id uuid not null default uuidv7(),
  workspace_id uuid not null,
  connection_id uuid not null,
  job_id uuid,
  at timestamp with time zone not null,
  kind text not null,
  noun text not null,
  partner_id uuid,
  principal_id uuid,
  resource_id uuid,
  before jsonb,
  after jsonb,
  constraint changes_kind_check CHECK ((kind = ANY (ARRAY['added'::text, 'removed'::text, 'changed'::text]))),
  constraint changes_noun_check CHECK ((noun = ANY (ARRAY['partner'::text, 'principal'::text, 'resource'::text, 'share'::text, 'grant'::text]))),
  constraint changes_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint changes_pkey PRIMARY KEY (id)
);
CREATE INDEX changes_principal ON changes USING btree (principal_id, at DESC);
CREATE INDEX changes_recent ON changes USING btree (connection_id, at DESC);
CREATE INDEX changes_resource ON changes USING btree (resource_id, at DESC);
alter table changes enable row level security;
alter table changes force row level security;
create policy in_workspace on changes for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on changes to guestlist_app;

create table compared (
  workspace_id uuid not null,
  connection_id uuid not null,
  part text not null,
  digest text not null,
  told integer not null default 0,
  constraint compared_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint compared_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint compared_pkey PRIMARY KEY (connection_id, part)
);
alter table compared enable row level security;
alter table compared force row level security;
create policy in_workspace on compared for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on compared to guestlist_app;

create table connections (
  id uuid not null,
  workspace_id uuid not null,
  connector text not null,
  label text not null,
  external_id text not null,
  name text,
  settings jsonb not null default '{}'::jsonb,
  schedule text not null default 'daily'::text,
  health text not null default 'new'::text,
  health_reason text,
  last_checked_at timestamp with time zone,
  read_at timestamp with time zone,
  next_check_at timestamp with time zone,
  created_by text,
  created_at timestamp with time zone not null default now(),
  removed_at timestamp with time zone,
  inventory_version bigint not null default 0,
  constraint connections_health_check CHECK ((health = ANY (ARRAY['new'::text, 'healthy'::text, 'attention'::text, 'expired'::text]))),
  constraint connections_label_check CHECK (((length(label) >= 1) AND (length(label) <= 200))),
  constraint connections_schedule_check CHECK ((schedule = ANY (ARRAY['off'::text, 'daily'::text, 'hourly'::text]))),
  constraint connections_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint connections_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX connections_one_per_business ON connections USING btree (workspace_id, connector, external_id) WHERE (removed_at IS NULL);
alter table connections enable row level security;
alter table connections force row level security;
create policy across on connections for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on connections for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on connections to guestlist_app;

create table connector_memory (
  workspace_id uuid not null,
  connection_id uuid not null,
  key text not null,
  value text not null,
  until timestamp with time zone,
  constraint connector_memory_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint connector_memory_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint connector_memory_pkey PRIMARY KEY (connection_id, key)
);
alter table connector_memory enable row level security;
alter table connector_memory force row level security;
create policy in_workspace on connector_memory for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on connector_memory to guestlist_app;

create table credentials (
  id uuid not null,
  workspace_id uuid not null,
  connection_id uuid not null,
  partner_id uuid,
  kind text not null,
  sealed bytea not null,
  key_version integer not null,
  last_four text not null,
  fingerprint text not null,
  state text not null default 'checking'::text,
  state_reason text,
  verdict jsonb,
  confirmed jsonb,
  scopes text[] not null default '{}'::text[],
  expires_at timestamp with time zone,
  checked_at timestamp with time zone,
  created_by text,
  created_at timestamp with time zone not null default now(),
  constraint credentials_state_check CHECK ((state = ANY (ARRAY['checking'::text, 'good'::text, 'attention'::text, 'dead'::text]))),
  constraint credentials_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint credentials_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint credentials_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint credentials_pkey PRIMARY KEY (id)
);
CREATE INDEX credentials_unjudged ON credentials USING btree (created_at) WHERE ((kind = 'token'::text) AND (state = 'checking'::text));
CREATE UNIQUE INDEX credentials_one_each ON credentials USING btree (connection_id, partner_id, kind) NULLS NOT DISTINCT;
alter table credentials enable row level security;
alter table credentials force row level security;
create policy in_workspace on credentials for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
create policy unjudged on credentials for select using ((( SELECT guestlist_across() AS guestlist_across) AND (kind = 'token'::text) AND (state = 'checking'::text)));
grant delete, insert, select, update on credentials to guestlist_app;

create table grants (
  id uuid not null default uuidv7(),
  workspace_id uuid not null,
  connection_id uuid not null,
  principal_id uuid not null,
  resource_id uuid not null,
  partner_id uuid,
  how text not null,
  through text not null default ''::text,
  entitlements text[] not null default '{}'::text[],
  rank text not null,
  scope text not null,
  first_seen_at timestamp with time zone not null,
  last_confirmed_at timestamp with time zone not null,
  not_confirmed_since timestamp with time zone,
  ended_at timestamp with time zone,
  path text not null default 'api'::text,
  constraint grants_how_check CHECK ((how = ANY (ARRAY['direct'::text, 'role'::text, 'group'::text]))),
  constraint grants_path_check CHECK ((path = ANY (ARRAY['api'::text, 'browser'::text]))),
  constraint grants_principal_id_fkey FOREIGN KEY (principal_id) REFERENCES principals(id) ON DELETE CASCADE,
  constraint grants_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES resources(id) ON DELETE CASCADE,
  constraint grants_pkey PRIMARY KEY (id),
  constraint grants_principal_id_resource_id_how_through_key UNIQUE (principal_id, resource_id, how, through)
);
CREATE INDEX grants_connection ON grants USING btree (connection_id, partner_id) WHERE (ended_at IS NULL);
CREATE INDEX grants_resource ON grants USING btree (resource_id);
alter table grants enable row level security;
alter table grants force row level security;
create policy in_workspace on grants for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on grants to guestlist_app;

create table hand_overs (
  credential_id uuid not null,
  workspace_id uuid not null,
  partner_id uuid not null,
  user_id text not null,
  at timestamp with time zone not null default now(),
  withdrawn_at timestamp with time zone,
  constraint hand_overs_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint hand_overs_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint hand_overs_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint hand_overs_pkey PRIMARY KEY (credential_id)
);
CREATE INDEX hand_overs_partner ON hand_overs USING btree (partner_id);
CREATE INDEX hand_overs_person ON hand_overs USING btree (workspace_id, user_id);
alter table hand_overs enable row level security;
alter table hand_overs force row level security;
create policy in_workspace on hand_overs for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on hand_overs to guestlist_app;

create table invitations (
  id uuid not null,
  workspace_id uuid not null,
  email text not null,
  role text not null,
  ends_at timestamp with time zone,
  secret_hash bytea not null,
  invited_by text not null,
  created_at timestamp with time zone not null default now(),
  sent_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  used_by text,
  revoked_at timestamp with time zone,
  constraint invitations_check CHECK (((role = 'guest'::text) = (ends_at IS NOT NULL))),
  constraint invitations_email_check CHECK ((email = lower(email))),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'auditor'::text, 'member'::text, 'guest'::text]))),
  constraint invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint invitations_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint invitations_pkey PRIMARY KEY (id),
  constraint invitations_secret_hash_key UNIQUE (secret_hash)
);
CREATE UNIQUE INDEX invitations_one_open ON invitations USING btree (workspace_id, email) WHERE ((used_at IS NULL) AND (revoked_at IS NULL));
alter table invitations enable row level security;
alter table invitations force row level security;
create policy by_hash on invitations for select using ((secret_hash = ( SELECT guestlist_hash() AS guestlist_hash)));
create policy in_workspace on invitations for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on invitations to guestlist_app;

create table job_pictures (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  job_id uuid not null,
  step text not null,
  label text not null,
  failed boolean not null,
  path text not null,
  at timestamp with time zone not null default now(),
  image bytea not null,
  constraint job_pictures_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint job_pictures_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint job_pictures_pkey PRIMARY KEY (id)
);
CREATE INDEX job_pictures_at ON job_pictures USING btree (at);
CREATE INDEX job_pictures_job ON job_pictures USING btree (job_id, at);
alter table job_pictures enable row level security;
alter table job_pictures force row level security;
create policy across on job_pictures for select using (guestlist_across());
create policy in_workspace on job_pictures for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on job_pictures to guestlist_app;

create table job_questions (
  id uuid not null,
  workspace_id uuid not null,
  job_id uuid not null,
  kind text not null,
  asked_at timestamp with time zone not null default now(),
  ends_at timestamp with time zone not null,
  answer bytea,
  answered_by text,
  answered_at timestamp with time zone,
  closed_at timestamp with time zone,
  constraint job_questions_kind_check CHECK ((kind = ANY (ARRAY['code'::text, 'captcha'::text, 'confirm'::text]))),
  constraint job_questions_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint job_questions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint job_questions_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX job_questions_open ON job_questions USING btree (job_id) WHERE (closed_at IS NULL);
alter table job_questions enable row level security;
alter table job_questions force row level security;
create policy in_workspace on job_questions for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on job_questions to guestlist_app;

create table job_steps (
  workspace_id uuid not null,
  job_id uuid not null,
  name text not null,
  "position" integer not null,
  label text not null,
  status text not null default 'waiting'::text,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  attempts integer not null default 0,
  retry_at timestamp with time zone,
  total integer,
  done integer,
  unit text,
  problem jsonb,
  outcome jsonb,
  constraint job_steps_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'running'::text, 'retrying'::text, 'done'::text, 'failed'::text, 'skipped'::text]))),
  constraint job_steps_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint job_steps_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint job_steps_pkey PRIMARY KEY (job_id, name)
);
alter table job_steps enable row level security;
alter table job_steps force row level security;
create policy in_workspace on job_steps for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on job_steps to guestlist_app;

create table jobs (
  id uuid not null,
  workspace_id uuid not null,
  connection_id uuid,
  partner_id uuid,
  parent_id uuid,
  kind text not null,
  status text not null default 'queued'::text,
  trigger text not null,
  actor_id text,
  progress text,
  problems jsonb not null default '[]'::jsonb,
  result jsonb,
  applied jsonb,
  retry_at timestamp with time zone,
  cancel_requested_at timestamp with time zone,
  cancel_requested_by text,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  updated_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  weaker jsonb not null default '{}'::jsonb,
  constraint jobs_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'retrying'::text, 'waiting'::text, 'complete'::text, 'not_completed'::text, 'cancelled'::text]))),
  constraint jobs_trigger_check CHECK ((trigger = ANY (ARRAY['person'::text, 'schedule'::text, 'api'::text, 'setup'::text]))),
  constraint jobs_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint jobs_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint jobs_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint jobs_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint jobs_pkey PRIMARY KEY (id)
);
CREATE INDEX jobs_recent ON jobs USING btree (workspace_id, created_at DESC);
CREATE UNIQUE INDEX jobs_one_open ON jobs USING btree (connection_id, kind, (
CASE
    WHEN (kind = 'check-token'::text) THEN partner_id
    ELSE NULL::uuid
END)) NULLS NOT DISTINCT WHERE ((connection_id IS NOT NULL) AND (parent_id IS NULL) AND (status = ANY (ARRAY['queued'::text, 'running'::text, 'retrying'::text, 'waiting'::text])));
alter table jobs enable row level security;
alter table jobs force row level security;
create policy across on jobs for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on jobs for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on jobs to guestlist_app;

create table live_checks (
  partner_id uuid not null,
  workspace_id uuid not null,
  connection_id uuid not null,
  asked_at timestamp with time zone not null,
  day date not null,
  asked_today integer not null,
  told_at timestamp with time zone,
  lines jsonb,
  constraint live_checks_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint live_checks_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint live_checks_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint live_checks_pkey PRIMARY KEY (partner_id)
);
CREATE INDEX live_checks_connection ON live_checks USING btree (connection_id);
alter table live_checks enable row level security;
alter table live_checks force row level security;
create policy in_workspace on live_checks for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on live_checks to guestlist_app;

create table members (
  workspace_id uuid not null,
  user_id text not null,
  role text not null,
  status text not null default 'active'::text,
  invited_by text,
  ends_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'auditor'::text, 'member'::text, 'guest'::text]))),
  constraint members_status_check CHECK ((status = ANY (ARRAY['active'::text, 'removed'::text]))),
  constraint members_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint members_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint members_pkey PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_user ON members USING btree (user_id);
CREATE UNIQUE INDEX members_one_owner ON members USING btree (workspace_id) WHERE ((role = 'owner'::text) AND (status = 'active'::text));
alter table members enable row level security;
alter table members force row level security;
create policy in_workspace on members for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
create policy of_user on members for select using ((user_id = ( SELECT guestlist_user() AS guestlist_user)));
grant delete, insert, select, update on members to guestlist_app;

create table migrations (
  number integer not null,
  name text not null,
  hash text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (number)
);
grant select on migrations to guestlist_app;

create table notice_settings (
  workspace_id uuid not null,
  user_id text not null,
  kind text not null,
  console boolean not null default true,
  mail boolean not null default true,
  constraint notice_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint notice_settings_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint notice_settings_pkey PRIMARY KEY (workspace_id, user_id, kind)
);
alter table notice_settings enable row level security;
alter table notice_settings force row level security;
create policy in_workspace on notice_settings for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on notice_settings to guestlist_app;

create table notices (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  user_id text not null,
  kind text not null,
  at timestamp with time zone not null default now(),
  connection_id uuid,
  partner_id uuid,
  job_id uuid,
  about text,
  data jsonb not null default '{}'::jsonb,
  once text not null,
  shown boolean not null,
  read_at timestamp with time zone,
  mail text not null,
  mail_tries integer not null default 0,
  constraint notices_mail_check CHECK ((mail = ANY (ARRAY['none'::text, 'due'::text, 'sent'::text, 'given_up'::text]))),
  constraint notices_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint notices_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint notices_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint notices_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint notices_pkey PRIMARY KEY (id),
  constraint notices_workspace_id_user_id_kind_once_key UNIQUE (workspace_id, user_id, kind, once)
);
CREATE INDEX notices_due ON notices USING btree (workspace_id) WHERE (mail = 'due'::text);
CREATE INDEX notices_recent ON notices USING btree (workspace_id, user_id, at DESC);
alter table notices enable row level security;
alter table notices force row level security;
create policy across on notices for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on notices for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on notices to guestlist_app;

create table partners (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  name text,
  is_agency boolean not null default false,
  is_client boolean not null default false,
  status text not null default 'pending'::text,
  status_reason text,
  shared_only boolean not null default false,
  was_disconnected boolean not null default false,
  scopes text[] not null default '{}'::text[],
  first_seen_at timestamp with time zone not null,
  last_confirmed_at timestamp with time zone,
  not_confirmed_since timestamp with time zone,
  people_confirmed_at timestamp with time zone,
  read_at timestamp with time zone,
  ended_at timestamp with time zone,
  path text not null default 'api'::text,
  constraint partners_path_check CHECK ((path = ANY (ARRAY['api'::text, 'browser'::text]))),
  constraint partners_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint partners_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint partners_pkey PRIMARY KEY (id),
  constraint partners_connection_id_external_id_key UNIQUE (connection_id, external_id)
);
alter table partners enable row level security;
alter table partners force row level security;
create policy in_workspace on partners for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on partners to guestlist_app;

create table password_links (
  secret_hash bytea not null,
  user_id text not null,
  made_by text,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint password_links_made_by_fkey FOREIGN KEY (made_by) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint password_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint password_links_pkey PRIMARY KEY (secret_hash)
);
CREATE INDEX password_links_user ON password_links USING btree (user_id);
grant delete, insert, select, update on password_links to guestlist_app;

create table people (
  user_id text not null,
  locale text,
  theme text not null default 'system'::text,
  density text not null default 'comfortable'::text,
  time_zone text,
  last_seen_at timestamp with time zone,
  constraint people_density_check CHECK ((density = ANY (ARRAY['comfortable'::text, 'compact'::text]))),
  constraint people_theme_check CHECK ((theme = ANY (ARRAY['system'::text, 'light'::text, 'dark'::text]))),
  constraint people_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint people_pkey PRIMARY KEY (user_id)
);
grant delete, insert, select, update on people to guestlist_app;

create table person_news (
  id uuid not null default gen_random_uuid(),
  user_id text not null,
  at timestamp with time zone not null default now(),
  sentence text not null,
  seen_at timestamp with time zone,
  constraint person_news_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint person_news_pkey PRIMARY KEY (id)
);
CREATE INDEX person_news_open ON person_news USING btree (user_id) WHERE (seen_at IS NULL);
grant delete, insert, select, update on person_news to guestlist_app;

create table principals (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  kind text not null,
  partner_id uuid,
  business text not null,
  name text,
  email text,
  role text,
  reaches_all boolean not null default false,
  source text not null,
  facts jsonb not null default '{}'::jsonb,
  scope text not null,
  first_seen_at timestamp with time zone not null,
  last_confirmed_at timestamp with time zone not null,
  not_confirmed_since timestamp with time zone,
  ended_at timestamp with time zone,
  path text not null default 'api'::text,
  held_assets integer not null default 0,
  held_rank smallint not null default 4,
  held_how text[] not null default '{}'::text[],
  held_types text[] not null default '{}'::text[],
  email_key text default lower(email),
  constraint principals_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'system_user'::text, 'invitation'::text]))),
  constraint principals_path_check CHECK ((path = ANY (ARRAY['api'::text, 'browser'::text]))),
  constraint principals_source_check CHECK ((source = ANY (ARRAY['list'::text, 'assigned'::text]))),
  constraint principals_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint principals_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint principals_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint principals_pkey PRIMARY KEY (id),
  constraint principals_connection_id_external_id_key UNIQUE (connection_id, external_id)
);
CREATE INDEX principals_email ON principals USING btree (workspace_id, email_key) WHERE (email_key IS NOT NULL);
CREATE INDEX principals_everywhere ON principals USING btree (workspace_id, lower(COALESCE(name, email, external_id)), id) WHERE (ended_at IS NULL);
CREATE INDEX principals_guests ON principals USING btree (connection_id, lower(COALESCE(name, email, external_id)), id) INCLUDE (workspace_id) WHERE ((ended_at IS NULL) AND (kind = 'person'::text) AND (partner_id IS NOT NULL));
CREATE INDEX principals_own ON principals USING btree (connection_id, lower(COALESCE(name, email, external_id)), id) INCLUDE (workspace_id) WHERE ((ended_at IS NULL) AND (kind = 'person'::text) AND (partner_id IS NULL));
CREATE INDEX principals_partner ON principals USING btree (connection_id, partner_id) WHERE (ended_at IS NULL);
alter table principals enable row level security;
alter table principals force row level security;
create policy in_workspace on principals for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on principals to guestlist_app;

create table proposals (
  id uuid not null,
  workspace_id uuid not null,
  connection_id uuid not null,
  job_id uuid not null,
  partner_id uuid,
  what text not null,
  count integer not null,
  total integer not null,
  ids uuid[] not null,
  status text not null default 'open'::text,
  created_at timestamp with time zone not null default now(),
  decided_at timestamp with time zone,
  decided_by text,
  constraint proposals_status_check CHECK ((status = ANY (ARRAY['open'::text, 'applied'::text, 'discarded'::text, 'replaced'::text]))),
  constraint proposals_what_check CHECK ((what = ANY (ARRAY['own_people'::text, 'partner_people'::text, 'assets'::text]))),
  constraint proposals_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint proposals_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint proposals_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint proposals_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint proposals_pkey PRIMARY KEY (id)
);
CREATE INDEX proposals_open ON proposals USING btree (connection_id) WHERE (status = 'open'::text);
alter table proposals enable row level security;
alter table proposals force row level security;
create policy in_workspace on proposals for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on proposals to guestlist_app;

create table provider_limits (
  app text not null,
  key text not null,
  value text not null,
  until timestamp with time zone,
  constraint provider_limits_pkey PRIMARY KEY (app, key)
);
grant delete, insert, select, update on provider_limits to guestlist_app;

create table resources (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  connection_id uuid not null,
  type text not null,
  external_id text not null,
  name text,
  relation text not null,
  owner_business text,
  facts jsonb not null default '{}'::jsonb,
  scope text not null,
  first_seen_at timestamp with time zone not null,
  last_confirmed_at timestamp with time zone not null,
  not_confirmed_since timestamp with time zone,
  ended_at timestamp with time zone,
  path text not null default 'api'::text,
  touched_people integer not null default 0,
  touched_partners integer not null default 0,
  constraint resources_path_check CHECK ((path = ANY (ARRAY['api'::text, 'browser'::text]))),
  constraint resources_relation_check CHECK ((relation = ANY (ARRAY['owned'::text, 'client'::text]))),
  constraint resources_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint resources_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint resources_pkey PRIMARY KEY (id),
  constraint resources_connection_id_type_external_id_key UNIQUE (connection_id, type, external_id)
);
CREATE INDEX resources_everywhere ON resources USING btree (workspace_id, lower(COALESCE(name, external_id)), id) WHERE (ended_at IS NULL);
CREATE INDEX resources_live ON resources USING btree (connection_id, lower(COALESCE(name, external_id)), id) INCLUDE (workspace_id) WHERE (ended_at IS NULL);
alter table resources enable row level security;
alter table resources force row level security;
create policy in_workspace on resources for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on resources to guestlist_app;

create table revocations (
  id uuid not null,
  workspace_id uuid not null,
  partner_id uuid not null,
  fingerprint text not null,
  asked_at timestamp with time zone not null default now(),
  constraint revocations_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint revocations_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint revocations_pkey PRIMARY KEY (id)
);
alter table revocations enable row level security;
alter table revocations force row level security;
create policy across on revocations for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on revocations for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on revocations to guestlist_app;

create table secret_members (
  workspace_id uuid not null,
  secret_id uuid not null,
  user_id text not null,
  role text not null,
  added_at timestamp with time zone not null default now(),
  added_by text not null,
  constraint secret_members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'collaborator'::text]))),
  constraint secret_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint secret_members_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint secret_members_workspace_id_secret_id_fkey FOREIGN KEY (workspace_id, secret_id) REFERENCES secrets(workspace_id, id) ON DELETE CASCADE,
  constraint secret_members_pkey PRIMARY KEY (workspace_id, secret_id, user_id)
);
CREATE INDEX secret_members_user ON secret_members USING btree (workspace_id, user_id);
alter table secret_members enable row level security;
alter table secret_members force row level security;
create policy in_workspace on secret_members for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on secret_members to guestlist_app;

create table secret_versions (
  workspace_id uuid not null,
  secret_id uuid not null,
  version integer not null,
  label text not null,
  kind text not null,
  sealed text not null,
  deed text not null,
  by text not null,
  at timestamp with time zone not null default now(),
  vaults uuid[] not null,
  constraint secret_versions_deed_check CHECK ((deed = ANY (ARRAY['add'::text, 'change'::text, 'share'::text, 'unshare'::text, 'restore'::text]))),
  constraint secret_versions_sealed_check CHECK ((length(sealed) <= 210000)),
  constraint secret_versions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint secret_versions_workspace_id_secret_id_fkey FOREIGN KEY (workspace_id, secret_id) REFERENCES secrets(workspace_id, id) ON DELETE CASCADE,
  constraint secret_versions_pkey PRIMARY KEY (workspace_id, secret_id, version)
);
alter table secret_versions enable row level security;
alter table secret_versions force row level security;
create policy in_workspace on secret_versions for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on secret_versions to guestlist_app;

create table secrets (
  id uuid not null,
  workspace_id uuid not null,
  label text not null,
  kind text not null,
  version integer not null,
  created_at timestamp with time zone not null default now(),
  created_by text not null,
  changed_at timestamp with time zone not null default now(),
  changed_by text not null,
  expires_at timestamp with time zone,
  constraint secrets_kind_check CHECK ((kind = ANY (ARRAY['note'::text, 'password'::text, 'partner-token'::text]))),
  constraint secrets_label_check CHECK (((length(label) >= 1) AND (length(label) <= 200))),
  constraint secrets_version_check CHECK ((version > 0)),
  constraint secrets_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint secrets_pkey PRIMARY KEY (workspace_id, id)
);
CREATE INDEX secrets_expiry ON secrets USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX secrets_workspace ON secrets USING btree (workspace_id, changed_at DESC);
alter table secrets enable row level security;
alter table secrets force row level security;
create policy across on secrets for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on secrets for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on secrets to guestlist_app;

create table setup (
  one boolean not null default true,
  code_hash bytea,
  tries integer not null default 0,
  tries_since timestamp with time zone not null default now(),
  done_at timestamp with time zone,
  constraint setup_one_check CHECK (one),
  constraint setup_pkey PRIMARY KEY (one)
);
grant delete, insert, select, update on setup to guestlist_app;

create table shares (
  id uuid not null default gen_random_uuid(),
  workspace_id uuid not null,
  connection_id uuid not null,
  partner_id uuid not null,
  resource_id uuid not null,
  direction text not null,
  entitlements text[] not null default '{}'::text[],
  rank text not null,
  status text,
  scope text not null,
  first_seen_at timestamp with time zone not null,
  last_confirmed_at timestamp with time zone not null,
  not_confirmed_since timestamp with time zone,
  ended_at timestamp with time zone,
  path text not null default 'api'::text,
  constraint shares_direction_check CHECK ((direction = ANY (ARRAY['out'::text, 'in'::text]))),
  constraint shares_path_check CHECK ((path = ANY (ARRAY['api'::text, 'browser'::text]))),
  constraint shares_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint shares_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint shares_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES resources(id) ON DELETE CASCADE,
  constraint shares_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint shares_pkey PRIMARY KEY (id),
  constraint shares_partner_id_resource_id_direction_key UNIQUE (partner_id, resource_id, direction)
);
CREATE INDEX shares_resource ON shares USING btree (resource_id);
alter table shares enable row level security;
alter table shares force row level security;
create policy in_workspace on shares for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on shares to guestlist_app;

create table staged_items (
  workspace_id uuid not null,
  job_id uuid not null,
  part text not null,
  id text not null,
  "position" integer not null,
  item jsonb not null,
  done boolean not null default false,
  round smallint not null default 1,
  constraint staged_items_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint staged_items_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint staged_items_pkey PRIMARY KEY (job_id, part, id)
);
alter table staged_items enable row level security;
alter table staged_items force row level security;
create policy in_workspace on staged_items for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on staged_items to guestlist_app;

create table staged_rows (
  piece bigint not null generated always as identity,
  workspace_id uuid not null,
  job_id uuid not null,
  reader text not null,
  part text not null,
  principals text[] not null default '{}'::text[],
  data text not null,
  seen integer not null default 0,
  constraint staged_rows_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint staged_rows_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint staged_rows_pkey PRIMARY KEY (piece)
);
CREATE INDEX staged_rows_part ON staged_rows USING btree (job_id, part);
alter table staged_rows enable row level security;
alter table staged_rows force row level security;
create policy in_workspace on staged_rows for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on staged_rows to guestlist_app;

create table staged_scopes (
  workspace_id uuid not null,
  job_id uuid not null,
  reader text not null,
  scope text not null,
  state text not null,
  rows integer not null default 0,
  skipped integer not null default 0,
  failure jsonb,
  constraint staged_scopes_state_check CHECK ((state = ANY (ARRAY['sealed'::text, 'failed'::text]))),
  constraint staged_scopes_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint staged_scopes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint staged_scopes_pkey PRIMARY KEY (job_id, reader, scope)
);
alter table staged_scopes enable row level security;
alter table staged_scopes force row level security;
create policy in_workspace on staged_scopes for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on staged_scopes to guestlist_app;

create table token_requests (
  id uuid not null,
  workspace_id uuid not null,
  connection_id uuid not null,
  partner_id uuid not null,
  secret_hash bytea,
  email text,
  requested_by text not null,
  created_at timestamp with time zone not null default now(),
  sent_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone not null,
  opened_at timestamp with time zone,
  tries integer not null default 0,
  spent_at timestamp with time zone,
  spent_by text,
  credential_id uuid,
  revoked_at timestamp with time zone,
  lapsed_at timestamp with time zone,
  constraint token_requests_check CHECK (((secret_hash IS NOT NULL) OR (email IS NOT NULL))),
  constraint token_requests_email_check CHECK ((email = lower(email))),
  constraint token_requests_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connections(id) ON DELETE CASCADE,
  constraint token_requests_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partners(id) ON DELETE CASCADE,
  constraint token_requests_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint token_requests_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint token_requests_pkey PRIMARY KEY (id),
  constraint token_requests_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX token_requests_connection ON token_requests USING btree (connection_id);
CREATE INDEX token_requests_lapse ON token_requests USING btree (expires_at) WHERE ((spent_at IS NULL) AND (revoked_at IS NULL) AND (lapsed_at IS NULL));
CREATE INDEX token_requests_recent ON token_requests USING btree (partner_id, created_at DESC);
CREATE UNIQUE INDEX token_requests_one_open ON token_requests USING btree (partner_id) WHERE ((spent_at IS NULL) AND (revoked_at IS NULL));
alter table token_requests enable row level security;
alter table token_requests force row level security;
create policy across on token_requests for select using (guestlist_across());
create policy by_hash on token_requests for select using ((secret_hash = guestlist_hash()));
create policy in_workspace on token_requests for all using ((workspace_id = guestlist_workspace())) with check ((workspace_id = guestlist_workspace()));
grant delete, insert, select, update on token_requests to guestlist_app;

create table vault_pins (
  workspace_id uuid not null,
  vault_id uuid not null,
  about text not null,
  fingerprint text not null,
  code text not null,
  at timestamp with time zone not null default now(),
  constraint vault_pins_about_fkey FOREIGN KEY (about) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint vault_pins_vault_id_fkey FOREIGN KEY (vault_id) REFERENCES vaults(id) ON DELETE CASCADE,
  constraint vault_pins_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint vault_pins_pkey PRIMARY KEY (vault_id, about)
);
alter table vault_pins enable row level security;
alter table vault_pins force row level security;
create policy in_workspace on vault_pins for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on vault_pins to guestlist_app;

create table vaults (
  id uuid not null,
  workspace_id uuid not null,
  user_id text not null,
  recipient text not null,
  signing text not null,
  passphrase_file text,
  recovery_file text,
  made_at timestamp with time zone not null default now(),
  replaced_at timestamp with time zone,
  constraint vaults_check CHECK (((replaced_at IS NULL) = (passphrase_file IS NOT NULL))),
  constraint vaults_check1 CHECK (((replaced_at IS NULL) = (recovery_file IS NOT NULL))),
  constraint vaults_passphrase_file_check CHECK ((length(passphrase_file) <= 4000)),
  constraint vaults_recipient_check CHECK ((recipient ~ '^age1[02-9ac-hj-np-z]{58}$'::text)),
  constraint vaults_recovery_file_check CHECK ((length(recovery_file) <= 4000)),
  constraint vaults_signing_check CHECK ((signing ~ '^[A-Za-z0-9_-]{43}$'::text)),
  constraint vaults_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id) ON DELETE CASCADE,
  constraint vaults_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES workspaces(id) ON DELETE CASCADE,
  constraint vaults_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX vaults_one ON vaults USING btree (workspace_id, user_id) WHERE (replaced_at IS NULL);
alter table vaults enable row level security;
alter table vaults force row level security;
create policy in_workspace on vaults for all using ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((workspace_id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
grant delete, insert, select, update on vaults to guestlist_app;

create table workspaces (
  id uuid not null,
  name text not null,
  environment text not null,
  created_at timestamp with time zone not null default now(),
  two_factor_roles text[] not null default '{}'::text[],
  constraint workspaces_environment_check CHECK ((environment = ANY (ARRAY['live'::text, 'simulator'::text]))),
  constraint workspaces_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
  constraint workspaces_two_factor_roles_check CHECK ((two_factor_roles <@ ARRAY['owner'::text, 'admin'::text, 'auditor'::text, 'member'::text, 'guest'::text])),
  constraint workspaces_pkey PRIMARY KEY (id)
);
alter table workspaces enable row level security;
alter table workspaces force row level security;
create policy across on workspaces for select using (( SELECT guestlist_across() AS guestlist_across));
create policy in_workspace on workspaces for all using ((id = ( SELECT guestlist_workspace() AS guestlist_workspace))) with check ((id = ( SELECT guestlist_workspace() AS guestlist_workspace)));
create policy of_member on workspaces for select using ((EXISTS ( SELECT 1
   FROM members m
  WHERE (m.workspace_id = workspaces.id))));
grant delete, insert, select, update on workspaces to guestlist_app;

CREATE TRIGGER grants_added AFTER INSERT ON grants REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER grants_changed AFTER UPDATE ON grants REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER grants_deleted AFTER DELETE ON grants REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER partners_renamed AFTER UPDATE ON partners REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_renamed();

CREATE TRIGGER principals_added AFTER INSERT ON principals REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER principals_changed AFTER UPDATE ON principals REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER principals_deleted AFTER DELETE ON principals REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER resources_added AFTER INSERT ON resources REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER resources_changed AFTER UPDATE ON resources REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER resources_deleted AFTER DELETE ON resources REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER shares_added AFTER INSERT ON shares REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER shares_changed AFTER UPDATE ON shares REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();

CREATE TRIGGER shares_deleted AFTER DELETE ON shares REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION forget_compared();
