create schema app;
create type app.mood as enum ('bad', 'ok');
create domain app.short as text check (length(value) < 9);
create type app.pair as (a integer, b text);
create table app.people (
  id integer generated always as identity primary key,
  name text,
  age integer default 1,
  upper_name text generated always as (upper(name)) stored,
  mood app.mood
);
alter table app.people add constraint old_enough check (age > 0) not valid;
create index people_age_idx on app.people (age);
create table app.notes (id integer not null, person_id integer references app.people, body text);
create table app.parts (kind integer) partition by list (kind);
create table app.part_1 partition of app.parts for values in (1);
create view app.names as select name from app.people;
create sequence app.tickets;
create function app.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function app.twice(n integer) returns integer language sql stable return n * 2;
create trigger touch_people before update on app.people for each row execute function app.touch();
create policy readers on app.people for select using (age > 3);
