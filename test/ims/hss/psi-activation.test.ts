/** A PSI that an AS takes out of use: TS 29.328 6.1.2.1, TS 29.228 6.1.3.1. */
import { MemoryStore } from '../../../src/ims/hss/index.js';
import { NamedIdentities } from '../../../src/ims/hss/named-identities.js';
import { assigned } from '../../../src/ims/hss/request-checks.js';
import { ShProcedures } from '../../../src/ims/hss/sh-procedures.js';
import type { DueTermination } from '../../../src/ims/hss/subscription.js';
import { Subscriptions } from '../../../src/ims/hss/subscriptions.js';
import { formatShData } from '../../../src/ims/subscription/sh-data.js';
import { implicitSet } from '../../../src/ims/subscription/subscriber.js';
import { createMachineHost } from '../../../src/machine/index.js';
import type { Chassis } from '../../../src/node/index.js';
import { TestClock } from '../../machine/test-clock.js';
import { homeDomain, subscriber } from '../network.js';

const psi = `sip:lobby@${homeDomain}`;
const host = `as1.${homeDomain}`;
const server = { name: `sip:scscf1.${homeDomain}`, host: `scscf1.${homeDomain}`, realm: homeDomain };

it.each([
  [false, 1, {}],
  [true, 0, {}],
  // What an AS has made of it counts before what is provisioned.
  [true, 0, { inactive: true as const }],
])(
  'SH-PUR, CX-SAA / TS 29.328 6.1.2.1: PSIActivation %p: its S-CSCF gets %d RTR; then it may be served or not',
  (psiActive, count, more) => {
    const identity = { uri: psi, barred: false, kind: 'distinctPsi', ...more } as const;
    const one = subscriber(1, { implicitSets: [implicitSet([identity])] });
    const environment = {
      clock: new TestClock(),
      random: { bytes: (length: number) => Buffer.alloc(length) },
      trace: undefined,
    };
    const diameter = { local: { identity: {} }, onRequest: () => undefined };
    const machines = createMachineHost({ node: 'hss1', environment, mode: 'compiled' } as never);
    const chassis = {
      name: 'hss1',
      environment,
      host: machines,
      explain: () => undefined,
      diameter,
    } as unknown as Chassis;
    const subscriptions = new Subscriptions(chassis, new MemoryStore([one]));
    const settings = {
      permissions: [{ host, read: [], update: ['PSIActivation' as const], subscribe: [] }],
      dataMax: 100,
      expiresMaxMs: undefined,
      servingNodes: {},
    };
    const due: DueTermination[] = [];
    const sh = new ShProcedures(chassis, subscriptions, settings, ({ terminations }) => due.push(...terminations));
    subscriptions.byPublic(psi, (subscription) => {
      const elsewhere = { server: undefined, reassignmentPending: false };
      const event = { type: 'cx.sar.unregistered', server, restores: false, elsewhere } as const;
      subscription!.decide(subscription!.sets[0]!, event, () => undefined);
      subscription!.commit(() => undefined);
    });
    const replies: unknown[] = [];
    sh.profileUpdate(
      {
        userIdentity: { publicIdentity: psi },
        dataReferences: ['PSIActivation'],
        userData: formatShData({ psiActive }),
        sessionId: 'any',
        originHost: host,
        originRealm: homeDomain,
      },
      (reply) => replies.push(reply),
    );
    expect(replies).toMatchObject([{ kind: 'success', resultCode: 2001 }]);
    expect(due).toHaveLength(count);
    if (!psiActive) expect(due).toMatchObject([{ server, reason: 'PERMANENT_TERMINATION' }]);
    subscriptions.byPublic(psi, (subscription) => {
      const query = {
        publicIdentities: [psi],
        serverName: server.name,
        serverAssignmentType: 'UNREGISTERED_USER',
        userDataAlreadyAvailable: false,
      } as const;
      const found = assigned(new NamedIdentities(subscription), query);
      if (psiActive) expect(found).toMatchObject({ event: 'unregistered' });
      else expect(found).toEqual({ kind: 'experimental', experimentalResultCode: 5001 });
    });
  },
);
