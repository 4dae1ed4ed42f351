/** `npm run docs:machines`: writes docs/machines anew from the built machines. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type MachineSource, machineOf, machinePages } from '../machine/documentation.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'docs/machines');

const sources: MachineSource[] = [];
for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).sort()) {
  if (!file.endsWith('.machine.ts')) continue;
  const path = `src/${file.replaceAll('\\', '/')}`;
  const built = join(root, 'dist', file.replace(/\.ts$/, '.js'));
  const exports = (await import(pathToFileURL(built).href)) as object;
  sources.push({ path, text: readFileSync(join(root, path), 'utf8'), machine: machineOf(path, exports) });
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [name, content] of machinePages(sources)) writeFileSync(join(target, name), content);
