-- The transaction that wrote last to what a connection's lists count. Counts of a list are asked again only where it is another one (list.ts).
alter table connections add column inventory_version bigint not null default 0;

create function note_inventory(connections_written uuid[]) returns void language sql as $$
  update connections set inventory_version = pg_current_xact_id()::text::bigint
  where id = any(connections_written) and inventory_version <> pg_current_xact_id()::text::bigint
$$;

create or replace function forget_compared() returns trigger language plpgsql as $$
declare ids uuid[];
begin
  select array_agg(distinct connection_id) into ids from written;
  delete from compared where connection_id = any(ids);
  perform note_inventory(ids);
  return null;
end $$;

-- Lists count people by their partner's name; whatever else is written to a partner leaves the counts as they are.
create function note_renamed() returns trigger language plpgsql as $$
begin
  perform note_inventory((
    select array_agg(distinct w.connection_id) from written w join before b using (id) where b.name is distinct from w.name));
  return null;
end $$;
create trigger partners_renamed after update on partners referencing old table as before new table as written
  for each statement execute function note_renamed();
