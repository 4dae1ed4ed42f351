import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AskedStore, openStore } from '../../src/store/index.js';
import { changesContract, storeContract } from './store-contract.js';
import { registeredState, subscriber } from './subscribers.js';

describe('the lmdb store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'imslab-store-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  storeContract(() => openStore(`lmdb:${folder}`, 'hss'));
  changesContract(() => `lmdb:${folder}/of-several`);

  it('has everything after it was closed and opened again', async () => {
    const first = new AskedStore(await openStore(`lmdb:${folder}/again`, 'hss'));
    const one = subscriber(1);
    await first.put([one]);
    await first.save(one.privateIdentity, registeredState(one, 32n));
    await first.close();
    const second = new AskedStore(await openStore(`lmdb:${folder}/again`, 'hss'));
    const stored = { key: one.privateIdentity, members: [one], state: registeredState(one, 32n) };
    expect(await second.byPublic('tel:+15551')).toEqual(stored);
    await second.close();
  });

  it('belongs to one HSS at a time', async () => {
    const first = new AskedStore(await openStore(`lmdb:${folder}/owned`, 'hss'));
    await expect(openStore(`lmdb:${folder}/owned`, 'hss')).rejects.toThrow(
      `lmdb:${folder}/owned: belongs to the HSS of process ${process.pid}; end it first, or give this HSS a store of its own`,
    );
    await first.close();
    await new AskedStore(await openStore(`lmdb:${folder}/owned`, 'hss')).close();
  });

  it('tells a running HSS what a tool has changed, and a later one what was changed meanwhile', async () => {
    const address = `lmdb:${folder}/told`;
    const [one, two, three] = [1, 2, 3].map((number) => subscriber(number)) as [never, never, never];
    const running = new AskedStore(await openStore(address, 'hss'));
    await running.put([one, two]);
    await running.save(subscriber(1).privateIdentity, registeredState(one, 32n));
    const told = new Promise<readonly string[]>((resolve) => {
      running.store.onChange!((change) => {
        change.settle();
        resolve(change.privateIdentities);
      });
    });
    const tool = new AskedStore(await openStore(address, 'tool'));
    await tool.put([three]);
    await tool.put([subscriber(2, { sqn: 64n })]);
    expect(await told).toEqual([subscriber(2).privateIdentity]);
    await running.close();
    await tool.put([subscriber(1, { sqn: 64n }), subscriber(2, { sqn: 96n })]);
    await tool.close();
    const later = new AskedStore(await openStore(address, 'hss'));
    // Nothing has happened to the second one: nobody has to hear of it.
    const heard = new Promise((resolve) => {
      later.store.onChange!(({ privateIdentities }) => resolve(privateIdentities));
    });
    expect(await heard).toEqual([subscriber(1).privateIdentity]);
    await later.close();
  });

  it('is a folder whatever its name ends in', async () => {
    const address = `lmdb:${folder}/subscribers.lmdb`;
    await new AskedStore(await openStore(address, 'hss')).close();
    await new AskedStore(await openStore(address, 'reader')).close();
  });

  it('names a data file that is damaged, which would end the process once LMDB has it', async () => {
    const path = join(folder, 'damaged');
    const store = new AskedStore(await openStore(`lmdb:${path}`, 'tool'));
    await store.put(Array.from({ length: 50 }, (_, index) => subscriber(index)));
    await store.close();
    const file = join(path, 'data.mdb');
    const whole = readFileSync(file);
    const damaged: readonly (readonly [octets: Buffer, what: string])[] = [
      [whole.subarray(0, 4_200), 'is no file of LMDB, or its beginning is damaged'],
      [whole.subarray(0, 8_192), 'is cut off'],
      [Buffer.from('no database at all'), 'is no file of LMDB, or its beginning is damaged'],
      [Buffer.concat([whole.subarray(0, 8_192), Buffer.alloc(whole.length - 8_192, 0xff)]), 'data.mdb is damaged'],
    ];
    for (const [octets, what] of damaged) {
      writeFileSync(file, octets);
      for (const user of ['reader', 'tool', 'hss'] as const) {
        await expect(openStore(`lmdb:${path}`, user)).rejects.toThrow(
          new RegExp(`^lmdb:${path}: cannot be read, .*${what}.*; put a copy of the folder in its place`),
        );
      }
    }
    writeFileSync(file, whole);
    const again = new AskedStore(await openStore(`lmdb:${path}`, 'hss'));
    expect(await again.page({ limit: 100 })).toHaveLength(50);
    await again.close();
  });

  it.each([
    ['zeros', () => 0],
    ['ones', () => 0xff],
    ['a list of nodes that leads beyond it', (whole: Buffer, at: number) => (at % 4_096 < 24 ? whole[at]! : 0xff)],
  ])('has all subscribers or is named as damaged, whichever of its pages holds %s', async (_, damage) => {
    const path = join(folder, 'any-page');
    const store = new AskedStore(await openStore(`lmdb:${path}`, 'tool'));
    await store.put(Array.from({ length: 200 }, (_, index) => subscriber(index)));
    await store.close();
    const file = join(path, 'data.mdb');
    const whole = readFileSync(file);
    let refused = 0;
    for (let page = 2; page < whole.length / 4_096; page++) {
      const octets = Buffer.from(whole);
      for (let at = page * 4_096; at < (page + 1) * 4_096; at++) octets[at] = damage(whole, at);
      writeFileSync(file, octets);
      const opened = await openStore(`lmdb:${path}`, 'reader').catch((error: Error) => error.message);
      if (typeof opened === 'string') {
        expect(opened).toMatch(/data\.mdb is (damaged \(page \d+\)|cut off); put a copy of the folder in its place/);
        refused++;
        continue;
      }
      const asked = new AskedStore(opened);
      expect(await asked.page({ limit: 1_000 })).toHaveLength(200);
      await asked.close();
    }
    expect(refused).toBeGreaterThan(10);
    rmSync(path, { recursive: true });
  });

  it('is no folder of something else', async () => {
    const path = join(folder, 'theirs');
    const { open } = await import('lmdb');
    const theirs = open<string, string>({ path, noSubdir: false, encoding: 'string' });
    await theirs.put('a', 'b');
    await theirs.close();
    await expect(openStore(`lmdb:${path}`, 'tool')).rejects.toThrow(
      'has data of something else than imslab; name another',
    );
    mkdirSync(join(folder, 'files'));
    await expect(openStore(`lmdb:${folder}/files`, 'reader')).rejects.toThrow(
      'has no subscribers of imslab; check the path',
    );
    expect(readdirSync(join(folder, 'files'))).toEqual([]);
    writeFileSync(join(folder, 'file'), '');
    await expect(openStore(`lmdb:${folder}/file/x`, 'tool')).rejects.toThrow('ENOTDIR: not a directory');
  });

  it('says what is wrong with an address or a folder', async () => {
    await expect(openStore('lmbd:x', 'hss')).rejects.toThrow(
      'lmbd:x: is no store; write lmdb:FOLDER or postgres://user@host/database',
    );
    await expect(openStore(`lmdb:${folder}/none`, 'reader')).rejects.toThrow(
      'is not there; check the path, import subscribers into it, or start its HSS once',
    );
    await expect(openStore('lmdb:/dev/null', 'hss')).rejects.toThrow('is a file; name a folder');
  });
});
