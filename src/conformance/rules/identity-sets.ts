/** Aliases, wildcards, GRUUs, flows and pushed profiles. TS 29.228 6.2, B.2.1; TS 23.003 13.5; RFC 5626, RFC 5627; REG-45, REG-46, REG-82, REG-83, CX-PPR. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import { matchesWildcard } from '../../ims/subscription/matching-identity.js';
import { type NameAddress, parseUri, type SipRequest } from '../../sip/index.js';
import type { ResponseOnWire, Rule } from '../rule.js';
import { isSameUri } from './meaning.js';
import { freeIdentities, profileIn } from './profiles.js';
import { contactSeconds, flowContact, isBinding, listed } from './reading.js';

const aliases: Rule = {
  id: 'REG-82',
  clause: 'TS 29.228 B.2.1',
  title: 'The identities of one alias group stand in one service profile',
  of: ['SAA', 'PPR'],
  from: 'hss',
  diameter(seen, _, report) {
    const profile = seen.message.avps.has('User-Data') ? profileIn(seen) : undefined;
    const homes = new Map<string, number>();
    profile?.serviceProfiles.forEach(({ publicIdentities }, index) => {
      for (const { aliasGroup, uri } of publicIdentities) {
        if (aliasGroup === undefined) continue;
        const home = homes.get(aliasGroup);
        if (home === undefined) {
          report.applies();
          homes.set(aliasGroup, index);
        } else if (home !== index) {
          report.breach(
            `${seen.record.fromNode} put ${uri} of alias group ${aliasGroup} into another service profile: aliases share their services`,
          );
        }
      }
    });
  },
};

const wildcardOfLocation: Rule = {
  id: 'REG-83',
  clause: 'TS 23.003 13.5, TS 29.228 7.2b',
  title: 'A wildcard that the HSS names has the identity that was asked for in its range',
  of: ['LIA', 'SAA'],
  from: 'hss',
  diameter({ message, record, request }, _, report) {
    const wildcard = message.avps.text('Wildcarded-Public-Identity');
    const asked = request?.message.avps.text('Public-Identity');
    if (wildcard === undefined || asked === undefined) return;
    report.applies();
    const canonical = canonicalIdentity(asked) ?? asked;
    if (asked !== wildcard && !matchesWildcard(wildcard, canonical)) {
      report.breach(`${record.fromNode} found ${asked} by ${wildcard}, which does not have it in its range`);
    }
  },
};

const wildcardNotListed: Rule = {
  id: 'REG-83',
  clause: 'TS 29.228 7.2b',
  title: 'No wildcard is told to a UE',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record }, _, report) {
    const told = message.addresses('P-Associated-URI').map(({ uri }) => uri.text);
    if (told.length === 0) return;
    report.applies();
    const shown = told.filter((uri) => uri.includes('!'));
    if (shown.length > 0) {
      report.breach(`${record.fromNode} listed ${listed(shown)} in P-Associated-URI: a wildcard is no identity to use`);
    }
  },
};

/** An address of Contact in the 200 by what was asked. */
function grantedContacts({ message }: ResponseOnWire): readonly NameAddress[] {
  return message.contacts === '*' ? [] : message.contacts;
}

function text(contact: NameAddress, name: string): string | undefined {
  const value = contact.parameters.get(name);
  return typeof value === 'string' ? value : undefined;
}

const gruus: Rule = {
  id: 'REG-45',
  clause: 'TS 24.229 5.4.1.2.2F, RFC 5627 5.2',
  title:
    'GRUUs are given to who asks for them: the public one stays and hides the device, a temporary one is new each time',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record, request } = seen;
    if (request === undefined || !isBinding(request.message)) return;
    const who = `${record.fromNode} granted REGISTER of ${message.to.uri.text}`;
    const earlier = before
      .registersOf(message.to.uri.text)
      .filter(
        (each): each is ResponseOnWire =>
          each.message.kind === 'response' && each.record.fromNode === record.fromNode && each.record.id < record.id,
      );
    for (const contact of grantedContacts(seen)) {
      const [pub, temp, instance] = ['pub-gruu', 'temp-gruu', '+sip.instance'].map((name) => text(contact, name));
      if (pub === undefined && temp === undefined) continue;
      report.applies();
      if (instance === undefined) report.breach(`${who} with a GRUU for a contact without +sip.instance`);
      const gr = pub === undefined ? undefined : parseUri(pub)?.parameters.get('gr');
      if (pub !== undefined && (typeof gr !== 'string' || gr === '')) {
        report.breach(`${who} with pub-gruu ${pub}: it has no value of gr`);
      }
      if (temp !== undefined && parseUri(temp)?.parameters.has('gr') !== true) {
        report.breach(`${who} with temp-gruu ${temp}: it has no gr`);
      }
      if (instance === undefined) continue;
      const imei = /imei:([\d-]+)/i.exec(instance)?.[1];
      if (imei !== undefined && pub?.includes(imei) === true)
        report.breach(`${who} with a pub-gruu that shows the IMEI`);
      const same = earlier.flatMap(grantedContacts).filter((each) => text(each, '+sip.instance') === instance);
      const known = same.map((each) => text(each, 'pub-gruu')).find((each) => each !== undefined);
      if (pub !== undefined && known !== undefined && known !== pub) {
        report.breach(`${who} with pub-gruu ${pub} after ${known}: the public GRUU of a device stays`);
      }
    }
  },
};

/** The first hop, whose value is the lowest, says ob (RFC 5626 5.1). */
function hasOutbound(message: SipRequest): boolean {
  return message.path.at(-1)?.uri.parameters.has('ob') === true;
}

const outbound: Rule = {
  id: 'REG-46',
  clause: 'RFC 5626 6',
  title:
    'A flow is granted only where the first hop knows outbound, else it is refused with 439, and the 200 requires it',
  of: ['2xx REGISTER', '439 REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, _, report) {
    if (request === undefined || !isBinding(request.message)) return;
    const who = `${record.fromNode} answered REGISTER of ${message.to.uri.text} with ${message.status}`;
    if (flowContact(request.message) === undefined) {
      if (message.status !== 439) return;
      report.applies();
      report.breach(`${who}, which is for flows of a UE that writes outbound into Supported`);
      return;
    }
    report.applies();
    const isKnown = hasOutbound(request.message) || request.message.path.length === 0;
    if (message.status === 439) {
      if (isKnown) report.breach(`${who}, though the first hop knows outbound`);
    } else if (!isKnown) {
      report.breach(`${who}: reg-id without ob in the lowest Path has to get 439`);
    } else if (!message.hasOption('Require', 'outbound')) {
      report.breach(`${who} without Require: outbound: the UE takes it for one contact`);
    }
  },
};

const replaced: Rule = {
  id: 'REG-46',
  clause: 'TS 24.229 5.4.1.2.2',
  title: 'A contact without a flow replaces all other contacts of the same private identity',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record, request } = seen;
    const username = request?.credentials?.username;
    if (request === undefined || username === undefined || !isBinding(request.message)) return;
    if (flowContact(request.message) !== undefined || request.message.contacts === '*') return;
    const own = request.message.contacts;
    const earlier = before
      .registersOf(message.to.uri.text)
      .filter(
        (each) =>
          each.message.kind === 'request' &&
          each.record.id < request.record.id &&
          each.credentials?.username === username,
      )
      .flatMap(({ message: each }) => (each.contacts === '*' ? [] : each.contacts))
      .filter(({ uri }) => !own.some((each) => isSameUri(each.uri.text, uri.text)))
      // TS 24.229 5.4.8.2: those for emergencies stand beside the usual ones.
      .filter(({ uri }) => own.some((each) => each.uri.parameters.has('sos') === uri.parameters.has('sos')));
    if (earlier.length === 0) return;
    report.applies();
    const times = contactSeconds(message);
    grantedContacts(seen).forEach(({ uri }, index) => {
      if (times[index] === 0 || !earlier.some((each) => isSameUri(each.uri.text, uri.text))) return;
      report.breach(
        `${record.fromNode} granted REGISTER of ${message.to.uri.text} and kept ${uri.text} of the same private identity: the new contact replaces it`,
      );
    });
  },
};

const pushed: Rule = {
  id: 'CX-PPR',
  clause: 'TS 29.228 6.2.2, TS 29.229 6.1.11',
  title: 'PPR names the user and says what has changed, and never another default identity',
  of: ['PPR'],
  diameter(seen, before, report) {
    const { message, record } = seen;
    report.applies();
    const who = `PPR of ${record.fromNode}`;
    for (const name of ['Destination-Host', 'User-Name']) {
      if (!message.avps.has(name)) report.breach(`${who} lacks ${name}: it is mandatory`);
    }
    const what = ['User-Data', 'Charging-Information', 'SIP-Auth-Data-Item'];
    if (!what.some((name) => message.avps.has(name))) report.breach(`${who} says nothing that has changed`);
    if (!message.avps.has('User-Data')) return;
    const profile = profileIn(seen);
    if (profile === undefined) {
      report.breach(`${who} has User-Data that is no profile`);
      return;
    }
    const [first] = freeIdentities(profile);
    const given = before
      .queriesOf(message.avps.text('User-Name') ?? '')
      .findLast(
        (each) =>
          each.message.name === 'SAA' && each.record.toNode === record.toNode && each.message.avps.has('User-Data'),
      );
    const known = given && profileIn(given);
    const own = known && freeIdentities(known);
    const isSameSet = own?.some((each) => freeIdentities(profile).includes(each)) === true;
    if (first !== undefined && isSameSet && own![0] !== first && freeIdentities(profile).includes(own![0]!)) {
      report.breach(`${who} has ${first} for the default identity after ${own![0]}: that takes an RTR`);
    }
  },
};

const pushAnswer: Rule = {
  id: 'CX-PPR',
  clause: 'TS 29.229 6.1.12, TS 29.228 6.2.2.1',
  title: 'A profile of a user that the S-CSCF serves is taken',
  of: ['PPA'],
  from: 's-cscf',
  diameter({ message, record, request }, before, report) {
    const userName = request?.message.avps.text('User-Name');
    if (userName === undefined) return;
    report.applies();
    if (message.isSuccess || message.experimentalResult !== 5001) return;
    const last = before
      .queriesOf(userName)
      .findLast(
        (each) => each.message.name === 'SAA' && each.record.toNode === record.fromNode && each.record.id < record.id,
      );
    const type = last?.request?.message.avps.number('Server-Assignment-Type');
    if (last?.message.isSuccess === true && type === 1 && !before.facts.isExternal(record.fromNode)) {
      report.breach(`${record.fromNode} answered PPR for ${userName} with ${message.resultText}: it serves that user`);
    }
  },
};

export const identitySetRules: readonly Rule[] = [
  aliases,
  wildcardOfLocation,
  wildcardNotListed,
  gruus,
  outbound,
  replaced,
  pushed,
  pushAnswer,
];
