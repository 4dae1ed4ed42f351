/** Between which ports protected messages travel. TS 33.203 7.1; TS 24.229 5.1.1.2.2; REG-14, REG-19, REG-23, REG-25, AKA-50, AKA-51, AKA-56. */
import { ipsecProposal, parseSecurityMechanisms } from '../../ipsec/index.js';
import { isNumericHost } from '../../sip/index.js';
import type { Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { type Agreement, agreementsOf, agreementsOfUe } from './agreements.js';

const ways = { none: 'in the clear', esp: 'in ESP', tls: 'over TLS' } as const;

const sameWay = (id: 'REG-23' | 'REG-25', of: string, title: string): Rule => ({
  id,
  clause: 'TS 24.229 5.2.2.2',
  title,
  of: [of],
  from: 'p-cscf',
  response({ message, record, request }, _, report) {
    if (request === undefined || (request.record.protection ?? record.protection) === undefined) return;
    report.applies();
    if (request.record.protection === record.protection) return;
    const [asked, answered] = [request.record, record].map(({ protection }) => ways[protection ?? 'none']);
    report.breach(`${record.fromNode} sent ${message.status} to REGISTER ${answered}: the REGISTER had come ${asked}`);
  },
});

const challengeWay = sameWay(
  'REG-23',
  '401 REGISTER',
  'A challenge goes the way on which the REGISTER came, outside the set that it makes',
);
const grantWay = sameWay('REG-25', '2xx REGISTER', 'The 200 goes over the set on which the REGISTER came');

/** The response of a UDP exchange over associations. */
const responsePort: Rule = {
  id: 'REG-19',
  clause: 'TS 33.203 7.1, RFC 3581 4',
  title: 'Over associations the response goes to the protected server port of Via, whatever rport says',
  of: ['response'],
  from: 'p-cscf',
  to: 'ue',
  response({ message, record }, _, report) {
    if (record.protection !== 'esp' || record.transport !== 'udp') return;
    const { port = 5060 } = message.topVia;
    report.applies();
    if (record.to.port !== port) {
      report.breach(
        `${record.fromNode} sent ${message.status} to port ${record.to.port} of ${record.toNode}: Via names ${port}`,
      );
    }
  },
};

/** Agreements by which this message between a UE and its P-CSCF may travel. */
function agreementsFor(seen: SipOnWire, before: Seen): readonly Agreement[] {
  const ue = seen.from === 'ue' ? seen.record.fromNode : seen.record.toNode;
  const { message } = seen;
  return message.cseq.method === 'REGISTER'
    ? agreementsOf(ue, message.to.uri.text, before)
    : agreementsOfUe(ue, before);
}

function portsOf({ ue, proxy }: Agreement): readonly (readonly [ofUe: number, ofProxy: number])[] {
  return [
    [ue.clientPort, proxy.serverPort],
    [ue.serverPort, proxy.clientPort],
  ];
}

/** A rule over what passes between UE and P-CSCF in ESP, with the agreements that there are. */
function ofProtected(
  rule: Pick<Rule, 'id' | 'clause' | 'title'>,
  judge: (seen: SipOnWire, agreements: readonly Agreement[], before: Seen, report: RuleReport) => void,
): readonly Rule[] {
  const ask = (seen: SipOnWire, before: Seen, report: RuleReport): void => {
    if (seen.record.protection !== 'esp') return;
    const agreements = agreementsFor(seen, before);
    if (agreements.length === 0) return; // made before what is remembered
    report.applies();
    judge(seen, agreements, before, report);
  };
  return (['ue', 'p-cscf'] as const).map((from) => ({
    ...rule,
    of: ['request', 'response'],
    from,
    to: from === 'ue' ? 'p-cscf' : 'ue',
    request: ask,
    response: ask,
  }));
}

/** Ports at UE and P-CSCF. */
function endsOf({ record, from }: SipOnWire): readonly [ofUe: number, ofProxy: number] {
  return from === 'ue' ? [record.from.port, record.to.port] : [record.to.port, record.from.port];
}

const selectors = ofProtected(
  {
    id: 'AKA-50',
    clause: 'TS 33.203 7.1',
    title: 'What travels in ESP goes between the protected ports that were agreed',
  },
  (seen, agreements, _, report) => {
    const [ofUe, ofProxy] = endsOf(seen);
    if (agreements.some((each) => portsOf(each).some(([ue, proxy]) => ue === ofUe && proxy === ofProxy))) return;
    report.breach(
      `${seen.record.fromNode} sent a protected message from port ${seen.record.from.port} to ${seen.record.to.port}: no association has these ports`,
    );
  },
);

const directions = ofProtected(
  {
    id: 'AKA-51',
    clause: 'TS 24.229 5.1.1.2.2, TS 33.203 7.1',
    title: 'Over UDP either side sends from its client port to the server port of the other',
  },
  (seen, agreements, _, report) => {
    if (seen.record.transport !== 'udp') return;
    const ends = endsOf(seen);
    const isRight = agreements.some((each) => {
      const [towardsProxy, towardsUe] = portsOf(each);
      const pair = seen.from === 'ue' ? towardsProxy! : towardsUe!;
      return pair[0] === ends[0] && pair[1] === ends[1];
    });
    if (isRight) return;
    report.breach(
      `${seen.record.fromNode} sent over UDP from port ${seen.record.from.port} to ${seen.record.to.port}: it goes from the client port to the server port`,
    );
  },
);

const tunnelBehindNat: Rule = {
  id: 'AKA-56',
  clause: 'TS 33.203 Annex M',
  title: 'ESP goes in a tunnel in UDP where there is a NAT between UE and P-CSCF, and nowhere else',
  of: ['401 REGISTER'],
  from: 'p-cscf',
  to: 'ue',
  response({ message, record, request }, _, report) {
    // Over associations the agreement is the one of before.
    if (request === undefined || request.record.protection !== undefined) return;
    const [given] = parseSecurityMechanisms(message.headers('Security-Server'));
    const mode = given === undefined ? undefined : ipsecProposal(given)?.mode;
    const { host } = request.message.topVia;
    if (mode === undefined || !isNumericHost(host)) return;
    report.applies();
    const isBehindNat = host !== request.record.from.address;
    if (isBehindNat === (mode === 'UDP-enc-tun')) return;
    report.breach(
      `${record.fromNode} took mod=${mode} for ${record.toNode}, which ` +
        (isBehindNat
          ? `is behind a NAT: it writes ${host} into Via and sends from ${request.record.from.address}`
          : 'sends from the address in its Via: there is no NAT'),
    );
  },
};

const protectedPorts: Rule = {
  id: 'REG-14',
  clause: 'TS 24.229 5.1.2A.1.1, TS 33.203 7.1',
  title: 'Via and Contact of a protected request name the protected server port',
  of: ['request'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    const { message, record } = seen;
    if (record.protection !== 'esp') return;
    const ports = new Set(agreementsFor(seen, before).map(({ ue }) => ue.serverPort));
    if (ports.size === 0) return;
    report.applies();
    const who = `${record.fromNode} sent ${message.method} over its associations`;
    const { port = 5060 } = message.topVia;
    if (!ports.has(port)) report.breach(`${who} with port ${port} in Via: responses come to ${[...ports].join(', ')}`);
    const contacts = message.contacts === '*' ? [] : message.contacts;
    for (const { uri } of contacts) {
      if (uri.host !== record.from.address || ports.has(uri.port ?? 5060)) continue;
      report.breach(`${who} with port ${uri.port ?? 5060} in Contact: requests come to ${[...ports].join(', ')}`);
    }
  },
};

export const associationRules: readonly Rule[] = [
  challengeWay,
  grantWay,
  responsePort,
  ...selectors,
  ...directions,
  tunnelBehindNat,
  protectedPorts,
];
