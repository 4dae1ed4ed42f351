import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Packet } from '../../src/environment/index.js';
import { Capture, FileSink, NodeTable, TraceCollector } from '../../src/trace/index.js';
import {
  diameterMessage,
  playSampleRun,
  rtcpPacket,
  rtpPacket,
  sampleNodes,
  sdp,
  sipMessage,
} from '../trace/sample-run.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

if (!hasTshark) console.log('tshark is not installed: captures are not checked with it');
/** The sixth speaks IPv6, with two nodes that have an address of each family. */
const nodes = new NodeTable([...sampleNodes, { name: 'ue6', addresses: ['2001:db8::6'] }]);
nodes.learn('pcscf1', '2001:db8::5');
nodes.learn('hss1', '2001:db8::4');
const withTshark = hasTshark ? describe : describe.skip;

withTshark('a synthetic capture in Wireshark’s eyes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-capture-'));
  const file = join(folder, 'capture.pcapng');
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(() => {
    const sink = new FileSink(file);
    const capture = new Capture((bytes) => sink.write(bytes), nodes);
    const collector = new TraceCollector({ nodes, capture, listeners: [] });
    playSampleRun(collector);
    playOddities(collector);
    sink.close();
  });

  it('has no malformed packet, no expert error and no bad checksum', () => {
    expect(captureFaults(file)).toEqual([]);
  });

  it('shows node, machine and state beside the messages, and one interface a link', () => {
    const fields = ['frame.comment', 'frame.interface_name'];
    const [first] = tsharkFields(file, 'sip.Method == "REGISTER"', fields);
    const text =
      'message 1: REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org, ue1 to pcscf1, sent in ue1 session inviting';
    expect(first).toEqual([text, 'ue1–pcscf1']);
    const links = new Set(tsharkFields(file, 'diameter', ['frame.interface_name']).flat());
    expect([...links]).toEqual(['icscf1–hss1', 'scscf1–hss1', 'hss1–ue6']);
  });

  it('decodes Cx, and RTP by the session descriptions', () => {
    expect(tsharkFields(file, 'diameter.cmd.code == 300', ['diameter.applicationId']).flat()).toContain('16777216');
    const media = tsharkFields(file, 'rtp && ip', ['rtp.ssrc', 'rtp.p_type', 'rtp.setup-frame']);
    expect(media).toHaveLength(200);
    expect(media.every(([, type, setUp]) => type === '104' && Number(setUp) > 0)).toBe(true);
    expect(tsharkFields(file, 'rtcp', ['rtcp.pt']).flat()).toEqual(['200,202']);
  });

  it('reassembles what was split', () => {
    const invites = tsharkFields(file, 'sip && ipv6 && tcp', ['tcp.reassembled.length', 'sip.Call-ID']);
    expect(invites.map(([, callId]) => callId)).toEqual(['six@[2001:db8::6]']);
    expect(Number(invites[0]![0])).toBeGreaterThan(4_000);
    const flags = 'tcp.analysis.lost_segment || tcp.analysis.retransmission || tcp.analysis.window_full';
    expect(tsharkFields(file, flags, ['frame.number'])).toEqual([]);
  });
});

/** IPv6, split and large messages, connections without a hand-shake, an end of a connection, RTCP. */
function playOddities(collector: TraceCollector): void {
  const ue = { address: '2001:db8::6', port: 50_000 };
  const proxy = { address: '2001:db8::5', port: 5060 };
  const base = { time: Date.UTC(2026, 0, 31, 13), from: ue, to: proxy, kind: 'data', bytes: Buffer.alloc(0) } as const;
  const tap = (protocol: Packet['protocol'], values: Partial<Packet>): void =>
    collector.tap({ ...base, protocol, ...values });
  const body = sdp(ue.address, 50_002) + 'a=x-filler:y\r\n'.repeat(300);
  const invite = sipMessage('INVITE tel:+1 SIP/2.0', '1 INVITE', 'six@[2001:db8::6]', body);
  tap('tcp', { kind: 'open' });
  tap('tcp', { bytes: invite.subarray(0, 2_000) });
  tap('tcp', { bytes: invite.subarray(2_000) });
  tap('tcp', { from: proxy, to: ue, kind: 'close' });

  const hss = { address: '2001:db8::4', port: 3868 };
  tap('tcp', { from: hss, to: ue, bytes: diameterMessage({ command: 305, request: true, origin: 'hss1' }) });
  const burst = Array.from({ length: 400 }, (_, n) =>
    diameterMessage({ command: 300, request: true, hopByHop: n + 1 }),
  );
  tap('tcp', { from: { ...ue, port: 50_001 }, to: hss, bytes: Buffer.concat(burst) });

  const large = sipMessage('MESSAGE sip:a@b SIP/2.0', '1 MESSAGE', 'large', 'x'.repeat(60_000));
  tap('udp', { from: { ...ue, port: 5060 }, bytes: large });
  const four = { address: '127.0.2.1', port: 5060 };
  tap('udp', { from: four, to: { address: '127.0.1.1', port: 5060 }, bytes: large });
  tap('udp', { from: { ...ue, port: 50_003 }, to: { ...ue, port: 50_003 }, bytes: rtcpPacket(7) });
  tap('udp', { from: { ...ue, port: 50_002 }, to: { ...ue, port: 50_002 }, bytes: rtpPacket(1, 7) });
}
