-- On which way a right was last read: who is assigned to an asset stands on the provider's pages, too.
alter table grants add column path text not null default 'api' check (path in ('api', 'browser'));
