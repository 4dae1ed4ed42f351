/** A disk that has no more room, for which a limit on the size of files stands; LMDB's file reaches it in the middle of an import. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Compiled } from '../regression/compiled.js';

let compiled: Compiled;
let folder: string;
beforeAll(() => {
  compiled = new Compiled();
  folder = mkdtempSync(join(tmpdir(), 'imslab-full-'));
});
afterAll(() => {
  compiled.remove();
  rmSync(folder, { recursive: true, force: true });
});

const total = 3_000;

/** `imslab subscribers`, whose files may have so many kibibytes. */
function subscribers(args: string, kibibytes?: number): { readonly status: number | null; readonly output: string } {
  const limit = kibibytes === undefined ? '' : `trap '' XFSZ; ulimit -f ${kibibytes}; `;
  const main = join(compiled.folder, 'dist/cli/main.js');
  const command = `${limit}exec ${process.execPath} ${main} subscribers ${args}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8', cwd: folder });
  return { status, output: stdout + stderr };
}

it('an import into a full disk says so, keeps what it has said, and is completed later', () => {
  const rows = Array.from(
    { length: total },
    (_, at) => `${1_010_000_000_001 + at},+1555${1_000_000 + at},${'0f'.repeat(16)},${'a5'.repeat(16)}`,
  );
  writeFileSync(join(folder, 'many.csv'), ['imsi,msisdn,k,opc', ...rows.map((row) => `00${row}`)].join('\n'));
  const importing = 'import many.csv --store lmdb:db --home ims.example';
  const full = subscribers(importing, 1_200);
  expect(full.status).toBe(2);
  const [, kept] =
    /many\.csv:\d+:1: the store cannot be written \(is the disk full\?\): .*; (\d+) subscribers before it are in the store/.exec(
      full.output,
    ) ?? [];
  expect(full.output).not.toContain('unhandled');
  expect(Number(kept)).toBeGreaterThan(0);
  const listed = JSON.parse(subscribers('list --store lmdb:db --json').output) as readonly unknown[];
  expect(listed).toHaveLength(Number(kept));
  expect(subscribers(importing)).toMatchObject({ status: 0, output: expect.stringContaining(`imported ${total}`) });
});
