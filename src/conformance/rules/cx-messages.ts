/** The shape of Cx messages: AVPs that each command must have. TS 29.229 5, 6.1; TS 29.228 tables of 6.1 to 6.3. */
import { cxFeature } from '../../diameter/index.js';
import { privateIdentityIn } from '../../ims/identity/index.js';
import type { DiameterOnWire, Role, Rule, RuleReport, Seen } from '../rule.js';
import { profileIn } from './profiles.js';

const vendor3gpp = 10415;
const cxApplication = 16777216;
const noStateMaintained = 1;

/** `UAR of icscf1`. */
function nameOf({ message, record }: DiameterOnWire): string {
  return `${message.name} of ${record.fromNode}`;
}

/** E-bit answers and refusals may follow the generic grammar (RFC 6733 7.2). */
function isRefusal({ message }: DiameterOnWire): boolean {
  return !message.isRequest && (message.isError || !message.isSuccess);
}

function requireAvps(seen: DiameterOnWire, names: readonly string[], report: RuleReport): void {
  report.applies();
  for (const name of names) {
    if (!seen.message.avps.has(name)) report.breach(`${nameOf(seen)} lacks ${name}: it is mandatory`);
  }
}

const head: Rule = {
  id: 'CX-HEAD',
  clause: 'TS 29.229 5.3, 6.1, RFC 6733 8.8',
  title: 'Every Cx message has session, application, origin and realm, keeps no state, and may be proxied',
  of: ['Cx request', 'Cx answer'],
  diameter(seen, _, report) {
    const { message } = seen;
    const { avps } = message;
    report.applies();
    const who = nameOf(seen);
    const needed = message.isRequest ? ['Session-Id', 'Destination-Realm'] : ['Session-Id'];
    for (const name of [...needed, 'Origin-Host', 'Origin-Realm']) {
      if (!avps.has(name)) report.breach(`${who} lacks ${name}: it is mandatory`);
    }
    if (avps.isBroken) report.breach(`${who} has an AVP whose length does not fit`);
    if (!message.isProxiable) report.breach(`${who} has the P bit clear: Cx messages may be proxied`);
    if (isRefusal(seen) && message.isError) return;
    if (avps.number('Auth-Session-State') !== noStateMaintained) {
      report.breach(`${who} has no Auth-Session-State NO_STATE_MAINTAINED: Cx keeps no sessions`);
    }
    const application = avps.group('Vendor-Specific-Application-Id');
    const names3gpp =
      application?.number('Vendor-Id') === vendor3gpp && application.number('Auth-Application-Id') === cxApplication;
    if (!names3gpp) report.breach(`${who} does not name vendor 10415 and application 16777216`);
  },
};

const userAuthorizationRequest: Rule = {
  id: 'CX-UAR',
  clause: 'TS 29.229 6.1.1, TS 29.228 6.1.1',
  title: 'UAR names both identities and the visited network, and comes from an I-CSCF',
  of: ['UAR'],
  diameter(seen, before, report) {
    requireAvps(seen, ['User-Name', 'Public-Identity', 'Visited-Network-Identifier'], report);
    const type = seen.message.avps.number('User-Authorization-Type');
    if (type !== undefined && type > 2)
      report.breach(`${nameOf(seen)} has User-Authorization-Type ${type}: 0 to 2 are known`);
    // An I-CSCF asks for whom the UE names.
    if (!isAsReceived(seen, before)) judgeIdentities(seen, report);
    judgeOrigin(seen, 'i-cscf', report);
  },
};

const multimediaAuthRequest: Rule = {
  id: 'CX-MAR',
  clause: 'TS 29.229 6.1.7, TS 29.228 6.3',
  title: 'MAR names both identities, the scheme, how many vectors, and the S-CSCF',
  of: ['MAR'],
  diameter(seen, _, report) {
    const names = ['User-Name', 'Public-Identity', 'SIP-Auth-Data-Item', 'SIP-Number-Auth-Items', 'Server-Name'];
    requireAvps(seen, names, report);
    const item = seen.message.avps.group('SIP-Auth-Data-Item');
    if (item !== undefined && !item.has('SIP-Authentication-Scheme')) {
      report.breach(`${nameOf(seen)} lacks SIP-Authentication-Scheme: the HSS cannot know which vectors are wanted`);
    }
    if (seen.message.avps.number('SIP-Number-Auth-Items') === 0) {
      report.breach(`${nameOf(seen)} asks for no vectors at all`);
    }
    judgeIdentities(seen, report);
    judgeServerName(seen, report);
  },
};

const multimediaAuthAnswer: Rule = {
  id: 'CX-MAA',
  clause: 'TS 29.229 6.1.8, TS 29.228 6.3',
  title: 'MAA repeats the identities and brings as many items as it says, of the scheme that was asked for',
  of: ['MAA'],
  diameter(seen, _, report) {
    if (isRefusal(seen)) return;
    requireAvps(seen, ['SIP-Number-Auth-Items', 'SIP-Auth-Data-Item'], report);
    const { avps } = seen.message;
    const items = avps.groups('SIP-Auth-Data-Item');
    const count = avps.number('SIP-Number-Auth-Items');
    if (count !== undefined && count !== items.length) {
      report.breach(`${nameOf(seen)} has ${items.length} items, but SIP-Number-Auth-Items ${count}`);
    }
    const request = seen.request?.message.avps;
    if (request === undefined) return;
    const most = Math.max(1, request.number('SIP-Number-Auth-Items') ?? items.length); // CX-MAR
    if (items.length > most) report.breach(`${nameOf(seen)} has ${items.length} items: asked were ${most}`);
    for (const name of ['User-Name', 'Public-Identity']) {
      const own = avps.text(name);
      if (own !== undefined && own !== request.text(name)) {
        report.breach(`${nameOf(seen)} is for ${name} ${own}: asked was ${request.text(name)}`);
      }
    }
    const wanted = request.group('SIP-Auth-Data-Item')?.text('SIP-Authentication-Scheme');
    const given = items.map((item) => item.text('SIP-Authentication-Scheme'));
    if (wanted !== undefined && wanted !== 'Unknown' && given.some((scheme) => scheme !== wanted)) {
      report.breach(`${nameOf(seen)} has items of scheme ${given.join(', ')}: asked was ${wanted}`);
    }
  },
};

/** TIMEOUT_, USER_ … DEREGISTRATION: they may name several identities, or none beside User-Name. */
const manyIdentities: ReadonlySet<number | undefined> = new Set([4, 5, 6, 7, 8, 11]);
const unregisteredUser = 3;

const serverAssignmentRequest: Rule = {
  id: 'CX-SAR',
  clause: 'TS 29.229 6.1.3, TS 29.228 6.1.2',
  title: 'SAR names the S-CSCF, the kind of assignment, and one identity unless it ends a registration',
  of: ['SAR'],
  diameter(seen, _, report) {
    requireAvps(seen, ['Server-Name', 'Server-Assignment-Type', 'User-Data-Already-Available'], report);
    const { avps } = seen.message;
    const type = avps.number('Server-Assignment-Type');
    const count = avps.count('Public-Identity');
    if (manyIdentities.has(type)) {
      if (count === 0 && !avps.has('User-Name')) report.breach(`${nameOf(seen)} names no identity at all`);
    } else if (count !== 1) {
      report.breach(`${nameOf(seen)} has ${count} Public-Identity: with type ${type} it has to be one`);
    }
    if (!avps.has('User-Name') && !manyIdentities.has(type) && type !== unregisteredUser) {
      report.breach(`${nameOf(seen)} lacks User-Name: only for an unregistered user may it be left out`);
    }
    if (type !== undefined && type > 11) report.breach(`${nameOf(seen)} has type ${type}: on Cx 0 to 11 are used`);
    judgeIdentities(seen, report);
    judgeServerName(seen, report);
  },
};

const serverAssignmentAnswer: Rule = {
  id: 'CX-SAA',
  clause: 'TS 29.228 6.1.2.1, 6.6',
  title: 'SAA brings the profile to who lacks it, and never to who ends a registration',
  of: ['SAA'],
  diameter(seen, _, report) {
    const request = seen.request?.message.avps;
    if (isRefusal(seen) || request === undefined) return;
    report.applies();
    const type = request.number('Server-Assignment-Type');
    const hasProfile = seen.message.avps.has('User-Data');
    const isWanted = type === 1 || type === 2 || type === unregisteredUser || type === 0;
    if (isWanted && request.number('User-Data-Already-Available') === 0 && !hasProfile) {
      report.breach(`${nameOf(seen)} lacks User-Data: the S-CSCF said that it has no profile`);
    }
    if (hasProfile && type !== undefined && type >= 4) {
      report.breach(`${nameOf(seen)} has User-Data after SAR of type ${type}: no profile goes with that`);
    }
    const shared = hasProfile && profileIn(seen)?.serviceProfiles.some(({ sharedSets = [] }) => sharedSets.length > 0);
    if (shared && !hasSharedCriteria(request)) {
      report.breach(`${nameOf(seen)} names shared criteria: the S-CSCF did not say that it has them`);
    }
  },
};

/** SiFC, TS 29.229 7.1.1. */
function hasSharedCriteria(avps: DiameterOnWire['message']['avps']): boolean {
  return avps
    .groups('Supported-Features')
    .some(
      (features) =>
        features.number('Feature-List-ID') === 1 &&
        ((features.number('Feature-List') ?? 0) & cxFeature.sharedFilterCriteria) !== 0,
    );
}

const locationInfoRequest: Rule = {
  id: 'CX-LIR',
  clause: 'TS 29.229 6.1.5, TS 29.228 6.1.4',
  title: 'LIR names the public identity',
  of: ['LIR'],
  diameter(seen, _, report) {
    requireAvps(seen, ['Public-Identity'], report);
    const type = seen.message.avps.number('User-Authorization-Type');
    if (type !== undefined && type !== 2) {
      report.breach(
        `${nameOf(seen)} has User-Authorization-Type ${type}: only REGISTRATION_AND_CAPABILITIES may stand there`,
      );
    }
    judgeIdentities(seen, report);
  },
};

const locationInfoAnswer: Rule = {
  id: 'CX-LIA',
  clause: 'TS 29.228 6.1.4.1',
  title: 'LIA names the S-CSCF of a user who has one',
  of: ['LIA'],
  diameter(seen, _, report) {
    const { message, request } = seen;
    if (message.resultCode !== 2001 || request === undefined) return;
    report.applies();
    const asksForCapabilities = request.message.avps.number('User-Authorization-Type') === 2;
    if (!asksForCapabilities && !message.avps.has('Server-Name')) {
      report.breach(`${nameOf(seen)} lacks Server-Name: with success it has to say who serves the user`);
    }
    judgeServerName(seen, report);
  },
};

const newServerAssigned = 1;

const registrationTermination: Rule = {
  id: 'CX-RTR',
  clause: 'TS 29.229 6.1.9, TS 29.228 6.1.3',
  title: 'RTR says to one S-CSCF whose registration ends and why',
  of: ['RTR'],
  diameter(seen, _, report) {
    requireAvps(seen, ['Destination-Host', 'User-Name', 'Deregistration-Reason'], report);
    const { avps } = seen.message;
    const reason = avps.group('Deregistration-Reason')?.number('Reason-Code');
    if (avps.has('Deregistration-Reason') && (reason === undefined || reason > 3)) {
      report.breach(`${nameOf(seen)} has Reason-Code ${reason ?? 'absent'}: 0 to 3 are known`);
    }
    if (reason === newServerAssigned && !avps.has('Public-Identity')) {
      report.breach(`${nameOf(seen)} names no Public-Identity: with NEW_SERVER_ASSIGNED it has to`);
    }
    judgeIdentities(seen, report);
  },
};

const limitedSuccess = 2002;
const unableToComply = 5012;

const terminationAnswer: Rule = {
  id: 'CX-RTR',
  clause: 'TS 29.228 6.1.3.1, TS 29.229 6.1.10',
  title: 'RTA names the identities that stay for emergencies where not all has ended, and only there',
  of: ['RTA'],
  diameter(seen, _, report) {
    const { message } = seen;
    report.applies();
    const hasStaying = message.avps.has('Identity-with-Emergency-Registration');
    if (message.resultCode === limitedSuccess && !hasStaying) {
      report.breach(`${nameOf(seen)} says that some of it was done, and not what stays`);
    }
    if (hasStaying && message.resultCode !== limitedSuccess && message.resultCode !== unableToComply) {
      report.breach(`${nameOf(seen)} has ${message.resultText} and names identities that stay`);
    }
  },
};

/** TS 29.228 6.1: each request has one role that asks. What the topology does not have may be an agent. */
function judgeOrigin(seen: DiameterOnWire, role: Role, report: RuleReport): void {
  if (seen.from !== undefined && seen.from !== role) {
    report.breach(`${nameOf(seen)} comes from a node of role ${seen.from}: only an ${role} asks that`);
  }
}

/** TS 23.003 13.3, 13.4: an IMPI has no scheme, an IMPU has one. */
function judgeIdentities(seen: DiameterOnWire, report: RuleReport): void {
  const { avps } = seen.message;
  const userName = avps.text('User-Name');
  if (userName !== undefined && /^(sips?|tel):/i.test(userName)) {
    report.breach(`${nameOf(seen)} has User-Name ${userName}: a private identity has no scheme`);
  }
  for (const identity of avps.texts('Public-Identity')) {
    if (!/^(sips?|tel):/i.test(identity)) {
      report.breach(`${nameOf(seen)} has Public-Identity ${identity}: it has to be a SIP or tel URI`);
    }
  }
}

/** The identities of a REGISTER that the asking node has got. */
function isAsReceived({ message: { avps }, record }: DiameterOnWire, before: Seen): boolean {
  const [userName, publicIdentity] = [avps.text('User-Name'), avps.text('Public-Identity')];
  if (publicIdentity === undefined) return false;
  return before
    .registersOf(publicIdentity)
    .some(
      ({ message, record: { toNode } }) =>
        message.kind === 'request' && toNode === record.fromNode && privateIdentityIn(message) === userName,
    );
}

/** TS 29.229 6.3.3. */
export function judgeServerName(seen: DiameterOnWire, report: RuleReport): void {
  const name = seen.message.avps.text('Server-Name');
  if (name !== undefined && !/^sips?:/i.test(name)) {
    report.breach(`${nameOf(seen)} has Server-Name ${name}: it has to be a SIP URI`);
  }
}

export const cxMessageRules: readonly Rule[] = [
  head,
  userAuthorizationRequest,
  multimediaAuthRequest,
  multimediaAuthAnswer,
  serverAssignmentRequest,
  serverAssignmentAnswer,
  locationInfoRequest,
  locationInfoAnswer,
  registrationTermination,
  terminationAnswer,
];
