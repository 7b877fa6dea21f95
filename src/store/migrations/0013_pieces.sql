-- What a run has seen, in pieces: what one answer gave of one part (what stands on its own; the shares of one partner; the people and rights
-- of one business), packed by staged-piece.ts. A row for each thing that was seen cost more than reading it. What a run in flight has staged is
-- packed too.
alter table staged_rows rename to staged_before;
alter table staged_before drop constraint staged_rows_pkey, drop constraint staged_rows_job_id_fkey,
  drop constraint staged_rows_workspace_id_fkey;
-- Row-level security binds the owner too, who reads every row here.
alter table staged_before no force row level security;
create unlogged table staged_rows (
  piece bigint generated always as identity primary key,
  workspace_id uuid not null references workspaces (id) on delete cascade,
  job_id uuid not null references jobs (id) on delete cascade,
  reader text not null,
  part text not null,
  -- Who is in it, so that nobody has to be unpacked to be found.
  principals text[] not null default '{}',
  data text not null
);
create index staged_rows_part on staged_rows (job_id, part);
insert into staged_rows (workspace_id, job_id, reader, part, principals, data)
select workspace_id, job_id, reader, part, coalesce(array_agg(distinct principal) filter (where principal is not null), '{}'),
  jsonb_build_object('scopes', '[]'::jsonb, 'resources', '[]'::jsonb, 'entitlements', '[]'::jsonb, 'businesses', '[]'::jsonb,
    'grants', '[]'::jsonb, 'others', jsonb_agg(data))::text
from (
  select workspace_id, job_id, reader, data,
    case kind when 'share' then 'shares/' || (data ->> 'partner') when 'principal' then 'people/' || (data ->> 'business')
      when 'grant' then 'people/' || (data ->> 'business') else 'ground' end as part,
    case kind when 'principal' then data ->> 'externalId' when 'grant' then data ->> 'principal' end as principal
  from staged_before) seen
group by workspace_id, job_id, reader, part;
drop table staged_before;

-- What was compared and found to be exactly what is stored, by a digest of everything that the comparison looks at. The same again need not
-- be compared again; any other write to what is stored forgets it.
create table compared (
  workspace_id uuid not null references workspaces (id) on delete cascade,
  connection_id uuid not null references connections (id) on delete cascade,
  part text not null,
  digest text not null,
  -- What comparing told of it besides: people that no list names, shares that two lists tell differently.
  told integer not null default 0,
  primary key (connection_id, part)
);

do $$
declare t text;
begin
  foreach t in array array['staged_rows', 'compared'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy in_workspace on %I using (workspace_id = (select guestlist_workspace())) with check (workspace_id = (select guestlist_workspace()))', t);
    execute format('grant select, insert, update, delete on %I to guestlist_app', t);
  end loop;
end $$;

create function forget_compared() returns trigger language plpgsql as $$
begin
  delete from compared where connection_id in (select connection_id from written);
  return null;
end $$;

do $$
declare t text;
begin
  foreach t in array array['resources', 'shares', 'principals', 'grants'] loop
    execute format('create trigger %1$s_added after insert on %1$I referencing new table as written for each statement execute function forget_compared()', t);
    execute format('create trigger %1$s_changed after update on %1$I referencing new table as written for each statement execute function forget_compared()', t);
    execute format('create trigger %1$s_deleted after delete on %1$I referencing old table as written for each statement execute function forget_compared()', t);
  end loop;
end $$;
