import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { check } from '../../src/cli/check.js';
import { run } from '../../src/cli/run.js';
import { UsageError } from '../../src/lab/errors.js';
import { ESP, ipv4, ipv6, pcap, UDP, udp } from '../trace/reading/packets.js';
import { captured } from './captured.js';

const folder = mkdtempSync(join(tmpdir(), 'imslab-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The folder of a run in virtual time. */
async function runOf(scenario: string, topology?: string): Promise<string> {
  const out = join(folder, `${scenario.replace('/', '-')}-${topology ?? ''}`);
  await captured(() => run(topology, { scenario, simulated: true, set: [], out, logLevel: 'warn' }));
  return out;
}

/** As a phone sends it, with this user in the Request-URI. */
const register = (user = '') =>
  [
    `REGISTER sip:${user}ims.example SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:a@ims.example>;tag=1',
    'To: <sip:a@ims.example>',
    'Contact: <sip:a@192.0.2.1:5060>;+sip.instance="<urn:gsma:imei:90420156-025763-0>";expires=600000',
    'Call-ID: 1',
    'CSeq: 1 REGISTER',
    'Supported: path, gruu',
    'Authorization: Digest username="a@ims.example",realm="ims.example",uri="sip:ims.example",nonce="",response=""',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');

function write(name: string, octets: Buffer | string): string {
  const file = join(folder, name);
  writeFileSync(file, octets);
  return file;
}

const raw = { linkType: 101 };

it('finds nothing in a healthy run, and says who is who and how it went', async () => {
  const out = await runOf('register-and-call');
  const { status, stdout } = await captured(() => check(out, {}));
  expect(stdout).toContain('0 findings; ');
  expect(status).toBe(0);
  expect(stdout).toMatch(/pcscf1 +p-cscf, 192\.0\.2\.1: sends REGISTER on with Path, TS 24\.229 5\.2\.2\.1/);
  expect(stdout).toMatch(/✓ frame \d+, \d\.\d{3} s: ue1 de-registered sip:/);
});

it('REG-10: names rule, clause, node and frame of a breach that a capture shows, over IPv4 and IPv6', async () => {
  const packets = [ipv4(UDP, udp('noise that is no message')), ipv4(UDP, udp(register('a@')))];
  const file = write('reg-10.pcap', pcap(packets, { ...raw, seconds: [100, 101] }));
  const { status, stdout } = await captured(() => check(file, {}));
  expect(status).toBe(1);
  expect(stdout).toContain('REG-10  TS 24.229 5.1.1.2.1: ue1 at 192.0.2.1:5060');
  expect(stdout).toMatch(
    / {2}frame 2, 0\.000 s: ue1 sent REGISTER to sip:a@ims\.example: the Request-URI has to be sip:ims\.example/,
  );

  const six = write('reg-10-6.pcap', pcap([ipv6(UDP, udp(register('a@')))], raw));
  const { stdout: overIpv6 } = await captured(() => check(six, {}));
  expect(overIpv6).toContain('ue1 at [2001:db8::c000:201]:5060');
});

it('gives one JSON document, with frames as Wireshark counts them', async () => {
  const file = write('json.pcap', pcap([ipv4(UDP, udp(register('a@')))], { ...raw, seconds: [100] }));
  const { stdout, stderr } = await captured(() => check(file, { json: true }));
  const document: unknown = JSON.parse(stdout);
  expect(document).toMatchObject({
    homes: ['ims.example'],
    nodes: [
      { name: 'ue1', role: 'ue' },
      { name: 'pcscf1', role: 'p-cscf' },
    ],
    findings: [{ rule: 'REG-10', node: 'ue1', frame: 1, time: '1970-01-01T00:01:40.000000Z' }],
    registrations: [{ outcome: 'open', frame: 1 }],
  });
  expect(stderr).toContain('REG-10');
});

it.each([
  [
    'sim/wrong-k',
    /ue1 answered with an empty response: its SIM has found the MAC of the challenge wrong.*imslab aka explain/,
  ],
  ['roaming', /hss1 had answered UAR with Experimental-Result-Code 5004, the subscription does not allow roaming/],
])('says why a registration failed: %s', async (scenario, cause) => {
  const out = await runOf(scenario);
  const { stdout } = await captured(() => check(out, {}));
  expect(stdout).toMatch(/✗ frame \d+/);
  expect(stdout).toMatch(cause);
});

it('counts the rules that a capture cannot decide, with the reason, and says what it could not read', async () => {
  const file = write('cut.pcap', pcap([ipv4(UDP, udp(register())), ipv4(UDP, udp(register()))], raw).subarray(0, -40));
  const { stdout } = await captured(() => check(file, {}));
  expect(stdout).toMatch(
    /\d+ rules held, of which \d+ had something to look at; \d+ cannot be decided from a capture:\n {2}they compare/,
  );
  expect(stdout).toMatch(/not read\n {2}the file ends within a packet, at offset \d+: copy it anew/);
});

it('says of nobody that he kept silent where part of the capture is encrypted', async () => {
  const encrypted = Buffer.alloc(96, 0xa5);
  const challenge = register()
    .replace(/^REGISTER.*/, 'SIP/2.0 401 Unauthorized')
    .replace(/Authorization: .*/, 'WWW-Authenticate: Digest realm="ims.example",nonce="QUJD",algorithm=AKAv1-MD5');
  const seconds = [100, 101, 102, 160];
  const packets = (rest: Buffer) => [
    ipv4(UDP, udp(register())),
    ipv4(UDP, udp(challenge)),
    rest,
    ipv4(UDP, udp(register())),
  ];
  const silent = write('silent.pcap', pcap(packets(ipv4(UDP, udp('noise'))), { ...raw, seconds }));
  expect((await captured(() => check(silent, {}))).stdout).toMatch(/✗ frame 2, .*and did not answer/);
  const file = write('encrypted.pcap', pcap(packets(ipv4(ESP, encrypted)), { ...raw, seconds }));
  const { stdout } = await captured(() => check(file, {}));
  expect(stdout).toMatch(/… frame 2, .*challenged with 401 from .*, and what could not be read may have had it/);
  expect(stdout).toContain('one packet is encrypted ESP');
});

it('RFC 3310 3.3: an empty response says what the card found, where the capture lacks the challenge', async () => {
  const answer = register().replace('nonce=""', 'nonce="QUJD"').replace('CSeq: 1 ', 'CSeq: 2 ');
  const refusal = (request: string) => request.replace(/^REGISTER.*/, 'SIP/2.0 403 Forbidden');
  const told = async (request: string) => {
    const packets = [ipv4(UDP, udp(request)), ipv4(UDP, udp(refusal(request)))];
    return (await captured(() => check(write('no-401.pcap', pcap(packets, raw)), {}))).stdout;
  };
  expect(await told(answer)).toMatch(/✗ frame 2, .*its SIM has found the MAC of the challenge wrong/);
  const auts = answer.replace('response=""', 'response="",auts="AAECAwQFBgcICQoLDA0="');
  expect(await told(auts)).toMatch(/✗ frame 2, .*said with auts that the sequence number is out of range/);
  const full = answer.replace('response=""', 'response="6629fae49393a05397450978507c4ef1"');
  expect(await told(full)).not.toMatch(/answered the challenge|MAC of the challenge/);
});

it('says of a topology that it is of another network', async () => {
  const file = write('elsewhere.pcap', pcap([ipv4(UDP, udp(register()))], raw));
  const { stdout } = await captured(() => check(file, { topology: 'topologies/volte-ipv6.yaml' }));
  expect(stdout).toContain(
    'volte-ipv6.yaml names no address of this capture (192.0.2.1, 198.51.100.1): give the topology',
  );
});

it('looks at messages in the order of their times, whatever that of the packets', async () => {
  const file = write(
    'reversed.pcap',
    pcap([ipv4(UDP, udp(register('b@'))), ipv4(UDP, udp(register('a@')))], { ...raw, seconds: [101, 100] }),
  );
  const { stdout } = await captured(() => check(file, {}));
  expect(stdout).toContain('within 1.000 s from 1970-01-01T00:01:40.000000Z');
  expect(stdout).toMatch(/frame 2, 0\.000 s: ue1 sent REGISTER to sip:a@ims\.example[\s\S]*frame 1, 1\.000 s/);
});

it('takes names and parts from a topology, and the home domain', async () => {
  const topology = write(
    'own.yaml',
    [
      'home: ims.other',
      'nodes:',
      '  edge: { role: p-cscf, external: true, address: "udp://198.51.100.1:5060" }',
      '',
    ].join('\n'),
  );
  const file = write('topology.pcap', pcap([ipv4(UDP, udp(register()))], raw));
  const { status, stdout } = await captured(() => check(file, { topology }));
  expect(stdout).toMatch(/edge +p-cscf, 198\.51\.100\.1: named in .*own\.yaml/);
  expect(stdout).toContain('the Request-URI has to be sip:ims.other');
  expect(status).toBe(1);
});

it.each([
  ['nothing', '', /: is empty; give a capture/],
  ['a picture', '\u0089PNG', /: is no capture: it begins with c28950/],
  [
    'a trace without its capture',
    '{"time":',
    /: is a trace, which keeps no headers; give the capture\.pcapng of the same run/,
  ],
  ['a capture without packets', pcap([]), /: it has no packets: see the capture filter/],
  [
    'a capture of something else',
    pcap([ipv4(UDP, udp('x'.repeat(40)))], raw),
    /there is no SIP or Diameter in the clear in its 1 packets/,
  ],
])('refuses %s', async (_, octets, complaint) => {
  const file = write('refused', octets);
  await expect(check(file, {})).rejects.toThrow(complaint);
  await expect(check(file, {})).rejects.toThrow(UsageError);
});

it('reads any octets without an error of its own', async () => {
  const octets = readFileSync(join(await runOf('register-and-call'), 'capture.pcapng')).subarray(0, 60_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(octets.length - 1), fc.nat(255)), { maxLength: 200 }),
      async (changes) => {
        const changed = Buffer.from(octets);
        for (const [at, value] of changes) changed[at] = value;
        const file = write('fuzzed.pcapng', changed);
        await captured(() => check(file, {})).catch((error: unknown) => expect(error).toBeInstanceOf(UsageError));
      },
    ),
    { numRuns: 15 },
  );
});
