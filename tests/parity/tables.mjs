// The committed tables, read back from C, so that parity drives what is used.
import { readFileSync } from 'node:fs';

export const LEAF = 0x8000;

function cells(text, name) {
	const from = text.indexOf(`${name}[`);
	const open = text.indexOf('= {', from);
	const close = text.indexOf('\n};', open);
	if (from < 0 || open < 0 || close < 0)
		throw new Error(`no table ${name}`);
	return text.slice(open + 3, close);
}

const numbers = (s) => s.match(/0x[0-9a-f]+|\d+/g).map(Number);

export function read(file) {
	const text = readFileSync(file, 'utf8');
	const pool = cells(text, 'numplan_pool').match(/\{[^}]*\}/g)
	    .map(numbers);
	const stripPool = cells(text, 'numplan_strip_pool').match(/\{[^}]*\}/g)
	    .map(numbers);
	const codes = [];
	for (const m of cells(text, 'numplan_codes').matchAll(
	    /\{ (\d+), (\d+), (\d+),\s*\{([^}]*)\},\s*\{([^}]*)\} \}/g))
		codes.push({ value: +m[1], main: +m[2], valid: numbers(m[4]),
			format: numbers(m[5]) });
	const regions = [];
	for (const m of cells(text, 'numplan_regions').matchAll(
	    /\{ (REGION_WORLD|'(.)' << 8 \| '(.)'), (\d+), (\d+), (\d+), (\d+), (\w+),\s*\{([^}]*)\}/g))
		regions.push({ name: m[2] ? m[2] + m[3] : '001',
			code: codes[+m[4]], max: +m[5], idd: +m[6],
			national: +m[7], general: numbers(m[9]) });
	if (!pool.length || !codes.length || !regions.length)
		throw new Error(`${file}: tables were not found`);
	return { pool, stripPool, codes, regions };
}
