/** What UE and P-CSCF say in a security agreement. RFC 3329; TS 33.203 7.2, Annex H; REG-11, REG-22, REG-24, AKA-40 to AKA-44. */
import { algorithmPair, type SecurityMechanism, SPI_MAX, SPI_MIN, sameAgreement } from '../../ipsec/index.js';
import type { RequestOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { agreementFor, isAnswer, mechanismsIn, said, sideIn } from './agreements.js';

/** What this message offers: a REGISTER with Security-Client, a 401 or 494 with Security-Server. */
function offeredIn({ message }: SipOnWire): readonly SecurityMechanism[] {
  return mechanismsIn(message, message.kind === 'request' ? 'Security-Client' : 'Security-Server');
}

type Judge = (seen: SipOnWire, offered: readonly SecurityMechanism[], report: RuleReport) => void;

/** A rule over what either side offers. */
function ofOffers(rule: Pick<Rule, 'id' | 'clause' | 'title'>, judge: Judge): readonly Rule[] {
  const ask = (seen: SipOnWire, _: Seen, report: RuleReport): void => {
    const offered = offeredIn(seen);
    if (offered.length === 0) return;
    report.applies();
    judge(seen, offered, report);
  };
  return [
    { ...rule, of: ['REGISTER'], from: 'ue', request: ask },
    { ...rule, of: ['401 REGISTER'], from: 'p-cscf', response: ask },
  ];
}

const algorithms = ofOffers(
  {
    id: 'AKA-40',
    clause: 'RFC 3329 2.2, TS 33.203 Annex H',
    title: 'A mechanism names its integrity algorithm, with an encryption algorithm that goes together with it',
  },
  ({ record }, offered, report) => {
    for (const mechanism of offered) {
      const [alg, ealg = 'null'] = ['alg', 'ealg'].map((name) => said(mechanism, name));
      if (alg === undefined) report.breach(`${record.fromNode} offered ipsec-3gpp without alg: it is mandatory`);
      else if (algorithmPair(alg, ealg) === undefined) {
        report.breach(`${record.fromNode} offered alg=${alg} with ealg=${ealg}: they do not go together`);
      }
    }
  },
);

const numbers = ofOffers(
  {
    id: 'AKA-41',
    clause: 'TS 33.203 Annex H',
    title: 'SPIs are between 256 and 4294967295, and all four of a set differ',
  },
  (seen, offered, report) => {
    const who = seen.record.fromNode;
    for (const mechanism of offered) {
      for (const name of ['spi-c', 'spi-s']) {
        const text = said(mechanism, name);
        const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
        if (!(value >= SPI_MIN && value <= SPI_MAX))
          report.breach(`${who} offered ${name}=${text ?? 'absent'}: that is no SPI`);
      }
      for (const name of ['port-c', 'port-s']) {
        const port = Number(said(mechanism, name));
        if (!(port >= 1 && port <= 65_535))
          report.breach(`${who} offered ${name}=${said(mechanism, name) ?? 'absent'}: that is no port`);
      }
    }
    const own = sideIn(seen.message, seen.message.kind === 'request' ? 'Security-Client' : 'Security-Server');
    const other = seen.request && sideIn(seen.request.message, 'Security-Client');
    const spis = [...(own?.spis ?? []), ...(other?.spis ?? [])];
    if (new Set(spis).size < spis.length)
      report.breach(`${who} offered SPIs of which two are the same: ${spis.join(', ')}`);
  },
);

const choice = ofOffers(
  {
    id: 'AKA-42',
    clause: 'RFC 3329 2.3.1, TS 33.203 7.2',
    title: 'All entries of an offer have the same SPIs and ports, and the P-CSCF lists one that the UE has',
  },
  (seen, offered, report) => {
    const who = seen.record.fromNode;
    const ends = ['spi-c', 'spi-s', 'port-c', 'port-s'];
    const [first] = offered;
    if (offered.some((each) => ends.some((name) => said(each, name) !== said(first!, name)))) {
      report.breach(`${who} offered entries with different SPIs or ports: they are of one set`);
    }
    if (seen.request === undefined) return;
    const pairOf = (each: SecurityMechanism) => `${said(each, 'alg')} ${said(each, 'ealg') ?? 'null'}`;
    const wanted = new Set(mechanismsIn(seen.request.message, 'Security-Client').map(pairOf));
    if (wanted.size > 0 && !offered.some((each) => wanted.has(pairOf(each)))) {
      report.breach(`${who} offered ${offered.map(pairOf).join(', ')}: the UE has none of these`);
    }
  },
);

const required: Rule = {
  id: 'REG-11',
  clause: 'TS 24.229 5.1.1.2.2, RFC 3329 2.3.1',
  title: 'Who offers a security agreement requires it of all proxies on the way',
  of: ['REGISTER'],
  from: 'ue',
  request({ message, record }, _, report) {
    if (!message.has('Security-Client')) return;
    report.applies();
    for (const name of ['Require', 'Proxy-Require']) {
      if (!message.hasOption(name, 'sec-agree')) {
        report.breach(`${record.fromNode} sent Security-Client without ${name}: sec-agree: it could be ignored`);
      }
    }
  },
};

/** In what a REGISTER that stands on an agreement differs from it; `undefined`: it stands on none. */
function differences(seen: RequestOnWire, before: Seen): readonly string[] | undefined {
  const agreement = agreementFor(seen, before);
  if (agreement === undefined || !isAnswer(seen.credentials)) return undefined;
  const { message } = seen;
  const found: string[] = [];
  const server = mechanismsIn(agreement.challenged.message, 'Security-Server');
  if (!sameAgreement(mechanismsIn(message, 'Security-Verify'), server)) {
    found.push('with a Security-Verify that is not the Security-Server of its challenge');
  }
  // A later REGISTER brings an offer of its own.
  const isFirst = agreement.answered === seen || agreement.answered?.message.topVia.branch === message.topVia.branch;
  const first = agreement.challenged.request;
  if (isFirst && first !== undefined) {
    const [own, known] = [message, first.message].map((each) => mechanismsIn(each, 'Security-Client'));
    if (!sameAgreement(own!, known!)) found.push('with another Security-Client than the one that was challenged');
    if (first.credentials?.username !== undefined && first.credentials.username !== seen.credentials?.username) {
      found.push(`as ${seen.credentials?.username}, and ${first.credentials.username} was challenged`);
    }
  }
  return found;
}

const repeated: Rule = {
  id: 'AKA-43',
  clause: 'RFC 3329 2.3.1, TS 33.203 7.2',
  title: 'The answer to a challenge repeats both offers, so that nobody can have weakened them',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    if (!seen.message.has('Security-Client') && !seen.message.has('Security-Verify')) return;
    const found = differences(seen, before);
    if (found === undefined) return;
    report.applies();
    for (const each of found) report.breach(`${seen.record.fromNode} answered ${each}`);
  },
};

const checked: Rule = {
  id: 'REG-24',
  clause: 'TS 24.229 5.2.2.2, TS 33.203 7.2, 7.3.2',
  title: 'A protected REGISTER that does not fit its agreement goes no further than the P-CSCF',
  of: ['REGISTER'],
  from: 'p-cscf',
  request({ record, source }, before, report) {
    if (source === undefined || before.facts.isExternal(record.fromNode)) return;
    const found = differences(source, before);
    if (found === undefined) return;
    report.applies();
    for (const each of found) {
      report.breach(`${record.fromNode} forwarded the REGISTER that ${source.record.fromNode} answered ${each}`);
    }
  },
};

const unprotected: Rule = {
  id: 'REG-24',
  clause: 'TS 24.229 5.2.2.2, TS 33.203 7.3.2',
  title: 'The answer to a challenge with a security agreement counts only over its associations',
  of: ['REGISTER'],
  from: 'p-cscf',
  request({ record, source, credentials }, before, report) {
    if (source === undefined || !isAnswer(source.credentials)) return;
    if (agreementFor(source, before) === undefined) return;
    report.applies();
    if (source.record.protection === undefined && credentials?.integrityProtected === 'yes') {
      report.breach(`${record.fromNode} called a REGISTER protected that ${source.record.fromNode} sent in the clear`);
    }
  },
};

/** Nobody asks for agreement in them (RFC 3329 2.3.1). */
const withoutAgreement: ReadonlySet<string> = new Set(['REGISTER', 'ACK', 'CANCEL']);

const verified: Rule = {
  id: 'AKA-44',
  clause: 'TS 24.229 5.1.2A.1.1, RFC 3329 2.3.1',
  title: 'Every protected request of a UE requires sec-agree and carries Security-Verify',
  of: ['request'],
  from: 'ue',
  to: 'p-cscf',
  request({ message, record }, _, report) {
    if (record.protection === undefined || withoutAgreement.has(message.method)) return;
    report.applies();
    const who = `${record.fromNode} sent ${message.method} over its associations`;
    if (!message.has('Security-Verify')) report.breach(`${who} without Security-Verify`);
    for (const name of ['Require', 'Proxy-Require']) {
      if (!message.hasOption(name, 'sec-agree')) report.breach(`${who} without ${name}: sec-agree`);
    }
  },
};

const stripped: Rule = {
  id: 'AKA-44',
  clause: 'TS 24.229 5.1.2A.1.1',
  title: 'The P-CSCF takes the security agreement out of every request',
  of: ['request'],
  from: 'p-cscf',
  request({ message, record, source }, _, report) {
    if (source?.from !== 'ue' || !source.message.has('Security-Verify') || message.method === 'REGISTER') return; // REG-22
    report.applies();
    const who = `${record.fromNode} forwarded ${message.method}`;
    if (message.has('Security-Verify')) report.breach(`${who} with Security-Verify: that is between it and the UE`);
    for (const name of ['Require', 'Proxy-Require']) {
      if (message.hasOption(name, 'sec-agree'))
        report.breach(`${who} with ${name}: sec-agree: nobody behind it agrees`);
    }
  },
};

const refusal: Rule = {
  id: 'REG-22',
  clause: 'TS 24.229 5.2.2.2, RFC 3329 2.3.1',
  title:
    'A REGISTER that lacks a security agreement is told of sec-agree, one with an unusable offer of the mechanisms',
  of: ['421 REGISTER', '494 REGISTER'],
  from: 'p-cscf',
  response({ message, record, source }, _, report) {
    if (source !== undefined) return;
    report.applies();
    const who = `${record.fromNode} answered REGISTER with ${message.status}`;
    if (message.status === 421 && !message.hasOption('Require', 'sec-agree'))
      report.breach(`${who} without Require: sec-agree`);
    if (message.status === 494 && !message.has('Security-Server')) report.breach(`${who} without Security-Server`);
  },
};

export const securityAgreementRules: readonly Rule[] = [
  ...algorithms,
  ...numbers,
  ...choice,
  required,
  repeated,
  checked,
  unprotected,
  verified,
  stripped,
  refusal,
];
