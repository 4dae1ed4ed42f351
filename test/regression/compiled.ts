/** The sources as a checkout has them after a build, for tests of workers and of whole commands. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const root = resolve(__dirname, '../..');

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

export class Compiled {
  readonly folder: string;

  constructor() {
    mkdirSync(join(root, 'build'), { recursive: true });
    this.folder = mkdtempSync(join(root, 'build', 'test-'));
    copyFileSync(join(root, 'package.json'), join(this.folder, 'package.json'));
    const src = join(root, 'src');
    for (const entry of readdirSync(src, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const file = join(entry.parentPath, entry.name);
      const { code } = transformSync(readFileSync(file, 'utf8'), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      const target = join(this.folder, 'dist', relative(src, file).replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }
  }

  url(module: string): URL {
    return pathToFileURL(join(this.folder, 'dist', module));
  }

  /** Changes one place of a compiled module. Returns what puts it back. */
  change(module: string, place: string | RegExp, becomes: string): () => void {
    const file = join(this.folder, 'dist', module);
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(place, () => becomes);
    if (changed === text) throw new Error(`${module} has no ${String(place)}`);
    writeFileSync(file, changed);
    return () => writeFileSync(file, text);
  }

  /** `imslab …` in `cwd`; `onOutput`, called at the start and with each output, may send it signals. */
  imslab(
    args: readonly string[],
    cwd: string,
    onOutput: (stdout: string, signal: (name: NodeJS.Signals) => void) => void = () => {},
  ): Promise<Finished> {
    const child = spawn(process.execPath, [join(this.folder, 'dist/cli/main.js'), ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let stdout = '';
    let stderr = '';
    onOutput(stdout, (name) => child.kill(name));
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
      onOutput(stdout, (name) => child.kill(name));
    });
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    return new Promise((done) => {
      child.on('close', (status) => done({ stdout, stderr, status }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
