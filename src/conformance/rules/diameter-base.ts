/** The base protocol under Cx. RFC 6733, RFC 3539; CX-60 to CX-67. */
import { injectedFault } from '../fault-of.js';
import type { DiameterOnWire, Rule, Seen } from '../rule.js';

const vendor3gpp = 10415;
const cxApplication = 16777216;
const shApplication = 16777217;
/** A relay has every application in common (RFC 6733 2.4). */
const relayApplication = 0xffff_ffff;

function nameOf({ message, record }: DiameterOnWire): string {
  return `${message.name} of ${record.fromNode}`;
}

const capabilities: Rule = {
  id: 'CX-60',
  clause: 'RFC 6733 5.3, TS 29.229 5.6',
  title: 'CER and CEA say who one is, where, and that one speaks Cx, or as an application server Sh',
  of: ['CER', 'CEA'],
  diameter(seen, _, report) {
    const { message } = seen;
    const { avps } = message;
    if (!message.isRequest && (message.resultCode ?? 2001) !== 2001) return; // a refusal may be short
    report.applies();
    const who = nameOf(seen);
    const needed = ['Origin-Host', 'Origin-Realm', 'Host-IP-Address', 'Vendor-Id', 'Product-Name'];
    for (const name of message.isRequest ? needed : ['Result-Code', ...needed]) {
      if (!avps.has(name)) report.breach(`${who} lacks ${name}: it is mandatory`);
    }
    if (avps.isMandatory('Product-Name') === true) {
      report.breach(`${who} has Product-Name with the M bit: it has to be clear`);
    }
    if (message.isProxiable) report.breach(`${who} has the P bit set: capabilities are not proxied`);
    const applications = [
      ...avps.numbers('Auth-Application-Id'),
      ...avps.groups('Vendor-Specific-Application-Id').flatMap((group) => group.numbers('Auth-Application-Id')),
    ];
    const [wanted, name] = seen.from === 'as' ? [shApplication, 'Sh'] : [cxApplication, 'Cx'];
    if (!applications.includes(wanted) && !applications.includes(relayApplication)) {
      report.breach(`${who} does not offer application ${wanted} of vendor ${vendor3gpp}: ${name} could not be spoken`);
    }
  },
};

const watchdog: Rule = {
  id: 'CX-62',
  clause: 'RFC 3539 3.4.1, RFC 6733 5.5',
  title: 'Watchdogs name their origin, and the answer says that all is well',
  of: ['DWR', 'DWA'],
  diameter(seen, _, report) {
    const { avps } = seen.message;
    report.applies();
    const names = seen.message.isRequest ? [] : ['Result-Code'];
    for (const name of [...names, 'Origin-Host', 'Origin-Realm']) {
      if (!avps.has(name)) report.breach(`${nameOf(seen)} lacks ${name}: it is mandatory`);
    }
    if (seen.message.isProxiable) report.breach(`${nameOf(seen)} has the P bit set: a watchdog is between two peers`);
  },
};

const stateId: Rule = {
  id: 'CX-63',
  clause: 'RFC 6733 8.16',
  title: 'Origin-State-Id of a node never falls',
  of: ['CER', 'CEA', 'DWR', 'DWA'],
  diameter(seen, before, report) {
    const { message, record } = seen;
    const own = message.avps.number('Origin-State-Id');
    if (own === undefined) return;
    const host = message.avps.text('Origin-Host');
    const earlier = before
      .peering(record.fromNode, record.toNode)
      .findLast(
        (each) =>
          each.record.id < record.id &&
          each.record.fromNode === record.fromNode &&
          each.message.avps.text('Origin-Host') === host &&
          each.message.avps.has('Origin-State-Id'),
      );
    if (earlier === undefined) return;
    report.applies();
    const last = earlier.message.avps.number('Origin-State-Id') ?? 0;
    if (own < last) report.breach(`${nameOf(seen)} has Origin-State-Id ${own} after ${last}: it may only grow`);
  },
};

const identifiers: Rule = {
  id: 'CX-64',
  clause: 'RFC 6733 3',
  title: 'No two requests wait on one connection with the same Hop-by-Hop identifier',
  of: ['Diameter'],
  diameter(seen, _, report) {
    if (!seen.message.isRequest) return;
    report.applies();
    const { clash, message } = seen;
    if (clash !== undefined) {
      report.breach(
        `${nameOf(seen)} has the Hop-by-Hop identifier ${message.hopByHop} of ${clash.message.name}, which has no answer yet`,
      );
    }
  },
};

const resending: Rule = {
  id: 'CX-65',
  clause: 'RFC 6733 3, 5.5.4',
  title: 'The T bit stands on what is sent again, and only there',
  of: ['Cx request'],
  diameter(seen, before, report) {
    const { message, record } = seen;
    const { sessionId } = message;
    // An agent passes on what it has got (RFC 6733 6.1.9): it is for who asks to set the bit or not.
    if (sessionId === undefined || seen.from === undefined) return;
    const earlier = before
      .session(sessionId)
      .find(
        (each) =>
          each.record.id < record.id &&
          each.record.fromNode === record.fromNode &&
          each.message.isRequest &&
          each.message.endToEnd === message.endToEnd,
      );
    // The same octets again are no work of the sender.
    if (earlier?.record.bytes.equals(record.bytes)) return;
    report.applies();
    if (message.isRetransmitted && earlier === undefined) {
      report.breach(`${nameOf(seen)} has the T bit set, but was not sent before`);
    }
    // Somebody on the way has said that nobody did it (RFC 6733 6.1.8, 7.1.3).
    const isRefused = before
      .session(sessionId)
      .some(
        (each) =>
          each.record.id < record.id &&
          each.record.toNode === record.fromNode &&
          each.message.isError &&
          each.message.endToEnd === message.endToEnd,
      );
    if (!message.isRetransmitted && earlier !== undefined && !isRefused) {
      report.breach(`${nameOf(seen)} was sent before, but has the T bit clear: it could be done twice`);
    }
  },
};

const duplicates: Rule = {
  id: 'CX-66',
  clause: 'RFC 6733 3, 5.5.4',
  title: 'A request that came twice has one result',
  of: ['Cx answer'],
  diameter(seen, before, report) {
    const { message, record } = seen;
    const earlier = before
      .session(message.sessionId ?? '')
      .find(
        (each) =>
          each.record.id < record.id &&
          each.record.fromNode === record.fromNode &&
          !each.message.isRequest &&
          each.message.endToEnd === message.endToEnd &&
          injectedFault(each.record) === undefined,
      );
    if (earlier === undefined) return;
    const isNew = before
      .peering(record.fromNode, record.toNode)
      .some((each) => each.message.name === 'CEA' && each.record.id > earlier.record.id);
    if (isNew) return; // whoever answers now may have lost what was answered then
    report.applies();
    if (earlier.message.resultText !== message.resultText) {
      report.breach(
        `${nameOf(seen)} says ${message.resultText} after ${earlier.message.resultText} to the same request`,
      );
    }
  },
};

const answer: Rule = {
  id: 'CX-67',
  clause: 'RFC 6733 6.2',
  title: 'An answer has identifiers, application, session, P bit and proxies of its request, and no T bit',
  of: ['Diameter'],
  diameter(seen, _, report) {
    const { message, request } = seen;
    if (message.isRequest || request === undefined) return;
    report.applies();
    const who = nameOf(seen);
    const asked = request.message;
    if (message.endToEnd !== asked.endToEnd) {
      report.breach(`${who} has End-to-End identifier ${message.endToEnd}: that of the request is ${asked.endToEnd}`);
    }
    if (message.application !== asked.application) {
      report.breach(`${who} is of application ${message.application}: the request is of ${asked.application}`);
    }
    if (message.sessionId !== asked.sessionId) {
      report.breach(
        `${who} has Session-Id ${message.sessionId ?? 'absent'}: that of the request is ${asked.sessionId ?? 'absent'}`,
      );
    }
    if (message.isProxiable !== asked.isProxiable) report.breach(`${who} has another P bit than its request`);
    if (message.isRetransmitted) report.breach(`${who} has the T bit set: that is for requests`);
    if (message.avps.count('Proxy-Info') !== asked.avps.count('Proxy-Info')) {
      report.breach(`${who} has not the Proxy-Info of its request: agents on the way could not route it back`);
    }
  },
};

/** They go to the S-CSCF that the HSS has stored, also past an agent. */
const forServers: ReadonlySet<string> = new Set(['RTR', 'PPR']);

const routing: Rule = {
  id: 'CX-ROUTING',
  clause: 'TS 29.229 5.5, RFC 6733 6.1',
  title: 'A request names the realm of the home network, and as host who has answered for that realm',
  of: ['Cx request'],
  diameter(seen, before, report) {
    const { message, record } = seen;
    const realm = message.avps.text('Destination-Realm');
    if (realm === undefined || forServers.has(message.name)) return;
    report.applies();
    const realms = [before.facts.home, ...realmsOf(record.toNode, record.fromNode, before)];
    if (!realms.some((each) => isSameHost(each, realm))) {
      report.breach(`${nameOf(seen)} goes to realm ${realm}: the HSS of the user is in ${before.facts.home}`);
    }
    const host = message.avps.text('Destination-Host');
    const publicIdentity = message.avps.text('Public-Identity');
    if (host === undefined || publicIdentity === undefined) return;
    const hosts = before
      .queriesOf(publicIdentity)
      .filter((each) => !each.message.isRequest && each.record.toNode === record.fromNode)
      .flatMap((each) => each.message.avps.text('Origin-Host') ?? []);
    if (hosts.length > 0 && !hosts.some((each) => isSameHost(each, host))) {
      report.breach(`${nameOf(seen)} goes to ${host}: for ${publicIdentity} ${hosts.at(-1)} had answered`);
    }
  },
};

/** The realm that a peer has said to be in (RFC 6733 5.3). */
function realmsOf(peer: string, node: string, before: Seen): readonly string[] {
  return before
    .peering(peer, node)
    .filter(({ record }) => record.fromNode === peer)
    .flatMap(({ message }) => message.avps.text('Origin-Realm') ?? []);
}

/** DiameterIdentity is a domain name: neither case nor the dot of the root counts (RFC 6733 4.3.1, RFC 1034 3.1). */
function isSameHost(one: string, other: string): boolean {
  return plainHost(one) === plainHost(other);
}

function plainHost(host: string): string {
  return (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase();
}

export const diameterBaseRules: readonly Rule[] = [
  capabilities,
  watchdog,
  stateId,
  identifiers,
  resending,
  duplicates,
  answer,
  routing,
];
