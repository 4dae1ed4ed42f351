import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageRecord } from '../../src/environment/index.js';
import { readTrace } from '../../src/trace/index.js';
import { configureFreeDiameter, hasFreeDiameter, startFreeDiameter } from './freediameter.js';
import { Program } from './program.js';
import { captureFaults, hasTshark } from './tshark.js';

if (!hasFreeDiameter) console.log('freeDiameter (freediameter) is not installed: no peer of our HSS is tried');

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const hss = { address: '127.0.79.4', port: 3868, host: `hss1.${home}` };
const port = 13_868;
const tester = { address: '127.0.79.5', port: 3868, host: `tester.${home}` };
const sender = `sender.${home}`;

const folder = mkdtempSync(join(tmpdir(), 'imslab-freediameter-'));
const programs: Program[] = [];
afterAll(async () => {
  for (const program of programs) program.signal('SIGKILL');
  await Promise.all(programs.map((program) => program.ended()));
  rmSync(folder, { recursive: true, force: true });
});

function start(program: Program): Program {
  programs.push(program);
  return program;
}

function startHss(out: string): Program {
  const set = [`nodes.hss1.listen=[tcp://${hss.address}:${hss.port}]`];
  const options = set.flatMap((each) => ['--set', each]);
  return start(Program.imslab(['up', 'volte', '--only', 'hss1', ...options, '--out', out], folder));
}

function messages(out: string): readonly MessageRecord[] {
  return readTrace(readFileSync(join(folder, out, 'trace.jsonl'), 'utf8')).flatMap((record) =>
    record.kind === 'message' ? [record as unknown as MessageRecord] : [],
  );
}

/** The summaries of messages, with `>` for those that our node sent. */
function told(out: string, node: string): readonly string[] {
  return messages(out).map(({ fromNode, summary }) => `${fromNode === node ? '>' : '<'} ${summary}`);
}

async function ended(program: Program): Promise<void> {
  expect((await program.ended()).status).toBe(0);
}

const openPeer = (host: string) => new RegExp(`-> 'STATE_OPEN'\\s+'${host.replaceAll('.', '\\.')}'`);

/** Resolves when the output has what `pattern` says. */
async function says(program: Program, pattern: RegExp): Promise<void> {
  for (;;) {
    if (pattern.test(program.output)) return;
    await new Promise((tick) => setTimeout(tick, 50));
  }
}

const requests = `
applications: [Cx]
identity: { host: ${tester.host}, realm: ${home} }
values: { impi: 001010000000001@${home} }
requests:
  - { request: DWR, expect: { result: 2001 } }
  - request: UAR
    name: relayed to our HSS
    avps:
      Destination-Realm: ${home}
      Destination-Host: ${hss.host}
      User-Name: \${impi}
      Public-Identity: sip:\${impi}
      Visited-Network-Identifier: ${home}
    expect: { result: FIRST_REGISTRATION, avps: { Origin-Host: ${hss.host} } }
  - request: UAR
    name: wrong realm
    avps:
      Destination-Realm: elsewhere.example
      User-Name: \${impi}
      Public-Identity: sip:\${impi}
      Visited-Network-Identifier: ${home}
    expect: { result: [UNABLE_TO_DELIVER, REALM_NOT_SERVED], avps: { flags: /E/ } }
`;

/** Of another client of the tool's, through freeDiameter, to the tool as a server. */
const requestThroughRelay = `
applications: [Cx]
identity: { host: ${sender}, realm: ${home} }
requests:
  - request: UAR
    avps:
      Destination-Realm: ${home}
      Destination-Host: ${tester.host}
      User-Name: 001010000000001@${home}
      Public-Identity: sip:001010000000001@${home}
      Visited-Network-Identifier: ${home}
    expect:
      result: FIRST_REGISTRATION
      avps: { Origin-Host: ${tester.host}, Server-Capabilities.Mandatory-Capability: 7 }
`;
const answerBehindRelay = `
applications: [Cx]
identity: { host: ${tester.host}, realm: ${home} }
answers:
  - request: UAR
    where: { User-Name: 001010000000001@${home}, Route-Record: ${sender} }
    result: FIRST_REGISTRATION
    avps: { Server-Capabilities: { Mandatory-Capability: 7 } }
`;

(hasFreeDiameter ? describe : describe.skip)('freeDiameter as a peer', () => {
  const options = { host: `fd.${home}`, realm: home, port, guests: [tester.host] };

  it('RFC 6733 5.3, 5.4, 5.5, 6.1: of our HSS, through restarts on both sides; and of the tool as a client', async () => {
    const configuration = configureFreeDiameter(folder, { ...options, peers: [hss] });
    const first = startHss('first');
    await first.says('Serving.');
    const freeDiameter = start(startFreeDiameter(configuration, folder));
    await says(freeDiameter, openPeer(hss.host)); // CER, CEA

    writeFileSync(join(folder, 'requests.yaml'), requests);
    const sent = start(
      Program.imslab(['diameter', 'send', 'requests.yaml', '--to', `127.0.0.1:${port}`, '--out', 'sent'], folder),
    );
    const { status, output } = await sent.ended();
    expect(output).toContain('passed: 3 sent, 3 answered, 0 failed');
    expect(status).toBe(0);
    expect(told('sent', 'tester').slice(-2)).toEqual(['> DPR', '< DPA 2001 SUCCESS']);

    await first.says('DWR'); // six seconds after the last message
    await first.says('DWA');
    // The HSS goes: DPR from it, DPA from freeDiameter, which comes back after Tc.
    first.signal('SIGINT');
    await ended(first);
    await says(freeDiameter, new RegExp(`'${hss.host}' sent a DPR with cause: REBOOTING`));
    const opened = freeDiameter.output.length;
    const second = startHss('second');
    while (!openPeer(hss.host).test(freeDiameter.output.slice(opened)))
      await new Promise((tick) => setTimeout(tick, 50));
    // freeDiameter goes: DPR from it; and comes again.
    freeDiameter.signal('SIGTERM');
    await freeDiameter.ended();
    await second.says('DPA');
    const again = start(startFreeDiameter(configuration, folder));
    await says(again, openPeer(hss.host));
    again.signal('SIGTERM');
    await again.ended();
    second.signal('SIGINT');
    await ended(second);

    const one = told('first', 'hss1');
    expect(one.slice(0, 2)).toEqual(['< CER', '> CEA 2001 SUCCESS']);
    expect(one).toEqual(
      expect.arrayContaining(['< UAR', '> UAA 2001 FIRST_REGISTRATION', '< DWR', '> DWA 2001 SUCCESS']),
    );
    expect(one.slice(-2)).toEqual(['> DPR', '< DPA 2001 SUCCESS']);
    const two = told('second', 'hss1').filter((text) => !text.includes('DW'));
    expect(two).toEqual([
      ...['< CER', '> CEA 2001 SUCCESS', '< DPR', '> DPA 2001 SUCCESS'],
      ...['< CER', '> CEA 2001 SUCCESS', '< DPR', '> DPA 2001 SUCCESS'],
    ]);
    if (hasTshark) {
      for (const out of ['first', 'second', 'sent'])
        expect(captureFaults(join(folder, out, 'capture.pcapng'))).toEqual([]);
    }
  }, 120_000);

  it('RFC 6733 5.3, 5.4, 5.5: of the tool as a server, that goes and comes', async () => {
    const configuration = configureFreeDiameter(folder, { ...options, port: port + 1, peers: [tester] });
    writeFileSync(
      join(folder, 'answers.yaml'),
      `identity: { host: ${tester.host}, realm: ${home} }\nanswers: [{ request: UAR }]\n`,
    );
    const serve = (out: string, time: string) =>
      start(
        Program.imslab(
          [
            'diameter',
            'serve',
            'answers.yaml',
            '--listen',
            `${tester.address}:${tester.port}`,
            '--for',
            time,
            '--out',
            out,
          ],
          folder,
        ),
      );
    const server = serve('served', '12s');
    await server.says('Listening');
    const freeDiameter = start(startFreeDiameter(configuration, folder));
    await server.says(`${options.host} (`);
    await ended(server);
    await says(freeDiameter, /sent a DPR with cause: REBOOTING/);
    const second = serve('again', '30s');
    await second.says(`${options.host} (`);
    freeDiameter.signal('SIGTERM');
    await freeDiameter.ended();
    await second.says('is gone');
    second.signal('SIGINT');
    await ended(second);
    const one = told('served', 'tester');
    expect(one.slice(0, 2)).toEqual(['< CER', '> CEA 2001 SUCCESS']);
    expect(one).toEqual(expect.arrayContaining(['< DWR', '> DWA 2001 SUCCESS']));
    expect(one.slice(-2)).toEqual(['> DPR', '< DPA 2001 SUCCESS']);
    expect(told('again', 'tester').slice(-2)).toEqual(['< DPR', '> DPA 2001 SUCCESS']);
    if (hasTshark) expect(captureFaults(join(folder, 'served', 'capture.pcapng'))).toEqual([]);
  }, 120_000);

  it('RFC 6733 6.1, 6.2: of a client and a server of the tool as their relay', async () => {
    const between = { ...options, port: port + 3, guests: [sender], peers: [tester] };
    const configuration = configureFreeDiameter(folder, between);
    writeFileSync(join(folder, 'behind.yaml'), answerBehindRelay);
    writeFileSync(join(folder, 'through.yaml'), requestThroughRelay);
    const listen = ['--listen', `${tester.address}:${tester.port}`, '--out', 'behind'];
    const server = start(Program.imslab(['diameter', 'serve', 'behind.yaml', ...listen], folder));
    await server.says('Listening');
    const freeDiameter = start(startFreeDiameter(configuration, folder));
    await says(freeDiameter, openPeer(tester.host));
    const to = ['--to', `127.0.0.1:${between.port}`, '--out', 'through'];
    const sent = await start(Program.imslab(['diameter', 'send', 'through.yaml', ...to], folder)).ended();
    expect(sent.output).toContain('passed: 1 sent, 1 answered, 0 failed');
    expect(sent.status).toBe(0);
    server.signal('SIGINT');
    await ended(server);
    freeDiameter.signal('SIGTERM');
    await freeDiameter.ended();
    expect(told('behind', 'tester')).toEqual(expect.arrayContaining(['< UAR', '> UAA 2001 FIRST_REGISTRATION']));
    if (hasTshark) {
      for (const out of ['behind', 'through']) expect(captureFaults(join(folder, out, 'capture.pcapng'))).toEqual([]);
    }
  }, 120_000);

  it('RFC 6733 5.3, 7.1.3: does not know a host that is not on its list', async () => {
    const configuration = configureFreeDiameter(folder, { ...options, port: port + 2, peers: [] });
    const freeDiameter = start(startFreeDiameter(configuration, folder));
    await says(freeDiameter, /initialized|ready|freeDiameterd/);
    writeFileSync(
      join(folder, 'stranger.yaml'),
      'identity: { host: stranger.example, realm: example }\ncapabilities: { result: UNKNOWN_PEER }\nrequests: [{ request: DWR }]\n',
    );
    let status: number | null = 3;
    // It listens a moment after it has started.
    for (let attempt = 0; attempt < 20 && status === 3; attempt++) {
      await new Promise((tick) => setTimeout(tick, 250));
      const sent = start(
        Program.imslab(['diameter', 'send', 'stranger.yaml', '--to', `127.0.0.1:${port + 2}`], folder),
      );
      status = (await sent.ended()).status;
    }
    expect(status).toBe(0);
    freeDiameter.signal('SIGTERM');
    await freeDiameter.ended();
  }, 60_000);
});
