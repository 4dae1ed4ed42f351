import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/run.js';
import { type CapturedMessage, readCapturedMessages, spokenMessages } from '../../src/trace/index.js';
import { captured } from '../cli/captured.js';
import { ipv4, pcap, SCTP, sctp, sctpData } from '../trace/reading/packets.js';
import { hasTshark, tsharkFields } from './tshark.js';

if (!hasTshark) console.log('tshark is not installed: what is read of captures is not compared with it');
const withTshark = hasTshark ? describe : describe.skip;

const folder = mkdtempSync(join(tmpdir(), 'imslab-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The capture of a run in virtual time. */
async function captureOf(topology: string): Promise<string> {
  const out = join(folder, topology);
  const options = { scenario: 'register-and-call', simulated: true, set: [], out, logLevel: 'warn' } as const;
  const { status } = await captured(() => run(topology, options));
  expect(status).toBe(0);
  return join(out, 'capture.pcapng');
}

function spoken(file: string): readonly CapturedMessage[] {
  return spokenMessages(readCapturedMessages([readFileSync(file)], '')!.messages).messages;
}

function converted(file: string, name: string, program: string, ...options: readonly string[]): string {
  const to = join(folder, name);
  const { status, stderr } = spawnSync(program, [
    ...options.map((each) => (each === 'IN' ? file : each === 'OUT' ? to : each)),
  ]);
  if (status !== 0) throw new Error(String(stderr));
  return to;
}

withTshark('what is read of a capture is what Wireshark reads', () => {
  it.each(['volte', 'volte-ipv6'])('each SIP message with its packet, its time and its ends: %s', async (topology) => {
    const file = await captureOf(topology);
    const ip = topology.endsWith('ipv6') ? 'ipv6' : 'ip';
    const fields = ['frame.number', 'frame.time_epoch', `${ip}.src`, `${ip}.dst`, 'udp.srcport', 'udp.dstport'];
    const theirs = tsharkFields(file, 'sip && udp', fields);
    const ours = spoken(file)
      .filter(({ transport }) => transport === 'udp')
      .map(({ frame, time, from, to }) => [
        frame,
        Math.round(time * 1000),
        from.address,
        to.address,
        from.port,
        to.port,
      ]);
    expect(ours.map((row) => row.map(String))).toEqual(
      theirs.map(([frame, time, ...ends]) => [frame, String(Math.round(Number(time) * 1e6)), ...ends]),
    );
    expect(ours.length).toBeGreaterThan(40);
  });

  it('in pcap with micro- and nanoseconds, and of two interfaces that saw the same', async () => {
    const file = await captureOf('volte');
    const whole = spoken(file).map(({ octets }) => octets.toString('latin1'));
    const same = [
      converted(file, 'micro.pcap', 'editcap', '-F', 'pcap', 'IN', 'OUT'),
      converted(file, 'nano.pcap', 'editcap', '-F', 'nsecpcap', 'IN', 'OUT'),
      converted(file, 'twice.pcapng', 'mergecap', '-w', 'OUT', 'IN', 'IN'),
    ];
    for (const each of same) {
      const read = spoken(each);
      expect(read.map(({ octets }) => octets.toString('latin1'))).toEqual(whole);
      expect(read[0]!.time).toBeCloseTo(spoken(file)[0]!.time, 2);
    }
  });

  it('RFC 9260: Diameter in SCTP, in fragments, of two streams, some sent twice', async () => {
    const queries = spoken(await captureOf('volte')).filter(({ octets }) => octets[0] === 1);
    let tsn = 0xffff_fff0;
    const packets = queries.flatMap(({ octets }, index) => {
      const size = index % 3 === 0 ? 100 : 10_000;
      const parts = Array.from({ length: Math.ceil(octets.length / size) }, (_, at) =>
        sctpData(octets.subarray(at * size, (at + 1) * size), {
          tsn: tsn++,
          stream: index % 2,
          sequence: index >> 1,
          isFirst: at === 0,
          isLast: (at + 1) * size >= octets.length,
        }),
      );
      const sent = parts.map((chunk) => ipv4(SCTP, sctp(7, [chunk])));
      return index % 4 === 0 ? [...sent, sent[0]!] : sent;
    });
    const file = join(folder, 'sctp.pcap');
    writeFileSync(file, pcap(packets, { linkType: 101, seconds: packets.map((_, index) => 1_000 + index) }));
    const theirs = tsharkFields(file, 'diameter && !sctp.retransmission', ['frame.number', 'diameter.hopbyhopid']);
    const ours = spoken(file).map(({ frame, octets }) => [String(frame), `0x${octets.toString('hex', 12, 16)}`]);
    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(queries.length);
  });

  it('text2pcap -S: Diameter in SCTP, of one TSN', async () => {
    const queries = spoken(await captureOf('volte')).filter(({ octets }) => octets[0] === 1);
    const rows = queries.map(({ octets }) => `000000 ${octets.toString('hex').replace(/../g, ' $&')}`);
    const dump = join(folder, 'queries.txt');
    writeFileSync(dump, rows.join('\n'));
    const file = converted(dump, 'dummy.pcapng', 'text2pcap', '-S', '3868,3868,46', 'IN', 'OUT');
    expect(spoken(file).map(({ octets }) => octets)).toEqual(queries.map(({ octets }) => octets));
  });

  it('as far as it goes where the file is cut off', async () => {
    const octets = readFileSync(await captureOf('volte'));
    const all = spoken(join(folder, 'volte', 'capture.pcapng')).length;
    let before = 0;
    for (let length = 0; length < octets.length; length += 997) {
      const captured = readCapturedMessages([octets.subarray(0, length)], '');
      const count = captured === undefined ? 0 : spokenMessages(captured.messages).messages.length;
      expect(count).toBeGreaterThanOrEqual(before);
      before = count;
    }
    expect(before).toBeLessThanOrEqual(all);
    writeFileSync(join(folder, 'cut.pcapng'), octets.subarray(0, octets.length - 10));
    expect(spoken(join(folder, 'cut.pcapng')).length).toBeGreaterThanOrEqual(all - 1);
  });
});
