/** CSV files of subscribers, alone and named by a YAML file; ranges by pattern. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identitiesOf } from '../../src/ims/subscription/subscriber.js';
import { everySubscriber } from '../../src/ims/subscription/subscriber-range.js';
import { formatProblem, InputError } from '../../src/topology/problem.js';
import { readSubscribers } from '../../src/topology/subscriber-file.js';
import type { SubscriberSet } from '../../src/topology/subscribers.js';

const home = 'ims.example.org';
const k = '465b5ce8b199b49faa5f0a2ee238a6bc';
const opc = 'cd63cb71954a9f4e48a5994e37a02baf';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'imslab-csv-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(files: Readonly<Record<string, string>>, name: string): SubscriberSet {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return readSubscribers(join(folder, name), home);
}
function csv(...rows: readonly string[]): SubscriberSet {
  return load({ 'users.csv': `${rows.join('\n')}\n` }, 'users.csv');
}
function problems(...rows: readonly string[]): readonly string[] {
  try {
    csv(...rows);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
  }
  return [];
}
function urisOf({ subscribers }: SubscriberSet): readonly (readonly string[])[] {
  return subscribers.map((each) => identitiesOf(each).map(({ uri, barred }) => (barred ? `(${uri})` : uri)));
}

it('REG-01, REG-02: a row has what a line of a YAML file has', () => {
  const yaml = `subscribers:\n  - { imsi: "001010000000001", msisdn: "+15550100001", k: ${k}, opc: ${opc}, sqn: 0x20, ind: 3,
    capabilities: { mandatory: [1, 2] }, visited-networks: [a.example, b.example], authentication: { scheme: sip-digest, password: "a,b \\"c\\"" } }\n`;
  const rows = [
    'imsi,msisdn,k,opc,sqn,ind,mandatory-capabilities,visited-networks,scheme,password',
    `001010000000001,+15550100001,${k},${opc},0x20,3,1 2,a.example b.example,sip-digest,"a,b ""c"""`,
  ];
  expect(csv(...rows)).toEqual(load({ 'users.yaml': yaml }, 'users.yaml'));
});

it('implicit sets, barred identities and wildcards', () => {
  const set = csv(
    'imsi;k;opc;identities;barred',
    `001010000000001;${k};${opc};sip:a@h.example tel:+1-555 | sip:b@h.example sip:b-!.*!@h.example;tel:+1555`,
  );
  expect(urisOf(set)).toEqual([['sip:a@h.example', '(tel:+1555)', 'sip:b@h.example', 'sip:b-!.*!@h.example']]);
  expect(set.subscribers[0]!.implicitSets).toHaveLength(2);
});

it('CRLF, a byte order mark, empty rows and quotes around line ends', () => {
  const set = csv(
    `\uFEFFimsi,k,opc,identities\r`,
    '\r',
    `001010000000001,${k},${opc},"sip:a@h.example`,
    `tel:+1555"\r`,
  );
  expect(urisOf(set)).toEqual([['sip:a@h.example', 'tel:+1555']]);
});

it('a range by pattern: 10,000 subscribers of one row', () => {
  const set = csv(
    'count,imsi,msisdn,k,op,private-identity,identities',
    `10000,001010000000001,+15550100001,${k},${k},{imsi}@private.example,sip:user{number}@h.example sip:{msisdn}@h.example tel:{msisdn}`,
  );
  const all = [...everySubscriber(set)];
  expect(all).toHaveLength(10_000);
  const last = all.at(-1)!;
  expect(last.privateIdentity).toBe('001010000010000@private.example');
  expect(identitiesOf(last).map(({ uri }) => uri)).toEqual([
    'sip:user10000@h.example',
    'sip:+15550110000@h.example',
    'tel:+15550110000',
  ]);
});

it('a YAML file gives the rows of its CSV file defaults and services', () => {
  const set = load(
    {
      'file.yaml': `defaults: { opc: ${opc}, services: [voice] }\nservices:\n  voice: { as: as1, priority: 1 }\ncsv: rows.csv\n`,
      'rows.csv': `imsi,msisdn,k,services\n001010000000001,+15550100001,${k},\n001010000000002,+15550100002,${k},voice\n`,
    },
    'file.yaml',
  );
  const lists = set.subscribers.map(({ implicitSets }) => implicitSets[0]!.serviceProfiles[0]!.filterCriteria);
  expect(lists[0]).toHaveLength(1);
  expect(lists[1]).toBe(lists[0]);
});

describe('what is wrong is said with line, column, name and remedy', () => {
  const header = 'imsi,msisdn,k,opc';
  const good = `001010000000001,+15550100001,${k},${opc}`;
  it.each<readonly [rows: readonly string[], problem: string]>([
    [['imsi,msisdn,kay'], 'users.csv:1:13: kay: is no column; use one of count, imsi, msisdn'],
    [['imsi,imsi'], 'users.csv:1:6: imsi: stands twice; keep one of the two'],
    [[header, good, '00101,+1555010000,,'], "users.csv:3:1: imsi: '00101' is no IMSI; write 14 or 15 digits"],
    [[header, good, `001010000000002,+15550100002,xyz,${opc}`], 'users.csv:3:30: k: '],
    [
      [header, good, '001010000000002,+15550100002'],
      'users.csv:3:30: k: is missing; add k: with 32 hexadecimal digits',
    ],
    [[header, `${good},`], 'users.csv:2:1: has 5 cells, and the first row 4; put a cell'],
    [[header, good, good], "users.csv:3:1: imsi: '001010000000001' belongs to the subscriber at users.csv:2:1 already"],
    [[`${header},services`, `${good},voice`], "users.csv:2:96: services: there is no service 'voice'"],
    [[`count,${header},private-identity`, `2,${good},a@b`], 'users.csv:2:98: private-identity: stands beside a count'],
    [[`${header},identities`, `${good},sip:{who}@h.example`], 'identities: '],
    [
      [good],
      'users.csv:1:1: none of the cells is a column; begin with a row that names the columns: imsi,msisdn,k,opc',
    ],
    [
      [header, `"${good}`, good],
      'users.csv:2:1: a double quote is not closed; close it; one that is part of a text is written twice',
    ],
    [
      [`${header},ind`, `${good},0x1`],
      'users.csv:2:96: ind: this is no array index; write a number from 0 to 255, or rotating',
    ],
    [
      [`${header},identities`, `${good},sip:${'a'.repeat(100_000)}@h.example`],
      `identities: 'sip:${'a'.repeat(52)}… has 100014 characters; use 600 or fewer`,
    ],
    [
      [`${header},private-identity`, `${good},${'a'.repeat(600)}@h.example`],
      `private-identity: '${'a'.repeat(56)}… has 610 characters; use 600 or fewer`,
    ],
    [[''], 'users.csv: the file is empty; begin with a row that names the columns'],
  ])('%#', (rows, problem) => {
    const [first, ...more] = problems(...rows);
    expect(first).toContain(problem);
    expect(more).toEqual([]);
  });

  it('of thousands of unknown columns and of mistakes the first few', () => {
    const unknown = Array.from({ length: 20_000 }, (_, index) => `c${index}`).join(',');
    const columns = problems(`imsi,${unknown}`);
    expect(columns).toHaveLength(21);
    expect(columns[1]).toBe('users.csv:1:9: c1: is no column; leave it out');
    expect(columns.at(-1)).toBe('users.csv:1:1: has 19980 more cells that are no columns; mend these first');
    const rows = Array.from({ length: 5_000 }, () => 'x,y,z,');
    const error = new InputError(
      rows.map((text, index) => ({ where: `users.csv:${index}`, key: '', what: text, mend: '' })),
    );
    expect(error.message.split('\n')).toHaveLength(51);
    expect(error.message.endsWith('there are 4950 more mistakes; mend these first')).toBe(true);
  });
});
