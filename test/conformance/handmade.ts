/** Traces written by hand, a message a line, and the rules that they break. */
import type { ConformanceResult, LabFacts, Rule } from '../../src/conformance/index.js';
import { rules as allRules } from '../../src/conformance/index.js';
import type { Role } from '../../src/conformance/rule.js';
import type { MessageRecord, PacketFault } from '../../src/environment/index.js';
import { judge } from './faulted.js';

const roles: Readonly<Record<string, Role>> = {
  ue1: 'ue',
  ue2: 'ue',
  pcscf1: 'p-cscf',
  icscf1: 'i-cscf',
  scscf1: 's-cscf',
  as1: 'as',
};
const addresses: Readonly<Record<string, string>> = {
  ue1: '10.0.0.1',
  ue2: '10.0.0.2',
  pcscf1: '10.1.0.1',
  icscf1: '10.1.0.2',
  scscf1: '10.1.0.3',
  as1: '10.1.0.9',
};

export const facts: LabFacts = {
  home: 'example.org',
  roleOf: (node) => roles[node],
  isExternal: (node) => roles[node] === 'ue',
};

export interface Fields {
  /** Of the transaction of the sender; each hop of `through` has one of its own. */
  readonly branch?: string;
  /** Nodes that the request has come through before, the first one first. */
  readonly through?: readonly string[];
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly contact?: string | null;
  readonly headers?: readonly string[];
  readonly body?: string;
  readonly type?: string;
  /** Octets before the start line. */
  readonly before?: string;
  /** Via values in place of those that the way gives. */
  readonly vias?: readonly string[];
  /** ms; 50 after the message before where absent. */
  readonly time?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Of the sender and of the receiver, where it is not 5060. */
  readonly port?: number;
  readonly toPort?: number;
  readonly fault?: PacketFault;
  /** `tls` stands in Via, too. */
  readonly protection?: MessageRecord['protection'];
}

/** `BYE` stands for a request, `200 BYE` for a response. */
export type Sent = readonly [from: string, to: string, start: string, fields?: Fields];

export interface Judgement {
  readonly rules?: readonly Rule[];
  readonly facts?: LabFacts;
}

export function findingsIn(sent: readonly Sent[], judgement: Judgement = {}): ConformanceResult {
  return judge(judgement.facts ?? facts, records(sent), judgement.rules ?? allRules);
}

/** Ids of the rules that are broken. */
export function brokenIn(sent: readonly Sent[], judgement: Judgement = {}): readonly string[] {
  return findingsIn(sent, judgement).findings.map(({ rule }) => rule);
}

function records(sent: readonly Sent[]): readonly MessageRecord[] {
  let time = -50;
  return sent.map(([fromNode, toNode, start, fields = {}], index): MessageRecord => {
    time = fields.time ?? time + 50;
    const { transport = 'udp', port = 5060, toPort = 5060, fault, protection } = fields;
    const ends = {
      from: { address: addresses[fromNode] ?? fromNode, port },
      to: { address: addresses[toNode] ?? toNode, port: toPort },
      fromNode,
      toNode,
    };
    const rest = { protocol: 'sip', summary: '', sentIn: undefined } as const;
    const bytes = octets(fromNode, toNode, start, fields);
    return { kind: 'message', time, id: index + 1, transport, ...ends, ...rest, bytes, fault, protection };
  });
}

function octets(fromNode: string, toNode: string, start: string, fields: Fields): Buffer {
  const [first = '', second] = start.split(' ');
  const method = second ?? first;
  const isRequest = second === undefined;
  const sender = isRequest ? fromNode : toNode;
  const { branch = method, through = [], transport = 'udp', body = '', contact = '<sip:b@10.0.0.2>' } = fields;
  const { from = '<sip:a@h>;tag=a', to = '<sip:b@h>', callId = 'c', cseq = 1 } = fields;
  const carrier = fields.protection === 'tls' ? 'tls' : transport;
  const way = [sender, ...through.toReversed()].map(
    (node) => `SIP/2.0/${carrier.toUpperCase()} ${addresses[node]}:5060;branch=z9hG4bK${branch}-${node}`,
  );
  const lines = [
    isRequest ? `${method} ${fields.uri ?? 'sip:b@10.0.0.2'} SIP/2.0` : `SIP/2.0 ${first} Reason`,
    ...(fields.vias ?? way).map((via) => `Via: ${via}`),
    `Max-Forwards: ${70 - through.length}`,
    `From: ${from}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...(contact === null ? [] : [`Contact: ${contact}`]),
    'Supported: 100rel, path',
    'P-Early-Media: supported',
    ...(fields.headers ?? []),
    ...(body === '' ? [] : [`Content-Type: ${fields.type ?? 'application/sdp'}`]),
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${fields.before ?? ''}${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}
