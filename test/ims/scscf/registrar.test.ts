/** The S-CSCF's registrar beyond one contact: flows, who watches, application servers, profile changes. REG-43 to REG-49, REG-72 to REG-75, REG-90 to REG-93, CALL-80 to CALL-82. */
import type { PushProfileAnswer, PushProfileQuery } from '../../../src/diameter/index.js';
import { parseRegInfo, type RegInfo } from '../../../src/ims/reg-event/index.js';
import type { ScscfFunction } from '../../../src/ims/scscf/index.js';
import type { InitialFilterCriterion } from '../../../src/ims/subscription/filter-criteria.js';
import { bodyParts, type ServerRequest, type SipResponse } from '../../../src/sip/index.js';
import { resultOf } from '../cx-peer.js';
import { HandServer } from '../hand-ue.js';
import { homeDomain, imsiOf } from '../network.js';
import { identity, impi, path, scene, serverName, userData } from './scene.js';

const instance = (name: string) => `+sip.instance="<urn:gsma:imei:35622410-48384${name}-0>"`;
const flow = (number: number, port = 5060 + number) =>
  `<sip:${imsiOf(1)}@192.0.2.7:${port};ob>;${instance('1')};reg-id=${number}`;

/** A watcher by hand: answers NOTIFY and keeps the documents. */
function watch(made: ReturnType<typeof scene>, asserted = identity) {
  const documents: RegInfo[] = [];
  const states: string[] = [];
  made.ue.onRequest = (request: ServerRequest) => {
    const { message } = request;
    if (message.method === 'NOTIFY') {
      const document = message.body === '' ? undefined : parseRegInfo(message.body);
      if (document !== undefined) documents.push(document);
      states.push(message.header('Subscription-State') ?? '');
    }
    request.reply(200);
  };
  const subscribe = made.ue.makeRequest('SUBSCRIBE', identity, [
    ['Event', 'reg'],
    ['Accept', 'application/reginfo+xml'],
    ['Expires', '600000'],
    ['P-Asserted-Identity', `<${asserted}>`],
  ]);
  const status = made.send(subscribe).status;
  made.network.run(1000);
  /** `aor state: event of each contact`. */
  const last = () =>
    documents
      .at(-1)!
      .registrations.map(
        ({ aor, state, contacts }) => `${aor} ${state}: ${contacts.map(({ event }) => event).join(' ')}`,
      );
  return { status, documents, states, last };
}

it('RFC 3261 16.6 step 2, 19.1.1: what no Request-URI may have stays behind when a contact becomes one', () => {
  const { register, ue, send } = scene();
  register({ contacts: ['<sip:one@192.0.2.7;Method=BYE;transport=udp?Subject=x>'] });
  ue.onRequest = (request) => request.reply(200);
  expect(send(ue.makeRequest('MESSAGE', identity)).status).toBe(200);
  expect(ue.received('MESSAGE')[0]!.message.requestUri).toBe('sip:one@192.0.2.7;transport=udp');
});

describe('RFC 5626: several flows', () => {
  it('REG-45, REG-46: each is bound beside the others, Require: outbound says so, and all are listed', () => {
    const { register, assignments, network } = scene();
    expect(register({ contacts: [flow(1)] }).header('Require')).toBe('outbound');
    const second = register({ contacts: [flow(2)] });
    expect(second.status).toBe(200);
    expect(second.headers('Contact').map((value) => /reg-id=(\d)/.exec(value)?.[1])).toEqual(['1', '2']);
    expect(assignments.map(({ multipleRegistrationIndication }) => multipleRegistrationIndication)).toEqual([
      true,
      true,
    ]);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
  });

  it('the same flow from another address replaces itself (RFC 5626 6)', () => {
    const { register } = scene();
    register({ contacts: [flow(1)] });
    const moved = register({ contacts: [flow(1, 6000)] });
    expect(moved.headers('Contact')).toHaveLength(1);
    expect(moved.header('Contact')).toContain(':6000');
  });

  it('REG-49, RFC 3261 10.3 steps 6 and 7: each flow has its own order of CSeq, and the wildcard has that of all', () => {
    const { register, ue, send } = scene();
    register({ contacts: [flow(1)] });
    const { sequence } = ue.makeRegister().cseq;
    register({ contacts: [flow(2)] });
    const authorization = `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response="",integrity-protected="yes"`;
    const late = (contacts: readonly string[], expires: number) =>
      send(ue.makeRegister({ contacts, expires, sequence, authorization, headers: path })).status;
    // Sent before the REGISTER of the other flow, and overtaken by it.
    expect(late([flow(2)], 600)).toBe(500);
    expect(late([flow(2)], 0)).toBe(500);
    expect(late(['*'], 0)).toBe(500);
    expect(late([], -1)).toBe(200);
    expect(late([flow(1)], 600)).toBe(200);
    expect(late([flow(1)], 0)).toBe(500);
  });

  it('RFC 5626 6, REG-72: a flow goes by its reg-id, whatever other flows have the same address', () => {
    const { register, types } = scene();
    register({ contacts: [flow(1, 5060)] });
    register({ contacts: [flow(2, 5060)], callId: 'second' });
    const left = register({ contacts: [flow(2, 5060)], callId: 'second', expires: 0 });
    expect(left.headers('Contact').map((value) => /expires=(\d+).*reg-id=(\d)/.exec(value)?.slice(1))).toEqual([
      ['3600', '1'],
      ['0', '2'],
    ]);
    expect(types()).toEqual(['REGISTRATION', 'RE_REGISTRATION']);
  });

  it('RFC 5626 6: a UE that begins to use outbound has its flow in the place of what it had without, and no other UE goes with it', () => {
    const { register } = scene();
    const emergency = `<sip:${imsiOf(1)}@192.0.2.7:5070;sos>;${instance('1')}`;
    register({ contacts: [`<sip:plain@192.0.2.7>;${instance('1')}`] });
    register({ contacts: [emergency], to: `sip:${impi}`, callId: 'sos', unprotected: true });
    const uris = (answer: SipResponse) => answer.headers('Contact').map((value) => /@[^>]*/.exec(value)![0]);
    expect(uris(register({ contacts: [flow(1)], callId: 'flow' }))).toEqual([
      '@192.0.2.7:5070;sos',
      '@192.0.2.7:5061;ob',
    ]);
    const other = `<sip:o@192.0.2.8;ob>;${instance('2')};reg-id=1`;
    expect(uris(register({ contacts: [other], callId: 'other' }))).toHaveLength(3);
    // And back: without outbound one contact is left of the user (TS 24.229 5.4.1.2.2 step 4A).
    expect(uris(register({ contacts: [`<sip:plain@192.0.2.7>;${instance('1')}`], unprotected: true }))).toEqual([
      '@192.0.2.7:5070;sos',
      '@192.0.2.7',
    ]);
  });

  it('REG-46: reg-id without ob at the first hop: 439', () => {
    const { register, network } = scene();
    const refused = register({ contacts: [flow(1)], headers: [['Path', '<sip:term@192.0.2.7:5060;lr>']] });
    expect(refused.status).toBe(439);
    const { clause, text } = network.notes.at(-1)!;
    expect(clause).toBe('RFC 5626 6, REG-46');
    expect(text).toMatch(/439 First Hop Lacks Outbound Support: Contact has reg-id, but .* ob .*Path.*\?$/);
  });

  it.each([
    ['in capitals', 'URN:GSMA:IMEI:35622410-483841-0'],
    ['with the version that is the default', 'urn:gsma:imei:35622410-483841-0;vers=0'],
  ])('RFC 8141 3.1, RFC 7254 3, RFC 5626 6: an instance %s is the same, and its flow replaces itself', (_, urn) => {
    const { register } = scene();
    register({ contacts: [flow(1)] });
    const again = register({ contacts: [flow(1, 6000).replace('urn:gsma:imei:35622410-483841-0', urn)] });
    expect(again.headers('Contact')).toHaveLength(1);
    expect(again.header('Contact')).toContain(':6000');
  });

  it('REG-72: over a security association, too, what is not bound gets 481, and what is bound stays', () => {
    const { register, network } = scene();
    register({ contacts: [flow(1)] });
    expect(register({ contacts: [flow(3)], expires: 0 }).status).toBe(481);
    expect(register({ contacts: ['<sip:nobody@192.0.2.9>'], expires: 0 }).status).toBe(481);
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
  });

  it('REG-48, TS 24.229 5.4.1.2.2: the limit is that of each UE of the user', () => {
    const { register } = scene();
    const statuses = ['1', '2', '3'].flatMap((name) =>
      [1, 2, 3].map((number) => {
        const contacts = [`<sip:u@192.0.2.${name}:506${number};ob>;${instance(name)};reg-id=${number}`];
        return register({ contacts }).status;
      }),
    );
    expect(statuses).toEqual([200, 200, 403, 200, 200, 403, 200, 200, 403]);
  });

  it('REG-48: nor can a user have contacts without end by inventing instances', () => {
    const { register } = scene();
    const statuses = Array.from({ length: 24 }, (_, number) => {
      const contacts = [`<sip:u@192.0.2.1:${5060 + number};ob>;+sip.instance="<urn:x:${number}>";reg-id=1`];
      return register({ contacts }).status;
    });
    expect(statuses.lastIndexOf(200)).toBe(19);
    expect(statuses.indexOf(403)).toBe(20);
  });

  it('REG-48: one flow too many: 403, and the sentence names the limit', () => {
    const { register, network } = scene();
    register({ contacts: [flow(1)] });
    register({ contacts: [flow(2)] });
    expect(register({ contacts: [flow(3)] }).status).toBe(403);
    expect(network.notes.at(-1)!.text).toMatch(
      /403 Too Many Contacts: the UE has as many flows already as contacts-max allows \(2\), .*\?$/,
    );
  });

  it('REG-48: two new ones in one REGISTER: 403, and the sentence says what would be right', () => {
    const { register, network } = scene();
    expect(register({ contacts: ['<sip:a@192.0.2.7>', '<sip:b@192.0.2.7>'] }).status).toBe(403);
    expect(network.notes.at(-1)!.text).toMatch(/403 Too Many Contacts: it binds 2 contacts at once, .*one by one\?$/);
  });

  it('RFC 5626 6, REG-46: with a reg-id beside another new contact it is a bad request, and one that goes may be beside it', () => {
    const { register, network } = scene();
    expect(register({ contacts: [flow(1), flow(2)] }).status).toBe(400);
    expect(network.notes.at(-1)!.text).toMatch(
      /400 More than one flow in a REGISTER: it binds 2 contacts at once, .*one by one\?$/,
    );
    expect(register({ contacts: [flow(1), '<sip:b@192.0.2.7>'] }).status).toBe(400);
    const headers: [string, string][] = [['Path', '<sip:term@192.0.2.7:5060;lr>']];
    expect(register({ contacts: [flow(1), flow(2)], headers }).status).toBe(439);
    expect(register({ contacts: [flow(1)] }).status).toBe(200);
    expect(register({ contacts: [`${flow(1)};expires=0`, flow(2)] }).status).toBe(200);
  });

  it('REG-72: removing one of two tells the HSS nothing; removing the last one does', () => {
    const { register, types } = scene();
    register({ contacts: [flow(1)] });
    register({ contacts: [flow(2)] });
    const one = register({ contacts: [flow(1)], expires: 0 });
    expect(one.headers('Contact').map((value) => /expires=(\d+)/.exec(value)?.[1])).toEqual(['3600', '0']);
    expect(types()).toEqual(['REGISTRATION', 'RE_REGISTRATION']);
    expect(register({ contacts: [flow(2)], expires: 0 }).status).toBe(200);
    expect(types().at(-1)).toBe('USER_DEREGISTRATION');
  });

  it('RFC 3261 10.3 step 7: one REGISTER binds a flow and removes another', () => {
    const made = scene();
    made.register({ contacts: [flow(1)] });
    made.register({ contacts: [flow(2)] });
    const { last } = watch(made);
    made.network.run(6000);
    const both = made.register({ contacts: [`${flow(2)};expires=0`, flow(1)] });
    expect(both.headers('Contact').map((value) => /expires=(\d+)(?:.*reg-id=(\d))?/.exec(value)?.slice(1))).toEqual([
      ['3600', '1'],
      ['0', '2'],
    ]);
    expect(made.register({ contacts: [], expires: -1 }).headers('Contact')).toHaveLength(1);
    made.network.run(1000);
    expect(last()[0]).toBe(`${identity} active: refreshed unregistered`);
  });

  it('REG-73: each expires for itself, and with the last one the registration', () => {
    const { register, types, network } = scene();
    register({ contacts: [flow(1)], expires: 100 });
    register({ contacts: [flow(2)], expires: 300 });
    network.run(150_000);
    const left = register({ contacts: [] });
    expect(left.headers('Contact')).toHaveLength(1);
    network.run(200_000);
    expect(types().at(-1)).toBe('TIMEOUT_DEREGISTRATION');
    expect(network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 0 });
  });

  it('RFC 3261 16.6: a request to the user rings at all of them', () => {
    const { register, ue, send } = scene();
    register({ contacts: [flow(1, 5060)] });
    register({ contacts: [`<sip:${imsiOf(1)}@192.0.2.7:5060;ob>;${instance('2')};reg-id=1`] });
    ue.onRequest = (request) => request.reply(200);
    expect(send(ue.makeRequest('MESSAGE', identity)).status).toBe(200);
    expect(ue.received('MESSAGE')).toHaveLength(2);
  });
});

describe('CALL-70, TS 24.229 5.1.6: a contact for emergencies', () => {
  const usual = `<sip:${imsiOf(1)}@192.0.2.7:5060>`;
  const emergency = (port: number) => `<sip:${imsiOf(1)}@192.0.2.7:${port};sos>`;
  // Not over a security association: there another contact is refused (REG-44).
  const open = (made: ReturnType<typeof scene>, contact: string, expires = 3600) =>
    made.register({ contacts: [contact], expires, to: `sip:${impi}`, callId: contact, unprotected: true });
  const ports = (response: SipResponse) => response.headers('Contact').map((value) => /7:(\d+)/.exec(value)?.[1]);

  it('stands beside the usual one, and each is replaced by its like alone', () => {
    const made = scene();
    expect(ports(open(made, usual))).toEqual(['5060']);
    expect(ports(open(made, emergency(5070)))).toEqual(['5060', '5070']);
    expect(ports(open(made, emergency(5071)))).toEqual(['5060', '5071']);
    expect(ports(open(made, `<sip:${imsiOf(1)}@192.0.2.7:5061>`))).toEqual(['5071', '5061']);
    expect(ports(open(made, `<sip:${imsiOf(1)}@192.0.2.7:5061>`, 0))).toEqual(['5071', '5061']);
    expect(made.types()).not.toContain('USER_DEREGISTRATION');
  });

  it('TS 24.229 5.4.8.3: its UE cannot end it, alone or with all others', () => {
    const made = scene();
    open(made, emergency(5070));
    open(made, usual);
    expect(open(made, emergency(5070), 0).status).toBe(501);
    const all = made.register({ contacts: ['*'], expires: 0, to: `sip:${impi}`, callId: 'all', unprotected: true });
    expect([all.status, ports(all)]).toEqual([200, ['5070', '5060']]);
    expect(made.types()).not.toContain('USER_DEREGISTRATION');
    const last = made.register({ contacts: ['*'], expires: 0, to: `sip:${impi}`, callId: 'more', unprotected: true });
    expect(last.status).toBe(481);
  });

  it('TS 24.229 5.4.8.4, 5.4.8.5: the operator ends and shortens the usual one alone', () => {
    const made = scene();
    open(made, emergency(5070));
    open(made, usual);
    const scscf = made.network.nodes.get('scscf1')!.function as ScscfFunction;
    expect(scscf.reauthenticate(impi, 60_000)).toBe(true);
    expect(scscf.deregister(impi, 'rejected')).toBe(true);
    made.network.run(70_000);
    expect(made.network.nodes.get('scscf1')!.counts.registrations).toBe(1);
    const said = () => made.network.notes.filter(({ what }) => what === 'info.emergencyRegistrationStays').length;
    expect(said()).toBe(1);
    expect(scscf.deregister(impi, 'rejected')).toBe(false);
    expect(said()).toBe(1); // nothing has ended
    expect(made.types()).not.toContain('ADMINISTRATIVE_DEREGISTRATION');
  });

  it('TS 24.229 5.4.8.4: it stays too where the operator ends the registration while the HSS answers', () => {
    const scscf = () => made.network.nodes.get('scscf1')!.function as ScscfFunction;
    const made: ReturnType<typeof scene> = scene({
      assignment: () => {
        expect(scscf().deregister(impi, 'rejected')).toBe(true);
        return {};
      },
    });
    expect(open(made, emergency(5070)).status).toBe(200);
    made.network.run(1000);
    expect(made.network.nodes.get('scscf1')!.counts.registrations).toBe(1);
    expect(made.types()).toEqual(['REGISTRATION']);
  });

  it('rings only where nothing else does', () => {
    const made = scene();
    made.ue.onRequest = (request) => request.reply(200);
    const rung = () => made.ue.received('MESSAGE').map(({ message }) => message.uri.parameters.has('sos'));
    open(made, emergency(5060));
    made.send(made.ue.makeRequest('MESSAGE', identity));
    open(made, usual);
    made.send(made.ue.makeRequest('MESSAGE', identity));
    expect(rung()).toEqual([true, false]);
  });

  it('no application server hears of it', () => {
    const withoutParts = { includeRegisterRequest: false, includeRegisterResponse: false };
    const server = { serverName: 'sip:as1.example:5090', defaultHandling: 'continue', ...withoutParts } as const;
    const made = scene({ filterCriteria: [{ priority: 0, applicationServer: server }] });
    open(made, emergency(5070));
    made.network.run(1000);
    const told = () => made.network.notes.filter(({ what }) => what === 'info.applicationServerUnreachable').length;
    expect(told()).toBe(0);
    open(made, usual);
    made.network.run(1000);
    expect(told()).toBe(1);
  });
});

describe('reg-event', () => {
  it('REG-90 to REG-92: the full state at once; registered for what was registered, created for the others', () => {
    const made = scene();
    made.register();
    const { status, documents, states, last } = watch(made);
    expect(status).toBe(200);
    expect(documents).toHaveLength(1);
    expect(documents[0]).toMatchObject({ version: 0, state: 'full' });
    expect(last()).toEqual([`${identity} active: created`, 'tel:+15550100001 active: created']);
    expect(states[0]).toMatch(/^active;expires=600000/);
  });

  it('REG-92, RFC 3680 5.1, RFC 5628: parameters of Contact are told as they were written, q as an attribute', () => {
    const made = scene();
    const features = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";+g.3gpp.smsip';
    made.register({ contacts: [`<sip:a@192.0.2.7>;expires=600;q=0.7;${instance('1')};${features};audio`] });
    const { documents } = watch(made);
    for (const { contacts } of documents[0]!.registrations) {
      expect(contacts[0]).toMatchObject({
        q: '0.7',
        unknownParams: [
          ['+sip.instance', '"<urn:gsma:imei:35622410-483841-0>"'],
          ['+g.3gpp.icsi-ref', '"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"'],
          ['+g.3gpp.smsip', ''],
          ['audio', ''],
        ],
      });
    }
  });

  it('RFC 3680 5.4: a quoted q stands in the document as the number that it is', () => {
    const made = scene();
    made.register({ contacts: ['<sip:a@192.0.2.7>;q="0.5"'] });
    expect(watch(made).documents[0]!.registrations[0]!.contacts[0]!.q).toBe('0.5');
  });

  it('REG-91: a refresh is a partial document of the next version, with the same ids', () => {
    const made = scene();
    made.register();
    const { documents, last } = watch(made);
    made.network.run(10_000);
    made.register();
    made.network.run(10_000);
    expect(documents).toHaveLength(2);
    expect(documents[1]).toMatchObject({ version: 1, state: 'partial' });
    expect(last()).toEqual([`${identity} active: refreshed`, 'tel:+15550100001 active: refreshed']);
    expect(documents[1]!.registrations.map(({ id }) => id)).toEqual(documents[0]!.registrations.map(({ id }) => id));
  });

  it.each([
    ['REG-72: de-registration', (made: ReturnType<typeof scene>) => made.register({ expires: 0 }), 'unregistered'],
    ['REG-73: expiry', (made: ReturnType<typeof scene>) => made.network.run(3_600_000), 'expired'],
  ] as const)('%s: all is terminated, and so is the subscription (REG-93)', (_, end, event) => {
    const made = scene();
    made.register();
    const { states, last } = watch(made);
    end(made);
    made.network.run(1000);
    expect(last()).toEqual([`${identity} terminated: ${event}`, `tel:+15550100001 terminated: ${event}`]);
    expect(states.at(-1)).toBe('terminated;reason=noresource');
    expect(made.network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 0, registrationSubscriptions: 0 });
  });

  it('REG-90: a stranger gets 403 and one sentence; the P-CSCF of the Path and the other identity may', () => {
    const made = scene();
    made.register();
    expect(watch(made, `sip:+15550100099@${homeDomain}`).status).toBe(403);
    expect(made.network.causes).toEqual(['scscf1 cause.subscriberNotAllowed']);
    expect(watch(made, `sip:${impi}`).status).toBe(403); // barred
    expect(watch(made, 'tel:+15550100001').status).toBe(200);
    expect(watch(made, 'sip:192.0.2.7:5060').status).toBe(200);
  });

  it('489 for another package, 480 for who is not registered', () => {
    const made = scene();
    expect(watch(made).status).toBe(480);
    made.register();
    const presence = made.ue.makeRequest('SUBSCRIBE', identity, [
      ['Event', 'presence'],
      ['P-Asserted-Identity', `<${identity}>`],
    ]);
    made.ue.onRequest = (request) => request.reply(489);
    expect(made.send(presence).status).toBe(489);
  });
});

describe('what the network decides', () => {
  const serverOf = (made: ReturnType<typeof scene>) =>
    made.network.nodes.get('scscf1')!.function as unknown as {
      deregister(privateIdentity: string, end: 'rejected' | 'deactivated'): boolean;
      reauthenticate(privateIdentity: string, withinMs: number): boolean;
    };

  it('REG-74: by the operator: ADMINISTRATIVE_DEREGISTRATION and rejected', () => {
    const made = scene();
    made.register();
    const { last } = watch(made);
    expect(serverOf(made).deregister(impi, 'rejected')).toBe(true);
    made.network.run(1000);
    expect(made.types()).toEqual(['REGISTRATION', 'ADMINISTRATIVE_DEREGISTRATION']);
    expect(last()[0]).toBe(`${identity} terminated: rejected`);
    expect(serverOf(made).deregister(impi, 'rejected')).toBe(false);
  });

  it('REG-74: an answer to a challenge of before the end is challenged again, so that no 200 follows upon the end', () => {
    const made = scene();
    made.register();
    const first = `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response="",integrity-protected="no"`;
    const challenged = made.send(made.ue.makeRegister({ headers: path, authorization: first }));
    expect(serverOf(made).deregister(impi, 'rejected')).toBe(true);
    made.network.run(1000);
    const answer = (to: SipResponse): string => `${made.ue.answer(to)},integrity-protected="yes"`;
    const again = made.send(made.ue.makeRegister({ headers: path, authorization: answer(challenged) }));
    expect(again.status).toBe(401);
    expect(made.send(made.ue.makeRegister({ headers: path, authorization: answer(again) })).status).toBe(200);
    expect(made.types()).toEqual(['REGISTRATION', 'ADMINISTRATIVE_DEREGISTRATION', 'REGISTRATION']);
  });

  it('REG-75: shortened, the next REGISTER is challenged, and without one the registration ends', () => {
    const made = scene();
    made.register();
    const { documents, last } = watch(made);
    made.network.run(6000);
    serverOf(made).reauthenticate(impi, 60_000);
    made.network.run(1000);
    expect(last()[0]).toBe(`${identity} active: shortened`);
    expect(documents.at(-1)!.registrations[0]!.contacts[0]!.expires).toBe(60);
    expect(made.register().status).toBe(401);
    made.network.run(61_000);
    expect(last()[0]).toBe(`${identity} terminated: expired`);
  });

  it('REG-75: what ends sooner is not made longer', () => {
    const made = scene();
    made.register();
    const { documents } = watch(made);
    made.network.run(6000);
    serverOf(made).reauthenticate(impi, 60_000);
    made.network.run(6000);
    serverOf(made).reauthenticate(impi, 6_000_000);
    made.network.run(6000);
    expect(documents.at(-1)!.registrations[0]!.contacts[0]!.expires).toBeLessThanOrEqual(60);
    made.network.run(50_000);
    expect(made.types()).toEqual(['REGISTRATION', 'TIMEOUT_DEREGISTRATION']);
  });
});

describe('third-party REGISTER', () => {
  const criterion = (changes: Partial<InitialFilterCriterion['applicationServer']> = {}): InitialFilterCriterion => ({
    priority: 0,
    triggerPoint: {
      form: 'cnf',
      triggers: [{ point: { kind: 'method', method: 'REGISTER', registrationTypes: [] }, negated: false, groups: [0] }],
    },
    applicationServer: {
      serverName: `sip:peer1.${homeDomain}:5060`,
      defaultHandling: 'continue',
      includeRegisterRequest: false,
      includeRegisterResponse: false,
      ...changes,
    },
  });

  it('CALL-80: after the 200, for the default identity, with the granted time; again at the refresh, 0 at the end', () => {
    const { network, register } = scene({ filterCriteria: [criterion()] });
    const server = new HandServer(network, 'peer1', 200);
    const visited = [...path, ['P-Visited-Network-ID', '"visited"']] as const;
    register({ headers: visited });
    register({ headers: visited });
    register({ headers: visited, expires: 0 });
    network.run(1000);
    const requests = server.received('REGISTER').map(({ message }) => message);
    expect(requests.map((message) => message.expires)).toEqual([3600, 3600, 0]);
    for (const message of requests) {
      expect(message.requestUri).toBe(`sip:peer1.${homeDomain}:5060`);
      expect(message.to.uri.text).toBe(identity);
      expect(message.from.uri.text).toBe(serverName);
      expect(message.header('P-Visited-Network-ID')).toBe('"visited"');
      expect(message.header('P-Charging-Vector')).toContain(`orig-ioi="Type 3${homeDomain}"`);
    }
    expect(network.causes).toEqual([]);
  });

  it('CALL-81: service information, the REGISTER and its answer as parts', () => {
    const { network, register } = scene({
      filterCriteria: [
        criterion({ serviceInfo: 'a <b> & c', includeRegisterRequest: true, includeRegisterResponse: true }),
      ],
    });
    const server = new HandServer(network, 'peer1', 200);
    register();
    network.run(1000);
    const parts = bodyParts(server.received('REGISTER')[0]!.message);
    expect(parts.map(({ type }) => type)).toEqual(['application/3gpp-ims+xml', 'message/sip', 'message/sip']);
    expect(parts[0]!.body).toContain('<service-info>a &lt;b&gt; &amp; c</service-info>');
    expect(parts[1]!.body).toMatch(/^REGISTER /);
    expect(parts[2]!.body).toMatch(/^SIP\/2\.0 200 OK/);
  });

  it('CALL-82: an AS that fails changes nothing, or ends the registration where its default handling says so', () => {
    const lenient = scene({ filterCriteria: [criterion()] });
    new HandServer(lenient.network, 'peer1', 503);
    expect(lenient.register().status).toBe(200);
    lenient.network.run(1000);
    expect(lenient.network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 1 });
    expect(lenient.network.notes.at(-1)!.what).toBe('info.applicationServerUnreachable');
    const strict = scene({ filterCriteria: [criterion({ defaultHandling: 'terminate' })] });
    new HandServer(strict.network, 'peer1', 503);
    expect(strict.register().status).toBe(200);
    strict.network.run(1000);
    expect(strict.network.nodes.get('scscf1')!.counts).toMatchObject({ registrations: 0 });
    expect(strict.types()).toEqual(['REGISTRATION', 'ADMINISTRATIVE_DEREGISTRATION']);
  });
});

describe('REG-45: charging functions', () => {
  it('are told to a P-CSCF of the home network, and to no other', () => {
    const { register } = scene({ charging: { primaryChargingCollectionFunctionName: 'aaa://ccf.example' } });
    const home = register({ headers: [...path, ['P-Visited-Network-ID', `"${homeDomain}"`]] });
    expect(home.header('P-Charging-Function-Addresses')).toBe('ccf="aaa://ccf.example"');
    const away = register({ headers: [...path, ['P-Visited-Network-ID', '"ims.mnc002.mcc002.3gppnetwork.org"']] });
    expect(away.has('P-Charging-Function-Addresses')).toBe(false);
  });
});

describe('PPR (TS 29.228 §6.2.2)', () => {
  function push(made: ReturnType<typeof scene>, query: Partial<PushProfileQuery>): PushProfileAnswer {
    const answers: PushProfileAnswer[] = [];
    const destination = { destinationHost: `scscf1.${homeDomain}`, destinationRealm: homeDomain };
    made.hss.pushProfile({ userName: impi, ...destination, ...query }, (answer) => answers.push(answer));
    made.network.runUntil(() => answers.length > 0, 10_000);
    return answers[0]!;
  }

  it('an identity that is barred from now on is taken from who watches, and may not call', () => {
    const made = scene();
    made.register();
    const { last } = watch(made);
    made.network.run(6000);
    expect(resultOf(push(made, { userData: userData([], { telBarred: true }) }))).toBe('success 2001');
    made.network.run(6000);
    expect(last()).toEqual([`${identity} active: created`, 'tel:+15550100001 terminated: deactivated']);
    expect(made.register().header('P-Associated-URI')).toBe(`<${identity}>`);
  });

  it('nobody of that name: 5001; a document that cannot be read: 5009', () => {
    const made = scene();
    made.register();
    expect(resultOf(push(made, { userName: 'nobody@example.org' }))).toBe('experimental 5001');
    expect(resultOf(push(made, { userData: '<IMSSubscription>' }))).toBe('experimental 5009');
  });
});
