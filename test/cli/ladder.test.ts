import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ladder } from '../../src/cli/ladder.js';
import { UsageError } from '../../src/lab/errors.js';
import { traceLine } from '../../src/trace/index.js';
import { TestFolder } from '../topology/files.js';
import { ipv4, pcap, UDP, udp } from '../trace/reading/packets.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const message = (fromNode: string, toNode: string): string =>
  JSON.stringify({
    time: '2026-01-01T00:00:00.000000Z',
    kind: 'message',
    protocol: 'sip',
    transport: 'udp',
    from: '192.0.2.1:5060',
    to: '192.0.2.2:5060',
    fromNode,
    toNode,
    summary: 'OPTIONS sip:x',
    startLine: 'OPTIONS sip:x SIP/2.0',
  });

const order = traceLine({
  kind: 'note',
  time: 0,
  node: '',
  what: 'ladder.order',
  text: 'ue1, pcscf1, hss1',
  clause: undefined,
});

it('has the columns in the order that the trace begins with, those alone that took part', async () => {
  const file = folder.write('trace.jsonl', `${order}\n${message('pcscf1', 'ue1')}\n`);
  const { status, stdout } = await captured(() => ladder(file));
  expect(status).toBe(0);
  expect(stdout.split('\n')[0]!.trim()).toMatch(/^ue1 +pcscf1$/);
  expect(stdout).not.toContain('hss1');
});

it('says where a run was cut off', async () => {
  const file = folder.write('cut.jsonl', `${message('ue1', 'pcscf1')}\n{"time":"2026`);
  const { status, stderr } = await captured(() => ladder(file));
  expect(status).toBe(0);
  expect(stderr).toContain('its last line is unfinished, the ladder ends before it');
});

const registers = [
  'REGISTER sip:ims.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: <sip:a@ims.example>;tag=1\r\nTo: <sip:a@ims.example>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n',
];

it('draws a capture of whatever network, with names after the parts that its nodes play', async () => {
  const file = folder.write('phone.pcap', '');
  writeFileSync(
    file,
    pcap(
      registers.map((text) => ipv4(UDP, udp(text))),
      { linkType: 101 },
    ),
  );
  const { status, stdout, stderr } = await captured(() => ladder(file));
  expect(status).toBe(0);
  expect(stdout).toMatch(/ue1 +pcscf1\n/);
  expect(stdout).toMatch(/─ REGISTER ─+▶/);
  expect(stderr).toBe('ue1 is 192.0.2.1\npcscf1 is 198.51.100.1\n');
});

it.each([
  ['text', /: is no capture: it begins with 4e6f7468 at offset 0, .*save it as one of these$/],
  ['a ZIP archive', /: is a ZIP archive; unpack it with unzip first$/],
])('says what is wrong with a file that is %s', async (what, complaint) => {
  const file = folder.write('foreign.pcap', what === 'text' ? 'Nothing of the kind' : 'PK\u0003\u0004');
  await expect(ladder(file)).rejects.toThrow(complaint);
});

describe('of the folder of a suite', () => {
  const cases = (statuses: Readonly<Record<string, string>>): string => {
    const base = `suite-${Object.keys(statuses).join('-')}`;
    const documents = Object.entries(statuses).map(([name, status]) => ({ name, status, folder: `elsewhere/${name}` }));
    for (const name of Object.keys(statuses))
      folder.write(join(base, name, 'trace.jsonl'), `${message(name, 'ue1')}\n`);
    const chosen = { paths: [], topologies: [], set: [], environments: [] };
    const result = JSON.stringify({ arguments: chosen, shortfalls: [], cases: documents });
    return dirname(folder.write(join(base, 'test-result.json'), result));
  };

  it('draws the one that failed, and says so', async () => {
    const suite = cases({ good: 'passed', bad: 'failed' });
    const { stdout, stderr } = await captured(() => ladder(suite));
    expect(stdout.split('\n')[0]!.trim()).toMatch(/^bad +ue1$/);
    expect(stderr).toContain(`this is ${join(suite, 'bad')}`);
  });

  it('names them where several have failed', async () => {
    const suite = cases({ one: 'failed', two: 'failed', three: 'passed' });
    const refused = ladder(suite);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(
      `Take one of\n  imslab ladder ${join(suite, 'one')}  (failed)\n  imslab ladder ${join(suite, 'two')}  (failed)\n  imslab ladder ${join(suite, 'three')}`,
    );
  });

  it('says that none has left a trace', async () => {
    await expect(ladder(cases({}))).rejects.toThrow('imslab test --keep all keeps those that passed, too');
  });
});

it('refuses an empty file', async () => {
  await expect(ladder(folder.write('empty.jsonl', ''))).rejects.toThrow(UsageError);
});
