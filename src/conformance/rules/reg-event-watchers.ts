/** Who watches registrations, and how: the UE, its P-CSCF, application servers. TS 24.229 5.1.1.3, 5.2.3, 5.7.1.1; REG-17, REG-27, CALL-83. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import type { RequestOnWire, Rule, RuleReport, Seen } from '../rule.js';
import { isSameUri } from './meaning.js';
import { freeIdentities, profileIn } from './profiles.js';
import { contactSeconds } from './reading.js';
import { opensWatch } from './reg-event-reading.js';

/** TS 24.229 5.1.1.3. */
const askedSeconds = 600_000;

function judgePackage({ message, record }: RequestOnWire, report: RuleReport): void {
  const accepted = message.values('Accept');
  if (accepted.length > 0 && !accepted.some((value) => /^application\/(reginfo\+xml|\*)|^\*\/\*/i.test(value))) {
    report.breach(`${record.fromNode} subscribed to registrations and takes no application/reginfo+xml`);
  }
  if (canonicalIdentity(message.requestUri) !== canonicalIdentity(message.to.uri.text)) {
    report.breach(
      `${record.fromNode} subscribed at ${message.requestUri} to ${message.to.uri.text}: they have to be one identity`,
    );
  }
}

const byUe: Rule = {
  id: 'REG-17',
  clause: 'TS 24.229 5.1.1.3',
  title: 'A UE watches its default identity, as itself, for 600000 s',
  of: ['SUBSCRIBE'],
  from: 'ue',
  request(seen, before, report) {
    const { message, record } = seen;
    if (!opensWatch(seen)) return;
    const grants = before.grantsOf(record.fromNode)?.filter(({ associated }) => associated.length > 0) ?? [];
    if (grants.length === 0) return;
    report.applies();
    judgePackage(seen, report);
    const who = `${record.fromNode} subscribed to ${message.to.uri.text}`;
    const defaults = grants.map(({ associated }) => canonicalIdentity(associated[0]!) ?? associated[0]!);
    if (!defaults.includes(canonicalIdentity(message.to.uri.text) ?? '')) {
      report.breach(`${who}: its default identity is ${defaults.at(-1)}`);
    }
    if (canonicalIdentity(message.from.uri.text) !== canonicalIdentity(message.to.uri.text)) {
      report.breach(`${who} in the name of ${message.from.uri.text}: From has to be To`);
    }
    // More after 423, which says how much is the least.
    if (message.expires === undefined || message.expires < askedSeconds) {
      report.breach(`${who} for ${message.expires ?? 'no'} s: it has to ask for ${askedSeconds}`);
    }
  },
};

const byProxy: Rule = {
  id: 'REG-27',
  clause: 'TS 24.229 5.2.3',
  title:
    'A P-CSCF watches the default identity in its own name, for as long as the registration at least, and begins charging',
  of: ['SUBSCRIBE'],
  from: 'p-cscf',
  request(seen, before, report) {
    const { message, record, source } = seen;
    if (source !== undefined || message.vias.length > 1 || !opensWatch(seen)) return;
    report.applies();
    judgePackage(seen, report);
    const who = `${record.fromNode} subscribed to ${message.to.uri.text}`;
    const asserted = message.address('P-Asserted-Identity')?.uri.text;
    if (asserted === undefined || !isSameUri(asserted, message.from.uri.text)) {
      report.breach(
        `${who} as ${message.from.uri.text}, asserted as ${asserted ?? 'nobody'}: both have to be its own URI`,
      );
    }
    if (!message.has('P-Charging-Vector')) report.breach(`${who} without P-Charging-Vector: it has to begin one`);
    const profile = givenProfile(message.to.uri.text, before);
    const identities = profile?.publicIdentities.map(({ uri }) => uri) ?? [message.to.uri.text];
    const granted = grantedSeconds(identities, seen, before);
    // It should be longer; as long as the longest that a registrar grants is taken as well.
    if (granted !== undefined && (message.expires ?? 0) < granted) {
      report.breach(`${who} for ${message.expires ?? 'no'} s: the registration is for ${granted} s`);
    }
    const first = profile && freeIdentities(profile)[0];
    if (first !== undefined && canonicalIdentity(message.to.uri.text) !== first) {
      report.breach(`${who}: the default identity is ${first}`);
    }
  },
};

/** The longest time that the last 200 to this P-CSCF gave one of the identities. */
function grantedSeconds(identities: readonly string[], { record }: RequestOnWire, before: Seen): number | undefined {
  const last = identities
    .flatMap((identity) => before.registersOf(identity))
    .filter(
      ({ message, record: { toNode, id } }) =>
        message.kind === 'response' && message.status === 200 && toNode === record.fromNode && id < record.id,
    )
    .sort((a, b) => a.record.id - b.record.id)
    .at(-1);
  return last === undefined ? undefined : Math.max(0, ...contactSeconds(last.message).map((each) => each ?? 0));
}

/** The profile that an S-CSCF was given for this identity last. */
function givenProfile(identity: string, before: Seen) {
  const given = before
    .queriesOf(identity)
    .findLast(({ message }) => message.name === 'SAA' && message.avps.has('User-Data'));
  return given && profileIn(given);
}

const byServer: Rule = {
  id: 'CALL-83',
  clause: 'TS 24.229 5.7.1.1',
  title: 'An application server watches registrations in its own name',
  of: ['SUBSCRIBE'],
  from: 'as',
  request(seen, _, report) {
    const { message, record } = seen;
    if (seen.source !== undefined || !opensWatch(seen)) return;
    report.applies();
    judgePackage(seen, report);
    const asserted = message.address('P-Asserted-Identity')?.uri.text;
    if (asserted === undefined || !isSameUri(asserted, message.from.uri.text)) {
      report.breach(
        `${record.fromNode} subscribed to ${message.to.uri.text} as ${message.from.uri.text}, asserted as ${asserted ?? 'nobody'}: both have to be its own URI`,
      );
    }
  },
};

export const watcherRules: readonly Rule[] = [byUe, byProxy, byServer];
