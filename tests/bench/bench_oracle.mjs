// bench_oracle - the core's nanoseconds a number beside Google's JavaScript's.
//
//	node bench_oracle.mjs NODE_MODULES BENCH_NUMBER
//
// BENCH_NUMBER is the built bench_number; its numbers are asked of both.
import { execFileSync } from 'node:child_process';
import { open } from '../parity/oracle.mjs';

const [modules, bench] = process.argv.slice(2);
if (!bench) {
	console.error('usage: node bench_oracle.mjs NODE_MODULES BENCH_NUMBER');
	process.exit(2);
}
const lines = (text) => text.trimEnd().split('\n').map((l) => l.split('\t'));
const run = (...args) => lines(execFileSync(bench, args,
    { encoding: 'utf8', maxBuffer: 1 << 26 }));

const oracle = open(modules);
const groups = new Map();
for (const [country, style, region, text] of run('list')) {
	const key = `${country}\t${style}`;
	groups.set(key, [...groups.get(key) ?? [], [text, region]]);
}

function measure(items) {
	let best = Infinity;
	for (let round = 0; round < 5; round++) {
		const start = process.hrtime.bigint();
		for (const [text, region] of items)
			oracle.judge(text, region);
		const took = Number(process.hrtime.bigint() - start);
		best = Math.min(best, took / items.length);
	}
	return best;
}

console.log('country style        core ns   oracle ns');
for (const [country, style, ns] of run()) {
	const theirs = measure(groups.get(`${country}\t${style}`));
	console.log(country.padEnd(8) + style.padEnd(11) +
	    parseFloat(ns).toFixed(1).padStart(9) +
	    theirs.toFixed(0).padStart(12));
}
