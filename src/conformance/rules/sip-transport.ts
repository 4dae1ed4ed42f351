/** Via on its way there, and the way back. RFC 3261 18, RFC 3581; SIP-20 to SIP-22, SIP-37. */
import type { Endpoint } from '../../environment/index.js';
import { canonicalIpv6, hostPort } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, Rule } from '../rule.js';
import { branchOf, isPlanted, nameOf, sending } from './sip-hop.js';

const cookie = 'z9hG4bK';
const defaultPort = 5060;

const transportOfVia: Rule = {
  id: 'SIP-20',
  clause: clauseOf('SIP-20'),
  title: 'The top Via names the transport that carries the request',
  of: ['request'],
  request(seen, _, report) {
    const { transport } = seen.message.topVia;
    if (transport !== 'UDP' && transport !== 'TCP' && transport !== 'TLS') return;
    report.applies();
    const carrier = seen.record.protection === 'tls' ? 'TLS' : seen.record.transport.toUpperCase();
    if (transport !== carrier) {
      report.breach(
        `${sending(seen)} over ${carrier} with ${transport} in its top Via: it has to name what carries it`,
      );
    }
  },
};

const received: Rule = {
  id: 'SIP-21',
  clause: clauseOf('SIP-21'),
  title: 'The top Via of a response says where its request came from, where that differs or rport asks for it',
  of: ['response'],
  response(seen, _, report) {
    const { request, message } = seen;
    if (request === undefined || isPlanted(seen.record)) return;
    const asked = request.message.topVia;
    const { address, port } = request.record.from;
    const differs = asked.host !== address; // a name always (RFC 3261 18.2.1)
    if (asked.rport !== true && !differs) return;
    report.applies();
    const { received: noted, rport } = message.topVia;
    if (noted === undefined || (canonicalIpv6(noted) ?? noted) !== address) {
      report.breach(
        `${sending(seen)} with ${noted === undefined ? 'no received' : `received=${noted}`} in its Via: the request came from ${address}`,
      );
    } else if (asked.rport === true && rport !== port) {
      report.breach(`${sending(seen)} with rport ${String(rport)} in its Via: the request came from port ${port}`);
    }
  },
};

const responseWay: Rule = {
  id: 'SIP-22',
  clause: clauseOf('SIP-22'),
  title: 'A response goes back where its request came from, over the same transport',
  of: ['response'],
  response(seen, _, report) {
    const { request, record } = seen;
    if (request === undefined || isPlanted(record) || request.message.topVia.parameters.has('maddr')) return;
    report.applies();
    if (record.transport !== request.record.transport) {
      report.breach(
        `${sending(seen)} over ${record.transport.toUpperCase()}: its request came over ${request.record.transport.toUpperCase()}`,
      );
      return;
    }
    const ways = waysBack(request);
    if (!ways.some(({ address, port }) => address === record.to.address && port === record.to.port)) {
      report.breach(`${sending(seen)} at ${text(record.to)}: it has to go back to ${ways.map(text).join(' or ')}`);
    }
  },
};

/** RFC 3261 18.2.2: of a stream the connection, or a new one where that is gone. */
function waysBack({ message, record }: RequestOnWire): readonly Endpoint[] {
  const { port = defaultPort, rport } = message.topVia;
  const sentBy = { address: record.from.address, port };
  if (record.transport === 'udp') return [rport === undefined ? sentBy : record.from];
  return [record.from, sentBy];
}

function text({ address, port }: Endpoint): string {
  return hostPort(address, port);
}

/** They share the branch of the INVITE that they end. */
const sharing: ReadonlySet<string> = new Set(['ACK', 'CANCEL']);

const branch: Rule = {
  id: 'SIP-37',
  clause: clauseOf('SIP-37'),
  title: 'A branch begins with z9hG4bK and belongs to one transaction',
  of: ['request'],
  request(seen, before, report) {
    report.applies();
    const { message, record } = seen;
    const own = branchOf(message);
    if (own === undefined || !own.startsWith(cookie) || own.length === cookie.length) {
      report.breach(`${sending(seen)} with branch ${own ?? 'absent'}: it has to begin with ${cookie}`);
      return;
    }
    if (sharing.has(message.method)) return;
    const { sequence } = message.cseq;
    const other = before
      .dialogue(message.callId)
      .find(
        (each) =>
          each.record.id < record.id &&
          each.message.kind === 'request' &&
          branchOf(each.message) === own &&
          !sharing.has(each.message.method) &&
          (each.record.fromNode !== record.fromNode ||
            each.message.method !== message.method ||
            each.message.cseq.sequence !== sequence),
      );
    if (other !== undefined) {
      report.breach(
        `${sending(seen)} with the branch of the ${nameOf(other.message)} from ${other.record.fromNode}: each has to have its own`,
      );
    }
  },
};

export const sipTransportRules: readonly Rule[] = [transportOfVia, received, responseWay, branch];
