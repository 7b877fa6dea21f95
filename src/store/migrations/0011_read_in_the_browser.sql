-- On which way a row was last read: through the provider's API or on its pages. And when a check for updates reads pages.
alter table automations add column reading text not null default 'off' check (reading in ('off', 'refused', 'always'));
alter table partners add column path text not null default 'api' check (path in ('api', 'browser'));
alter table resources add column path text not null default 'api' check (path in ('api', 'browser'));
alter table principals add column path text not null default 'api' check (path in ('api', 'browser'));
alter table shares add column path text not null default 'api' check (path in ('api', 'browser'));
