// Patterns of the metadata, as automata.
//
// The patterns know digits, \d, classes, groups, |, ?, {n}, {n,m} and $.
// They have no * and no +, so every language is finite and every automaton
// is a graph without cycles.

// Parse to a tree: {set}, {cat}, {alt}, {rep}, {cap}, {end}.
export function parse(text) {
	let i = 0;
	let groups = 0;
	const die = (why) => {
		throw new Error(`pattern ${text}: ${why} at ${i}`);
	};
	const alternatives = () => {
		const alt = [sequence()];
		while (text[i] === '|') {
			i++;
			alt.push(sequence());
		}
		return alt.length === 1 ? alt[0] : { op: 'alt', of: alt };
	};
	const sequence = () => {
		const of = [];
		while (i < text.length && text[i] !== '|' && text[i] !== ')')
			of.push(repeated());
		return { op: 'cat', of };
	};
	const repeated = () => {
		let node = atom();
		for (;;) {
			let m;
			if (text[i] === '?') {
				i++;
				node = { op: 'rep', of: node, min: 0, max: 1 };
			} else if ((m = /^\{(\d+)(?:,(\d+))?\}/.exec(text.slice(i)))) {
				i += m[0].length;
				node = { op: 'rep', of: node, min: +m[1],
					max: +(m[2] ?? m[1]) };
			} else {
				return node;
			}
		}
	};
	const atom = () => {
		const c = text[i++];
		if (c >= '0' && c <= '9')
			return { op: 'set', set: 1 << +c };
		if (c === '\\' && text[i] === 'd') {
			i++;
			return { op: 'set', set: 1023 };
		}
		if (c === '[')
			return { op: 'set', set: cls() };
		if (c === '$')
			return { op: 'end' };
		if (c === '(') {
			let node;
			if (text.startsWith('?:', i)) {
				i += 2;
				node = alternatives();
			} else {
				const n = ++groups;
				node = { op: 'cap', n, of: alternatives() };
			}
			if (text[i++] !== ')')
				die('group is not closed');
			return node;
		}
		i--;
		return die(`unknown '${c}'`);
	};
	const cls = () => {
		let set = 0;
		while (text[i] !== ']') {
			if (text.startsWith('\\d', i)) {
				set |= 1023;
				i += 2;
				continue;
			}
			const a = text[i++];
			let b = a;
			if (text[i] === '-') {
				b = text[i + 1];
				i += 2;
			}
			if (!(a >= '0' && b <= '9' && a <= b))
				die('odd class');
			for (let d = +a; d <= +b; d++)
				set |= 1 << d;
		}
		i++;
		return set;
	};
	const tree = alternatives();
	if (i !== text.length)
		die('text left over');
	return { tree, groups };
}

// Thompson's construction; instructions in priority order, as backtracking
// tries them.
export function compile(text) {
	const { tree, groups } = parse(text);
	const prog = [];
	const emit = (ins) => prog.push(ins) - 1;
	const walk = (node) => {
		if (node.op === 'set') {
			emit({ op: 'set', set: node.set });
		} else if (node.op === 'end') {
			emit({ op: 'end' });
		} else if (node.op === 'cat') {
			node.of.forEach(walk);
		} else if (node.op === 'cap') {
			emit({ op: 'save', slot: 2 * node.n });
			walk(node.of);
			emit({ op: 'save', slot: 2 * node.n + 1 });
		} else if (node.op === 'alt') {
			const jumps = [];
			node.of.forEach((sub, k) => {
				const last = k === node.of.length - 1;
				const split = last ? -1 : emit({ op: 'split' });
				if (!last)
					prog[split].a = prog.length;
				walk(sub);
				if (!last) {
					jumps.push(emit({ op: 'jump' }));
					prog[split].b = prog.length;
				}
			});
			for (const j of jumps)
				prog[j].a = prog.length;
		} else { /* rep: greedy */
			for (let k = 0; k < node.min; k++)
				walk(node.of);
			const splits = [];
			for (let k = node.min; k < node.max; k++) {
				const split = emit({ op: 'split' });
				prog[split].a = prog.length;
				splits.push(split);
				walk(node.of);
			}
			for (const s of splits)
				prog[s].b = prog.length;
		}
	};
	walk(tree);
	emit({ op: 'match' });
	return { prog, groups };
}

// ---- languages -----------------------------------------------------------
//
// A slice is the set of strings of one length.  Slices are hash-consed:
// NONE holds no string, ALL holds every one, any other is ten slices of the
// remaining length, by next digit.

export const NONE = 0;
export const ALL = 1;

export class Languages {
	constructor() {
		this.child = [null, null];
		this.byKey = new Map();
		this.byPattern = new Map();
	}

	make(children) {
		if (children.every((c) => c === children[0]) && children[0] <= ALL)
			return children[0];
		const key = children.join();
		let id = this.byKey.get(key);
		if (id === undefined) {
			id = this.child.push(children) - 1;
			this.byKey.set(key, id);
		}
		return id;
	}

	next(id, digit) {
		return id <= ALL ? id : this.child[id][digit];
	}

	// The strings of length `length` that match `text` as a whole, or, with
	// `prefix`, that start with a match.
	slice(text, length, prefix = false) {
		const at = `${prefix ? '^' : '='}${text}`;
		let p = this.byPattern.get(at);
		if (!p) {
			p = { prog: compile(text).prog, prefix, memo: new Map() };
			p.start = closure(p.prog, [0]);
			this.byPattern.set(at, p);
		}
		return this.sliceOf(p, p.start, length);
	}

	sliceOf(p, set, length) {
		const accepts = set.includes(p.prog.length - 1);
		if (p.prefix && accepts)
			return ALL;
		if (set.length === 0)
			return NONE;
		if (length === 0)
			return accepts ? ALL : NONE;
		const key = `${length}:${set.join()}`;
		let id = p.memo.get(key);
		if (id !== undefined)
			return id;
		const children = [];
		for (let d = 0; d < 10; d++) {
			const to = [];
			for (const pc of set)
				if (p.prog[pc].op === 'set' && p.prog[pc].set >> d & 1)
					to.push(pc + 1);
			children.push(this.sliceOf(p, closure(p.prog, to), length - 1));
		}
		id = this.make(children);
		p.memo.set(key, id);
		return id;
	}
}

function closure(prog, from) {
	const seen = new Set();
	const out = [];
	const go = (pc) => {
		if (seen.has(pc))
			return;
		seen.add(pc);
		const ins = prog[pc];
		if (ins.op === 'jump')
			go(ins.a);
		else if (ins.op === 'split')
			(go(ins.a), go(ins.b));
		else if (ins.op === 'save')
			go(pc + 1);
		else if (ins.op === 'end')
			throw new Error('$ in a plain pattern');
		else
			out.push(pc);
	};
	from.forEach(go);
	return out.sort((a, b) => a - b);
}

// ---- prefixes ------------------------------------------------------------
//
// What a backtracking matcher finds at the start of a string, as a machine
// that reads the string once: threads in order of priority, each with the
// positions it has seen.  Calls node(children, atEnd) for each state, bottom
// up, and leaf(captures) where the answer is known (null: no match).

export function prefixMachine(text, node, leaf) {
	const { prog } = compile(text);
	const memo = new Map();

	const spread = (threads, pos, atEnd, best) => {
		const seen = new Set();
		const out = [];
		let found = null;
		const go = (pc, caps) => {
			if (found || seen.has(pc))
				return;
			seen.add(pc);
			const ins = prog[pc];
			if (ins.op === 'jump') {
				go(ins.a, caps);
			} else if (ins.op === 'split') {
				go(ins.a, caps);
				go(ins.b, caps);
			} else if (ins.op === 'save') {
				const c = caps.slice();
				c[ins.slot] = pos;
				go(pc + 1, c);
			} else if (ins.op === 'end') {
				if (atEnd)
					go(pc + 1, caps);
			} else if (ins.op === 'match') {
				found = caps.slice();
				found[1] = pos;
			} else {
				out.push([pc, caps]);
			}
		};
		for (const [pc, caps] of threads)
			go(pc, caps);
		return { out, best: found ?? best };
	};

	const state = (threads, pos, best) => {
		const key = JSON.stringify([threads, pos, best]);
		if (memo.has(key))
			return memo.get(key);
		const open = spread(threads, pos, false, best);
		let made;
		if (open.out.length === 0 && !threads.some(([pc]) =>
		    reachesEnd(prog, pc))) {
			made = leaf(open.best);
		} else {
			const children = [];
			for (let d = 0; d < 10; d++) {
				const to = open.out
				    .filter(([pc]) => prog[pc].set >> d & 1)
				    .map(([pc, caps]) => [pc + 1, caps]);
				children.push(to.length === 0 ? leaf(open.best) :
				    state(to, pos + 1, open.best));
			}
			made = node(children, leaf(spread(threads, pos, true,
			    best).best));
		}
		memo.set(key, made);
		return made;
	};
	return state([[0, [0]]], 0, null);
}

function reachesEnd(prog, pc) {
	const ins = prog[pc];
	if (ins.op === 'jump')
		return reachesEnd(prog, ins.a);
	if (ins.op === 'split')
		return reachesEnd(prog, ins.a) || reachesEnd(prog, ins.b);
	if (ins.op === 'save')
		return reachesEnd(prog, pc + 1);
	return ins.op === 'end';
}
