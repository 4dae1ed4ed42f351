/** What exports of other HSSs have beside what is taken over, and files as spreadsheets and other systems write them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSubscribers } from '../../src/cli/subscribers-export.js';
import { importSubscribers } from '../../src/cli/subscribers-import.js';
import { LeftOut } from '../../src/topology/left-out.js';
import { importedLines } from '../../src/topology/subscriber-import.js';
import { captured } from '../cli/captured.js';

const home = 'ims.example.org';
const k = '465b5ce8b199b49faa5f0a2ee238a6bc';
const opc = 'cd63cb71954a9f4e48a5994e37a02baf';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'imslab-left-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(name: string, content: string | Buffer) {
  const file = join(folder, name);
  writeFileSync(file, content);
  const leftOut = new LeftOut();
  const lines = [...importedLines([file], home, leftOut)];
  return { count: lines.filter((each) => 'line' in each).length, total: lines.length, said: leftOut.sentence() };
}

it('PyHSS: names each column that is not taken over once, and what to do about ifc_path', () => {
  const text = JSON.stringify({
    auc: [{ auc_id: 1, ki: k, opc, amf: '8000', sqn: 96, imsi: '001010000000001', pin1: '1234', batch_name: null }],
    ims_subscriber: [
      { ims_subscriber_id: 1, msisdn: '15550100001', imsi: '001010000000001', ifc_path: 'default_ifc.xml' },
    ],
  });
  expect(read('pyhss.json', text)).toEqual({
    count: 1,
    total: 1,
    said: 'not taken over: auc.pin1, ims_subscriber.ifc_path (the filter criteria of the templates that ifc_path names: describe them under services: of a .yaml file)',
  });
});

it('Open5GS: names what is not taken over, and nothing where all is', () => {
  const plain = {
    _id: { $oid: '1' },
    imsi: '001010000000001',
    msisdn: ['15550100001'],
    security: { k, opc, op: null, amf: '8000' },
  };
  expect(read('plain.json', JSON.stringify(plain)).said).toBeUndefined();
  const more = { ...plain, slice: [{ sst: 1 }], imeisv: [], security: { ...plain.security, rand: 'aa' } };
  expect(read('more.json', `${JSON.stringify(more)}\n`).said).toBe('not taken over: slice, security.rand');
});

it('CSV: rows without anything are left out; the ending may be in capitals', () => {
  const row = `001010000000001,+15550100001,${k},${opc}`;
  expect(read('EXCEL.CSV', `\uFEFFimsi,msisdn,k,opc\r\n${row}\r\n,,,\r\n   \r\n`)).toMatchObject({
    count: 1,
    total: 1,
  });
});

it('CSV: another encoding than UTF-8 is refused, as its texts would be others', () => {
  const text = Buffer.from(
    `imsi,k,opc,identities\n001010000000001,${k},${opc},sip:M\u00fcller@example.org\n`,
    'latin1',
  );
  expect(() => read('latin1.csv', text)).toThrow('latin1.csv: cannot be read, it is not UTF-8 text; save it as UTF-8');
});

it('a pipe and a home that is no domain are refused before anything is opened', async () => {
  const store = `lmdb:${join(folder, 'never')}`;
  await expect(importSubscribers(['-'], { store, home })).rejects.toThrow('-: is no file that can be read twice');
  await expect(importSubscribers(['/dev/null'], { store, home })).rejects.toThrow('is no file that can be read twice');
  await expect(importSubscribers([join(folder, 'a.csv')], { store, home: 'a b' })).rejects.toThrow(
    "--home: 'a b' is no domain name",
  );
});

it('an export of a store without subscribers can be read again', async () => {
  const store = `lmdb:${join(folder, 'empty')}`;
  const header = join(folder, 'header.csv');
  writeFileSync(header, 'imsi,msisdn,k,opc\n');
  const out = join(folder, 'out.yaml');
  await captured(() => importSubscribers([header], { store, home }));
  await captured(() => exportSubscribers(out, { store }));
  const { stdout } = await captured(() => importSubscribers([out], { store, home }));
  expect(stdout).toContain('imported 0 subscribers');
});
