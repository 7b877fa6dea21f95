-- A secret's id is made in a browser, since what is encrypted carries it. It is one's own within a workspace: an id that another workspace has
-- taken is as free as any other, and nothing tells that it is taken there.
alter table secret_members drop constraint secret_members_secret_id_fkey, drop constraint secret_members_pkey;
alter table secret_versions drop constraint secret_versions_secret_id_fkey, drop constraint secret_versions_pkey;
alter table secrets drop constraint secrets_pkey, add primary key (workspace_id, id);
alter table secret_members add primary key (workspace_id, secret_id, user_id),
  add foreign key (workspace_id, secret_id) references secrets (workspace_id, id) on delete cascade;
alter table secret_versions add primary key (workspace_id, secret_id, version),
  add foreign key (workspace_id, secret_id) references secrets (workspace_id, id) on delete cascade;
