/** How a registered UE introduces itself and where it sends: identities and routes. REG-02, REG-13, REG-14. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import type { Grant, RequestOnWire, Rule, Seen } from '../rule.js';
import { isSameRoute } from './meaning.js';
import { isEmergency, isInitial, listed } from './reading.js';

/** Of P-Preferred-Identity, else From; undefined: it hides, or has none that could be compared. */
function ownIdentity({ message }: RequestOnWire): string | undefined {
  const { uri } = message.address('P-Preferred-Identity') ?? message.from;
  const identity = canonicalIdentity(uri.text);
  return identity === undefined || uri.host.endsWith('anonymous.invalid') ? undefined : identity;
}

/** The grants that the UE may act on, where it acts on one. */
function grantsFor(seen: RequestOnWire, before: Seen): readonly Grant[] {
  if (!isInitial(seen) || isEmergency(seen.message)) return [];
  return before.grantsOf(seen.record.fromNode) ?? [];
}

const temporaryIdentity: Rule = {
  id: 'REG-02',
  clause: 'TS 23.003 13.4B, TS 24.229 5.1.1.1A',
  title: 'The temporary identity of a SIM is used to register only',
  of: ['request'],
  from: 'ue',
  request(seen, before, report) {
    const grants = grantsFor(seen, before);
    const identity = ownIdentity(seen);
    if (grants.length === 0 || identity === undefined) return;
    // Where nobody has told it of another one, the fault is theirs.
    if (grants.every(({ associated }) => associated.length === 0)) return;
    report.applies();
    const isRegistered = grants.some((grant) => canonicalIdentity(grant.identity) === identity);
    if (isRegistered && !grants.some((grant) => names(grant, identity))) {
      const { message, record } = seen;
      report.breach(
        `${record.fromNode} sent ${message.method} as ${identity}, which is barred: it has to use an identity of P-Associated-URI`,
      );
    }
  },
};

const registeredIdentity: Rule = {
  id: 'REG-13',
  clause: 'TS 24.229 5.1.1.2.1, 5.1.2A.1.1',
  title: 'A UE introduces itself with an identity that the 200 to its REGISTER listed',
  of: ['request'],
  from: 'ue',
  request(seen, before, report) {
    const grants = grantsFor(seen, before).filter(({ associated }) => associated.length > 0);
    const identity = ownIdentity(seen);
    if (grants.length === 0 || identity === undefined) return;
    report.applies();
    const isOwn = grants.some(
      (grant) => names(grant, identity) || canonicalIdentity(grant.identity) === identity, // REG-02 knows of that one
    );
    if (!isOwn) {
      const { message, record } = seen;
      report.breach(
        `${record.fromNode} sent ${message.method} as ${identity}: registered are ${listed(grants.at(-1)!.associated)}`,
      );
    }
  },
};

const preloadedRoute: Rule = {
  id: 'REG-14',
  clause: 'TS 24.229 5.1.2A.1.1, RFC 3608 5',
  title: 'Requests of a registered UE are routed over its P-CSCF, then over the Service-Route in order',
  of: ['request'],
  from: 'ue',
  to: 'p-cscf',
  request(seen, before, report) {
    const grants = grantsFor(seen, before).filter(({ serviceRoute }) => serviceRoute.length > 0);
    if (grants.length === 0) return;
    report.applies();
    const { message, record } = seen;
    const [first, ...others] = message.values('Route');
    const who = `${record.fromNode} sent ${message.method}`;
    if (first === undefined) {
      report.breach(`${who} without Route: it has to name the P-CSCF and the Service-Route`);
      return;
    }
    if (!grants.some(({ serviceRoute }) => isSameRoute(serviceRoute, others))) {
      const expected = listed(grants.at(-1)!.serviceRoute);
      report.breach(
        `${who} with ${listed(others)} in Route behind the P-CSCF: it has to be the Service-Route ${expected}`,
      );
    }
  },
};

export const registeredUeRules: readonly Rule[] = [temporaryIdentity, registeredIdentity, preloadedRoute];

function names({ associated }: Grant, identity: string): boolean {
  return associated.some((uri) => canonicalIdentity(uri) === identity);
}
