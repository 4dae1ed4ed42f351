/** Demands of rules on the S-CSCF that an ordinary registration does not show: REG-45, REG-46, REG-72, REG-74, REG-81. TS 24.229 5.4.1, 5.4.2.1. */
import type { DeregistrationReasonCode } from '../../../src/diameter/index.js';
import { parseRegInfo, type RegInfo } from '../../../src/ims/reg-event/index.js';
import { distinctIdentity } from '../../../src/ims/subscription/subscriber.js';
import { formatUserData } from '../../../src/ims/subscription/user-data.js';
import type { Headers } from '../../../src/sip/index.js';
import { homeDomain, imsiOf } from '../network.js';
import { identity, impi, path, scene } from './scene.js';

type Scene = ReturnType<typeof scene>;

const flow = (number: number) =>
  `<sip:${imsiOf(1)}@192.0.2.7:${5060 + number};ob>;+sip.instance="<urn:gsma:imei:35622410-483841-0>";reg-id=${number}`;
const [withOutbound] = path;
const withoutOutbound = ['Path', '<sip:other@192.0.2.8:5060;lr>'] as const;

/** Documents that a watcher of the user gets. */
function watch(made: Scene, target = identity) {
  const documents: RegInfo[] = [];
  made.ue.onRequest = (request) => {
    if (request.message.method === 'NOTIFY') documents.push(parseRegInfo(request.message.body)!);
    request.reply(200);
  };
  const subscribe = made.ue.makeRequest('SUBSCRIBE', target, [
    ['Event', 'reg'],
    ['Expires', '600000'],
    ['P-Asserted-Identity', `<${identity}>`],
  ]);
  const { status } = made.send(subscribe);
  made.network.run(6_000);
  return { status, documents };
}

/** Of the contacts of the first identity in the last document. */
function events(documents: readonly RegInfo[]): readonly string[] {
  return documents.at(-1)!.registrations[0]!.contacts.map(({ event }) => event);
}

it('REG-45 / TS 24.229 5.4.1.2.2F, RFC 3327 5.3: the 200 copies every value of Path, in order', () => {
  const headers: Headers = [withoutOutbound, withOutbound!];
  const granted = scene().register({ headers });
  expect(granted.values('Path')).toEqual(headers.map(([, value]) => value));
});

it('REG-43 / TS 24.229 5.4.1.2.2, RFC 3327 5.4: a request to the user goes by every value of Path, in order', () => {
  const made = scene();
  made.register({ headers: [withOutbound!, withoutOutbound] });
  made.ue.onRequest = (request) => request.reply(200);
  expect(made.send(made.ue.makeRequest('MESSAGE', identity)).status).toBe(200);
  const [message] = made.ue.received('MESSAGE').map((request) => request.message);
  expect(message!.values('Route')).toEqual([withOutbound![1], withoutOutbound[1]]);
});

it('REG-45, REG-83 / TS 24.229 5.4.1.2.2F: no wildcard is listed, though it is of the set', () => {
  const publicIdentities = [
    distinctIdentity(identity),
    { uri: `sip:chat-!.*!@${homeDomain}`, barred: false, kind: 'wildcardedPsi' } as const,
    distinctIdentity(`sip:${impi}`, true),
  ];
  const userData = formatUserData({
    privateIdentity: impi,
    serviceProfiles: [{ publicIdentities, filterCriteria: [] }],
  });
  const granted = scene({ assignment: () => ({ userData }) }).register();
  expect(granted.values('P-Associated-URI')).toEqual([`<${identity}>`]);
});

it.each([
  ['the lowest value of Path has ob: it is granted', [withoutOutbound, withOutbound!], 200],
  ['only a value above the lowest one has ob: 439', [withOutbound!, withoutOutbound], 439],
] as const)('REG-46 / RFC 5626 5.1, 6: %s', (_, headers, status) => {
  expect(scene().register({ contacts: [flow(1)], headers }).status).toBe(status);
});

it('REG-46, REG-92 / TS 24.229 5.4.1.2.2: a contact that another one replaces is told as deactivated', () => {
  const made = scene();
  made.register();
  const { documents } = watch(made);
  const contacts = ['<sip:other@192.0.2.9:5060>'];
  expect(made.register({ contacts, callId: 'other', unprotected: true }).status).toBe(200);
  made.network.run(6_000);
  expect([...events(documents)].sort()).toEqual(['created', 'deactivated']);
});

it('REG-72 / TS 24.229 5.4.1.4: a contact of several that its UE removes is told as unregistered', () => {
  const made = scene();
  made.register({ contacts: [flow(1)] });
  made.register({ contacts: [flow(2)] });
  const { documents } = watch(made);
  expect(made.register({ contacts: [flow(1)], expires: 0 }).status).toBe(200);
  made.network.run(6_000);
  expect(events(documents)).toEqual(['unregistered']);
});

it.each([
  ['PERMANENT_TERMINATION', ['rejected']],
  ['SERVER_CHANGE', ['deactivated']],
  ['REMOVE_S-CSCF', ['deactivated']],
] as const)('REG-74 / TS 24.229 5.4.1.5, TS 29.229 6.3.17: RTR with %s is told as %j', (reasonCode, told) => {
  const made = scene();
  made.register();
  const { documents } = watch(made);
  terminate(made, reasonCode);
  expect(documents).toHaveLength(2);
  expect(events(documents)).toEqual(told);
});

it('REG-74 / TS 29.228 8.1.1: RTR with NEW_SERVER_ASSIGNED ends it here, and no document tells of an end', () => {
  const made = scene();
  made.register();
  const { documents } = watch(made);
  terminate(made, 'NEW_SERVER_ASSIGNED');
  // RFC 6665 4.1.3: the subscription ends by probation, without a body.
  expect(documents).toHaveLength(2);
  expect(documents[1]).toBeUndefined();
  expect(made.network.nodes.get('scscf1')!.counts.registrations).toBe(0);
});

function terminate(made: Scene, reasonCode: DeregistrationReasonCode): void {
  const destination = { destinationHost: `scscf1.${homeDomain}`, destinationRealm: homeDomain };
  made.hss.registrationTermination({ userName: impi, publicIdentities: [], reasonCode, ...destination }, () => {});
  made.network.run(6_000);
}

it('REG-81 / TS 24.229 5.4.2.1, 5.4.3.3: nobody watches a barred identity, not even its user', () => {
  const made = scene();
  made.register();
  expect(watch(made, `sip:${impi}`)).toEqual({ status: 404, documents: [] });
});
