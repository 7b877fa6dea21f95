-- A passkey works at the host alone that it was made for. Null: made before this was kept, and taken by the next start for its own host.
alter table auth_passkey add column host text;
