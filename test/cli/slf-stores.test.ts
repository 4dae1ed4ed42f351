/** An SLF with two HSSs over durable stores, on sockets: who is moved from one to the other while they run is found there. */
import { join } from 'node:path';
import { importSubscribers } from '../../src/cli/subscribers-import.js';
import { removeSubscribers } from '../../src/cli/subscribers-remove.js';
import { call, type DrivenLab, lab, labMatchers } from '../../src/index.js';
import { AskedStore, openStore } from '../../src/store/index.js';
import { TestFolder } from '../topology/files.js';
import { captured } from './captured.js';

const { toHavePassed } = labMatchers;
const folder = new TestFolder();
afterAll(() => folder.remove());

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const [stays, moves] = ['001010000000001', '001010000000002'];
const keys = 'defaults: { k: 0396eb317b6d1c36f19c1c84cd6ffd16, op: ff53bade17df5d4e793073ce9d7579fa }';
const moved = `  - { imsi: "${moves}", msisdn: "+15550100002" }\n`;

function startLab(mode: string, stores: readonly string[]): Promise<DrivenLab> {
  const listen = (host: number, ...protocols: readonly string[]): string[] =>
    protocols.map((protocol) => `${protocol}://127.0.42.${host}:${protocol === 'tcp' && host > 3 ? 3868 : 5060}`);
  const second = folder.write('second.yaml', `${keys}\nsubscribers:\n${moved}`);
  return lab({
    topology: 'volte-slf',
    environment: 'real',
    set: {
      'nodes.pcscf1.listen': listen(1, 'udp', 'tcp'),
      'nodes.icscf1.listen': listen(2, 'udp', 'tcp'),
      'nodes.scscf1.listen': listen(3, 'udp', 'tcp'),
      'nodes.hss1.listen': listen(4, 'tcp'),
      'nodes.hss2.listen': listen(5, 'tcp'),
      'nodes.slf1.listen': listen(6, 'tcp'),
      'nodes.slf1.mode': mode,
      'nodes.hss1.store': stores[0],
      'nodes.hss2.store': stores[1],
      'nodes.hss2.subscribers': second,
    },
  });
}

/** Where requests of one kind have gone, and nobody else's: since the `from`th message. */
function askedFor(driven: DrivenLab, command: string, from: number): string[] {
  const asked = driven.messages({ message: command }).filter(({ to }) => to.startsWith('hss'));
  return [...new Set(asked.filter(({ id }) => id > from).map(({ to }) => to))];
}

const lastId = (driven: DrivenLab): number => Math.max(0, ...driven.messages().map(({ id }) => id));

it.each(['redirect', 'proxy'])('TS 23.228 5.8.1, TS 29.228 6.4: %s', async (mode) => {
  const stores = [1, 2].map((which) => `lmdb:${join(folder.path, `${mode}${which}`)}`);
  const first = await startLab(mode, stores);
  try {
    await first.register('ue1');
    expect(['UAR', 'MAR', 'SAR'].map((command) => askedFor(first, command, 0))).toEqual([['hss1'], ['hss1'], ['hss1']]);
    const before = lastId(first);
    await first.register('ue2');
    expect(['UAR', 'MAR', 'SAR'].map((command) => askedFor(first, command, before))).toEqual([
      ['hss2'],
      ['hss2'],
      ['hss2'],
    ]);
    await first.play(call({ from: 'ue1', to: 'ue2', holdFor: 50 }));
    expect(askedFor(first, 'LIR', 0)).toContain('hss2');

    const removed = await captured(() => removeSubscribers([moves], { store: stores[1] }));
    expect(removed.status).toBe(0);
    const ended = (): boolean => first.messages({ message: 'RTA 2001' }).some(({ to }) => to === 'hss2');
    for (let waits = 0; !ended() && waits < 200; waits++) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(ended()).toBe(true);
    const file = folder.write('moved.yaml', `${keys}\nsubscribers:\n${moved}`);
    const imported = await captured(() => importSubscribers([file], { store: stores[0], home, json: true }));
    expect(imported.status).toBe(0);

    const since = lastId(first);
    await first.register('ue2');
    expect(['UAR', 'MAR', 'SAR'].map((command) => askedFor(first, command, since))).toEqual([
      ['hss1'],
      ['hss1'],
      ['hss1'],
    ]);
    await first.play(call({ from: 'ue1', to: 'ue2', holdFor: 50 }));
    expect(toHavePassed(await first.close())).toMatchObject({ pass: true });
  } finally {
    await first.close();
  }

  const stored = await Promise.all(stores.map(async (address) => new AskedStore(await openStore(address, 'reader'))));
  const owners = await Promise.all(
    stored.map(async (store) => {
      const of = [stays, moves].map((imsi) => store.byPrivate(`${imsi}@${home}`));
      return (await Promise.all(of)).map((found) => found !== undefined);
    }),
  );
  for (const store of stored) await store.close();
  expect(owners).toEqual([
    [true, true],
    [false, false],
  ]);

  // And so it is found after a restart.
  const second = await startLab(mode, stores);
  try {
    await second.register(['ue1', 'ue2']);
    expect(askedFor(second, 'SAR', 0)).toEqual(['hss1']);
    expect(toHavePassed(await second.close())).toMatchObject({ pass: true });
  } finally {
    await second.close();
  }
});
