-- judge.sql - the verdicts of one run, from the rules in the design.
--
-- The table `run` says how it is run: topic and campaign (null: not said),
-- channel, consent (is it required?), allow_only.  Leaves `verdict`: for every
-- row its headline and the other reasons.

create temp table reason(code primary key, rank);
insert into reason values ('never_call', 0), ('malformed', 1), ('empty', 2),
    ('invalid', 3), ('damaged', 4), ('ambiguous', 5), ('wrong_type', 6),
    ('wrong_region', 7), ('dnc', 8), ('risk', 9), ('listed', 10),
    ('consent_missing', 11), ('consent_expired', 12),
    ('consent_withdrawn', 13), ('over_cap', 14), ('unreachable', 15),
    ('not_allowed', 16), ('duplicate', 17);

create temp table fired(row integer, code, unique(row, code) on conflict ignore);

-- Rows with a number that can be judged, and numbers a row may mean.
create temp table good as select row, number, person, type, region
    from campaign where status = 'ok';
create unique index temp.good_row on good(row);
create index temp.good_number on good(number);
create index temp.good_person on good(person);
create temp table reading(row integer, number);
insert into reading
    select row, case instr(readings, ' ') when 0 then readings
	else substr(readings, 1, instr(readings, ' ') - 1) end
	from campaign where readings <> ''
    union all
    select row, substr(readings, instr(readings, ' ') + 1) from campaign
	where instr(readings, ' ') > 0;

-- Rules 1 and 2.
insert into fired select row, status from campaign where status <> 'ok';
insert into fired select row, 'wrong_type' from good
    where type not in ('mobile', 'fixed', 'us', 'hk');
insert into fired select row, 'wrong_region' from good where region <> 'CN';

-- Rules 3, 4, 5 and the dead numbers of 9: entries that concern this run and
-- last.  What cannot be understood blocks: an unknown channel is any, an
-- unreadable end is none; a limit holds in a run that does not say its own.
create temp table entry as
    select list, number, prefix, person,
	(select w.reason from weight w where w.text = blocks.reason) as weight
    from blocks, run, moment
    left join channel on channel.text = blocks.channel
    left join date on date.text = blocks.expires
    where (blocks.topic = '' or run.topic is null or
	    lower(blocks.topic) = lower(run.topic)) and
	(blocks.campaign = '' or run.campaign is null or
	    lower(blocks.campaign) = lower(run.campaign)) and
	coalesce(channel.channel, 'any') in ('any', run.channel) and
	(date.b is null or date.b > now);
create index temp.entry_number on entry(number);
create index temp.entry_person on entry(person);
create temp table hit as
    select row, list, weight from good join entry using (number)
    union all
    select row, list, weight from good join entry
	on prefix <> '' and good.number glob prefix || '*'
    union all
    select row, list, weight from good join entry using (person)
	where person <> '';
-- All rules are evaluated: a row whose number cannot be read still has a
-- person, and numbers that it may mean.
create temp table mayhit as
    select row, list, weight from reading join entry using (number)
    union all
    select row, list, weight from reading join entry
	on prefix <> '' and reading.number glob prefix || '*'
    union all
    select row, list, weight from campaign join entry using (person)
	where person <> '' and status not in ('ok', 'malformed');
insert into fired select row, list from hit;
insert into fired select row, weight from hit where weight is not null;
insert into fired select row, list from mayhit;
insert into fired select row, weight from mayhit where weight is not null;

-- Rule 6.  When each line says yes and when it says no: an unreadable yes is
-- none, an unreadable no is one now; a day of withdrawal takes back what was
-- given in its course, but never later than now.
create temp table said as
    select c.number, c.person,
	coalesce(ch.channel, '?') as channel,
	lower(c.purpose) as purpose,
	c.granted = '' or g.a is not null as yes,
	coalesce(g.a, -1e18) as since,
	case when c.expires = '' then 1e18 else coalesce(e.b, -1e18) end as until,
	c.expires <> '' and e.b is null as unread,
	case when c.withdrawn = '' then null
	    when w.a is null then now
	    when w.a < w.b and w.a <= now then min(w.b - 1, now)
	    else w.a end as no
    from consent c, moment
    left join channel ch on ch.text = c.channel
    left join date g on g.text = c.granted
    left join date e on e.text = c.expires
    left join date w on w.text = c.withdrawn;

-- A withdrawal holds for the number and the person; in a run that does not
-- say its purpose, or through an unknown channel, it holds as well.
create temp table refused as
    select number, person, no from said, run, moment
    where no <= now and said.channel in ('any', '?', run.channel) and
	(purpose = '' or run.topic is null or purpose = lower(run.topic));
-- A consent holds for the number, for the person only where there is none; for
-- its purpose and channel alone.
create temp table granted as
    select number, case number when '' then person else '' end as person,
	since, min(until, coalesce(no, 1e18)) as until from said, run, moment
    where yes and not unread and (no is null or no > now) and
	said.channel in ('any', run.channel) and
	(purpose = '' or purpose = lower(run.topic));
-- The same line, when it was taken back before it was given: given anew.
insert into granted
    select number, case number when '' then person else '' end, since, until
    from said, run, moment
    where yes and not unread and no < since and
	said.channel in ('any', run.channel) and
	(purpose = '' or purpose = lower(run.topic));
create index temp.refused_number on refused(number);
create index temp.refused_person on refused(person);
create index temp.granted_number on granted(number);
create index temp.granted_person on granted(person);

create temp table no as
    select row, r.no as at from good join refused r using (number)
    union all
    select row, r.no from good g join refused r using (person)
	where person <> '';
create temp table yes as
    select row, since, until from good join granted using (number)
    union all
    select row, since, until from good g join granted a using (person)
	where person <> '';
create index temp.no_row on no(row);
create index temp.yes_row on yes(row);
create temp table consented as
    select distinct row from yes, moment
    where since <= now and until > now and not exists
	(select 1 from no where no.row = yes.row and at >= since);
create unique index temp.consented_row on consented(row);

insert into fired
    select row, case
	when exists (select 1 from no where no.row = good.row)
	    then 'consent_withdrawn'
	when exists (select 1 from yes, moment where yes.row = good.row and
	    since <= now and until <= now) then 'consent_expired'
	else 'consent_missing' end
    from good, run
    where row not in (select row from consented) and (run.consent or
	exists (select 1 from no where no.row = good.row));

-- Rule 7: 3 in 24 hours, 5 in 7 days, 2 a day in Berlin, where the day of the
-- run began at 2026-03-28T23:00:00Z.  A day without a time is as late as it
-- can have been; an unreadable time is now.
create temp table call as
    select number, person, case
	when d.a is null then now
	when d.a < d.b and d.a <= now then min(d.b - 1, now)
	else d.a end as at
    from calls, moment left join date d on d.text = called;
delete from call where at > (select now from moment);
create temp table busy as
    select number as who, at from call where number <> '' union all
    select person, at from call where person <> '';
create temp table capped as
    select who from busy, moment group by who having
	sum(at > now - 86400) >= 3 or sum(at > now - 7 * 86400) >= 5 or
	sum(at >= strftime('%s', '2026-03-28T23:00:00Z') + 0) >= 2;
insert into fired select row, 'over_cap' from good
    where number in (select who from capped) or
	person in (select who from capped);

-- Rule 9: what is not understood permits nothing.
create temp table permit as
    select number, person from allow, run, moment
    left join channel on channel.text = allow.channel
    left join date on date.text = allow.expires
    where (allow.topic = '' or lower(allow.topic) = lower(run.topic)) and
	channel.channel in ('any', run.channel) and
	(allow.expires = '' or date.b > now);
insert into fired select row, 'not_allowed' from good, run
    where run.allow_only and
	number not in (select number from permit where number <> '') and
	person not in (select person from permit
	    where number = '' and person <> '');

-- Last: duplicates, among rows that would be kept.
insert into fired
    select row, 'duplicate' from (
	select row, row_number() over (partition by number order by row) as nth
	from good where row not in (select row from fired))
    where nth > 1;

create temp table verdict(row integer primary key, headline, also);
insert into verdict
    select row, substr(codes, 1, instr(codes || ';', ';') - 1) as headline,
	substr(codes, instr(codes || ';', ';') + 1) as also
    from (select row, group_concat(code, ';') as codes from
	(select row, code from fired join reason using (code)
	    order by row, rank) group by row);
