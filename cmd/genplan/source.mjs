// The inputs: packages in the versions that package.json names.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

// The pinned file of package `name`.  The version and the file's hash are
// checked, so that a table never comes from anything else.
export function input(modules, name) {
	const pins = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
	const { file, sha256: wanted } = pins.genplan[name];
	const { version } = JSON.parse(readFileSync(join(modules, name,
	    'package.json'), 'utf8'));
	const bytes = readFileSync(join(modules, name, file));
	if (version !== pins.dependencies[name])
		throw new Error(`${name} is ${version}, not ` +
		    pins.dependencies[name]);
	if (sha256(bytes) !== wanted)
		throw new Error(`${name}: ${file} is not the one pinned`);
	return { name, version, file, bytes, sha256: wanted };
}

// The generator itself, so that a table says which one made it.
export function generator() {
	const files = readdirSync(here).filter((f) => f.endsWith('.mjs')).sort();
	return sha256(files.map((f) => readFileSync(join(here, f), 'utf8'))
	    .join(''));
}
