#!/bin/sh
# sqlite.sh LISTS OUT - the job by the sqlite3 shell, in memory.
set -eu
lists=$1 out=$2

exec sqlite3 -batch :memory: <<SQL
CREATE TABLE campaign(id, name, phone, city, address, segment, amount, notes,
    created_at);
CREATE TABLE dnc(number INTEGER, reason, added_at);
CREATE TABLE consent(number INTEGER, granted_at, expires_at);
CREATE TABLE calls(number INTEGER, called_at);
.import --csv --skip 1 $lists/campaign.csv campaign
.import --csv --skip 1 $lists/dnc.csv dnc
.import --csv --skip 1 $lists/consent.csv consent
.import --csv --skip 1 $lists/calls.csv calls

CREATE TABLE entry(row INTEGER PRIMARY KEY, number INTEGER);
INSERT INTO entry
WITH bare(row, t) AS MATERIALIZED (
	SELECT rowid, replace(replace(replace(replace(phone, ' ', ''), '-', ''),
	    '(', ''), ')', '') FROM campaign),
national(row, marked, d) AS MATERIALIZED (
	SELECT row, substr(t, 1, 1) IN ('0', '+'), CASE
	    WHEN t GLOB '+86*' THEN substr(t, 4)
	    WHEN t GLOB '0086*' THEN substr(t, 5)
	    WHEN t GLOB '0*' THEN substr(t, 2)
	    WHEN length(t) = 13 AND t GLOB '86*' THEN substr(t, 3)
	    ELSE t END FROM bare)
SELECT row, CASE
	WHEN d GLOB '*[^0-9]*' THEN NULL
	WHEN length(d) = 11 AND d GLOB '1[3-9]*' THEN 8600000000000 + d
	WHEN marked AND (length(d) = 10 AND (d GLOB '10*' OR d GLOB '2*')
	    OR length(d) = 11 AND d GLOB '[3-9]*')
	THEN CAST('86' || d AS INTEGER) END FROM national;

-- The lists are read once each, as far as they concern the campaign.
CREATE TABLE person(number INTEGER PRIMARY KEY, first INTEGER);
INSERT INTO person SELECT number, min(row) FROM entry
	WHERE number IS NOT NULL GROUP BY number;
CREATE TABLE barred(number INTEGER PRIMARY KEY);
INSERT OR IGNORE INTO barred SELECT p.number FROM dnc CROSS JOIN person p
	ON p.number = dnc.number;
CREATE TABLE agreed(number INTEGER PRIMARY KEY, lasts INTEGER);
INSERT INTO agreed
	SELECT p.number, max(granted_at <= '2026-03-01T00:00:00Z' AND
	    (expires_at = '' OR expires_at > '2026-03-01T00:00:00Z'))
	FROM consent CROSS JOIN person p ON p.number = consent.number
	GROUP BY p.number;
CREATE TABLE rung(number INTEGER PRIMARY KEY);
INSERT INTO rung
	SELECT p.number FROM calls CROSS JOIN person p
	ON p.number = calls.number
	WHERE called_at > '2026-02-22T00:00:00Z' AND
	    called_at <= '2026-03-01T00:00:00Z'
	GROUP BY p.number
	HAVING count(*) >= 3 OR sum(called_at > '2026-02-28T00:00:00Z') >= 2;

CREATE TABLE verdict(row INTEGER PRIMARY KEY, reason);
INSERT INTO verdict
	SELECT e.row, CASE
	    WHEN e.number IS NULL THEN 'invalid'
	    WHEN b.number IS NOT NULL THEN 'dnc'
	    WHEN a.lasts IS NULL THEN 'consent_missing'
	    WHEN NOT a.lasts THEN 'consent_expired'
	    WHEN r.number IS NOT NULL THEN 'over_cap'
	    WHEN p.first <> e.row THEN 'duplicate' END
	FROM entry e LEFT JOIN person p USING (number)
	LEFT JOIN barred b USING (number) LEFT JOIN agreed a USING (number)
	LEFT JOIN rung r USING (number) ORDER BY e.row;

.mode csv
.separator , \n
.headers on
.output $out/clean.csv
SELECT c.* FROM verdict v JOIN campaign c ON c.rowid = v.row
	WHERE reason IS NULL ORDER BY v.row;
.output $out/rejected.csv
SELECT c.id, reason FROM verdict v JOIN campaign c ON c.rowid = v.row
	WHERE reason IS NOT NULL ORDER BY v.row;
SQL
