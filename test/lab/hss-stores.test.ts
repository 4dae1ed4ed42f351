/** The subscriber file fills the store of an HSS once. */
import { join } from 'node:path';
import { RealClock } from '../../src/environment/real/clock.js';
import { HssStores } from '../../src/lab/hss-stores.js';
import { AskedStore, openStore } from '../../src/store/index.js';
import { loadLab } from '../../src/topology/load.js';
import { TestFolder, topologyText } from '../topology/files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

function labWith(store: string) {
  return loadLab(
    folder.write(
      't.yaml',
      topologyText((text) => text.replace('subscribers/default', `subscribers/default, store: "${store}"`)),
    ),
  );
}

/** What an HSS that starts has. */
async function started(store: string): Promise<readonly string[]> {
  const stores = new HssStores();
  const clock = new RealClock();
  await stores.open(labWith(store), clock, undefined);
  await stores.close();
  clock.stop();
  return inStore(store, async (asked) => {
    const page = await asked.page({ limit: 1_000 });
    return page.map(({ key }) => key);
  });
}

async function inStore<T>(store: string, use: (asked: AskedStore) => Promise<T>): Promise<T> {
  const asked = new AskedStore(await openStore(store, 'tool'));
  try {
    return await use(asked);
  } finally {
    await asked.close();
  }
}

it('who is removed stays away, the last one too', async () => {
  const store = `lmdb:${join(folder.path, 'emptied')}`;
  const all = await started(store);
  expect(all.length).toBeGreaterThan(1);
  await inStore(store, (asked) => asked.remove(all));
  expect(await started(store)).toEqual([]);
});

it('a store that others have filled is left as it is', async () => {
  const [filled, imported] = ['filled', 'imported'].map((name) => `lmdb:${join(folder.path, name)}`) as [
    string,
    string,
  ];
  const all = await started(filled);
  const one = await inStore(filled, (asked) => asked.byPrivate(all[0]!));
  await inStore(imported, (asked) => asked.put(one!.members));
  expect(await started(imported)).toEqual([all[0]]);
});

it('one that was broken off is filled by the next start', async () => {
  const store = `lmdb:${join(folder.path, 'broken-off')}`;
  const all = await started(store);
  // As after a kill -9 between two batches.
  const opened = await openStore(store, 'hss');
  await new AskedStore(opened).remove(all.slice(1));
  await opened.setFilling('begun');
  await new AskedStore(opened).close();
  expect(await started(store)).toEqual(all);
});
