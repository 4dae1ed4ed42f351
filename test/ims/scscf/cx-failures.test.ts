/** The S-CSCF against an HSS that refuses, is silent, or dies in the middle. TS 24.229 §5.4.1.2; TS 29.228 §6.1.2, §6.3. */
import type {
  DiameterReply,
  MultimediaAuthInfo,
  ServerAssignmentInfo,
  ServerAssignmentQuery,
} from '../../../src/diameter/index.js';
import { AuthenticationCentre } from '../../../src/ims/hss/authentication-centre.js';
import { formatUserData } from '../../../src/ims/subscription/user-data.js';
import { scriptedHss } from '../cx-peer.js';
import { HandUe } from '../hand-ue.js';
import { homeDomain, profileContent, startNetwork, subscriber } from '../network.js';

const success = { kind: 'success', resultCode: 2001 } as const;
const experimental = (code: number) => ({ kind: 'experimental', experimentalResultCode: code }) as const;
const error = (code: number) => ({ kind: 'error', resultCode: code }) as const;
const serverName = `sip:scscf1.${homeDomain}:5060`;
const userData = formatUserData(profileContent(subscriber(1)));

/** A HSS whose MAA and SAA a test changes as it goes; `undefined` is silence. */
function scene() {
  const network = startNetwork({ down: ['hss1'] });
  const centre = new AuthenticationCentre(subscriber(1).authentication.aka!, network.simulation.random);
  const assignments: ServerAssignmentQuery[] = [];
  const hss: {
    maa: () => DiameterReply<MultimediaAuthInfo> | undefined;
    saa: (query: ServerAssignmentQuery) => DiameterReply<ServerAssignmentInfo> | undefined;
  } = {
    maa: () => {
      const { rand, autn, xres, ck, ik } = centre.nextVector();
      const item = {
        sipAuthenticate: Buffer.concat([rand, autn]),
        sipAuthorization: xres,
        confidentialityKey: ck,
        integrityKey: ik,
      };
      return { ...success, sipAuthDataItems: [{ sipAuthenticationScheme: 'Digest-AKAv1-MD5', ...item }] };
    },
    saa: () => ({ ...success, userData }),
  };
  scriptedHss(network, {
    userAuthorization: (_, respond) => respond({ ...experimental(2002), serverName }),
    multimediaAuth: (_, respond) => {
      const reply = hss.maa();
      if (reply !== undefined) respond(reply);
    },
    serverAssignment: (query, respond) => {
      assignments.push(query);
      const reply = hss.saa(query);
      if (reply !== undefined) respond(reply);
    },
  });
  return { network, hss, assignments, ue: new HandUe(network) };
}

describe('MAR that brings no vector', () => {
  const item = { sipAuthenticationScheme: 'Digest-AKAv1-MD5' };
  it.each<[string, DiameterReply<MultimediaAuthInfo> | undefined, number, string]>([
    ['Experimental 5001', experimental(5001), 403, 'cause.userUnknown'],
    ['Experimental 5002', experimental(5002), 403, 'cause.identitiesDontMatch'],
    ['Experimental 5006', experimental(5006), 403, 'cause.authSchemeNotSupported'],
    ['Result-Code 5012', error(5012), 504, 'cause.hssError'],
    ['Result-Code 3004', error(3004), 504, 'cause.hssError'],
    ['no answer', undefined, 504, 'cause.hssUnreachable'],
    ['no vector', { ...success, sipAuthDataItems: [] }, 504, 'cause.unusableVector'],
    [
      'RAND and AUTN of another length',
      {
        ...success,
        sipAuthDataItems: [{ ...item, sipAuthenticate: Buffer.alloc(31), sipAuthorization: Buffer.alloc(8) }],
      },
      504,
      'cause.unusableVector',
    ],
    [
      'no XRES',
      { ...success, sipAuthDataItems: [{ ...item, sipAuthenticate: Buffer.alloc(32) }] },
      504,
      'cause.unusableVector',
    ],
  ])('%s', (_what, maa, status, cause) => {
    const { network, hss, ue } = scene();
    hss.maa = () => maa;
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(status);
    expect(network.causes).toEqual([`scscf1 ${cause}`]);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });
});

describe('SAR that is refused', () => {
  it.each<[string, DiameterReply<ServerAssignmentInfo> | undefined, number, string]>([
    ['Experimental 5005: served elsewhere', experimental(5005), 403, 'cause.servedElsewhere'],
    ['Experimental 5007', experimental(5007), 403, 'cause.errorInAssignmentType'],
    ['Result-Code 5012', error(5012), 504, 'cause.hssError'],
    ['Result-Code 3004', error(3004), 504, 'cause.hssError'],
    ['no answer', undefined, 504, 'cause.hssUnreachable'],
    ['no User-Data', success, 500, 'cause.unusableProfile'],
    ['User-Data that is no XML', { ...success, userData: '<IMSSubscription><' }, 500, 'cause.unusableProfile'],
    ['User-Data without identities', { ...success, userData: '<IMSSubscription/>' }, 500, 'cause.unusableProfile'],
  ])('%s: the UE is refused, and nothing is registered', (_what, saa, status, cause) => {
    const { network, hss, ue } = scene();
    hss.saa = () => saa;
    expect(ue.registerAka().status).toBe(status);
    expect(network.causes).toEqual([`scscf1 ${cause}`]);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('at a re-registration the registration that stood goes on, and ends when it would have', () => {
    const { network, hss, ue, assignments } = scene();
    expect(ue.registerAka({ expires: 600 }).status).toBe(200);
    network.run(300_000);
    hss.saa = () => undefined;
    expect(ue.registerAka({ expires: 100_000 }).status).toBe(504);
    hss.saa = () => success;
    expect(network.nodes.get('scscf1')!.counts.registrations).toBe(1);
    network.run(200_000);
    expect(network.nodes.get('scscf1')!.counts.registrations).toBe(1);
    network.run(150_000);
    expect(network.nodes.get('scscf1')!.counts.registrations).toBe(0);
    expect(assignments.map((query) => query.serverAssignmentType)).toEqual([
      'REGISTRATION',
      'RE_REGISTRATION',
      'TIMEOUT_DEREGISTRATION',
    ]);
  });

  it('a RE_REGISTRATION says that the profile is known, and needs none', () => {
    const { hss, ue, assignments } = scene();
    expect(ue.registerAka().status).toBe(200);
    hss.saa = () => success;
    const granted = ue.registerAka();
    expect(granted.status).toBe(200);
    expect(granted.header('P-Associated-URI')).toContain('+15550100001');
    expect(assignments.map((query) => query.userDataAlreadyAvailable)).toEqual([false, true]);
  });

  it('REG-80: a profile that comes anew replaces the old one', () => {
    const { hss, ue, network } = scene();
    expect(ue.registerAka().status).toBe(200);
    const changed = subscriber(1, { publicIdentities: [{ uri: `sip:new@${homeDomain}`, barred: false }] });
    hss.saa = () => ({ ...success, userData: formatUserData(profileContent(changed)) });
    expect(ue.registerAka().header('P-Associated-URI')).toBe(`<sip:new@${homeDomain}>`);
    expect(network.causes).toEqual([]);
  });

  it('TS 24.229 §5.4.1.4: at a de-registration the UE is answered 200 all the same', () => {
    const { network, hss, ue } = scene();
    expect(ue.registerAka().status).toBe(200);
    hss.saa = () => undefined;
    const removed = ue.deregister();
    expect(removed.status).toBe(200);
    expect(removed.addresses('Contact')[0]?.parameters.get('expires')).toBe('0');
    expect(network.causes).toEqual(['scscf1 cause.hssUnreachable']);
    // The HSS is told again, later and later, thirteen times in all.
    network.run(3_600_000);
    expect(network.leftovers()).toEqual({});
    expect(network.causes).toEqual(['scscf1 cause.hssUnreachable', 'scscf1 cause.assignmentNotEnded']);
  });

  it('REG-73: at an expiry the binding is gone even if the HSS is silent', () => {
    const { network, hss, ue } = scene();
    expect(ue.registerAka({ expires: 60 }).status).toBe(200);
    hss.saa = () => undefined;
    network.run(3_600_000);
    expect(network.leftovers()).toEqual({});
  });

  it('a wrong answer is reported as AUTHENTICATION_FAILURE, a missing one as AUTHENTICATION_TIMEOUT', () => {
    const { network, ue, assignments } = scene();
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    expect(ue.register({ authorization: ue.answer(challenged, { wrong: true }) }).status).toBe(403);
    ue.register({ authorization: ue.firstAuthorization });
    network.run(250_000);
    expect(assignments.map((query) => query.serverAssignmentType)).toEqual([
      'AUTHENTICATION_FAILURE',
      'AUTHENTICATION_TIMEOUT',
    ]);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });
});

describe('nodes that are down', () => {
  it('REG-32: HSS down from the beginning: 480 from the I-CSCF', () => {
    const network = startNetwork({ down: ['hss1'] });
    const ue = new HandUe(network);
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(480);
    expect(network.causes).toEqual(['icscf1 cause.hssUnreachable']);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('HSS lost between 401 and the answer: 480 from the I-CSCF; after its return all is well', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    network.crash('hss1');
    expect(ue.register({ authorization: ue.answer(challenged) }).status).toBe(480);
    expect(network.causes).toEqual(['icscf1 cause.hssUnreachable']);
    network.restart('hss1');
    network.run(60_000);
    // It has forgotten its SQN with everything else: the SIM is ahead.
    const anew = ue.register({ authorization: ue.firstAuthorization });
    const resynchronised = ue.register({ authorization: ue.answer(anew) });
    expect(resynchronised.status).toBe(401);
    expect(ue.register({ authorization: ue.answer(resynchronised) }).status).toBe(200);
  });

  it('HSS lost for the S-CSCF alone, after UAA: 504, and no other S-CSCF is asked', () => {
    const network = startNetwork({ servers: 2 });
    const ue = new HandUe(network);
    const { scscf1, scscf2, hss1 } = network.addresses;
    network.simulation.network.links.partition(scscf1!, hss1!);
    network.simulation.network.links.partition(scscf2!, hss1!);
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(504);
    expect(network.causes).toEqual(['scscf1 cause.hssUnreachable']);
  });

  it('REG-32: S-CSCF down: 504 from the I-CSCF after another one was looked for', () => {
    const network = startNetwork({ down: ['scscf1'] });
    const ue = new HandUe(network);
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(504);
    expect(network.causes).toEqual(['icscf1 cause.servingNodeUnreachable']);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('REG-61, REG-62: the S-CSCF of a registered user dies: another one takes over, MAR and SAR overwrite the name', () => {
    const network = startNetwork({ servers: 2 });
    const ue = new HandUe(network);
    const first = ue.registerAka();
    expect(first.serviceRoute[0]?.uri.host).toBe(network.addresses.scscf1);
    network.crash('scscf1');
    const second = ue.registerAka();
    expect(second.status).toBe(200);
    expect(second.serviceRoute[0]?.uri.host).toBe(network.addresses.scscf2);
    expect(network.causes[0]).toBe('icscf1 cause.servingNodeUnreachable');
  });
});
