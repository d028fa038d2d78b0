// genplan - write src/text/numplan_tables.c from Google's metadata.
//
//	node genplan.mjs NODE_MODULES OUTPUT.c
//
// Development only; the output is committed.  The layout of the tables is
// described in src/text/numplan_tables.h.
import { writeFileSync } from 'node:fs';
import { F, load } from './metadata.mjs';
import { Output } from './output.mjs';
import { ALL, Languages, NONE, prefixMachine } from './pattern.mjs';
import { input } from './source.mjs';

const LEAF = 0x8000;
const MIN_LENGTH = 2;
const MAX_LENGTH = 17;

// enum number_type, and the order in which libphonenumber asks.
const TYPE = { unknown: 0, mobile: 1, fixed: 2, fixedOrMobile: 3, tollFree: 4,
	premium: 5, shared: 6, voip: 7, personal: 8, pager: 9, uan: 10,
	voicemail: 11 };
const ASKED = ['premium', 'tollFree', 'shared', 'voip', 'personal', 'pager',
	'uan', 'voicemail'];

const [modules, output] = process.argv.slice(2);
if (!output) {
	console.error('usage: node genplan.mjs NODE_MODULES OUTPUT.c');
	process.exit(2);
}
const source = input(modules, 'google-libphonenumber');
const meta = load(source.bytes);

const regionNames = Object.keys(meta.regions).sort();
const regionIndex = new Map(regionNames.map((name, i) => [name, i]));
const codes = Object.keys(meta.codes).map(Number).sort((a, b) => a - b);

// The metadata of each region of a code, the main one first; a code without
// regions is its own.
const members = (code) => meta.codes[code].map((name) =>
    name === '001' ? String(code) : name);

// ---- the pool: decision graphs, ten children a node -----------------------

class Pool {
	constructor(width) {
		this.width = width;
		this.cells = [];
		this.byKey = new Map();
	}

	node(children) {
		if (children[0] & LEAF && children.every((c) => c === children[0]))
			return children[0];
		const key = children.join();
		let id = this.byKey.get(key);
		if (id === undefined) {
			id = this.byKey.size;
			if (id >= LEAF)
				throw new Error('the pool is full');
			this.byKey.set(key, id);
			this.cells.push(...children);
		}
		return id;
	}
}

const languages = new Languages();
const pool = new Pool(10);

// Fold ten-way decisions over a vector of slices into the pool.  settle()
// tidies the vector in place, so that equal situations look equal, and
// returns a leaf once the answer is known, else -1.
function fold(slices, settle) {
	const memo = new Map();
	const go = (vector) => {
		const v = vector.slice();
		const answer = settle(v);
		if (answer >= 0)
			return LEAF | answer;
		const key = v.join();
		let made = memo.get(key);
		if (made === undefined) {
			const children = [];
			for (let d = 0; d < 10; d++)
				children.push(go(v.map((s) => languages.next(s, d))));
			made = pool.node(children);
			memo.set(key, made);
		}
		return made;
	};
	return go(slices);
}

// ---- validity, type and region of a national number -----------------------

function matching(desc, length) {
	const lengths = desc?.[F.lengths] ?? [];
	const pattern = desc?.[F.pattern];
	if (!pattern || (lengths.length > 0 && !lengths.includes(length)))
		return NONE;
	return languages.slice(pattern, length);
}

// One region's share of the vector: leading digits, general, the eight kinds
// in the order asked, fixed, mobile.
const SHARE = 12;

function share(region, length) {
	const leading = region[F.leading];
	const same = region[F.sameMobileAndFixed];
	return [
		leading ? languages.slice(leading, length, true) : ALL,
		matching(region[F.general], length),
		...ASKED.map((kind) => matching(region[F[kind]], length)),
		matching(region[F.fixed], length),
		same ? NONE : matching(region[F.mobile], length),
	];
}

// The type once it is known, -1 before; clears what cannot matter any more.
function settleType(v, at, region) {
	if (v[at + 1] === NONE)
		return v.fill(NONE, at + 2, at + SHARE), TYPE.unknown;
	for (let k = 0; k < ASKED.length; k++) {
		const s = v[at + 2 + k];
		if (s === ALL) {
			v.fill(NONE, at + 3 + k, at + SHARE);
			if (v.slice(at + 2, at + 2 + k).some((x) => x !== NONE))
				return -1;
			return v[at + 1] === ALL ? TYPE[ASKED[k]] : -1;
		}
	}
	if (v.slice(at + 1, at + SHARE).some((s) => s > ALL))
		return -1;
	const fixed = v[at + SHARE - 2] === ALL;
	const mobile = v[at + SHARE - 1] === ALL;
	if (fixed && (mobile || region[F.sameMobileAndFixed]))
		return TYPE.fixedOrMobile;
	return fixed ? TYPE.fixed : mobile ? TYPE.mobile : TYPE.unknown;
}

// The first region that owns the number.  A region with leading digits owns
// it by them alone; others by knowing its type.  A code's only region is not
// asked for leading digits.
function settleCode(v, names) {
	for (let k = 0; k < names.length; k++) {
		const at = k * SHARE;
		const region = meta.regions[names[k]];
		const leads = names.length > 1 && region[F.leading];
		if (!leads)
			v[at] = ALL;
		if (v[at] === NONE) {
			v.fill(NONE, at, at + SHARE);
			continue;
		}
		const type = settleType(v, at, region);
		if (!leads && type === TYPE.unknown) {
			v.fill(NONE, at, at + SHARE);
			continue;
		}
		if (v[at] === ALL && type >= 0 || v[at] === ALL && leads)
			v.fill(NONE, at + SHARE);
		if (v.slice(0, at).some((s) => s !== NONE))
			return -1;
		if (v[at] !== ALL || type < 0)
			return -1;
		return type ? regionIndex.get(names[k]) << 4 | type : 0;
	}
	return v.some((s) => s !== NONE) ? -1 : 0;
}

const validRoots = [];
for (const code of codes) {
	const names = members(code);
	for (let n = MIN_LENGTH; n <= MAX_LENGTH; n++) {
		const slices = names.flatMap((name) =>
		    share(meta.regions[name], n));
		validRoots.push(fold(slices, (v) => settleCode(v, names)));
	}
}
const validNodes = pool.byKey.size;

// ---- "matches the general description" -------------------------------------

const generalRoots = [];
for (const name of regionNames) {
	const pattern = meta.regions[name][F.general][F.pattern];
	for (let n = MIN_LENGTH; n <= MAX_LENGTH; n++)
		generalRoots.push(fold([languages.slice(pattern, n)],
		    (v) => v[0] <= ALL ? v[0] : -1));
	for (const n of [0, 1, 18, 19, 20, 21, 22])
		if (languages.slice(pattern, n) !== NONE)
			throw new Error(`${name}: odd general length ${n}`);
}

const generalNodes = pool.byKey.size - validNodes;

// ---- national format -------------------------------------------------------

// What a format does to the digits of a number: text, a range of them, text,
// and the rest.
const actions = [];
const actionIndex = new Map();
function action(a) {
	const key = JSON.stringify(a);
	if (!actionIndex.has(key))
		actionIndex.set(key, actions.push(a) - 1);
	return actionIndex.get(key);
}
const AS_IS = action({ first: '', from: 0, to: 0, second: '', rest: 0 });

function formatAction(format, length) {
	const [, pattern, template, , rule] = format;
	// Groups take digits greedily, whatever the digits are: find lengths.
	const widths = groupWidths(pattern, length);
	let text = template;
	if (rule)
		text = text.replace(/(\$\d)/, rule);
	const pieces = [];
	for (const m of text.matchAll(/\$(\d)|(\d)/g)) {
		if (m[2]) {
			pieces.push(m[2]);
			continue;
		}
		let from = 0;
		for (let g = 1; g < +m[1]; g++)
			from += widths[g - 1];
		pieces.push([from, from + widths[+m[1] - 1]]);
	}
	return action(shape(pieces, length));
}

function groupWidths(pattern, length) {
	const parts = [...pattern.matchAll(
	    /\(((?:\[[^\]]*\]|\\d|\d)(?:\{\d+(?:,\d+)?\})?|\d+|(?:\\d)+)\)/g)];
	if (parts.map((p) => p[0]).join('') !== pattern)
		throw new Error(`format pattern ${pattern}`);
	const ranges = parts.map((p) => {
		const m = /^(?:\[[^\]]*\]|\\d|\d)\{(\d+)(?:,(\d+))?\}$/.exec(p[1]);
		if (m)
			return [+m[1], +(m[2] ?? m[1])];
		const n = p[1].replace(/\\d|\[[^\]]*\]/g, '0').length;
		return [n, n];
	});
	let spare = length - ranges.reduce((a, r) => a + r[0], 0);
	return ranges.map(([min, max]) => {
		const more = Math.min(max - min, spare);
		spare -= more;
		return min + more;
	});
}

// Join pieces into {first, from, to, second, rest}.
function shape(pieces, length) {
	const joined = [];
	for (const p of pieces) {
		const last = joined[joined.length - 1];
		if (typeof p === 'string' && typeof last === 'string')
			joined[joined.length - 1] += p;
		else if (Array.isArray(p) && Array.isArray(last) &&
		    last[1] === p[0])
			last[1] = p[1];
		else
			joined.push(Array.isArray(p) ? p.slice() : p);
	}
	const a = { first: '', from: 0, to: 0, second: '', rest: 0 };
	if (typeof joined[0] === 'string')
		a.first = joined.shift();
	const [range, text, rest] = joined;
	if (joined.length === 1 && range[1] === length)
		return { ...a, rest: range[0] };
	if (joined.length === 3 && rest[1] === length && range[1] === rest[0])
		return { ...a, from: range[0], to: range[1], second: text,
			rest: rest[0] };
	throw new Error(`format ${JSON.stringify(pieces)} of ${length}`);
}

const formatRoots = [];
for (const code of codes) {
	const formats = meta.regions[members(code)[0]][F.formats] ?? [];
	for (let n = MIN_LENGTH; n <= MAX_LENGTH; n++) {
		const slices = formats.flatMap(([, pattern, , leading]) => [
			leading?.length ? languages.slice(leading[leading.length - 1],
			    n, true) : ALL,
			languages.slice(pattern, n),
		]);
		const does = formats.map((f, k) => slices[2 * k + 1] === NONE ?
		    AS_IS : formatAction(f, n));
		formatRoots.push(fold(slices, (v) => settleFormat(v, does)));
	}
}

function settleFormat(v, does) {
	let known = -1;
	for (let k = 0; k < does.length; k++) {
		if (v[2 * k] === NONE || v[2 * k + 1] === NONE) {
			v[2 * k] = v[2 * k + 1] = NONE;
			continue;
		}
		if (v[2 * k] !== ALL || v[2 * k + 1] !== ALL) {
			// Open, but does it matter?
			if (known >= 0 && known !== does[k])
				return -1;
			known = does[k];
			continue;
		}
		v.fill(NONE, 2 * k + 2);
		return known < 0 || known === does[k] ? does[k] : -1;
	}
	return known < 0 || known === AS_IS ? AS_IS : -1;
}

const formatNodes = pool.byKey.size - validNodes - generalNodes;

// ---- prefixes: international, national with transforms ---------------------

const strips = [];
const stripIndex = new Map();
function strip(s) {
	const key = JSON.stringify(s);
	if (!stripIndex.has(key))
		stripIndex.set(key, strips.push(s) - 1);
	return stripIndex.get(key);
}
const NO_STRIP = strip({ insert: '', from: 0, to: 0, end: 0 });
const stripPool = new Pool(11);

function machine(pattern, leaf) {
	if (!pattern)
		return LEAF | NO_STRIP;
	return prefixMachine(pattern,
	    (children, atEnd) => stripPool.node([...children, atEnd]),
	    (caps) => LEAF | leaf(caps));
}

function nationalLeaf(caps, groups, transform) {
	if (!caps)
		return NO_STRIP;
	const end = caps[1];
	const last = groups ? caps.slice(2 * groups, 2 * groups + 2) : [];
	if (!transform || last[0] === undefined || last[1] === undefined ||
	    last[0] === last[1])
		return strip({ insert: '', from: 0, to: 0, end });
	const m = /^(\d*)\$(\d)$/.exec(transform);
	if (!m)
		throw new Error(`transform ${transform}`);
	// An unset group inserts nothing.
	const from = caps[2 * m[2]] ?? 0;
	const to = caps[2 * m[2] + 1] ?? 0;
	return strip({ insert: m[1], from, to, end });
}

const countGroups = (pattern) => (pattern.match(/\((?!\?)/g) ?? []).length;

const machines = new Map();
function cached(kind, pattern, transform, leaf) {
	const key = JSON.stringify([kind, pattern ?? '', transform ?? '']);
	if (!machines.has(key))
		machines.set(key, machine(pattern, leaf));
	return machines.get(key);
}

const regions = regionNames.map((name) => {
	const r = meta.regions[name];
	const prefix = r[F.parsePrefix] ?? '';
	const transform = r[F.transform];
	const groups = countGroups(prefix);
	const general = r[F.general];
	const lengths = general[F.lengths];
	const local = general[F.localLengths] ?? [];
	const max = Math.max(...lengths);
	let usable = 0;
	for (let n = 0; n < 32; n++)
		if (!local.includes(n) && (lengths.includes(n) || n > max))
			usable |= 1 << n;
	if (local.some((n) => n > max))
		throw new Error(`${name}: local lengths above ${max}`);
	return {
		name,
		code: codes.indexOf(r[F.callingCode]),
		idd: cached('idd', r[F.idd], '', (caps) => caps ?
		    strip({ insert: '', from: 0, to: 0, end: caps[1] }) :
		    NO_STRIP),
		national: cached('national', prefix, transform, (caps) =>
		    nationalLeaf(caps, groups, transform)),
		usable: usable >>> 0,
		max,
		callingCode: String(r[F.callingCode]),
	};
});

// ---- guards ------------------------------------------------------------------
//
// For every region and first two digits, four bits: what national prefix there
// can be, and whether an international prefix or the own code can be there.

const BARE = 0;
const ONE_DIGIT = 1;
const PREFIXED = 2;
const ABROAD = 4;
const ONE = strip({ insert: '', from: 0, to: 0, end: 1 });

function afterTwo(root, a, b) {
	let at = root;
	for (const d of [a, b]) {
		if (at & LEAF)
			break;
		at = stripPool.cells[at * 11 + d];
	}
	return at;
}

function guardNational(region, a, b) {
	const at = afterTwo(region.national, a, b);
	if (at === (LEAF | NO_STRIP))
		return BARE;
	return at === (LEAF | ONE) ? ONE_DIGIT : PREFIXED;
}

function guardAbroad(region, a, b) {
	const own = region.callingCode;
	return afterTwo(region.idd, a, b) !== (LEAF | NO_STRIP) ||
	    own[0] === String(a) && (own.length < 2 || own[1] === String(b));
}

const guards = regions.map((region) => {
	const cells = [];
	for (let a = 0; a < 10; a++)
		for (let b = 0; b < 10; b++)
			cells.push(guardNational(region, a, b) |
			    (guardAbroad(region, a, b) ? ABROAD : 0));
	return cells;
});

// ---- output ------------------------------------------------------------------

const hex = (n) => `0x${n.toString(16)}`;
const out = new Output('numplan_tables.c', source, [
	`${regionNames.length} territories, ${codes.length} calling codes; ` +
	    `nodes: ${validNodes} validity,`,
	`${generalNodes} general, ${formatNodes} format, ` +
	    `${stripPool.byKey.size} prefix.`,
]);

function packed(region) {
	const bytes = [];
	for (let i = 0; i < 100; i += 2)
		bytes.push(guards[region][i] | guards[region][i + 1] << 4);
	return bytes;
}

const codeOf = (name) => /^\d/.test(name) ? 'REGION_WORLD' :
    `'${name[0]}' << 8 | '${name[1]}'`;
const mainOf = (code) => regionIndex.get(members(code)[0]);

const byDigits = new Array(1000).fill(0);
codes.forEach((code, i) => {
	const s = String(code);
	const span = 10 ** (3 - s.length);
	for (let k = 0; k < span; k++) {
		if (byDigits[code * span + k])
			throw new Error(`calling code ${code} is not prefix-free`);
		byDigits[code * span + k] = i + 1;
	}
});

const byLetters = new Array(26 * 26).fill(255);
regionNames.forEach((name, i) => {
	if (!/^\d/.test(name))
		byLetters[(name.charCodeAt(0) - 65) * 26 +
		    name.charCodeAt(1) - 65] = i;
});
if (regionNames.length > 254)
	throw new Error('too many regions for a byte');

out.put('#include "text/numplan_tables.h"');
out.put('#include "text/numplan.h"');
out.put('');
out.put(`const char numplan_source[] = "${source.name} ${source.version}";`);
out.array(`uint16_t numplan_pool[${pool.byKey.size}][10]`,
    chunk(pool.cells, 10).map((c) => `{${c.map(hex).join(',')}}`), 1);
out.array(`uint16_t numplan_strip_pool[${stripPool.byKey.size}][11]`,
    chunk(stripPool.cells, 11).map((c) => `{${c.map(hex).join(',')}}`), 1);
out.array(`struct numplan_strip numplan_strips[${strips.length}]`,
    strips.map((s) => `{ "${s.insert}", ${s.insert.length}, ${s.from}, ` +
	`${s.to}, ${s.end} }`), 2);
out.array(`struct numplan_format numplan_formats[${actions.length}]`,
    actions.map((a) => `{ "${a.first}", "${a.second}", ${a.from}, ${a.to}, ` +
	`${a.rest} }`), 2);
out.array(`struct numplan_code numplan_codes[${codes.length}]`,
    codes.map((code, i) => `{ ${code}, ${mainOf(code)}, ` +
	`${String(code).length},\n\t    { ${rows(validRoots, i)} },\n` +
	`\t    { ${rows(formatRoots, i)} } }`), 1);
out.array(`struct numplan_region numplan_regions[${regionNames.length}]`,
    regions.map((r, i) => `{ ${codeOf(r.name)}, ${r.code}, ${r.max}, ` +
	`${r.idd}, ${r.national}, ${hex(r.usable)},\n` +
	`\t    { ${rows(generalRoots, i)} },\n` +
	`\t    { ${packed(i).join(',')} } }`), 1);
out.array('uint8_t numplan_code_by_digits[1000]', byDigits, 20);
out.array('uint8_t numplan_region_by_letters[26 * 26]', byLetters, 26);

function chunk(a, n) {
	const parts = [];
	for (let i = 0; i < a.length; i += n)
		parts.push(a.slice(i, i + n));
	return parts;
}

function rows(roots, i) {
	const n = MAX_LENGTH - MIN_LENGTH + 1;
	return roots.slice(i * n, i * n + n).join(',');
}

writeFileSync(output, out.text);
const bytes = pool.cells.length * 2 + stripPool.cells.length * 2 +
    strips.length * 8 + actions.length * 9 + codes.length * 70 +
    regions.length * 96 + 1676;
console.error(`${output}: ${bytes} bytes of tables; ${validNodes}+` +
    `${generalNodes}+${formatNodes} nodes, ${stripPool.byKey.size} prefix ` +
    `nodes, ${strips.length} strips, ${actions.length} formats`);
