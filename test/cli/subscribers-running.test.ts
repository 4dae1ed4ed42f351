/** Subscribers that change beside an HSS that runs. */
import { join } from 'node:path';
import { authenticationFunctions } from '../../src/aka/index.js';
import { removeSubscribers } from '../../src/cli/subscribers-remove.js';
import { setSqn } from '../../src/cli/subscribers-set-sqn.js';
import { up } from '../../src/cli/up.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createHss } from '../../src/ims/hss/index.js';
import { sqnOf } from '../../src/ims/hss/sequence-numbers.js';
import { AskedStore, openStore } from '../../src/store/index.js';
import { Core, type Figures, freePort, serverName, Ue } from '../store/killed-hss.js';
import { home } from '../store/subscribers.js';
import { TestFolder, topologyText } from '../topology/files.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Takes every challenge, and reads the SQN in it. */
class ReadingUe extends Ue {
  sqn = 0n;

  override take(rand: Buffer, autn: Buffer): string {
    const ak = authenticationFunctions(this.subscriber.authentication.aka!.material).f5(rand);
    this.sqn = BigInt(`0x${autn.toString('hex', 0, 6)}`) ^ BigInt(`0x${ak.toString('hex')}`);
    return 'ok';
  }
}

async function startHss(address: string) {
  const store = await openStore(address, 'hss');
  const environment = createRealEnvironment();
  const port = await freePort();
  const local = { address: '127.0.0.1', port: 0 };
  const node = createHss(
    { name: 'hss1', environment: environment.environmentFor('hss1'), hostMode: 'compiled' },
    {
      listen: [{ address: '127.0.0.1', port }],
      diameter: {
        originHost: `hss1.${home}`,
        originRealm: home,
        local,
        peers: [],
        timers: { reconnectMs: 30_000, watchdogMs: 30_000, answerMs: 5_000 },
      },
      store,
    },
  );
  await new Promise<void>((resolve) => node.start((state) => state === 'serving' && resolve()));
  return {
    port,
    stop: async () => {
      await environment.close();
      await new AskedStore(store).close();
    },
  };
}

it('AKA-24: a running HSS counts on from the SQN that `imslab subscribers set-sqn` has set', async () => {
  const address = `lmdb:${join(folder.path, 'subscribers.lmdb')}`;
  const ue = new ReadingUe(1);
  const store = new AskedStore(await openStore(address, 'tool'));
  await store.put([ue.subscriber]);
  await store.close();
  const hss = await startHss(address);
  const figures: Figures = { registrations: 0, lostAnswers: 0, syncFailures: 0, otherFailures: [], twoServers: [] };
  const core = await Core.connect(hss.port, new Map([['scscf1', new Set<Ue>()]]), figures);
  try {
    await core.register(ue, 0);
    const first = ue.sqn;
    await core.register(ue, 0);
    expect(ue.sqn >> 5n).toBe((first >> 5n) + 1n);
    const { status } = await captured(() => setSqn(ue.subscriber.imsi, '0x100000000020', { store: address }));
    expect(status).toBe(0);
    const before = ue.sqn;
    let answers = 0;
    // It hears of it from the file system.
    while (ue.sqn >> 5n < 0x100000000020n >> 5n && answers++ < 2_000) {
      await core.register(ue, 0);
      if (ue.sqn < 0x100000000020n) expect(ue.sqn >> 5n).toBe((before >> 5n) + BigInt(answers));
    }
    expect(ue.sqn >> 5n).toBe((0x100000000020n >> 5n) + 1n);
    // To the same number once more: the data do not change, and still it counts from there.
    await core.register(ue, 0);
    const high = ue.sqn;
    await captured(() => setSqn(ue.subscriber.imsi, '0x100000000020', { store: address }));
    for (answers = 0; ue.sqn >= high && answers < 2_000; answers++) await core.register(ue, 0);
    expect(ue.sqn >> 5n).toBe((0x100000000020n >> 5n) + 1n);
    expect(figures).toMatchObject({ otherFailures: [], twoServers: [] });
  } finally {
    await core.close();
    await hss.stop();
  }
  const stopped = new AskedStore(await openStore(address, 'reader'));
  const stored = await stopped.byPrivate(ue.subscriber.privateIdentity);
  expect(sqnOf(stored?.state?.sqn, ue.subscriber.privateIdentity)).toBe(ue.sqn);
  expect(stored?.state?.sets[0]?.context.server?.name).toBe(serverName('scscf1'));
  await stopped.close();
});

it('TS 29.228 §6.1.3.1: remove de-registers a user of the running HSS with RTR', async () => {
  const address = `lmdb:${join(folder.path, 'removed')}`;
  const [gone, kept] = [new Ue(1), new Ue(2)];
  const store = new AskedStore(await openStore(address, 'tool'));
  await store.put([gone.subscriber, kept.subscriber]);
  await store.close();
  const hss = await startHss(address);
  const figures: Figures = { registrations: 0, lostAnswers: 0, syncFailures: 0, otherFailures: [], twoServers: [] };
  const serves = new Map([['scscf1', new Set<Ue>()]]);
  const core = await Core.connect(hss.port, serves, figures);
  try {
    await core.register(gone, 0);
    await core.register(kept, 0);
    const { status, stdout } = await captured(() => removeSubscribers([gone.subscriber.imsi], { store: address }));
    expect([status, stdout]).toEqual([0, `removed ${gone.subscriber.privateIdentity} from ${address}\n`]);
    for (let waits = 0; serves.get('scscf1')!.has(gone) && waits < 100; waits++) await pause(20);
    expect([...serves.get('scscf1')!]).toEqual([kept]);
  } finally {
    await core.close();
    await hss.stop();
  }
  const stopped = new AskedStore(await openStore(address, 'reader'));
  expect(await stopped.byPrivate(gone.subscriber.privateIdentity)).toBeUndefined();
  expect(await stopped.byPrivate(kept.subscriber.privateIdentity)).toBeDefined();
  await stopped.close();
});

describe('SIGHUP of imslab up', () => {
  const line = (number: number, more = '') =>
    `  - { imsi: "00101000000000${number}", msisdn: "+1555010000${number}"${more} }\n`;
  const file = (...lines: readonly string[]): string =>
    folder.write(
      'people.yaml',
      `defaults: { k: ${'0f'.repeat(16)}, opc: ${'1f'.repeat(16)} }\nsubscribers:\n${lines.join('')}`,
    );
  const topology = (): string =>
    folder.write(
      't.yaml',
      topologyText((text) =>
        text.replaceAll('127.0.9.', '127.0.14.').replace('subscribers/default', join(folder.path, 'people.yaml')),
      ),
    );
  /** Writes the file anew when all serve, and ends when something was said of it. */
  const hangingUp = (write: () => void): ((stdout: string) => void) => {
    let isDone = false;
    let isOver = false;
    return (stdout) => {
      if (!isDone && stdout.includes('Serving.')) {
        isDone = true;
        setImmediate(() => {
          write();
          process.emit('SIGHUP');
        });
      }
      if (isOver || !/hss1(:| keeps)/.test(stdout)) return;
      isOver = true;
      setImmediate(() => process.emit('SIGINT'));
    };
  };

  it('reads the subscriber file again', async () => {
    file(line(1), line(2), line(3));
    const written = topology();
    const { status, stdout } = await captured(
      () => up(written, { set: [], logLevel: 'error', only: ['hss1'] }),
      hangingUp(() => file(line(1), line(2, ', loose-route: true'), line(4))),
    );
    expect(stdout).toContain('hss1: 2 subscribers new or changed, 1 gone');
    expect(status).toBe(0);
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });

  it('changes nothing where the file has mistakes, and names the line', async () => {
    file(line(1), line(2));
    const written = topology();
    const { status, stdout } = await captured(
      () => up(written, { set: [], logLevel: 'error', only: ['hss1'] }),
      hangingUp(() => file(line(1), line(2, ', ind: 99'))),
    );
    expect(stdout).toContain('hss1 keeps the subscribers that it has:');
    expect(stdout).toMatch(/people\.yaml:4:\d+: subscribers\[1\]\.ind: /);
    expect(status).toBe(0);
  });
});
