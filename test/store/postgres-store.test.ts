import pg from 'pg';
import { RealClock } from '../../src/environment/real/clock.js';
import { AskedStore, openStore, StoreFailure, shownAddress } from '../../src/store/index.js';
import { PostgresCluster, serverPrograms } from './postgres-cluster.js';
import { changesContract, storeContract } from './store-contract.js';
import { registeredState, subscriber } from './subscribers.js';

const programs = serverPrograms();
if (programs === undefined) {
  it('needs a PostgreSQL server to test with: skipped, none is installed (Debian: apt-get install postgresql)', () => {
    expect(programs).toBeUndefined();
  });
}

/** Ends all connections to the database. */
async function cutAll(address: string): Promise<void> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
  );
  await client.end();
}

(programs === undefined ? describe.skip : describe)('the PostgreSQL store', () => {
  let cluster: PostgresCluster;
  let databases = 0;
  const newDatabase = (): string => cluster.database(`store${++databases}`);
  beforeAll(async () => {
    cluster = await PostgresCluster.start(programs!);
  }, 60_000);
  afterAll(() => cluster.stop());

  storeContract(() => openStore(newDatabase(), 'hss'));
  changesContract(newDatabase);

  it('has everything after it was closed and opened again', async () => {
    const address = newDatabase();
    const one = subscriber(1);
    const first = new AskedStore(await openStore(address, 'hss'));
    await first.put([one]);
    await first.save(one.privateIdentity, registeredState(one, 32n));
    await first.close();
    const opened = await openStore(address, 'hss');
    expect(await opened.filling()).toBeUndefined();
    await opened.setFilling('begun');
    await opened.setFilling('done');
    expect(await opened.filling()).toBe('done');
    const second = new AskedStore(opened);
    const stored = { key: one.privateIdentity, members: [one], state: registeredState(one, 32n) };
    expect(await second.byPublic('tel:+15551')).toEqual(stored);
    await second.close();
  });

  it('belongs to one HSS at a time', async () => {
    const address = newDatabase();
    const first = new AskedStore(await openStore(address, 'hss'));
    await expect(openStore(address, 'hss')).rejects.toThrow(
      `${address}: belongs to the HSS of process ${process.pid} from 127.0.0.1; end it first, or give this HSS a store of its own`,
    );
    await first.close();
    await new AskedStore(await openStore(address, 'hss')).close();
  });

  it('tells a running HSS what a tool has changed, and a later one what was changed meanwhile', async () => {
    const address = newDatabase();
    const [one, two, three] = [subscriber(1), subscriber(2), subscriber(3)];
    const running = new AskedStore(await openStore(address, 'hss'));
    await running.put([one, two]);
    await running.save(one.privateIdentity, registeredState(one, 32n));
    const told = new Promise<readonly string[]>((resolve) => {
      running.store.onChange!((change) => {
        change.settle();
        resolve(change.privateIdentities);
      });
    });
    const tool = new AskedStore(await openStore(address, 'tool'));
    await tool.put([three]);
    await tool.put([subscriber(2, { sqn: 64n })]);
    expect(await told).toEqual([two.privateIdentity]);
    await running.close();
    await tool.put([subscriber(1, { sqn: 64n }), subscriber(2, { sqn: 96n })]);
    await tool.close();
    const later = new AskedStore(await openStore(address, 'hss'));
    const heard = new Promise((resolve) => {
      later.store.onChange!(({ privateIdentities }) => resolve(privateIdentities));
    });
    expect(await heard).toEqual([one.privateIdentity]);
    await later.close();
  });

  it('is none for those who only use it where nobody has made it, and takes readers who may only read', async () => {
    const address = newDatabase();
    for (const user of ['reader', 'editor'] as const) {
      await expect(openStore(address, user)).rejects.toThrow(
        `${address}: has no subscribers of imslab; check the address, import subscribers into it, or start its HSS once`,
      );
    }
    const tool = new AskedStore(await openStore(address, 'tool'));
    await tool.put([subscriber(1)]);
    await tool.close();
    const guest = address.replace('imslab@', 'guest@');
    const client = new pg.Client({ connectionString: address });
    await client.connect();
    await client.query('CREATE ROLE guest LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest');
    await client.end();
    const reader = new AskedStore(await openStore(guest, 'reader'));
    expect(await reader.page({ limit: 9 })).toHaveLength(1);
    await reader.close();
    await expect(openStore(guest, 'tool')).rejects.toThrow('permission denied for schema public; let this user do it');
    const editor = new AskedStore(await openStore(guest, 'editor'));
    await expect(editor.remove([subscriber(1).privateIdentity])).rejects.toThrow(StoreFailure);
    await editor.close();
  });

  it('hears what was changed while its server was away', async () => {
    const address = newDatabase();
    const one = subscriber(1);
    const running = new AskedStore(await openStore(address, 'hss'));
    await running.put([one]);
    await running.save(one.privateIdentity, registeredState(one, 32n));
    const told: string[] = [];
    running.store.onChange!((change) => {
      told.push(...change.privateIdentities);
      change.settle();
    });
    await cutAll(address);
    const tool = new AskedStore(await openStore(address, 'tool'));
    await tool.put([subscriber(1, { sqn: 96n })]);
    await tool.close();
    for (let saves = 0; told.length === 0 && saves < 200; saves++) {
      await running.save(one.privateIdentity, registeredState(one, 128n)).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told).toEqual([one.privateIdentity]);
    await running.close();
  });

  it('is taken again by an idle HSS that has lost its connection', async () => {
    const address = newDatabase();
    const clock = new RealClock();
    const one = subscriber(1);
    const running = new AskedStore(await openStore(address, 'hss', clock));
    await running.put([one]);
    await running.save(one.privateIdentity, registeredState(one, 32n));
    const told = new Promise<readonly string[]>((resolve) => {
      running.store.onChange!((change) => {
        change.settle();
        resolve(change.privateIdentities);
      });
    });
    await cutAll(address);
    const tool = new AskedStore(await openStore(address, 'tool'));
    await tool.put([subscriber(1, { sqn: 96n })]);
    await tool.close();
    expect(await told).toEqual([one.privateIdentity]);
    await expect(openStore(address, 'hss')).rejects.toThrow('belongs to the HSS of process');
    await running.close();
    clock.stop();
  });

  it('is left by an HSS that finds it was another one’s meanwhile', async () => {
    const address = newDatabase();
    const one = subscriber(1);
    const running = new AskedStore(await openStore(address, 'hss'));
    await running.put([one]);
    await cutAll(address);
    const other = new AskedStore(await openStore(address, 'hss'));
    const client = new pg.Client({ connectionString: address });
    await client.connect();
    await client.query("UPDATE imslab_owner SET process = 'process 1 from 192.0.2.1'");
    await client.end();
    await other.close();
    const refusal = 'the store has belonged to the HSS of process 1 from 192.0.2.1 meanwhile; start this one anew';
    await expect(running.save(one.privateIdentity, registeredState(one, 32n))).rejects.toThrow(refusal);
    // Nor does it tell what the other one may have changed.
    await expect(running.byPrivate(one.privateIdentity)).rejects.toThrow(refusal);
    await expect(running.byPublic(`sip:${one.privateIdentity}`)).rejects.toThrow(refusal);
    await running.close();
  });

  it('says that its server does not answer, closes all the same, and keeps the order of saves', async () => {
    const address = newDatabase();
    const [one, two] = [subscriber(1), subscriber(2)];
    const running = new AskedStore(await openStore(address, 'hss'));
    await running.put([one, two]);
    const silent = 'the PostgreSQL server does not answer; check that it runs';
    let goOn = cluster.freeze();
    try {
      const asked = [
        running.byPrivate(one.privateIdentity),
        running.save(one.privateIdentity, registeredState(one, 32n)),
        running.put([subscriber(3)]),
        running.page({ limit: 9 }),
      ];
      for (const each of asked) await expect(each).rejects.toThrow(silent);
    } finally {
      goOn();
    }
    // What the server was asked before, it may have done: then before this.
    await running.save(one.privateIdentity, registeredState(one, 64n));
    expect((await running.byPrivate(one.privateIdentity))?.state).toEqual(registeredState(one, 64n));
    goOn = cluster.freeze();
    try {
      await running.close();
    } finally {
      goOn();
    }
    const later = new AskedStore(await openStore(address, 'hss'));
    expect((await later.byPrivate(one.privateIdentity))?.state).toEqual(registeredState(one, 64n));
    await later.close();
  }, 60_000);

  it('names an address that is none, and shows no password', async () => {
    await expect(openStore('postgres://imslab:se#cret@127.0.0.1:1/x', 'reader')).rejects.toThrow(
      /^postgres:\/\/imslab@127\.0\.0\.1:1\/x: is no address; write /,
    );
    expect(shownAddress('postgres://imslab:a@b@host:5432/x')).toBe('postgres://imslab@host:5432/x');
    expect(shownAddress('lmdb:a@b')).toBe('lmdb:a@b');
  });

  it('says that it cannot reach a server', async () => {
    await expect(openStore('postgres://imslab:secret@127.0.0.1:1/x', 'hss')).rejects.toThrow(
      /^postgres:\/\/imslab@127\.0\.0\.1:1\/x: cannot be used, .*ECONNREFUSED.*; check address, user and database/,
    );
  });
});
