// fetch - bring the pinned packages into a folder, by npm.
//
//	node fetch.mjs NODE_MODULES
//
// Only the two packages themselves, without what they depend on: they are
// read, never run, save by the parity test.  Each archive must have the hash
// that package.json names.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync }
    from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [modules] = process.argv.slice(2);
if (!modules) {
	console.error('usage: node fetch.mjs NODE_MODULES');
	process.exit(2);
}
const pins = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'genplan-'));
try {
	for (const [name, version] of Object.entries(pins.dependencies))
		fetch(name, version, pins.genplan[name].integrity);
} finally {
	rmSync(scratch, { recursive: true });
}

function present(folder, version) {
	const about = join(folder, 'package.json');
	return existsSync(about) &&
	    JSON.parse(readFileSync(about, 'utf8')).version === version;
}

function fetch(name, version, integrity) {
	const folder = join(modules, name);
	if (present(folder, version))
		return;
	execFileSync('npm', ['pack', '--silent', `${name}@${version}`],
	    { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] });
	const archive = join(scratch, `${name}-${version}.tgz`);
	const hash = createHash('sha512').update(readFileSync(archive))
	    .digest('base64');
	if (`sha512-${hash}` !== integrity)
		throw new Error(`${name} ${version} has another hash: sha512-${hash}`);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	execFileSync('tar', ['xzf', archive, '--strip-components=1', '-C', folder]);
}
