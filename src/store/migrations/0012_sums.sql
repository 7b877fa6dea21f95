-- What each holder holds and who touches each asset, kept beside them: a list of people sorted or filtered by their rights then reads people,
-- not every grant. Written with the grants, in the same transaction (held.ts).
alter table principals
  add column held_assets integer not null default 0,
  add column held_rank smallint not null default 4,
  add column held_how text[] not null default '{}',
  add column held_types text[] not null default '{}';
alter table resources
  add column touched_people integer not null default 0,
  add column touched_partners integer not null default 0;

-- Row-level security binds the owner too, who sums up every workspace here.
alter table principals no force row level security;
alter table resources no force row level security;
alter table grants no force row level security;
alter table shares no force row level security;
update principals p set held_assets = h.assets, held_rank = h.rank, held_how = h.how, held_types = h.types
from (
  select g.principal_id, count(distinct g.resource_id)::int as assets,
    min(case g.rank when 'full' then 1 when 'edit' then 2 when 'view' then 3 else 4 end)::smallint as rank,
    array_agg(distinct g.how) as how, array_agg(distinct r.type) as types
  from grants g join resources r on r.id = g.resource_id where g.ended_at is null group by g.principal_id
) h where h.principal_id = p.id;
update resources r set touched_people = coalesce(t.people, 0), touched_partners = coalesce(s.partners, 0)
from resources x
  left join (select resource_id, count(distinct principal_id)::int as people from grants where ended_at is null group by 1) t
    on t.resource_id = x.id
  left join (select resource_id, count(distinct partner_id)::int as partners from shares where ended_at is null group by 1) s
    on s.resource_id = x.id
where x.id = r.id and (t.people is not null or s.partners is not null);
alter table principals force row level security;
alter table resources force row level security;
alter table grants force row level security;
alter table shares force row level security;

-- Pages and counts of the two large lists come out of an index, in order.
create index principals_own on principals (connection_id, lower(coalesce(name, email, external_id)), id) include (workspace_id)
  where ended_at is null and kind = 'person' and partner_id is null;
create index principals_guests on principals (connection_id, lower(coalesce(name, email, external_id)), id) include (workspace_id)
  where ended_at is null and kind = 'person' and partner_id is not null;
create index resources_live on resources (connection_id, lower(coalesce(name, external_id)), id) include (workspace_id)
  where ended_at is null;

-- Principals, resources and partners go with their connection and in no other way. A grant goes with its holder and its asset, a line of
-- history with the connection: further keys to the same end cost a look-up for every row of a first load.
alter table grants drop constraint grants_workspace_id_fkey, drop constraint grants_connection_id_fkey,
  drop constraint grants_partner_id_fkey;
alter table changes drop constraint changes_workspace_id_fkey, drop constraint changes_job_id_fkey,
  drop constraint changes_partner_id_fkey, drop constraint changes_principal_id_fkey, drop constraint changes_resource_id_fkey;
-- What goes with an asset is found by it, ended rows too: a partial index cannot serve that.
drop index grants_resource;
create index grants_resource on grants (resource_id);
drop index shares_resource;
create index shares_resource on shares (resource_id);
