-- Whose people and grants are staged, so that they are compared business by business: memory then holds one at a time. Staging is a working
-- paper that outlives a crash of the program and not one of the database: it is written to no log, and a run whose staging is gone reads again.
alter table staged_rows add column business text
  generated always as (case when kind in ('principal', 'grant') then data ->> 'business' end) stored;
create index staged_rows_business on staged_rows (job_id, business);
alter table staged_rows set unlogged;
alter table staged_scopes set unlogged;
