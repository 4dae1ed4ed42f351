/** REGISTERs of an S-CSCF to application servers. TS 24.229 5.4.1.7; CALL-80 to CALL-82. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import type { InitialFilterCriterion } from '../../ims/subscription/filter-criteria.js';
import type { UserProfile } from '../../ims/subscription/user-data.js';
import { decodeUtf8 } from '../../sip/index.js';
import type { RequestOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { historyOf } from './cx-hss.js';
import { isSameUri } from './meaning.js';
import { freeIdentities, profileOf } from './profiles.js';
import { assignment, contactSeconds, deregistrations } from './reading.js';
import { chargingParameter } from './registration-pcscf.js';

/** An S-CSCF sends no REGISTER but for this. */
function isThirdParty({ source, message }: RequestOnWire): boolean {
  return source === undefined && message.vias.length === 1;
}

/** It names criteria that the S-CSCF has from elsewhere (SiFC, TS 29.228 B.2.1). */
function hasSharedCriteria({ serviceProfiles }: UserProfile): boolean {
  return serviceProfiles.some(({ sharedSets = [] }) => sharedSets.length > 0);
}

/** Criteria of the user that name this server, where they are all known. */
function allCriteriaFor(profile: UserProfile | undefined, requestUri: string): readonly InitialFilterCriterion[] {
  return profile === undefined || hasSharedCriteria(profile) ? [] : criteriaFor(profile, requestUri);
}

function criteriaFor({ serviceProfiles }: UserProfile, requestUri: string): readonly InitialFilterCriterion[] {
  return serviceProfiles
    .flatMap(({ filterCriteria }) => filterCriteria)
    .filter(({ applicationServer }) => isSameUri(applicationServer.serverName, requestUri));
}

const told: Rule = {
  id: 'CALL-80',
  clause: 'TS 24.229 5.4.1.7',
  title:
    'The S-CSCF registers a user at an application server of its criteria, in its own name and for as long as granted',
  of: ['REGISTER'],
  from: 's-cscf',
  request(seen, before, report) {
    if (!isThirdParty(seen)) return;
    report.applies();
    const { message, record } = seen;
    const who = `${record.fromNode} registered ${message.to.uri.text} at ${message.requestUri}`;
    const contact = message.contacts === '*' ? undefined : message.contacts[0]?.uri.text;
    if (contact === undefined || !isSameUri(contact, message.from.uri.text)) {
      report.breach(
        `${who} with From ${message.from.uri.text} and Contact ${contact ?? 'absent'}: both have to be its own URI`,
      );
    }
    for (const name of ['Authorization', 'Path']) {
      if (message.has(name)) report.breach(`${who} with ${name}: that is between the UE and it`);
    }
    if (chargingParameter(message, 'icid-value') === undefined) report.breach(`${who} without icid-value`);
    const network = chargingParameter(message, 'orig-ioi');
    if (network === undefined || !/^type 3/i.test(network)) {
      report.breach(`${who} with orig-ioi ${network ?? 'absent'}: towards an application server it is of type 3`);
    }
    const profile = profileOf(message.to.uri.text, record, before);
    if (profile === undefined) return;
    if (!freeIdentities(profile).includes(canonicalIdentity(message.to.uri.text) ?? '')) {
      report.breach(`${who}: To has to be an identity of the set that is not barred`);
    }
    if (!hasSharedCriteria(profile) && criteriaFor(profile, message.requestUri).length === 0) {
      report.breach(`${who}, which no filter criterion names`);
    }
    judgeTime(seen, profile, before, report);
  },
};

/** Granted time, 0 after a de-registration. */
function judgeTime({ message, record }: RequestOnWire, profile: UserProfile, before: Seen, report: RuleReport): void {
  const granted = profile.publicIdentities
    .flatMap(({ uri }) => before.registersOf(uri))
    .filter((each) => each.record.fromNode === record.fromNode && each.record.id < record.id && isGrant(each))
    .sort((a, b) => a.record.id - b.record.id)
    .at(-1);
  if (granted === undefined || message.expires === undefined) {
    if (message.expires === undefined) {
      report.breach(`${record.fromNode} registered ${message.to.uri.text} at ${message.requestUri} without Expires`);
    }
    return;
  }
  const most = Math.max(0, ...contactSeconds(granted.message).map((each) => each ?? 0));
  if (message.expires > most) {
    report.breach(
      `${record.fromNode} registered ${message.to.uri.text} at ${message.requestUri} for ${message.expires} s: granted are ${most} s`,
    );
  }
}

/** A 2xx to a UE's REGISTER. */
function isGrant({ message }: SipOnWire): boolean {
  return message.kind === 'response' && message.status >= 200 && message.status < 300 && message.vias.length > 1;
}

/** TS 24.229 7.6: the service information of the body, if any. */
function serviceInfoIn(body: string): string | undefined {
  return /<service-info>([\s\S]*?)<\/service-info>/.exec(body)?.[1];
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

const bodies: Rule = {
  id: 'CALL-81',
  clause: 'TS 24.229 5.4.1.7, 7.6',
  title: 'The body is what the filter criterion asks for: service information, the REGISTER, its 200',
  of: ['REGISTER'],
  from: 's-cscf',
  request(seen, before, report) {
    if (!isThirdParty(seen)) return;
    const { message, record } = seen;
    const profile = profileOf(message.to.uri.text, record, before);
    const criteria = allCriteriaFor(profile, message.requestUri);
    if (criteria.length === 0) return;
    report.applies();
    const who = `${record.fromNode} registered ${message.to.uri.text} at ${message.requestUri}`;
    const body = decodeUtf8(message.body);
    const info = serviceInfoIn(body);
    const servers = criteria.map(({ applicationServer }) => applicationServer);
    if (info !== undefined && !servers.some((each) => (each.serviceInfo ?? '').trim() === unescaped(info).trim())) {
      report.breach(`${who} with service information that no criterion has: ${info}`);
    }
    const hasRequest = /^REGISTER \S+ SIP\/2\.0\r?$/m.test(body);
    const hasResponse = /^SIP\/2\.0 2\d\d /m.test(body);
    if (hasRequest && !servers.some((each) => each.includeRegisterRequest)) {
      report.breach(`${who} with the REGISTER of the UE, which no criterion asks for`);
    }
    if (hasResponse && !servers.some((each) => each.includeRegisterResponse)) {
      report.breach(`${who} with the 200 to the UE, which no criterion asks for`);
    }
    // Which of several matched nobody is told; of one alone it must have been that one.
    const [only] = servers;
    if (servers.length !== 1 || only === undefined) return;
    if (only.serviceInfo !== undefined && info === undefined) report.breach(`${who} without the service information`);
    const isOfUe = message.expires !== 0;
    if (isOfUe && only.includeRegisterRequest && !hasRequest) report.breach(`${who} without the REGISTER of the UE`);
    if (isOfUe && only.includeRegisterResponse && !hasResponse) report.breach(`${who} without the 200 to the UE`);
  },
};

/** 64*T1 of the core. */
const patienceMs = 32_000;
const reactionMs = 2_000;

const failed: Rule = {
  id: 'CALL-82',
  clause: 'TS 24.229 5.4.1.7',
  title:
    'An application server that cannot be told ends the registration where its default handling says so, and only there',
  endOfDialogue(messages, before, report) {
    const request = messages.find(
      (each): each is RequestOnWire =>
        each.message.kind === 'request' && each.message.method === 'REGISTER' && each.from === 's-cscf',
    );
    if (request === undefined || !isThirdParty(request) || request.message.expires === 0) return;
    const { record, message } = request;
    const final = messages.find((each) => each.message.kind === 'response' && each.message.status >= 200);
    const status = final?.message.kind === 'response' ? final.message.status : 408;
    const time = final?.record.time ?? record.time + patienceMs;
    const hasFailed = status === 408 || status >= 500;
    if (!hasFailed || before.now < time + reactionMs || before.facts.isExternal(record.fromNode)) return;
    const profile = profileOf(message.to.uri.text, record, before);
    const criteria = allCriteriaFor(profile, message.requestUri);
    const handling = new Set(criteria.map(({ applicationServer }) => applicationServer.defaultHandling));
    if (handling.size !== 1) return;
    report.applies();
    const later = historyOf(message.to.uri.text, before).filter(
      (each) => each.message.name === 'SAR' && each.record.fromNode === record.fromNode && each.record.time >= time,
    );
    const types = later.map((each) => each.message.avps.number('Server-Assignment-Type'));
    const who = `${record.fromNode} could not tell ${message.requestUri} of ${message.to.uri.text}`;
    if (handling.has('terminate')) {
      if (!types.some((type) => deregistrations.has(type))) {
        report.breach(`${who} and went on: its default handling ends the registration`, { message: record });
      }
    } else if (types[0] === assignment.administrative && later[0]!.record.time < time + reactionMs) {
      report.breach(`${who} and ended the registration: its default handling goes on`, { message: record });
    }
  },
};

export const thirdPartyRules: readonly Rule[] = [told, bodies, failed];
