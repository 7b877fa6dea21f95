-- The lists over all apps of a workspace come out of an index, in order, as those of one app do.
create index principals_everywhere on principals (workspace_id, lower(coalesce(name, email, external_id)), id) where ended_at is null;
create index resources_everywhere on resources (workspace_id, lower(coalesce(name, external_id)), id) where ended_at is null;
