/**
 * What the machine runs out of: a disk that has no more room, for which a limit on the size of files stands (LMDB's file reaches it in
 * the middle of an import), and files that a process may open.
 */
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

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** `imslab subscribers`, whose files may have so many kibibytes. */
function subscribers(args: string, kibibytes?: number): Ended {
  return imslab(`subscribers ${args}`, kibibytes === undefined ? '' : `trap '' XFSZ; ulimit -f ${kibibytes}; `);
}

function imslab(args: string, limit: string, cwd = folder): Ended {
  const command = `${limit}exec ${process.execPath} ${join(compiled.folder, 'dist/cli/main.js')} ${args}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8', cwd });
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

it('a crowd of more sockets than a process may open is refused with what to do about it', () => {
  const topology = `home: ims.mnc001.mcc001.3gppnetwork.org
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.46.0.1:5060, tcp://127.46.0.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.46.0.2:5060], diameter: { hss: hss1 } }
  scscf1: { role: s-cscf, listen: [udp://127.46.0.3:5060], diameter: { hss: hss1 } }
  hss1: { role: hss, listen: [tcp://127.46.0.4:3868], subscribers: subscribers/pool }
  ue: { role: ue, count: 250, imsi: "001010000100001", via: pcscf1, profile: ue/ir92 }
`;
  writeFileSync(join(folder, 'crowded.yaml'), topology);
  writeFileSync(join(folder, 'come.yaml'), 'name: come\nsteps: [{ do: register, ue: ue* }]\n');
  const args = `run ${join(folder, 'crowded.yaml')} --scenario ${join(folder, 'come.yaml')} --out ${join(folder, 'out')}`;
  const refused = imslab(args, 'ulimit -n 400; ', process.cwd());
  expect(refused.output).toMatch(
    /crowded\.yaml:7:\d+: nodes\.ue: (udp|tcp):\/\/\S+ cannot be opened: this process has as many sockets and files open as it may; allow more \(`ulimit -n`/,
  );
  expect(refused.status).toBe(3);
});
