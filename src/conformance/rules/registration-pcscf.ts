/** What a P-CSCF makes of REGISTER and its answers. TS 24.229 5.2.2; REG-20 to REG-26. */
import { parseSecurityMechanisms } from '../../ipsec/index.js';
import { type Challenge, type Credentials, parseParameters, withParameter } from '../../sip/index.js';
import type { RequestOnWire, Rule, Seen } from '../rule.js';
import { isSameAddressList } from './meaning.js';
import { isAka, isEmergency, isInitial, lastExchange, listed, usesAka } from './reading.js';
import { isDisplaced } from './sip-hop.js';

/** A UE may not say these; what it says has to be taken out (TS 24.229 5.2.2.1, 4.4). */
const notFromUe = [
  'P-Charging-Vector',
  'P-Charging-Function-Addresses',
  'P-Visited-Network-ID',
  'P-Asserted-Identity',
] as const;

const towardsHome: Rule = {
  id: 'REG-20',
  clause: 'TS 24.229 5.2.2.1, RFC 3327 5.2',
  title: 'The P-CSCF puts itself into Path and requires it, names the visited network and begins charging',
  of: ['REGISTER'],
  from: 'p-cscf',
  request(seen, before, report) {
    report.applies();
    const { message, record, source } = seen;
    const who = `${record.fromNode} forwarded REGISTER`;
    const paths = message.path;
    if (paths.length === 0) {
      report.breach(`${who} without Path: the S-CSCF cannot reach the UE`);
    } else {
      // What a UE has written there may be taken out: no proxy is before it.
      const isAlone = source?.from === 'ue' && paths.length === 1;
      if (source !== undefined && !isAlone && paths.length !== source.message.path.length + 1) {
        report.breach(
          `${who} with ${paths.length} Path values after ${source.message.path.length}: it has to add its own`,
        );
      }
      if (!paths[0]!.uri.parameters.has('lr')) {
        report.breach(`${who} with Path ${paths[0]!.text}: without ;lr it would be taken for a strict router`);
      }
    }
    if (!message.hasOption('Require', 'path')) {
      report.breach(`${who} without Require: path: a registrar that does not know Path would lose the way to the UE`);
    }
    if (!message.has('P-Visited-Network-ID')) {
      report.breach(`${who} without P-Visited-Network-ID: the HSS cannot decide on roaming`);
    }
    judgeChargingVector(seen, report.breach.bind(report));
    if (source === undefined) return;
    for (const name of notFromUe) {
      const said = source.message.header(name);
      if (said !== undefined && message.values(name).includes(said)) {
        report.breach(`${who} with ${name} as the UE wrote it: that word has to be the network's own`);
      }
    }
    const access = message.values('P-Access-Network-Info').some(isNetworkProvided);
    if (access && source.message.values('P-Access-Network-Info').some(isNetworkProvided)) {
      report.breach(`${who} with network-provided in the P-Access-Network-Info of the UE: it has to be taken out`);
    }
    const previous = lastExchange(seen, before)?.request.message;
    const isNext = previous !== undefined && previous.cseq.sequence < message.cseq.sequence;
    if (isNext && icidOf(previous) !== undefined && icidOf(previous) === icidOf(message)) {
      report.breach(`${who} with an icid-value that it had used before: each REGISTER has to have its own`);
    }
  },
};

function judgeChargingVector({ message, record }: RequestOnWire, breach: (sentence: string) => void): void {
  const value = message.header('P-Charging-Vector');
  const who = `${record.fromNode} forwarded REGISTER`;
  if (value === undefined) breach(`${who} without P-Charging-Vector: it has to begin one`);
  else if (!icidOf(message)) breach(`${who} with a P-Charging-Vector without icid-value`);
  else if (chargingParameter(message, 'orig-ioi') === undefined) {
    breach(`${who} with a P-Charging-Vector without orig-ioi: it has to name its own network`);
  }
}

/** `icid-value` of P-Charging-Vector. */
function icidOf(message: RequestOnWire['message']): string | undefined {
  return chargingParameter(message, 'icid-value');
}

export function chargingParameter(message: { header(name: string): string | undefined }, name: string) {
  const value = message.header('P-Charging-Vector');
  if (value === undefined) return undefined;
  return parseParameters(value.replaceAll(';', ','))?.get(name);
}

function isNetworkProvided(value: string): boolean {
  return /;\s*network-provided\s*(;|$)/i.test(value);
}

const integrityProtected: Rule = {
  id: 'REG-21',
  clause: 'TS 24.229 7.2A.2, 5.2.2.2',
  title: 'The P-CSCF says in Authorization whether the REGISTER came protected, and says so truthfully',
  of: ['REGISTER'],
  from: 'p-cscf',
  request(seen, before, report) {
    const { record, source, credentials } = seen;
    if (credentials === undefined) return;
    report.applies();
    const who = `${record.fromNode} forwarded REGISTER`;
    const said = credentials.integrityProtected;
    if (said === undefined) {
      // SIP Digest goes without until there is a response (TS 24.229 5.2.2.3).
      if (!credentials.response && (isForTls(source) || !usesAka(source ?? seen, before))) return;
      report.breach(`${who} without integrity-protected in Authorization: the S-CSCF would take it for SIP Digest`);
    } else if (source?.record.protection === 'tls') {
      const wanted = overTls(source, credentials, before);
      if (said !== 'auth-done' && said !== wanted) {
        report.breach(`${who} with integrity-protected="${said}", but it came over TLS: it has to be "${wanted}"`);
      }
    } else if (said.startsWith('tls-')) {
      if (source !== undefined) report.breach(`${who} with integrity-protected="${said}", but it came without TLS`);
    } else if (source?.record.protection !== undefined && said !== 'yes') {
      report.breach(
        `${who} with integrity-protected="${said}", but it came over a security association: it has to be "yes"`,
      );
    } else if (said === 'yes' && source !== undefined && !cameProtected(source)) {
      report.breach(
        `${who} with integrity-protected="yes", but it came without a security association: it has to be "no"`,
      );
    }
  },
};

/** It came over TLS, or asks for it: then it is of SIP Digest (TS 24.229 5.2.2.4). */
function isForTls(source: RequestOnWire | undefined): boolean {
  if (source === undefined) return false;
  const client = parseSecurityMechanisms(source.message.headers('Security-Client'));
  return source.record.protection === 'tls' || client.some(({ name }) => name === 'tls');
}

/** TS 24.229 7.2A.2.2: by the algorithm, and by what has been granted over the same connection. */
function overTls({ message, record }: RequestOnWire, credentials: Credentials, before: Seen): string {
  if (isAka(credentials)) return credentials.algorithm?.toLowerCase().startsWith('akav2') ? 'tls-connected' : 'no';
  const granted = before
    .registersOf(message.to.uri.text)
    .findLast(
      (each) =>
        each.message.kind === 'response' &&
        each.message.status < 300 &&
        each.message.status >= 200 &&
        each.record.id < record.id &&
        each.record.to.port === record.from.port &&
        each.record.to.address === record.from.address,
    );
  // What de-registers lists no contact, and leaves nothing bound.
  return (granted?.message.contacts.length ?? 0) > 0 ? 'tls-yes' : 'tls-pending';
}

/** In ESP, or by way of a peer that does the ESP elsewhere. */
function cameProtected({ message, record }: RequestOnWire): boolean {
  return record.protection !== undefined || message.has('Security-Verify');
}

const credentialsUntouched: Rule = {
  id: 'REG-21',
  clause: 'TS 24.229 5.2.2.1',
  title: 'Apart from integrity-protected the P-CSCF passes Authorization on as the UE wrote it',
  of: ['REGISTER'],
  from: 'p-cscf',
  request({ message, record, source }, _, report) {
    const own = message.header('Authorization');
    const received = source?.message.header('Authorization');
    if (received === undefined) return;
    report.applies();
    if (own === undefined || plain(own) !== plain(received)) {
      report.breach(`${record.fromNode} forwarded REGISTER with another Authorization than it received`);
    }
  },
};

function plain(authorization: string): string {
  return withParameter(authorization, 'integrity-protected', undefined);
}

const securityAgreement: Rule = {
  id: 'REG-22',
  clause: 'TS 24.229 5.2.2.2, RFC 3329 2.3.1',
  title: 'The security agreement ends at the P-CSCF',
  of: ['REGISTER'],
  from: 'p-cscf',
  request({ message, record }, _, report) {
    report.applies();
    const who = `${record.fromNode} forwarded REGISTER`;
    for (const name of ['Security-Client', 'Security-Verify']) {
      if (message.has(name)) report.breach(`${who} with ${name}: that is between it and the UE`);
    }
    for (const name of ['Require', 'Proxy-Require']) {
      if (message.hasOption(name, 'sec-agree'))
        report.breach(`${who} with ${name}: sec-agree: nobody behind it agrees`);
    }
  },
};

const keysWithheld: Rule = {
  id: 'REG-23',
  clause: 'TS 24.229 5.2.2.2, 7.2A.1',
  title: 'The keys of a challenge stay at the P-CSCF; the rest of it reaches the UE unchanged',
  of: ['401 REGISTER'],
  from: 'p-cscf',
  response({ record, source, challenges }, _, report) {
    if (challenges.length === 0) return;
    report.applies();
    const { fromNode, toNode } = record;
    if (challenges.some(({ ck, ik }) => ck !== undefined || ik !== undefined)) {
      report.breach(`${fromNode} sent ck or ik to ${toNode}: the keys have to stay in the network`);
    }
    if (source === undefined) return;
    const received = source.challenges;
    if (received.some((challenge, index) => challenge.nonce !== challenges[index]?.nonce)) {
      report.breach(`${fromNode} sent ${toNode} another nonce than it received: the UE could not answer`);
    }
    if (received.some((challenge, index) => challenge.realm !== challenges[index]?.realm)) {
      report.breach(`${fromNode} sent ${toNode} another realm than it received: the UE would answer for that one`);
    }
  },
};

const keysPresent: Rule = {
  id: 'REG-42',
  clause: 'TS 24.229 5.4.1.2.1A, 5.3.1.3',
  title: 'The challenge reaches the P-CSCF with both keys',
  of: ['401 REGISTER'],
  to: 'p-cscf',
  response({ record, source, challenges }, _, report) {
    const aka = challenges.filter(isAka);
    if (aka.length === 0) return;
    report.applies();
    if (source?.challenges.some(lacksKeys) === true) return; // whoever made it is to blame
    if (aka.some(lacksKeys)) {
      report.breach(`${record.fromNode} sent ${record.toNode} a challenge without ck and ik of 32 hexadecimal digits`);
    }
  },
};

function lacksKeys(challenge: Challenge): boolean {
  return isAka(challenge) && !(isKey(challenge.ck) && isKey(challenge.ik));
}

export function isKey(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]{32}$/i.test(text);
}

/** What a registrar says to the UE goes through (RFC 3608 6.3, RFC 7315 5.1). */
const forUe = ['Service-Route', 'P-Associated-URI', 'Contact'] as const;

const granted: Rule = {
  id: 'REG-25',
  clause: 'TS 24.229 5.2.2.1, 4.5.5',
  title: 'The 200 reaches the UE with its routes, identities and contacts, and without charging information',
  of: ['2xx REGISTER'],
  from: 'p-cscf',
  response({ message, record, source }, _, report) {
    report.applies();
    const who = `${record.fromNode} sent ${record.toNode} the ${message.status}`;
    for (const name of ['P-Charging-Vector', 'P-Charging-Function-Addresses']) {
      if (message.has(name)) report.breach(`${who} with ${name}: charging information has to stay in the network`);
    }
    if (source === undefined) return;
    for (const name of forUe) {
      const received = source.message.values(name);
      if (!isSameAddressList(received, message.values(name))) {
        report.breach(`${who} with ${name} ${listed(message.values(name))}: it had received ${listed(received)}`);
      }
    }
  },
};

const chargingFunctions: Rule = {
  id: 'REG-25',
  clause: 'TS 24.229 5.2.1, 5.2.2.1',
  title: 'The charging functions that the P-CSCF names for a UE are those of its registration, and no word of the UE',
  of: ['request'],
  from: 'p-cscf',
  request(seen, before, report) {
    const { source, message, record } = seen;
    if (source?.from !== 'ue' || seen.to === 'ue' || !isInitial(source)) return;
    const given = message.header('P-Charging-Function-Addresses');
    if (given === undefined) return;
    const told = chargingFunctionsTold(record.fromNode, source.record.fromNode, before);
    if (told === undefined) return;
    report.applies();
    if (!told.includes(given)) {
      report.breach(
        `${record.fromNode} forwarded ${message.method} of ${source.record.fromNode} with P-Charging-Function-Addresses ` +
          `${given}: with the registration it had received ${told.length === 0 ? 'none' : told.at(-1)}`,
      );
    }
  },
};

/** What this P-CSCF was told with the registrations of the UE; undefined: they have not been seen. */
function chargingFunctionsTold(pcscf: string, ue: string, before: Seen): readonly string[] | undefined {
  const grants = before.grantsOf(ue);
  if (grants === undefined || grants.length === 0) return undefined;
  return grants
    .flatMap(({ identity }) => before.registersOf(identity))
    .filter(({ record, message }) => record.toNode === pcscf && message.kind === 'response' && message.status === 200)
    .flatMap(({ message }) => message.headers('P-Charging-Function-Addresses'));
}

const registeredOnly: Rule = {
  id: 'REG-26',
  clause: 'TS 24.229 5.2.6.3',
  title: 'Requests of a UE that is not registered go no further than the P-CSCF, but for REGISTER and emergencies',
  of: ['request'],
  from: 'p-cscf',
  request(seen, before, report) {
    const { source, message, record } = seen;
    if (source?.from !== 'ue' || before.facts.isExternal(record.fromNode)) return;
    if (!isInitial(source) || isEmergency(source.message)) return;
    const ue = source.record.fromNode;
    const grants = before.grantsOf(ue);
    if (grants === undefined || isDisplaced(record)) return;
    report.applies();
    if (!grants.some((grant) => grant.record.id < record.id)) {
      report.breach(
        `${record.fromNode} forwarded ${message.method} of ${ue}, which is not registered: it has to answer 403`,
      );
    }
  },
};

export const pcscfRegistrationRules: readonly Rule[] = [
  towardsHome,
  integrityProtected,
  credentialsUntouched,
  securityAgreement,
  keysWithheld,
  keysPresent,
  granted,
  chargingFunctions,
  registeredOnly,
];
