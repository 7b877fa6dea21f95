-- Rights and their history come a million at a time. Ids that follow each other end at the last page of an index; random ones touch all of its
-- pages, and each of these goes to the log whole. Servers before 18 make none in order and keep the random ones.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    alter table grants alter column id set default uuidv7();
    alter table changes alter column id set default uuidv7();
  end if;
end $$;

-- How many observations a piece holds, so that no more are taken together than memory is to hold. 0: staged by an earlier release.
alter table staged_rows add column seen integer not null default 0;
