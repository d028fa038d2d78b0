// Inputs for the parity run: every edge of every graph, then dressed numbers.
import { LEAF } from './tables.mjs';

// A small generator of its own, so that runs repeat (mulberry32).
export function random(seed) {
	let a = seed >>> 0;
	return (n) => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ a >>> 15, 1 | a);
		t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
		return ((t ^ t >>> 14) >>> 0) % n;
	};
}

export class Inputs {
	constructor(tables, seed) {
		this.t = tables;
		this.rnd = random(seed);
		this.byName = new Map(tables.regions.map((r) => [r.name, r]));
	}

	pick(list) {
		return list[this.rnd(list.length)];
	}

	digits(n) {
		let s = '';
		while (s.length < n)
			s += this.rnd(10);
		return s;
	}

	// A national number of `length` from `root`, valid if it can be.
	complete(cell, start, length) {
		let s = start;
		while (s.length < length) {
			let d = this.rnd(10);
			if (!(cell & LEAF)) {
				const good = this.t.pool[cell].map((c, i) => [c, i])
				    .filter(([c]) => c !== LEAF);
				if (good.length && this.rnd(20))
					d = this.pick(good)[1];
				cell = this.t.pool[cell][d];
			}
			s += d;
		}
		return s;
	}

	// A national number of a code, mostly valid.
	national(code) {
		const lengths = code.valid.map((c, i) => [c, i])
		    .filter(([c]) => c !== LEAF);
		const [cell, i] = this.pick(lengths.length ? lengths :
		    [[LEAF, 7]]);
		return this.complete(cell, '', i + 2);
	}

	// Each edge below `root` that was not seen yet, as a number.
	* edges(root, length, seen) {
		const stack = [[root, '']];
		while (stack.length) {
			const [cell, path] = stack.pop();
			if (cell & LEAF || seen.has(cell))
				continue;
			seen.add(cell);
			for (let d = 0; d < 10; d++) {
				const next = this.t.pool[cell][d];
				yield this.complete(next, path + d, length);
				stack.push([next, path + d]);
			}
		}
	}

	* plan() {
		const seen = new Set();
		for (const code of this.t.codes)
			for (let i = 0; i < code.valid.length; i++)
				for (const root of [code.valid[i], code.format[i]])
					for (const s of this.edges(root, i + 2, seen))
						yield [code, s];
		// Each code by itself, too, whatever it shares with others.
		for (const code of this.t.codes)
			for (let i = 0; i < code.valid.length; i++)
				for (let k = 0; k < 8; k++)
					yield [code, this.complete(code.valid[i], '',
					    i + 2)];
	}

	// What the general patterns decide: which prefixes are taken off.
	* general() {
		for (const r of this.t.regions) {
			if (r.name === '001')
				continue;
			const seen = new Set();
			for (let i = 0; i < r.general.length; i++)
				for (const s of this.edges(r.general[i], i + 2, seen)) {
					yield [s, r.name];
					yield [`${r.code.value}${s}`, r.name];
					yield [this.pick(['0', '1', '8', '06',
						`${r.code.value}0`]) + s, r.name];
				}
		}
	}

	regionsOf(code) {
		return this.t.regions.filter((r) => r.code === code &&
		    r.name !== '001').map((r) => r.name);
	}

	// Every edge of a prefix machine, followed by what may follow.
	* prefixes(r, root, rest) {
		const seen = new Set();
		const stack = [[root, '']];
		while (stack.length) {
			const [cell, path] = stack.pop();
			if (cell & LEAF)
				continue;
			const known = seen.has(cell);
			seen.add(cell);
			for (let d = 0; d <= 10; d++) {
				const next = this.t.stripPool[cell][d];
				const p = d < 10 ? path + d : path;
				yield p;
				for (let k = 0; k < 3; k++)
					yield p + rest();
				if (d < 10 && !known)
					stack.push([next, p]);
			}
		}
	}

	* prefixed() {
		for (const r of this.t.regions) {
			if (r.name === '001')
				continue;
			const some = () => this.international(this.pick(this.t.codes));
			const own = () => this.national(r.code);
			const tail = () => this.digits(1 + this.rnd(12));
			for (const rest of [own, tail])
				for (const s of this.prefixes(r, r.national, rest))
					yield [s, r.name];
			for (const s of this.prefixes(r, r.idd, some))
				yield [s, r.name];
			// Code without plus, in front of prefixes and numbers.
			for (const rest of [own, tail])
				for (const s of this.prefixes(r, r.national, rest)) {
					yield [`${r.code.value}${s}`, r.name];
					if (this.rnd(4) === 0)
						yield [`+${r.code.value}${s}`, r.name];
				}
			for (let k = 0; k < 60; k++)
				yield [`${r.code.value}${own()}`, r.name];
		}
	}

	international(code) {
		return `${code.value}${this.national(code)}`;
	}

	// What one could type: a number, with prefixes, for a region.
	written() {
		const region = this.pick(this.t.regions);
		const name = region.name === '001' ? 'ZZ' : region.name;
		const code = this.rnd(4) ? region.code : this.pick(this.t.codes);
		const n = this.national(code);
		switch (this.rnd(12)) {
		case 0:
		case 1:
			return [`+${code.value}${n}`, name];
		case 2:
			return [`00${code.value}${n}`, name];
		case 3:
			return [`011${code.value}${n}`, name];
		case 4:
			return [`${code.value}${n}`, name];
		case 5:
			return [`0${n}`, name];
		case 6:
			return [`+${code.value}0${n}`, name];
		case 7:
			return [n.slice(0, 1 + this.rnd(n.length)), name];
		case 8:
			return [`${this.pick(['1', '8', '0', '06', '+'])}${n}`, name];
		case 9:
			return [n + this.digits(1 + this.rnd(4)), name];
		default:
			return [n, name];
		}
	}

	dressed() {
		let [s, name] = this.written();
		const n = 1 + this.rnd(3);
		for (let k = 0; k < n; k++)
			s = this.dress(s);
		return [s, name];
	}

	insert(s, what) {
		const at = this.rnd(s.length + 1);
		return s.slice(0, at) + what + s.slice(at);
	}

	dress(s) {
		const p = (list) => this.pick(list);
		switch (this.rnd(16)) {
		case 0:
		case 1:
		case 2:
			return this.punctuate(s);
		case 3:
			return s + p(EXT_LABELS) + p(['', '', '.', ':', ' ', '-',
				', ', '\u00a0', '\uff0e', ' -']) +
			    this.digits(1 + this.rnd(this.rnd(4) ? 6 : 22)) +
			    p(['', '', '', '#', '##']);
		case 4:
			return this.rescript(s);
		case 5:
			return p(['(', '[', '\uff08', 'Tel: ', 'tel:', 'T ', ' ',
				'\ufeff', '"', '\'', '\u200e', 'wxid_', '#', '*']) +
			    s + p(['', ')', ']', ' ', '"', '.', ' h', '*', '#',
				'\u00a0', '\u3002', ' (work)', ';']);
		case 6:
			return this.keypad(s);
		case 7:
			return this.uri(s);
		case 8:
			return this.insert(s, p(ODD));
		case 9:
			return s + p([' / ', '/', '\\', '/ x', '\\x', ' / x', '/ext',
				',', ';', ' ', '  x']) + this.digits(1 + this.rnd(12));
		case 10:
			return s.replace('+', p(['\uff0b', '++', '+ ', '+\uff0b',
				'(+)', '(+', '+(', '-+']));
		case 11:
			return this.insert(s, p(['x', 'X', 'xx', '~', '*', '#', ',',
				';', '+', '\t', '\n'.trim(), '=', 'int', 'ext']));
		case 12:
			return s.slice(0, this.rnd(s.length + 1));
		case 13:
			return s.length > 4 ? s.slice(this.rnd(3)) : s;
		case 14:
			return this.fill(s);
		default:
			return this.punctuate(this.punctuate(s));
		}
	}

	punctuate(s) {
		let out = '';
		for (const c of s) {
			if (this.rnd(4) === 0)
				out += this.pick(PUNCTUATION);
			out += c;
		}
		return out;
	}

	rescript(s) {
		const zero = this.pick(ZEROS);
		const some = this.rnd(2);
		return s.replace(/[0-9]/g, (d) => some && this.rnd(3) ? d :
		    String.fromCodePoint(zero + +d));
	}

	keypad(s) {
		const keys = ['', '', 'abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs',
			'tuv', 'wxyz'];
		let left = this.rnd(8);
		return [...s].reverse().map((c) => {
			if (c >= '2' && c <= '9' && left-- > 0) {
				const k = this.pick([...keys[+c]]);
				return this.rnd(2) ? k.toUpperCase() : k;
			}
			return c;
		}).reverse().join('');
	}

	uri(s) {
		const p = (list) => this.pick(list);
		const context = p(['+1', '+44', '+86', '+1-800', '+(39)', 'a.com',
			'example.com.', '', '+', '1.2', 'a-b.c', '-a', 'a..b', '+86x',
			`+${p(this.t.codes).value}`, '\uff0b44', '+\uff11', '0a.b0',
			'a.0', 'x']);
		return p(['tel:', '', 'TEL:', 'tel: ', 'call tel:']) + s +
		    p(['', ';ext=123', ';isub=12345', ';ext=1;isub=2', '']) +
		    p([`;phone-context=${context}`, `;phone-context=${context}`,
			'', ';isub=9', ';phone-context']) +
		    p(['', '', '', ';isub=1', ';ext=9', ';a=b', 'tel:']);
	}

	// Near the limit of 250 characters.
	fill(s) {
		const at = this.rnd(s.length + 1);
		const n = 235 + this.rnd(25) - s.length;
		return s.slice(0, at) + '-'.repeat(Math.max(0, n)) + s.slice(at);
	}
}

const PUNCTUATION = [' ', '-', ' ', '-', '.', '/', '(', ')', '[', ']', ' - ',
	'\u00a0', '\u00ad', '\u200b', '\u2060', '\u3000', '\u2010', '\u2011',
	'\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\u30fc', '\uff0d',
	'\uff0e', '\uff0f', '\uff08', '\uff09', '\uff3b', '\uff3d', '~',
	'\u2053', '\u223c', '\uff5e', 'x', '*', ') '];
const ODD = ['\u200c', '\u200d', '\ufeff', '\u202f', '\u2009', '\u202a',
	'\u202c', '\u200e', '\u00b7', '\u2022', '_', '|', '\t', '\'', ':',
	'\u2016', '\u200a', '\uff0c', '\u3001', '\u8f6c', '\u{1f600}', '&',
	'o', 'O', 'l', '=', '%', '<', '>', '\u0301', '\u00f3', '!', '\\',
	'\u0669', '\u06f3', '\u2003', '\u00b2', '\u2460'];
const EXT_LABELS = [' x', 'x', ' ext ', ' ext. ', 'extn', ' extension ',
	' extensi\u00f3n ', ' extensio\u0301n ', ' EXT', ' Extensi\u00d3n',
	' xt', ' xtn', ' int', ' INT ', '#', ' #', '~', '\uff5e', '\uff03',
	'\uff58', '\uff38', '\uff45\uff58\uff54', '\uff58\uff54\uff4e',
	'\uff25\uff38\uff34', '\uff49\uff4e\uff54', ' \u0434\u043e\u0431',
	'\u0414\u041e\u0411', ' anexo', 'ANEXO', ';ext=', ';EXT=', ',', ',,',
	',,,', ';', ' ; ', ' , ', ', ,', '- ', ' -', ' ', ' extens', ' e',
	' ex', 'xext', ' x x', ' ext ext', ',x', ', ext', ' \u00a0x', '-',
	'\t#', ' \u1c81\u1c82\u0431', ';;', ';,', ',;', ' extensio', ' extensin'];
const ZEROS = [0xff10, 0xff10, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50,
	0xf20, 0x1810, 0x17e0, 0xa620, 0x1d7ce, 0x1d7d8, 0x1d7f6, 0x104a0];
