-- load.sql - what gen.awk says is true, as tables, with all dates read.

pragma synchronous = off;
pragma journal_mode = off;

-- (`dot`: .import takes a line that begins with an empty field for the end.)
create table campaign(dot, row integer primary key, line, status, number,
    readings, type, region, shown, person, record);
create table blocks(dot, list, number, prefix, person, reason, topic, campaign,
    channel, expires);
create table consent(dot, number, person, granted, expires, withdrawn, purpose,
    channel);
create table calls(dot, number, person, called);
create table allow(dot, number, person, expires, topic, channel);
.mode ascii
.separator "\t" "\n"
.import campaign.tsv campaign
.import blocks.tsv blocks
.import consent.tsv consent
.import calls.tsv calls
.import allow.tsv allow

-- The moment of the run, 2026-03-29 15:30 in Berlin.
create table moment as select 1774791000 as now;

-- Every text that stands for a date, with the instants it means: [a, b) for a
-- day without a time, a = b for an instant; both null when it cannot be read.
create table date(text primary key, form, plain, a integer, b integer);
insert into date(text)
    select expires from blocks union select granted from consent union
    select expires from consent union select withdrawn from consent union
    select called from calls union select expires from allow;
delete from date where text = '';

update date set plain = case
    when text glob '[0-9][0-9][0-9][0-9]/*/*' then
	printf('%04d-%02d-%02d', substr(text, 1, 4),
	    substr(text, 6, instr(substr(text, 6), '/') - 1),
	    substr(text, 6 + instr(substr(text, 6), '/')))
    else replace(text, ' ', 'T') end;
-- SQLite takes 2026-02-30 for the second of March: not a date.
update date set form = case
    when plain glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' then
	case when date(plain) is plain and date(plain, '+0 days') is plain
	    then 'day' end
    when plain glob '????-??-??T??:??:??Z' or
	plain glob '????-??-??T??:??:??[-+]??:??' then 'instant'
    when plain glob '????-??-??T??:??:??' then 'local'
    end;

-- Clocks in Berlin go forward at 02:00 on the last Sunday of March and back at
-- 03:00 on the last of October; a local time is read with the offset that was
-- in force before the change, until the later of the two readings is past.
create temp view change as
    with years(y) as (select 1990 union all select y + 1 from years
	where y < 2200)
    select y,
	strftime('%s', y || '-03-25', 'weekday 0') + 3 * 3600 as forward,
	strftime('%s', y || '-10-25', 'weekday 0') + 3 * 3600 as back
    from years;
create table summer as select y, forward, back from change;
create unique index summer_y on summer(y);

create table local as
    select text, 0 as which, cast(strftime('%s', plain) as integer) as t
	from date where form in ('day', 'local')
    union all
    select text, 1, cast(strftime('%s', plain, '+1 day') as integer)
	from date where form = 'day';
create table utc as
    select text, which, t - 3600 - 3600 * (t >= forward and t < back) as t
    from local join summer on y = cast(strftime('%Y', t, 'unixepoch') as integer);
create unique index utc_text on utc(text, which);
update date set
    a = (select t from utc where utc.text = date.text and which = 0),
    b = (select t from utc where utc.text = date.text and which = 1)
    where form in ('day', 'local');
update date set b = a where form = 'local';
update date set a = cast(strftime('%s', plain) as integer),
    b = cast(strftime('%s', plain) as integer) where form = 'instant';

create index blocks_number on blocks(number);
create index blocks_person on blocks(person);
create index consent_number on consent(number);
create index consent_person on consent(person);
create index calls_number on calls(number);
create index calls_person on calls(person);
create index allow_number on allow(number);
create index allow_person on allow(person);

-- Channels as lists write them; any other word is unknown.
create table channel(text primary key, channel);
insert into channel values ('', 'any'), ('any', 'any'), ('all', 'any'),
    ('voice', 'voice'), ('calls', 'voice'), ('电话', 'voice'), ('sms', 'sms'),
    ('text', 'sms'), ('短信', 'sms'), ('email', 'email');

-- Reasons that make an entry weigh more.
create table weight(text primary key, reason);
insert into weight values ('malicious', 'risk'), ('litigator', 'risk'),
    ('fraud', 'risk'), ('律师', 'risk'), ('dead-number', 'unreachable'),
    ('disconnected', 'unreachable'), ('空号', 'unreachable');
