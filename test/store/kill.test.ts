/**
 * AKA-24, TS 29.228 6.1.2.1: what an HSS has said is kept. It is killed with SIGKILL at step after step of 200 registrations under load, and started
 * again on what it left. `KILL_STEPS=all` kills it at each step; else at a few of them, spread over all. On PostgreSQL a life takes longer:
 * `KILL_POSTGRES_STEPS` says how many it has there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AskedStore, openStore } from '../../src/store/index.js';
import { Compiled } from '../regression/compiled.js';
import { Core, type Figures, freePort, HssProcess, serverName, Ue } from './killed-hss.js';
import { PostgresCluster, serverPrograms } from './postgres-cluster.js';

const registrationCount = 200;
/** At the same time. */
const concurrency = 16;
const wanted = process.env.KILL_STEPS ?? '8';

let compiled: Compiled;
let folder: string;
beforeAll(() => {
  compiled = new Compiled();
  folder = mkdtempSync(join(tmpdir(), 'imslab-kill-'));
});
afterAll(() => {
  compiled.remove();
  rmSync(folder, { recursive: true, force: true });
});

function noFigures(): Figures {
  return { registrations: 0, lostAnswers: 0, syncFailures: 0, otherFailures: [], twoServers: [] };
}

/** One life of the HSS: registrations, each followed by a de-registration every other time, until it dies or all are made. */
async function live(
  address: string,
  ues: readonly Ue[],
  serves: Map<string, Set<Ue>>,
  figures: Figures,
  killAt: number,
) {
  const port = await freePort();
  const hss = new HssProcess(join(compiled.folder, 'dist'), address, port, killAt);
  await hss.serving();
  const core = await Core.connect(port, serves, figures);
  void hss.ended.then(() => core.over());
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < registrationCount; at = next++) {
      const ue = ues[at % ues.length]!;
      if (at % 2 === 1 && !(await core.deregister(ue))) return;
      if (!(await core.register(ue, at))) return;
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
    return next >= registrationCount + concurrency ? await hss.stop() : undefined;
  } finally {
    await hss.kill();
    await core.close();
  }
}

async function begun(address: string) {
  const ues = Array.from({ length: 40 }, (_, number) => new Ue(number + 1));
  const store = new AskedStore(await openStore(address, 'tool'));
  await store.put(ues.map((ue) => ue.subscriber));
  await store.close();
  const serves = new Map(['scscf1', 'scscf2'].map((server) => [server, new Set<Ue>()]));
  return { address, ues, serves };
}

/** What the UEs, the S-CSCFs and the store have after so many kills has to agree. `newAddress`: of an empty store. */
async function killed(newAddress: (name: string) => string, wanted: string): Promise<void> {
  const count = noFigures();
  const whole = await begun(newAddress('counted'));
  const steps = (await live(whole.address, whole.ues, whole.serves, count, 0))!;
  expect(count).toEqual({ ...noFigures(), registrations: registrationCount });

  const figures = noFigures();
  const { address, ues, serves } = await begun(newAddress('killed'));
  const kills = wanted === 'all' ? steps : Math.min(Number(wanted), steps);
  let survived = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const step = Math.round((kill * steps) / kills);
    // Which requests meet in one commit differs from life to life: the last steps may not come.
    if ((await live(address, ues, serves, figures, step)) !== undefined) survived++;
  }
  expect(survived).toBeLessThanOrEqual(Math.ceil(kills / 4));

  // Every UE registers again.
  const before = figures.registrations;
  await live(address, ues, serves, figures, 0);
  expect(figures.registrations - before).toBe(registrationCount);
  expect(figures).toMatchObject({ syncFailures: 0, otherFailures: [], twoServers: [] });

  const store = new AskedStore(await openStore(address, 'reader'));
  for (const ue of ues) {
    const stored = await store.byPrivate(ue.subscriber.privateIdentity);
    const servers = [...serves].filter(([, those]) => those.has(ue)).map(([name]) => serverName(name));
    expect([stored?.state?.sets[0]?.context.server?.name]).toEqual(servers);
  }
  await store.close();
  if (wanted === 'all' || kills > 20) {
    const { registrations, lostAnswers } = figures;
    process.stderr.write(
      `${kills - survived} kills at ${steps} steps: ${registrations} registrations, ${lostAnswers} answers lost\n`,
    );
  }
}

const what = 'no SQN and no S-CSCF is lost when the HSS is killed';

it(`AKA-24, TS 29.228 6.1.2.1: ${what}, on LMDB (${wanted} of its steps)`, async () => {
  await killed((name) => `lmdb:${join(folder, name)}`, wanted);
}, 3_600_000);

const programs = serverPrograms();
const onPostgres = process.env.KILL_POSTGRES_STEPS ?? (wanted === 'all' ? 'all' : '3');

if (programs === undefined) {
  it('needs a PostgreSQL server to kill an HSS on: skipped, none is installed (Debian: apt-get install postgresql)', () => {
    expect(programs).toBeUndefined();
  });
} else {
  it(`AKA-24, TS 29.228 6.1.2.1: ${what}, on PostgreSQL (${onPostgres} of its steps)`, async () => {
    const cluster = await PostgresCluster.start(programs);
    try {
      await killed((name) => cluster.database(name), onPostgres);
    } finally {
      cluster.stop();
    }
  }, 3_600_000);
}
