/** A registration, a call and media between six nodes as a network and a machine host would report them. */
import type { Endpoint, Packet, TraceRecord } from '../../src/environment/index.js';
import type { TraceCollector } from '../../src/trace/collector.js';
import type { TraceNode } from '../../src/trace/node-table.js';

export const sampleNodes: readonly TraceNode[] = [
  { name: 'ue1', addresses: ['127.0.2.1'] },
  { name: 'pcscf1', addresses: ['127.0.1.1'] },
  { name: 'icscf1', addresses: ['127.0.1.2'] },
  { name: 'scscf1', addresses: ['127.0.1.3'] },
  { name: 'hss1', addresses: ['127.0.1.4'] },
  { name: 'ue2', addresses: ['127.0.2.2'] },
];

export const START = Date.UTC(2026, 0, 31, 12, 0, 0);
const HOME = 'ims.mnc001.mcc001.3gppnetwork.org';

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  ue1: { address: '127.0.2.1', port: 5060 },
  pcscf1: { address: '127.0.1.1', port: 5060 },
  icscf1: { address: '127.0.1.2', port: 5060 },
  scscf1: { address: '127.0.1.3', port: 5060 },
  ue2: { address: '127.0.2.2', port: 5060 },
  hss1: { address: '127.0.1.4', port: 3868 },
};
/** Where the Diameter clients of a node connect from. */
const DIAMETER_PORT: Readonly<Record<string, number>> = { icscf1: 40_001, scscf1: 40_002 };

/** A SIP message that is whole: every mandatory header, Content-Length right. */
export function sipMessage(startLine: string, cseq: string, callId = 'c1@127.0.2.1', body = ''): Buffer {
  const lines = [
    startLine,
    'Via: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bK1;rport',
    'Max-Forwards: 70',
    `From: <sip:+15550100001@${HOME}>;tag=a1`,
    `To: <sip:+15550100002@${HOME}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    'Contact: <sip:127.0.2.1:5060>',
    ...(body === '' ? [] : [`Content-Type: ${body.startsWith('v=') ? 'application/sdp' : 'text/plain'}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

export function sdp(address: string, port: number): string {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  const lines = [
    'v=0',
    `o=- 1 1 IN ${family} ${address}`,
    's=-',
    `c=IN ${family} ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 104`,
    'a=rtpmap:104 AMR-WB/16000/1',
    'a=sendrecv',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function avp(code: number, data: Buffer, vendor = 0): Buffer {
  const head = Buffer.alloc(vendor === 0 ? 8 : 12);
  head.writeUInt32BE(code, 0);
  head.writeUInt32BE(head.length + data.length, 4);
  head[4] = vendor === 0 ? 0x40 : 0xc0;
  if (vendor !== 0) head.writeUInt32BE(vendor, 8);
  return Buffer.concat([head, data, Buffer.alloc(-data.length & 3)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export interface DiameterSample {
  readonly command: number;
  readonly request: boolean;
  readonly result?: number;
  readonly experimental?: number;
  readonly hopByHop?: number;
  readonly origin?: string;
}

/** A Cx message with its base AVPs. */
export function diameterMessage(sample: DiameterSample): Buffer {
  const { command, request, result, experimental, hopByHop = 1, origin = 'icscf1' } = sample;
  const vendorSpecific = Buffer.concat([avp(266, uint32(10415)), avp(258, uint32(16777216))]);
  const experimentalResult = Buffer.concat([avp(266, uint32(10415)), avp(298, uint32(experimental ?? 0))]);
  const body = Buffer.concat([
    avp(263, Buffer.from(`${origin}.${HOME};1;${hopByHop}`)),
    avp(260, vendorSpecific),
    ...(result === undefined ? [] : [avp(268, uint32(result))]),
    ...(experimental === undefined ? [] : [avp(297, experimentalResult)]),
    avp(277, uint32(1)),
    avp(264, Buffer.from(`${origin}.${HOME}`)),
    avp(296, Buffer.from(HOME)),
    ...(request ? [avp(283, Buffer.from(HOME)), avp(1, Buffer.from(`001010000000001@${HOME}`))] : []),
  ]);
  const head = Buffer.alloc(20);
  head.writeUInt32BE(20 + body.length, 0);
  head[0] = 1;
  head.writeUInt32BE(command, 4);
  head[4] = request ? 0xc0 : 0x40;
  head.writeUInt32BE(16777216, 8);
  head.writeUInt32BE(hopByHop, 12);
  head.writeUInt32BE(hopByHop, 16);
  return Buffer.concat([head, body]);
}

export function rtpPacket(sequence: number, ssrc: number, payloadType = 104): Buffer {
  const bytes = Buffer.alloc(12 + 33, 0x5a);
  bytes[0] = 0x80;
  bytes[1] = payloadType;
  bytes.writeUInt16BE(sequence, 2);
  bytes.writeUInt32BE(sequence * 320, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

/** Sender and receiver reports, RFC 3550 6.4: an SR without report blocks and an SDES with a CNAME. */
export function rtcpPacket(ssrc: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c80006, 0);
  report.writeUInt32BE(ssrc, 4);
  const description = Buffer.alloc(16);
  description.writeUInt32BE(0x81ca0003, 0);
  description.writeUInt32BE(ssrc, 4);
  description.writeUInt16BE(0x0105, 8);
  description.write('a@b.c', 10);
  return Buffer.concat([report, description]);
}

type Step =
  | { from: string; to: string; sip: string; cseq: string; body?: string }
  | { from: string; to: string; diameter: DiameterSample }
  | { node: string; machine: string; states: [string, string] }
  | { step: string }
  | { media: number };

function relay(path: readonly string[], sip: string, cseq: string, body?: string): Step[] {
  return path.slice(1).map((to, index) => ({ from: path[index]!, to, sip, cseq, ...(body && { body }) }));
}

function state(node: string, machine: string, from: string, to: string): Step {
  return { node, machine, states: [from, to] };
}

function cx(client: string, command: number, answer: Partial<DiameterSample>): Step[] {
  const base = { command, origin: client };
  return [
    { from: client, to: 'hss1', diameter: { ...base, request: true } },
    { from: 'hss1', to: client, diameter: { ...base, request: false, ...answer, origin: 'hss1' } },
  ];
}

const REGISTER = `REGISTER sip:${HOME} SIP/2.0`;
const toServing = ['ue1', 'pcscf1', 'icscf1', 'scscf1'];
const fromServing = [...toServing].reverse();
const toCallee = ['ue1', 'pcscf1', 'scscf1', 'icscf1', 'scscf1', 'pcscf1', 'ue2'];
const fromCallee = [...toCallee].reverse();
const inDialog = ['ue1', 'pcscf1', 'scscf1', 'pcscf1', 'ue2'];
const INVITE = `INVITE tel:+15550100002 SIP/2.0`;

const steps: readonly Step[] = [
  { step: 'register ue1' },
  state('ue1', 'registration', 'notRegistered', 'registering'),
  ...relay(toServing.slice(0, 3), REGISTER, '1 REGISTER'),
  state('icscf1', 'registrationQuery', '', 'queryingHss'),
  ...cx('icscf1', 300, { experimental: 2001 }),
  state('icscf1', 'registrationQuery', 'queryingHss', 'awaitingServingNode'),
  ...relay(toServing.slice(2), REGISTER, '1 REGISTER'),
  state('scscf1', 'authentication', '', 'fetchingVector'),
  ...cx('scscf1', 303, { result: 2001 }),
  state('scscf1', 'authentication', 'fetchingVector', 'awaitingChallengeResponse'),
  ...relay(fromServing, 'SIP/2.0 401 Unauthorized', '1 REGISTER'),
  state('ue1', 'registration', 'registering', 'authenticating'),
  ...relay(toServing.slice(0, 3), REGISTER, '2 REGISTER'),
  ...cx('icscf1', 300, { result: 2001 }),
  ...relay(toServing.slice(2), REGISTER, '2 REGISTER'),
  state('scscf1', 'authentication', 'awaitingChallengeResponse', 'authenticated'),
  state('scscf1', 'registration', 'notRegistered', 'assigning'),
  ...cx('scscf1', 301, { result: 2001 }),
  state('scscf1', 'registration', 'assigning', 'registered'),
  ...relay(fromServing, 'SIP/2.0 200 OK', '2 REGISTER'),
  state('pcscf1', 'registration', 'registering', 'registered'),
  state('ue1', 'registration', 'authenticating', 'registered'),
  { step: 'call c1 from ue1 to ue2' },
  state('ue1', 'session', 'idle', 'inviting'),
  ...relay(toCallee.slice(0, 4), INVITE, '1 INVITE', sdp('127.0.2.1', 49_152)),
  ...cx('icscf1', 302, { result: 2001 }),
  ...relay(toCallee.slice(3), INVITE, '1 INVITE', sdp('127.0.2.1', 49_152)),
  state('ue2', 'session', 'idle', 'awaitingResources'),
  ...relay(fromCallee, 'SIP/2.0 183 Session Progress', '1 INVITE', sdp('127.0.2.2', 49_154)),
  ...relay(inDialog, 'PRACK sip:127.0.2.2 SIP/2.0', '2 PRACK'),
  ...relay([...inDialog].reverse(), 'SIP/2.0 200 OK', '2 PRACK'),
  state('ue2', 'session', 'awaitingResources', 'ringing'),
  ...relay(fromCallee, 'SIP/2.0 180 Ringing', '1 INVITE'),
  ...relay(fromCallee, 'SIP/2.0 200 OK', '1 INVITE'),
  ...relay(inDialog, 'ACK sip:127.0.2.2 SIP/2.0', '1 ACK'),
  state('ue1', 'session', 'inviting', 'established'),
  state('ue2', 'session', 'ringing', 'established'),
  { media: 100 },
  ...relay(inDialog, 'BYE sip:127.0.2.2 SIP/2.0', '3 BYE'),
  ...relay([...inDialog].reverse(), 'SIP/2.0 200 OK', '3 BYE'),
];

/** Plays the run into a collector: packets through its tap, records through `write`. */
export function playSampleRun(collector: TraceCollector): void {
  let time = START;
  const send = (protocol: Packet['protocol'], from: Endpoint, to: Endpoint, bytes: Buffer): void => {
    time += 1.25;
    collector.tap({ time, protocol, from, to, kind: 'data', bytes });
  };
  for (const [client, port] of Object.entries(DIAMETER_PORT)) {
    const from = { ...ENDPOINTS[client]!, port };
    collector.tap({ time, protocol: 'tcp', from, to: ENDPOINTS.hss1!, kind: 'open', bytes: Buffer.alloc(0) });
  }
  for (const step of steps) {
    if ('step' in step) {
      collector.write({ kind: 'note', time, node: '', what: 'step', text: step.step, clause: undefined });
    } else if ('states' in step) {
      collector.write(transition(time, step.node, step.machine, step.states));
    } else if ('media' in step) {
      for (let index = 0; index < step.media; index += 1) {
        time += 20;
        for (const [from, to, ssrc] of [['ue1', 'ue2', 1] as const, ['ue2', 'ue1', 2] as const]) {
          const port = (name: string) => ({ ...ENDPOINTS[name]!, port: name === 'ue1' ? 49_152 : 49_154 });
          const [source, target] = [port(from), port(to)];
          collector.tap({
            time,
            protocol: 'udp',
            from: source,
            to: target,
            kind: 'data',
            bytes: rtpPacket(index, ssrc),
          });
        }
      }
    } else if ('sip' in step) {
      collector.acting = `${step.from} session inviting`;
      send('udp', ENDPOINTS[step.from]!, ENDPOINTS[step.to]!, sipMessage(step.sip, step.cseq, undefined, step.body));
      collector.acting = undefined;
    } else {
      const { from, to, diameter } = step;
      const source = { ...ENDPOINTS[from]!, port: DIAMETER_PORT[from] ?? 3868 };
      const target = { ...ENDPOINTS[to]!, port: DIAMETER_PORT[to] ?? 3868 };
      send('tcp', source, target, diameterMessage(diameter));
    }
  }
}

function transition(time: number, node: string, machine: string, [from, to]: [string, string]): TraceRecord {
  const actor = `${machine}:1`;
  return { kind: 'transition', time, node, actor, machine, event: 'x', from, to, effects: [], context: undefined };
}
