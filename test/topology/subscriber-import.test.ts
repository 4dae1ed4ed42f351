/** Exports of other HSSs (PyHSS, Open5GS), and own ones read back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identitiesOf, type Subscriber } from '../../src/ims/subscription/subscriber.js';
import { formatProblem } from '../../src/topology/problem.js';
import { importedLines } from '../../src/topology/subscriber-import.js';

const home = 'ims.example.org';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'imslab-import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function imported(files: Readonly<Record<string, string>>): {
  readonly subscribers: readonly Subscriber[];
  readonly problems: readonly string[];
} {
  const paths = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const subscribers: Subscriber[] = [];
  const problems: string[] = [];
  for (const each of importedLines(paths, home)) {
    if ('line' in each)
      subscribers.push(...each.lines.subscribersOf(each.line.input, each.line.positions, each.line.path));
    else problems.push(...each.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, '')));
  }
  return { subscribers, problems };
}

const k = '465B5CE8B199B49FAA5F0A2EE238A6BC';
const opc = 'E8ED289DEBA952E4283B54E88E6183CA';

const open5gs = (imsi: string, rest: object = {}): object => ({
  _id: { $oid: '60b3f5d8a2b1c3d4e5f60718' },
  imsi,
  msisdn: ['15550100001'],
  security: { k: '465B5CE8 B199B49F AA5F0A2E E238A6BC', op: null, opc, amf: '8000', sqn: { $numberLong: '97' } },
  ...rest,
});

function summary({ imsi, authentication, ...rest }: Subscriber): object {
  const { material, amf, sqn } = authentication.aka!;
  const uris = identitiesOf(rest).map(({ uri, barred }) => (barred ? `(${uri})` : uri));
  return { imsi, material, amf: amf.toString('hex'), sqn, uris };
}

const expected = {
  imsi: '001010000000001',
  material: { algorithm: 'milenage', k: Buffer.from(k, 'hex'), opc: Buffer.from(opc, 'hex') },
  amf: '8000',
  sqn: 97n,
  uris: [`(sip:001010000000001@${home})`, `sip:+15550100001@${home}`, 'tel:+15550100001'],
};

it.each([
  ['a line each', `${JSON.stringify(open5gs('001010000000001'))}\n`],
  ['an array', `[${JSON.stringify(open5gs('001010000000001'))}\n]`],
  ['printed over lines', JSON.stringify([open5gs('001010000000001')], undefined, 2)],
])('Open5GS: subscribers of mongoexport, %s', (_, text) => {
  const { subscribers, problems } = imported({ 'open5gs.json': text });
  expect(problems).toEqual([]);
  expect(subscribers.map(summary)).toEqual([expected]);
});

it('Open5GS: an array that breaks off after an object is refused', () => {
  const { problems } = imported({ 'open5gs.json': `[${JSON.stringify(open5gs('001010000000001'))}\n,` });
  expect(problems).toEqual(['open5gs.json:2:2: the array has no end; export it again, as a whole']);
});

it('Open5GS: several numbers, and none', () => {
  const text = [{ msisdn: ['1111111', '2222222'] }, { msisdn: [] }]
    .map((rest, index) => JSON.stringify(open5gs(`00101000000000${index + 1}`, rest)))
    .join('\n');
  const { subscribers } = imported({ 'open5gs.json': text });
  expect(subscribers.map((each) => identitiesOf(each).map(({ uri }) => uri))).toEqual([
    [`sip:001010000000001@${home}`, `sip:+1111111@${home}`, 'tel:+1111111', `sip:+2222222@${home}`, 'tel:+2222222'],
    [`sip:001010000000002@${home}`],
  ]);
});

const auc = { auc_id: 7, ki: k, opc, amf: '8000', sqn: 97, imsi: null, iccid: '8988' };
const packet = { subscriber_id: 1, imsi: '001010000000001', auc_id: 7, default_apn: 1, msisdn: '15550100001' };
const ims = { ims_subscriber_id: 1, imsi: '001010000000001', msisdn: '15550100001', ifc_path: 'default_ifc.xml' };

it.each([
  ['a file a table', { 'auc.json': [auc], 'subscriber.json': [packet], 'ims_subscriber.json': [ims] }],
  ['one file', { 'all.json': { auc: [auc], subscriber: [packet], ims_subscriber: [ims] } }],
  ['without ims_subscriber', { 'auc.json': [auc], 'subscriber.json': [packet] }],
])('PyHSS: its tables joined, %s', (_, files) => {
  const texts = Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value)]));
  const { subscribers, problems } = imported(texts);
  expect(problems).toEqual([]);
  expect(subscribers.map(summary)).toEqual([expected]);
});

it.each([false, 0, '0', 'False', 'f'])(
  'PyHSS: enabled %p: the subscriber is there, and may not register',
  (enabled) => {
    const files = { auc: [auc], subscriber: [{ ...packet, enabled }], ims_subscriber: [ims] };
    const { subscribers, problems } = imported({ 'all.json': JSON.stringify(files) });
    expect(problems).toEqual([]);
    expect(subscribers).toMatchObject([{ mayNotRegister: true }]);
    const on = imported({ 'all.json': JSON.stringify({ ...files, subscriber: [{ ...packet, enabled: true }] }) });
    expect(on.subscribers[0]!.mayNotRegister).toBeUndefined();
  },
);

it('PyHSS: tables as CSV', () => {
  const { subscribers } = imported({
    'auc.csv': `auc_id,ki,opc,amf,sqn,imsi\n7,${k},${opc},8000,97,001010000000001\n`,
    'ims.csv':
      'ims_subscriber_id,msisdn,msisdn_list,imsi,ifc_path\n1,15550100001,"15550100001",001010000000001,x.xml\n',
  });
  expect(subscribers.map(summary)).toEqual([expected]);
});

it.each<readonly [Readonly<Record<string, string>>, string]>([
  [
    { 'ims.json': `[\n${JSON.stringify(ims)}]` },
    "ims.json:2:31: imsi: no row of auc has the keys of '001010000000001'; give the export of the table auc too",
  ],
  [{ 'o.json': `\n${JSON.stringify(open5gs('1', {}))}` }, "o.json:2:51: imsi: '1' is no IMSI; write 14 or 15 digits"],
  [
    { 'o.json': JSON.stringify(open5gs('001010000000001', { security: { k: 'x', opc } })) },
    "o.json:1:110: security.k: 'x' has 'x' at place 1, which is no hexadecimal digit",
  ],
  [{ 'o.json': '{"name": "what"}' }, 'o.json:1:1: has name, which is of no export that is known here; give auc'],
  [{ 'o.json': JSON.stringify([open5gs('1')], undefined, 2) }, "o.json:6:13: imsi: '1' is no IMSI"],
  [
    { 'all.json': JSON.stringify({ auc: [{ ...auc, opc: 'x' }], subscriber: [packet] }, undefined, 1) },
    "all.json:6:11: opc: 'x'",
  ],
  [{ 'auc.csv': `auc_id,ki,opc,imsi\n7,${k},xy,001010000000001\n` }, "auc.csv:2:36: opc: 'xy'"],
  [{ 'o.json': '{"imsi": "001' }, 'o.json:1:1: the object that begins here is no JSON; export it again, as a whole'],
])('says what is wrong, where, and how to mend it (%#)', (files, problem) => {
  const { subscribers, problems } = imported(files);
  expect(subscribers).toEqual([]);
  expect(problems[0]).toContain(problem);
});
