/** GRUUs at the S-CSCF: who has which, for how long, and whom they reach. RFC 5627, RFC 5628; TS 24.229 5.4.7A; REG-45. */
import { createHash } from 'node:crypto';
import { type ContactElement, parseRegInfo } from '../../../src/ims/reg-event/index.js';
import { distinctIdentity, type PublicIdentity } from '../../../src/ims/subscription/subscriber.js';
import { formatUserData } from '../../../src/ims/subscription/user-data.js';
import type { Headers, SipResponse } from '../../../src/sip/index.js';
import { HandServer } from '../hand-ue.js';
import { homeDomain, imsiOf } from '../network.js';
import { identity, impi, path, scene } from './scene.js';

const instance = (name: string) => `+sip.instance="<urn:gsma:imei:35622410-48384${name}-0>"`;
const flow = (number: number, port = 5060 + number) =>
  `<sip:${imsiOf(1)}@192.0.2.7:${port};ob>;${instance('1')};reg-id=${number}`;
/** Another SIP URI of the set. */
const office = `sip:office@${homeDomain}`;
const wildcard = `sip:chat-!.*!@${homeDomain}`;
const toldServer = {
  serverName: `sip:peer1.${homeDomain}:5060`,
  defaultHandling: 'continue',
  includeRegisterRequest: false,
  includeRegisterResponse: false,
} as const;

/** A user with two SIP URIs, a wildcard and a number; the barred one is that of its IMSI. */
function twoNames({ barred = false, isTold = false } = {}) {
  const publicIdentities: readonly PublicIdentity[] = [
    distinctIdentity('tel:+15550100001'),
    distinctIdentity(identity),
    distinctIdentity(office, barred),
    { ...distinctIdentity(wildcard), kind: 'wildcarded' },
    distinctIdentity(`sip:${impi}`, true),
  ];
  const filterCriteria = isTold ? [{ priority: 0, applicationServer: toldServer }] : [];
  return formatUserData({ privateIdentity: impi, serviceProfiles: [{ publicIdentities, filterCriteria }] });
}

const sceneOfTwoNames = (isTold = false) => scene({ assignment: () => ({ userData: twoNames({ isTold }) }) });

describe('RFC 5627: GRUUs', () => {
  const usualContact = 'sip:one@192.0.2.7:5060';
  const wanting: Headers = [...path, ['Supported', 'gruu, outbound']];
  const gruusIn = (response: SipResponse) => {
    const value = response.header('Contact')!;
    return { pub: /pub-gruu="([^"]*)"/.exec(value)?.[1], temp: /temp-gruu="([^"]*)"/.exec(value)?.[1] };
  };

  it('REG-45: public and temporary ones, without the IMEI; the public one stays, the temporary ones differ', () => {
    const { register } = scene();
    const first = gruusIn(register({ headers: wanting }));
    const second = gruusIn(register({ headers: wanting }));
    expect(first.pub).toMatch(/^sip:\+15550100001@.*;gr=urn:uuid:[0-9a-f-]{36}$/);
    expect(first.pub).not.toContain('35622410');
    expect(second.pub).toBe(first.pub);
    expect(first.temp).toMatch(/^sip:tgruu-[0-9a-f]{40}@.*;gr$/);
    expect(second.temp).not.toBe(first.temp);
    expect(gruusIn(register()).pub).toBeUndefined();
  });

  it('5.1: a UE cannot bring GRUUs of its own', () => {
    const { register } = scene();
    const forged = `<${usualContact}>;${instance('1')};pub-gruu="sip:x@example.org;gr=1";temp-gruu="sip:y@example.org;gr"`;
    for (const headers of [wanting, path]) {
      const answer = register({ contacts: [forged], headers }).header('Contact')!;
      expect(answer).not.toContain('example.org');
      expect(answer.match(/gruu=/g) ?? []).toHaveLength(headers === wanting ? 2 : 0);
    }
  });

  it('5.2: a request to one reaches the UE that it names, and no other', () => {
    const { register, ue, send } = scene();
    const one = `<sip:one@192.0.2.7:5060;ob>;${instance('1')};reg-id=1`;
    const two = `<sip:two@192.0.2.7:5060;ob>;${instance('2')};reg-id=1`;
    register({ contacts: [one], headers: wanting });
    const both = register({ contacts: [two], headers: wanting });
    const { pub, temp } = gruusIn({ header: () => both.headers('Contact')[1] } as unknown as SipResponse);
    ue.onRequest = (request) => request.reply(200);
    for (const target of [pub!, temp!]) expect(send(ue.makeRequest('MESSAGE', target)).status).toBe(200);
    expect(ue.received('MESSAGE').map(({ message }) => message.uri.user)).toEqual(['two', 'two']);
    const forged = temp!.replace(/[0-9a-f]{32}/, createHash('md5').update('x').digest('hex'));
    expect(send(ue.makeRequest('MESSAGE', forged)).status).toBe(404);
    // RFC 5627 3.2: with another Call-ID the temporary ones of before are good no more.
    register({ contacts: [two], headers: wanting, callId: 'after-a-crash' });
    expect(send(ue.makeRequest('MESSAGE', temp!)).status).toBe(404);
  });

  it('5.4, TS 24.229 5.4.7A.1: either kind names the UE, and the next flow of it is tried where one has failed (RFC 5626 5.3)', () => {
    const { register, ue, send, assignments } = scene();
    const first = gruusIn(register({ contacts: [flow(1)], headers: wanting }));
    register({ contacts: [flow(2)], headers: wanting, callId: 'second' });
    register({ contacts: [`<sip:other@192.0.2.7;ob>;${instance('2')};reg-id=1`], headers: wanting, callId: 'other' });
    ue.onRequest = (request) => request.reply(request.message.uri.port === 5062 ? 430 : 200);
    for (const target of [first.pub!, first.temp!]) expect(send(ue.makeRequest('MESSAGE', target)).status).toBe(200);
    expect(ue.received('MESSAGE').map(({ message }) => message.uri.port)).toEqual([5062, 5061, 5062, 5061]);
    expect(assignments).toHaveLength(3);
  });

  it('CALL-70: neither kind rings what the same UE has registered for emergencies, beside its usual contact', () => {
    const { register, ue, send } = scene();
    const { pub, temp } = gruusIn(register({ contacts: [flow(1)], headers: wanting }));
    const emergency = `<sip:${imsiOf(1)}@192.0.2.7:5070;sos>;${instance('1')}`;
    const answer = register({ contacts: [emergency], to: `sip:${impi}`, callId: 'sos', unprotected: true });
    expect(answer.headers('Contact')).toHaveLength(2);
    ue.onRequest = (request) => request.reply(200);
    for (const target of [pub!, temp!]) expect(send(ue.makeRequest('MESSAGE', target)).status).toBe(200);
    expect(ue.received('MESSAGE').map(({ message }) => message.uri.port)).toEqual([5061, 5061]);
  });

  it('5.1, 5.2: those in the 200 are of the identity in To, and a tel URI or a barred identity there has those of the first SIP URI', () => {
    const { register } = sceneOfTwoNames();
    const of = (to: string) => gruusIn(register({ headers: wanting, to })).pub?.replace(/;gr=.*/, '');
    expect([identity, office, 'tel:+15550100001', `sip:${impi}`].map(of)).toEqual([
      identity,
      office,
      identity,
      identity,
    ]);
  });

  it('RFC 5628 5, TS 24.229 5.4.2.1.2: each SIP URI of the set has its own in reg-event, a number and a wildcard none', () => {
    const made = sceneOfTwoNames();
    const { pub, temp } = gruusIn(made.register({ headers: wanting, to: office }));
    const told = contactsTold(made, office);
    expect([...told.keys()]).toEqual(['tel:+15550100001', identity, office, wildcard]);
    const pubs = [...told.values()].map(({ pubGruu }) => pubGruu?.replace(/;gr=.*/, ''));
    expect(pubs).toEqual([undefined, identity, office, undefined]);
    expect(told.get(office)?.pubGruu).toBe(pub);
    expect(told.get(office)?.tempGruu?.uri).toBe(temp);
    expect(told.get(identity)?.tempGruu?.uri).not.toBe(temp);
  });

  it('TS 24.229 5.4.7A.4, 5.4.3.3: who is called by a temporary one is served as the identity that it stands for', () => {
    const made = sceneOfTwoNames(true);
    const served = new HandServer(made.network, 'peer1', 486);
    made.register({ headers: wanting, to: identity });
    const temporaries = [...contactsTold(made, identity).values()].flatMap(({ tempGruu }) => tempGruu?.uri ?? []);
    for (const target of temporaries) expect(made.send(made.ue.makeRequest('MESSAGE', target)).status).toBe(486);
    const users = served.received('MESSAGE').map(({ message }) => message.header('P-Served-User'));
    expect(users.map((value) => /<([^>]*)>/.exec(value ?? '')?.[1])).toEqual([identity, office]);
  });

  it('5.4.7A.4: an identity that has been barred meanwhile is reached by none of its GRUUs, the others by theirs', () => {
    const made = sceneOfTwoNames();
    made.register({ headers: wanting, to: identity });
    const told = contactsTold(made, identity);
    const destination = { destinationHost: `scscf1.${homeDomain}`, destinationRealm: homeDomain };
    made.hss.pushProfile({ userName: impi, userData: twoNames({ barred: true }), ...destination }, () => undefined);
    made.network.run(100);
    made.ue.onRequest = (request) => request.reply(200);
    const statusOf = (target: string | undefined) => made.send(made.ue.makeRequest('MESSAGE', target!)).status;
    const all = [identity, office].flatMap((each) => [told.get(each)?.pubGruu, told.get(each)?.tempGruu?.uri]);
    expect(all.map(statusOf)).toEqual([200, 200, 404, 404]);
  });

  it('3.2, 5.3: all that a UE was given stay good until its last contact goes, whichever flow they came with', () => {
    const { register, ue, send } = scene();
    const given = [flow(1), flow(1), flow(2)].map(
      (contact, at) =>
        gruusIn(register({ contacts: [contact], headers: wanting, callId: at < 2 ? 'one' : 'two' })).temp!,
    );
    expect(new Set(given).size).toBe(3);
    ue.onRequest = (request) => request.reply(200);
    const statuses = () => given.map((target) => send(ue.makeRequest('MESSAGE', target)).status);
    expect(statuses()).toEqual([200, 200, 200]);
    register({ contacts: [flow(1)], callId: 'one', expires: 0 });
    expect(statuses()).toEqual([200, 200, 200]);
    register({ contacts: [flow(2)], callId: 'two', expires: 0 });
    expect(statuses()).toEqual([404, 404, 404]);
  });

  it('3.2, 5.1: another Call-ID of one flow ends all that the UE was given; reg-event says from which CSeq on they are good', () => {
    const made = scene();
    const { register, ue, send } = made;
    const given = [flow(1), flow(2)].map(
      (contact, at) => gruusIn(register({ contacts: [contact], headers: wanting, callId: `flow${at}` })).temp!,
    );
    const fresh = gruusIn(register({ contacts: [flow(1)], headers: wanting, callId: 'after-a-crash' })).temp!;
    ue.onRequest = (request) => request.reply(200);
    const statuses = [...given, fresh].map((target) => send(ue.makeRequest('MESSAGE', target)).status);
    expect(statuses).toEqual([404, 404, 200]);
    const contacts = allContactsTold(made, identity);
    // What the second flow has been given before is good no more: only from a later REGISTER on.
    const later = contacts.map(({ callId, cseq, tempGruu }) => [callId, tempGruu!.firstCseq - cseq!]);
    expect(later).toEqual([
      ['flow1', 1],
      ['after-a-crash', 0],
    ]);
    register({ contacts: [flow(2)], headers: wanting, callId: 'flow1' });
    register({ contacts: [flow(2)], headers: wanting, callId: 'flow1' });
    const [, last] = allContactsTold(made, identity);
    expect(last!.cseq! - last!.tempGruu!.firstCseq).toBeGreaterThan(0);
  });

  it.each(['+sip.instance="<>"', '+sip.instance=""', '+sip.instance'])(
    '5.1: %s names no instance, and has no GRUU',
    (empty) => {
      const { register } = scene();
      const value = register({ contacts: [`<${usualContact}>;${empty}`], headers: wanting }).header('Contact');
      expect(value).toContain(usualContact);
      expect(value).not.toContain('gruu=');
    },
  );

  it('RFC 5628 5: who watches hears that what the other flow was given is good no more', () => {
    const made = scene();
    for (const number of [1, 2]) made.register({ contacts: [flow(number)], headers: wanting, callId: `flow${number}` });
    toldTo(made);
    let body = '';
    made.ue.onRequest = (request) => {
      body = request.message.body;
      request.reply(200);
    };
    made.network.run(6000);
    made.register({ contacts: [flow(1)], headers: wanting, callId: 'after-a-crash' });
    made.network.run(6000);
    const { contacts } = parseRegInfo(body)!.registrations.find(({ aor }) => aor === identity)!;
    expect(contacts.map(({ callId, cseq, tempGruu }) => [callId, tempGruu!.firstCseq - cseq!])).toEqual([
      ['flow2', 1],
      ['after-a-crash', 0],
    ]);
  });

  it('5.2: every contact of the UE is listed with the GRUU that was made last, also what was bound without asking', () => {
    const { register } = scene();
    register({ contacts: [flow(1)] });
    const values = register({ contacts: [flow(2)], headers: wanting, callId: 'two' }).headers('Contact');
    const temporaries = values.map((value) => /temp-gruu="([^"]*)"/.exec(value)?.[1]);
    expect(temporaries).toHaveLength(2);
    expect(temporaries[0]).toBe(temporaries[1]);
    // Whoever does not know GRUUs is not told of them, and what stands goes on.
    expect(register({ contacts: [flow(1)] }).header('Contact')).not.toContain('gruu=');
  });
});

/** What a watcher is told of one of the identities, contact by contact. */
function allContactsTold(made: ReturnType<typeof scene>, aor: string): readonly ContactElement[] {
  return toldTo(made).find((each) => each.aor === aor)!.contacts;
}

/** The first contact of each identity. */
function contactsTold(made: ReturnType<typeof scene>, watched: string): ReadonlyMap<string, ContactElement> {
  return new Map(toldTo(made, watched).map(({ aor, contacts }) => [aor, contacts[0]!]));
}

function toldTo(made: ReturnType<typeof scene>, watched = identity) {
  let body = '';
  made.ue.onRequest = (request) => {
    body = request.message.body;
    request.reply(200);
  };
  const asserted: Headers = [['P-Asserted-Identity', `<${watched}>`]];
  const headers: Headers = [['Event', 'reg'], ['Accept', 'application/reginfo+xml'], ['Expires', '600'], ...asserted];
  made.send(made.ue.makeRequest('SUBSCRIBE', watched, headers));
  made.network.run(1000);
  return parseRegInfo(body)!.registrations;
}
