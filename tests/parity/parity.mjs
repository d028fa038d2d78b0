// parity - compare the core with Google's JavaScript.
//
//	node parity.mjs NODE_MODULES TABLES.c DRIVER DECIDED.tsv [DRESSED [SEED]]
//
// Generates inputs that drive every transition of the tables and DRESSED more
// (default 200,000), asks both and prints every difference that is not in
// DECIDED.tsv.  Exits 1 when there is one.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { read } from './tables.mjs';
import { open } from './oracle.mjs';
import { Inputs } from './inputs.mjs';

const [modules, tables, driver, decided, dressed = '200000', seed = '1'] =
    process.argv.slice(2);
if (!decided) {
	console.error('usage: node parity.mjs NODE_MODULES TABLES.c DRIVER ' +
	    'DECIDED.tsv [DRESSED [SEED]]');
	process.exit(2);
}
const inputs = new Inputs(read(tables), +seed);
const oracle = open(modules);

// Decided differences: input, region, what the core answers, reason; or ~ and
// a pattern of answers where Google says it is invalid.
const decisions = new Map();
const patterns = [];
for (const line of readFileSync(decided, 'utf8').split('\n')) {
	if (!line || line.startsWith('#'))
		continue;
	const [input, region, ours] = JSON.parse(`[${line}]`);
	if (input.startsWith('~'))
		patterns.push(new RegExp(input.slice(1)));
	else
		decisions.set(`${input}\t${region}`, ours);
}

const decidedFor = (input, region, ours, theirs) =>
    decisions.get(`${input}\t${region}`) === ours ||
    (!theirs.startsWith('ok') && patterns.some((p) => p.test(ours)));

const BATCH = 20000;
const count = { plan: 0, prefix: 0, dressed: 0, decided: 0, valid: 0 };
let differences = 0;
let oracleTime = 0n;
let batch = [];

function compare() {
	const run = spawnSync(driver, [], {
		input: batch.map((b) => `${b[0]}\t${b[1]}\n`).join(''),
		maxBuffer: 1 << 28,
	});
	if (run.status !== 0)
		throw new Error(`${driver}: ${run.error ?? run.stderr}`);
	const ours = run.stdout.toString().split('\n');
	if (ours.length !== batch.length + 1)
		throw new Error(`${driver} printed ${ours.length - 1} lines for ` +
		    `${batch.length}`);
	batch.forEach(([input, region], i) => {
		const t = process.hrtime.bigint();
		const theirs = oracle.answer(input, region);
		oracleTime += process.hrtime.bigint() - t;
		count.valid += theirs.startsWith('ok');
		if (ours[i] === theirs)
			return;
		if (decidedFor(input, region, ours[i], theirs)) {
			count.decided++;
			return;
		}
		if (differences++ < 100)
			console.log(`${JSON.stringify(input)} ${region}\n` +
			    `  ours:   ${ours[i]}\n  theirs: ${theirs}`);
	});
	batch = [];
}

function put(kind, input, region) {
	if (/[\n\r\0]/.test(input))
		return;
	count[kind]++;
	batch.push([input, region]);
	if (batch.length === BATCH)
		compare();
}

for (const key of decisions.keys()) {
	const tab = key.lastIndexOf('\t');
	put('dressed', key.slice(0, tab), key.slice(tab + 1));
}
for (const [code, s] of inputs.plan()) {
	put('plan', `+${code.value}${s}`, 'ZZ');
	const names = inputs.regionsOf(code);
	if (names.length)
		put('plan', s, inputs.pick(names));
}
for (const [s, region] of inputs.general())
	put('plan', s, region);
for (const [s, region] of inputs.prefixed())
	put('prefix', s, region);
for (let i = 0; i < +dressed; i++)
	put('dressed', ...inputs.dressed());
compare();
const total = count.plan + count.prefix + count.dressed;
console.log(`${total} inputs (${count.plan} from the plan, ${count.prefix} ` +
    `prefixed, ${count.dressed} dressed; ${count.valid} valid): ` +
    `${differences} differences, ${count.decided} decided; oracle ` +
    `${Number(oracleTime) / total | 0} ns each`);
process.exit(differences ? 1 : 0);
