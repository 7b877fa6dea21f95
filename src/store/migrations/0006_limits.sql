-- What a provider's limits ask for, shared at once by every process and connection that uses the same app. Outside of row-level security, since
-- an app may serve several workspaces: it holds names of apps and marks of tokens, times and counts, and nothing of a workspace.
create table provider_limits (
  -- Connector, environment and the app's id.
  app text not null,
  key text not null,
  value text not null,
  until timestamptz,
  primary key (app, key)
);
grant select, insert, update, delete on provider_limits to guestlist_app;

-- Asked once per query instead of once per row, as the tables of 0002 do.
do $$
declare p record;
begin
  for p in select tablename, policyname, qual, with_check from pg_policies
    where schemaname = 'public' and (qual ~ 'guestlist_' or with_check ~ 'guestlist_') loop
    execute format('alter policy %I on %I using (%s)%s', p.policyname, p.tablename,
      regexp_replace(p.qual, '(?<!SELECT )(guestlist_\w+\(\))', '(select \1)', 'g'),
      case when p.with_check is null then ''
        else format(' with check (%s)', regexp_replace(p.with_check, '(?<!SELECT )(guestlist_\w+\(\))', '(select \1)', 'g')) end);
  end loop;
end $$;
