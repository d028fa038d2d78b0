// duckdb - the job by DuckDB's Node package.
//
//	node duckdb.mjs MODULES DATA OUT [FROM]
//	node duckdb.mjs MODULES DATA MADE --make
//	node duckdb.mjs MODULES --version
//
// The campaign is read from its CSV into a table, whose rowid is the order of
// the file; the lists are read only as far as they concern its numbers: from
// their CSV, from the tables of a database file FROM.duckdb, or from the
// Parquet files of a folder FROM.  --make writes both, MADE/lists.duckdb and
// MADE/*.parquet, with numbers as integers and times as timestamps.  Parquet
// is sorted by number, which makes it a little faster; sorted tables were
// slower.
import { createRequire } from 'node:module';

const [modules, data, out, from] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${modules}/x`)('@duckdb/node-api');
const db = await (await DuckDBInstance.create(':memory:', {
	temp_directory: `${out ?? '.'}/spill`,
})).connect();

if (data === '--version') {
	const answer = await db.runAndReadAll('SELECT version()');
	console.log(answer.getRows()[0][0]);
	process.exit(0);
}

const AS_OF = '2026-03-01T00:00:00Z';
const DAY_AGO = '2026-02-28T00:00:00Z';
const WEEK_AGO = '2026-02-22T00:00:00Z';
const COLUMNS = ['id', 'name', 'phone', 'city', 'address', 'segment', 'amount',
	'notes', 'created_at'];

// Naming the columns spares DuckDB a look at the file to guess them.
const csv = (file, columns) => {
	const types = Object.entries(columns).map(([name, type]) =>
	    `'${name}': '${type}'`);
	return `read_csv('${data}/${file}', header = true, delim = ',',
	    quote = '"', escape = '"', auto_detect = false,
	    columns = {${types.join(', ')}})`;
};
const campaign = csv('campaign.csv',
    Object.fromEntries(COLUMNS.map((name) => [name, 'VARCHAR'])));

// The same, for DuckDB's own forms, with types that serve it best.
const LISTS = {
	dnc: { number: 'BIGINT', reason: 'VARCHAR', added_at: 'DATE' },
	consent: { number: 'BIGINT', granted_at: 'TIMESTAMP',
		expires_at: 'TIMESTAMP' },
	calls: { number: 'BIGINT', called_at: 'TIMESTAMP' },
};

if (from === '--make') {
	await db.run(`ATTACH '${out}/lists.duckdb' AS made`);
	for (const [name, columns] of Object.entries(LISTS)) {
		await db.run(`CREATE TABLE made.${name} AS
			FROM ${csv(`${name}.csv`, columns)}`);
		await db.run(`COPY (FROM made.${name} ORDER BY number)
			TO '${out}/${name}.parquet'`);
	}
	await db.run('DETACH made');
	process.exit(0);
}

// Text compares as fast as it is read from CSV; parsing dates would not.
const text = (columns) => Object.fromEntries(Object.entries(columns).map(
    ([name, type]) => [name, type === 'BIGINT' ? type : 'VARCHAR']));
const list = (name) => {
	if (!from)
		return csv(`${name}.csv`, text(LISTS[name]));
	if (from.endsWith('.duckdb'))
		return `made.${name}`;
	return `read_parquet('${from}/${name}.parquet')`;
};
const [dnc, consent, calls] = Object.keys(LISTS).map(list);
if (from?.endsWith('.duckdb'))
	await db.run(`ATTACH '${from}' AS made (READ_ONLY)`);

// Most numbers are eleven plain digits, which needs no pattern.
await db.run(`CREATE MACRO bare(phone) AS translate(phone, ' ()-', '')`);
await db.run(`CREATE MACRO e164(bare) AS CASE
	WHEN regexp_full_match(bare, '(\\+86|0086|86)?1[3-9][0-9]{9}')
	THEN 8600000000000 + CAST(right(bare, 11) AS BIGINT)
	WHEN regexp_full_match(bare,
	    '(0|\\+86|0086)((10|2[0-9])[0-9]{8}|[3-9][0-9]{10})')
	THEN CAST('86' || regexp_extract(bare, '^(0086|\\+86|0)(.*)$', 2)
	    AS BIGINT) END`);
await db.run(`CREATE TABLE campaign AS SELECT *, CASE
	WHEN strlen(phone) = 11 AND TRY_CAST(phone AS BIGINT)
	    BETWEEN 13000000000 AND 19999999999
	THEN 8600000000000 + CAST(phone AS BIGINT)
	ELSE e164(bare(phone)) END AS number FROM ${campaign}`);

await db.run(`CREATE TABLE person AS SELECT number, min(rowid) AS first
	FROM campaign WHERE number IS NOT NULL GROUP BY number`);
await db.run(`CREATE TABLE verdict AS
	WITH barred AS (
		SELECT DISTINCT number FROM ${dnc} SEMI JOIN person
		    USING (number)),
	agreed AS (
		SELECT number, bool_or(granted_at <= '${AS_OF}' AND
		    (expires_at IS NULL OR expires_at > '${AS_OF}')) AS lasts
		FROM ${consent} SEMI JOIN person USING (number)
		GROUP BY number),
	rung AS (
		SELECT number FROM ${calls} SEMI JOIN person USING (number)
		WHERE called_at > '${WEEK_AGO}' AND called_at <= '${AS_OF}'
		GROUP BY number HAVING count(*) >= 3 OR
		    count(*) FILTER (called_at > '${DAY_AGO}') >= 2)
	SELECT number, first, CASE
		WHEN barred.number IS NOT NULL THEN 'dnc'
		WHEN lasts IS NULL THEN 'consent_missing'
		WHEN NOT lasts THEN 'consent_expired'
		WHEN rung.number IS NOT NULL THEN 'over_cap' END AS reason
	FROM person LEFT JOIN barred USING (number)
	LEFT JOIN agreed USING (number) LEFT JOIN rung USING (number)`);

const columns = COLUMNS.map((name) => `c.${name}`).join(', ');
await db.run(`COPY (SELECT ${columns} FROM campaign c WHERE rowid IN
	    (SELECT first FROM verdict WHERE reason IS NULL) ORDER BY rowid)
	TO '${out}/clean.csv' (HEADER, DELIMITER ',')`);
await db.run(`COPY (SELECT id, CASE
	    WHEN c.number IS NULL THEN 'invalid'
	    ELSE coalesce(reason, 'duplicate') END AS reason
	FROM campaign c LEFT JOIN verdict USING (number)
	WHERE c.number IS NULL OR reason IS NOT NULL OR c.rowid <> first
	ORDER BY c.rowid) TO '${out}/rejected.csv' (HEADER, DELIMITER ',')`);
db.closeSync();
