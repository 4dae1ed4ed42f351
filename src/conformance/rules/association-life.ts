/** Which set of associations UE and P-CSCF use, and how long. TS 33.203 7.1, 7.4; TS 24.229 5.1.1.5.1; REG-12, REG-70, REG-71, REG-76, AKA-52 to AKA-55. */
import { isLost } from '../fault-of.js';
import type { RequestOnWire, ResponseOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import {
  type Agreement,
  agreementFor,
  agreementsOf,
  agreementsOfUe,
  isAnswer,
  type ProtectedSide,
  sideIn,
} from './agreements.js';
import { isEmergency, isInitial } from './reading.js';
import { isTerminated, regInfoIn } from './reg-event-reading.js';

/** Whether the last grant of this UE came over associations; undefined where it has none, or nobody can know. */
function isProtectedUe(ue: string, now: number, before: Seen): boolean | undefined {
  const last = before.grantsOf(ue)?.findLast(({ record }) => record.id < now);
  return last === undefined ? undefined : last.record.protection !== undefined;
}

const inTheClear: Rule = {
  id: 'AKA-52',
  clause: 'TS 33.203 7.1',
  title: 'A UE that has associations sends nothing but REGISTER and emergencies in the clear',
  of: ['request'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    const { message, record } = seen;
    if (message.method === 'REGISTER' || isEmergency(message)) return;
    if (isProtectedUe(record.fromNode, record.id, before) !== true) return;
    report.applies();
    if (record.protection === undefined) {
      report.breach(`${record.fromNode} sent ${message.method} in the clear: it has security associations`);
    }
  },
};

const clearRefused: Rule = {
  id: 'AKA-52',
  clause: 'TS 33.203 7.1',
  title: 'What comes in the clear of a UE that has associations goes no further than the P-CSCF',
  of: ['request'],
  from: 'p-cscf',
  request({ message, record, source }, before, report) {
    if (source?.from !== 'ue' || message.method === 'REGISTER' || isEmergency(message)) return;
    if (isProtectedUe(source.record.fromNode, source.record.id, before) !== true) return;
    report.applies();
    if (source.record.protection === undefined) {
      report.breach(
        `${record.fromNode} forwarded ${message.method} that ${source.record.fromNode} sent in the clear: it has to be dropped or refused`,
      );
    }
  },
};

const clearToUe: Rule = {
  id: 'AKA-52',
  clause: 'TS 33.203 7.1',
  title: 'A P-CSCF sends nothing in the clear to a UE that has associations',
  of: ['request'],
  from: 'p-cscf',
  to: 'ue',
  request({ message, record }, before, report) {
    if (isProtectedUe(record.toNode, record.id, before) !== true) return;
    report.applies();
    if (record.protection === undefined) {
      report.breach(
        `${record.fromNode} sent ${message.method} to ${record.toNode} in the clear: it has security associations`,
      );
    }
  },
};

const lastNotice: Rule = {
  id: 'REG-76',
  clause: 'TS 24.229 5.2.5.2',
  title: 'The NOTIFY that ends a registration reaches its UE over the associations, which go only then',
  of: ['NOTIFY'],
  from: 'p-cscf',
  to: 'ue',
  request({ message, record }, before, report) {
    if (!isTerminated(message)) return;
    const registrations = regInfoIn(message)?.registrations ?? [];
    if (registrations.length === 0 || registrations.some(({ state }) => state !== 'terminated')) return;
    if (isProtectedUe(record.toNode, record.id, before) !== true) return;
    report.applies();
    if (record.protection === undefined) {
      report.breach(
        `${record.fromNode} told ${record.toNode} in the clear that its registration has ended: the associations stand until it has heard so`,
      );
    }
  },
};

/** reg-await-auth (TS 24.229 7.8), and what timers of a busy machine are late. */
const temporaryMs = 240_000 + 1_000;

const temporary: Rule = {
  id: 'AKA-53',
  clause: 'TS 24.229 5.1.1.5.1, 5.2.2.2',
  title: 'A set that no 200 has established lives for 4 min',
  of: ['REGISTER'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    const { record } = seen;
    if (record.protection === undefined) return;
    const agreement = agreementFor(seen, before);
    if (agreement === undefined || (agreement.granted?.record.id ?? record.id) < record.id) return;
    report.applies();
    const elapsed = record.time - agreement.challenged.record.time;
    if (elapsed > temporaryMs) {
      report.breach(`${record.fromNode} used a temporary set after ${Math.round(elapsed / 1_000)} s: it had 240 s`);
    }
  },
};

const established: Rule = {
  id: 'AKA-53',
  clause: 'TS 24.229 5.1.1.5.1, 5.2.2.2',
  title: 'Associations end 30 s after the registration',
  of: ['request'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    if (seen.record.protection === undefined || !isInitial(seen)) return;
    const grants = before.grantsOf(seen.record.fromNode);
    if (grants === undefined) return;
    report.applies();
    if (!grants.some(({ record }) => record.id < seen.record.id)) {
      report.breach(
        `${seen.record.fromNode} sent ${seen.message.method} over associations without a registration: they end 30 s after it`,
      );
    }
  },
};

const answered = (id: 'REG-12' | 'REG-71', isRenewal: boolean, title: string): Rule => ({
  id,
  clause: 'TS 24.229 5.1.1.5.1',
  title,
  of: ['REGISTER'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    const { message, record, credentials } = seen;
    const agreement = isAnswer(credentials) ? agreementFor(seen, before) : undefined;
    if (agreement === undefined || agreement.answered?.message.topVia.branch !== message.topVia.branch) return;
    const hadSet = agreementsOf(record.fromNode, message.to.uri.text, before).some(
      ({ granted }) => granted !== undefined && granted.record.id < agreement.challenged.record.id,
    );
    if (hadSet !== isRenewal) return;
    report.applies();
    const who = `${record.fromNode} answered the challenge`;
    if (record.protection === undefined) {
      report.breach(`${who} in the clear: it has to go over the associations that the challenge has made`);
      return;
    }
    const { ue, proxy } = agreement;
    if (record.from.port !== ue.clientPort || record.to.port !== proxy.serverPort) {
      report.breach(
        `${who} from port ${record.from.port} to ${record.to.port}: the new set is between ${ue.clientPort} and ${proxy.serverPort}`,
      );
    }
  },
});

const firstAnswer = answered(
  'REG-12',
  false,
  'A challenge with Security-Server is answered over the set that it makes',
);
const nextAnswer = answered('REG-71', true, 'The challenge of a re-registration is answered over the new set');

/** The newest agreement that a 2xx has established which the UE has got before this message, and whether one was granted since. */
function inUse(
  ue: string,
  { record }: SipOnWire,
  before: Seen,
): { agreement: Agreement; isExtended: boolean } | undefined {
  const all = agreementsOfUe(ue, before);
  const agreement = all.findLast(({ heard }) => heard !== undefined && heard.record.id < record.id);
  if (agreement === undefined) return undefined;
  const last = before.grantsOf(ue)?.findLast((grant) => grant.record.id < record.id && !isLost(grant.record));
  return { agreement, isExtended: last !== undefined && last.record.id > agreement.heard!.record.id };
}

const moved = (id: 'REG-70' | 'AKA-54', clause: string, isExtended: boolean, title: string): Rule => ({
  id,
  clause,
  title,
  of: ['request'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    const { message, record } = seen;
    if (record.protection === undefined || message.method === 'REGISTER' || record.transport !== 'udp') return;
    const found = inUse(record.fromNode, seen, before);
    if (found === undefined || found.isExtended !== isExtended) return;
    report.applies();
    const { ue } = found.agreement;
    if (record.from.port !== ue.clientPort) {
      report.breach(
        `${record.fromNode} sent ${message.method} from port ${record.from.port}: the set in use has ${ue.clientPort}`,
      );
    }
  },
});

const extended = moved(
  'REG-70',
  'TS 24.229 5.2.2.2',
  true,
  'After a re-registration without challenge the associations of before go on',
);
const newest = moved('AKA-54', 'TS 33.203 7.4', false, 'After the 200 a UE sends over the newest set');

function judgeRenewal(who: string, own: ProtectedSide, last: ProtectedSide, report: RuleReport, isUe: boolean): void {
  if (own.spis.some((spi) => last.spis.includes(spi)))
    report.breach(`${who} with an SPI of the set before: each set has its own`);
  if (own.serverPort !== last.serverPort) {
    report.breach(`${who} with protected server port ${own.serverPort} after ${last.serverPort}: it stays the same`);
  }
  if (isUe && own.clientPort === last.clientPort)
    report.breach(`${who} with client port ${own.clientPort} of the set before: it changes`);
}

const newOffer: Rule = {
  id: 'AKA-55',
  clause: 'TS 33.203 7.1, 7.4',
  title: 'A re-registration offers new SPIs and a new client port, and the server port of before',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    const { message, record } = seen;
    const own = sideIn(message, 'Security-Client');
    if (own === undefined || record.protection === undefined) return;
    const last = agreementsOf(record.fromNode, message.to.uri.text, before).findLast(
      ({ granted }) => granted !== undefined && granted.record.id < record.id,
    );
    if (last === undefined || isAnswerOf(seen, before)) return;
    report.applies();
    judgeRenewal(`${record.fromNode} registered again`, own, last.ue, report, true);
  },
};

/** It repeats the offer that was challenged (AKA-43). */
function isAnswerOf(seen: RequestOnWire, before: Seen): boolean {
  return agreementFor(seen, before)?.answered?.message.topVia.branch === seen.message.topVia.branch;
}

const newServer: Rule = {
  id: 'AKA-55',
  clause: 'TS 33.203 7.1, 7.4',
  title: 'Each challenge brings new SPIs of the P-CSCF, whose protected server port stays',
  of: ['401 REGISTER'],
  from: 'p-cscf',
  response(seen: ResponseOnWire, before, report) {
    const { message, record } = seen;
    const own = sideIn(message, 'Security-Server');
    const last = agreementsOf(record.toNode, message.to.uri.text, before).findLast(
      ({ challenged }) => challenged.record.id < record.id && challenged.record.fromNode === record.fromNode,
    );
    if (own === undefined || last === undefined) return;
    report.applies();
    judgeRenewal(`${record.fromNode} challenged ${record.toNode}`, own, last.proxy, report, false);
  },
};

export const associationLifeRules: readonly Rule[] = [
  inTheClear,
  clearRefused,
  clearToUe,
  lastNotice,
  temporary,
  established,
  firstAnswer,
  nextAnswer,
  extended,
  newest,
  newOffer,
  newServer,
];
