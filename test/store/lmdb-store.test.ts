import { mkdtempSync, rmSync } from 'node:fs';
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
