import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { exportSubscribers } from '../../src/cli/subscribers-export.js';
import { importSubscribers } from '../../src/cli/subscribers-import.js';
import { listSubscribers, showSubscriber } from '../../src/cli/subscribers-list.js';
import { removeSubscribers } from '../../src/cli/subscribers-remove.js';
import { setSqn } from '../../src/cli/subscribers-set-sqn.js';
import type { StoredSubscription } from '../../src/ims/hss/store.js';
import { AskedStore, openStore } from '../../src/store/index.js';
import { registeredState } from '../store/subscribers.js';
import { TestFolder } from '../topology/files.js';
import { captured } from './captured.js';

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const k = '00112233445566778899aabbccddeeff';
const opc = 'ffeeddccbbaa99887766554433221100';
const folder = new TestFolder();
afterAll(() => folder.remove());

let stores = 0;
const newStore = (): string => `lmdb:${join(folder.path, `store${++stores}`)}`;

async function inStore<TResult>(address: string, use: (store: AskedStore) => Promise<TResult>): Promise<TResult> {
  const store = new AskedStore(await openStore(address, 'hss'));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function all(address: string): Promise<readonly StoredSubscription[]> {
  return inStore(address, async (store) => {
    const found: StoredSubscription[] = [];
    for await (const each of store.all()) found.push(each);
    return found;
  });
}

/** A bit of everything that a file can say. */
const wide = `
defaults: { k: ${k}, opc: ${opc} }
services:
  voicemail: { as: "sip:vm.example", priority: 2, on: [{ method: INVITE, session-case: terminating-unregistered }], while: unregistered }
  all: { as: "sip:as.example", priority: 1, on: [{ method: INVITE, not: { headers: { Privacy: id } } }, { uri: "sip:b.*" }], form: cnf, shared: 7 }
subscribers:
  - { imsi: "001010000000001", msisdn: "+15550100001", services: [all, voicemail], loose-route: true, sqn: "0x20" }
  - { imsi: "001010000000002", msisdn: "+15550100002", may-register: false, visited-networks: [a.example, b.example], subscription: family }
  - { imsi: "001010000000003", msisdn: "+15550100003", subscription: family, authentication: { scheme: sip-digest, password: secret } }
  - imsi: "001010000000004"
    capabilities: { mandatory: [1, 2], optional: [3] }
    charging: { ccf: "aaa://ccf.example" }
    algorithm: tuak
    topc: ${k}${opc}
    res-bits: 128
    ck-bits: 256
    implicit-sets:
      - [ "sip:a@${home}", { uri: "sip:b@${home}", barred: true } ]
      - profiles:
          - { identities: [ { uri: "sip:c@${home}", display-name: C, alias-group: x } ], services: [all] }
          - { identities: [ "tel:+15554" ] }
`;

describe('imslab subscribers', () => {
  it('export and import give back what there was', async () => {
    const [first, second] = [newStore(), newStore()];
    const file = folder.write('wide.yaml', wide);
    const imported = await captured(() => importSubscribers([file], { store: first, home }));
    expect(imported).toMatchObject({ status: 0 });
    expect(imported.stdout).toContain(`imported 4 subscribers into ${first}`);
    const out = join(folder.path, 'out.yaml');
    expect(await captured(() => exportSubscribers(out, { store: first }))).toMatchObject({
      status: 0,
      stdout: `exported 4 subscribers of ${first} to ${out}\n`,
    });
    // It has keys.
    expect(statSync(out).mode & 0o777).toBe(0o600);
    await captured(() => importSubscribers([out], { store: second, home }));
    const members = (stored: readonly StoredSubscription[]) => stored.map((each) => each.members);
    expect(members(await all(second))).toEqual(members(await all(first)));
  });

  it('AKA-24: exports the SQN as it is now, into CSV too', async () => {
    const [first, second] = [newStore(), newStore()];
    const rows = `imsi,msisdn,k,opc,sqn,loose-route,may-register\n001010000000001,+15550100001,${k},${opc},0x20,true,\n001010000000002,+15550100002,${k},${opc},,,false\n`;
    await captured(() => importSubscribers([folder.write('two.csv', rows)], { store: first, home }));
    const [one] = await all(first);
    await inStore(first, (store) => store.save(one!.key, registeredState(one!.members[0]!, 0x1_0000n)));
    const out = join(folder.path, 'out.csv');
    await captured(() => exportSubscribers(out, { store: first }));
    await captured(() => importSubscribers([out], { store: second, home }));
    const again = await all(second);
    expect(again.map(({ members: [member] }) => member!.authentication.aka!.sqn)).toEqual([0x1_0000n, 0n]);
    expect(again.map(({ members: [member] }) => [member!.looseRoute, member!.mayNotRegister])).toEqual([
      [true, undefined],
      [undefined, true],
    ]);
  });

  it('says what a row of CSV has no place for', async () => {
    const store = newStore();
    await captured(() => importSubscribers([folder.write('wide.yaml', wide)], { store, home }));
    const before = folder.write('lost.csv', 'what stood there');
    await expect(exportSubscribers(before, { store })).rejects.toThrow(
      'a row of CSV has no place for its services; export to a .yaml file',
    );
    // What cannot be written whole leaves what was there.
    expect(readFileSync(before, 'utf8')).toBe('what stood there');
    expect(existsSync(`${before}.part`)).toBe(false);
  });

  it('import names file and line of each mistake, and keeps nothing then', async () => {
    const store = newStore();
    const rows = `imsi,msisdn,k,opc\n001010000000001,+15550100001,${k},${opc}\n001010000000002,+15550100002,xx,${opc}\n001010000000003,+15550100003,${k},\n`;
    const file = folder.write('bad.csv', rows);
    const error = await importSubscribers([file], { store, home }).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(new RegExp(`^${file}:3:`, 'm'));
    expect(error).toMatch(new RegExp(`^${file}:4:`, 'm'));
    expect(await all(store)).toEqual([]);
  });

  it('import names the line whose identity another subscriber in the store has', async () => {
    const store = newStore();
    const line = (imsi: string, uri: string) => `${imsi},${k},${opc},${uri}\n`;
    const [head, uri] = ['imsi,k,opc,identities\n', `sip:alice@${home}`];
    await captured(() =>
      importSubscribers([folder.write('a.csv', head + line('001010000000001', uri))], { store, home }),
    );
    const file = folder.write(
      'b.csv',
      head + line('001010000000002', `sip:bob@${home}`) + line('001010000000003', uri),
    );
    const error = await importSubscribers([file], { store, home }).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(new RegExp(`^${file}:3:.*${uri} belongs to 001010000000001@${home} already`));
    expect(error).toContain('the subscriber before it is in the store');
  });

  it('list and show tell state, S-CSCF and SQN, and no keys', async () => {
    const store = newStore();
    await captured(() => importSubscribers([folder.write('wide.yaml', wide)], { store, home }));
    const [one] = await all(store);
    await inStore(store, (open) => open.save(one!.key, registeredState(one!.members[0]!, 0x40n)));
    const { stdout } = await captured(() => listSubscribers({ store }));
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(stdout).toMatch(/^001010000000001 .* registered +sip:scscf1\.example +0x000000000040$/m);
    const registered = await captured(() => listSubscribers({ store, registered: true, json: true }));
    expect(JSON.parse(registered.stdout)).toMatchObject([{ imsi: '001010000000001', state: 'registered' }]);
    const shown = await captured(() => showSubscriber('+15550100001', { store }));
    expect(shown.stdout).toContain('registered at sip:scscf1.example');
    expect(shown.stdout).toContain('→ sip:as.example');
    expect(shown.stdout + stdout).not.toContain(k);
    await expect(showSubscriber('001019999999999', { store })).rejects.toThrow('has no such subscriber');
  });

  it('a store that is not there is no empty one', async () => {
    const store = `lmdb:${folder.path}/slip`;
    for (const mistaken of [
      () => setSqn('001010000000001', '64', { store }),
      () => removeSubscribers(['001010000000001'], { store }),
      () => listSubscribers({ store }),
    ]) {
      await expect(mistaken()).rejects.toThrow('is not there; check the path');
    }
  });

  it('AKA-25: set-sqn sets the number from which the next vector counts, and takes 48 bits at most', async () => {
    const store = newStore();
    await captured(() => importSubscribers([folder.write('wide.yaml', wide)], { store, home }));
    const { stdout } = await captured(() => setSqn('001010000000001', '0x100000000020', { store }));
    expect(stdout).toBe(`the next vector of 001010000000001@${home} follows SQN 0x100000000020\n`);
    const { stdout: shown } = await captured(() => showSubscriber('001010000000001', { store, json: true }));
    expect(JSON.parse(shown)).toMatchObject([{ sqn: '0x100000000020' }]);
    // Again, after vectors: the number of the data is the same, and counts all the same.
    const privateIdentity = `001010000000001@${home}`;
    await inStore(store, async (opened) => {
      const stored = (await opened.byPrivate(privateIdentity))!;
      await opened.save(stored.key, registeredState(stored.members[0]!, 0x1000_0000_0400n));
    });
    await captured(() => setSqn('001010000000001', '0x100000000020', { store }));
    const { stdout: again } = await captured(() => showSubscriber('001010000000001', { store, json: true }));
    expect(JSON.parse(again)).toMatchObject([{ sqn: '0x100000000020' }]);
    await expect(setSqn('001010000000001', '0x1000000000000', { store })).rejects.toThrow(
      'is no 48-bit sequence number',
    );
    expect(readFileSync(join(folder.path, 'wide.yaml'), 'utf8')).toBe(wide);
  });

  it('Ctrl-C in an import leaves whole batches, says how many, and the same import goes on', async () => {
    const store = newStore();
    const rows = Array.from(
      { length: 6_000 },
      (_, at) => `${1_010_000_000_001 + at},+1555${1_000_000 + at},${k},${opc}\n`,
    );
    const file = folder.write('many.csv', `imsi,msisdn,k,opc\n${rows.map((row) => `00${row}`).join('')}`);
    const press = setInterval(() => {
      if (process.listenerCount('SIGINT') === 0) return;
      clearInterval(press);
      process.emit('SIGINT');
    }, 1);
    const { status, stdout } = await captured(() => importSubscribers([file], { store, home }));
    clearInterval(press);
    expect(status).toBe(130);
    const kept = Number(/ has (\d+) of 6000 subscribers; import again for the rest\n$/.exec(stdout)?.[1]);
    expect([kept % 1_000, kept < 6_000]).toEqual([0, true]);
    expect(await all(store)).toHaveLength(kept);
    expect((await captured(() => importSubscribers([file], { store, home }))).status).toBe(0);
    expect(await all(store)).toHaveLength(6_000);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('remove takes out all that are named, or none', async () => {
    const store = newStore();
    await captured(() => importSubscribers([folder.write('wide.yaml', wide)], { store, home }));
    await expect(removeSubscribers(['001010000000001', '001019999999999'], { store })).rejects.toThrow(
      'has no such subscriber',
    );
    expect(await all(store)).toHaveLength(3);
    const { stdout } = await captured(() =>
      removeSubscribers(['001010000000002', '+15550100001'], { store, json: true }),
    );
    expect(JSON.parse(stdout)).toEqual({ removed: [`001010000000002@${home}`, `001010000000001@${home}`], store });
    const left = await all(store);
    expect(left.flatMap(({ members }) => members.map(({ imsi }) => imsi))).toEqual([
      '001010000000004',
      '001010000000003',
    ]);
  });
});
