-- Whom and what a reader of pages looks at one by one: what its lists named, and who of them was looked at. A read that was cut off goes on with
-- the others. It goes with the rest of a job's staging.
create unlogged table staged_items (
  workspace_id uuid not null references workspaces (id) on delete cascade,
  job_id uuid not null references jobs (id) on delete cascade,
  part text not null,
  -- The provider's.
  id text not null,
  position integer not null,
  item jsonb not null,
  done boolean not null default false,
  -- 2 where the lists were read a second time, before something that turned from full to empty is believed.
  round smallint not null default 1,
  primary key (job_id, part, id)
);
alter table staged_items enable row level security;
alter table staged_items force row level security;
create policy in_workspace on staged_items using (workspace_id = (select guestlist_workspace()))
  with check (workspace_id = (select guestlist_workspace()));
grant select, insert, update, delete on staged_items to guestlist_app;
