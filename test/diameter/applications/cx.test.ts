import { takeResult } from '../../../src/diameter/applications/result-avps.js';
import {
  CxClient,
  CxServer,
  type CxServerHandlers,
  cx,
  cxFeature,
  type DiameterEndpoint,
} from '../../../src/diameter/index.js';
import { DiameterLab, realm, towards } from '../peer/lab.js';
import { runExchange, type Serve } from './exchange.js';

const scscfAddress = '127.0.0.3';
const hssAddress = '127.0.0.4';
const origin = { originHost: `hss1.${realm}`, originRealm: realm };
const requester = { originHost: `scscf1.${realm}`, originRealm: realm };
const userName = `001010000000001@${realm}`;
const publicIdentity = `sip:+15550100001@${realm}`;
const serverName = `sip:scscf1.${realm}:5060`;
const octets = (length: number, fill: number) => Buffer.alloc(length, fill);

let lab: DiameterLab;
let scscf: DiameterEndpoint;
let hss: DiameterEndpoint;
let client: CxClient;

beforeEach(() => {
  lab = new DiameterLab();
  hss = lab.endpoint('hss1', hssAddress);
  hss.listen({ address: hssAddress, port: 3868 });
  scscf = lab.endpoint('scscf1', scscfAddress);
  scscf.connect(towards('hss1', scscfAddress, hssAddress));
  client = new CxClient(scscf);
  lab.run(100);
});

function exchange<TReply>(
  handlers: (serve: Serve<TReply>) => CxServerHandlers,
  reply: TReply,
  ask: (onAnswer: (answer: unknown) => void) => void,
) {
  return runExchange<TReply>(lab, (serve) => new CxServer(hss, handlers(serve)), reply, ask);
}

describe('Supported-Features', () => {
  const all = cxFeature.sharedFilterCriteria | cxFeature.restoration;
  const list = (featureList: number) => [{ vendorId: 10415, featureListId: 1, featureList }];
  const query = { publicIdentity };

  /** What LIA has, and whether the HSS was asked at all. */
  function located(supportedFeatures: ReturnType<typeof list> | undefined, mandatory = false) {
    let isAsked = false;
    new CxServer(
      hss,
      {
        locationInfo: (_, respond) => {
          isAsked = true;
          respond({ kind: 'success', resultCode: 2001, serverName });
        },
      },
      all,
    );
    const answers: object[] = [];
    const member = (code: number, vendor: number, value: number) => {
      const avp = Buffer.alloc(vendor === 0 ? 12 : 16);
      avp.writeUInt32BE(code, 0);
      avp.writeUInt32BE(((vendor === 0 ? 0x40 : 0x80) << 24) >>> 0, 4);
      avp.writeUIntBE(avp.length, 5, 3);
      if (vendor !== 0) avp.writeUInt32BE(vendor, 8);
      avp.writeUInt32BE(value, avp.length - 4);
      return avp;
    };
    if (!mandatory) {
      client.locationInfo({ ...query, ...(supportedFeatures && { supportedFeatures }) }, (answer) =>
        answers.push(answer),
      );
    } else {
      const [{ vendorId, featureListId, featureList }] = supportedFeatures as [ReturnType<typeof list>[0]];
      const data = Buffer.concat([
        member(266, 0, vendorId),
        member(629, 10415, featureListId),
        member(630, 10415, featureList),
      ]);
      scscf.request(
        cx.commands['Location-Info'],
        {
          'Session-Id': scscf.newSessionId(),
          'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
          'Auth-Session-State': 1,
          'Origin-Host': requester.originHost,
          'Origin-Realm': realm,
          'Destination-Realm': realm,
          'Public-Identity': publicIdentity,
          AVP: [{ code: 628, vendor: 10415, mandatory: true, data }],
        },
        { destinationRealm: realm },
        (answer) => {
          const avps = (answer as unknown as { avps: Record<string, object> }).avps;
          const code = (avps['Experimental-Result'] as Record<string, number> | undefined)?.[
            'Experimental-Result-Code'
          ];
          answers.push({ code, features: avps['Supported-Features'] });
        },
      );
    }
    lab.run(100);
    return { isAsked, answer: answers[0] };
  }

  it('TS 29.229 7.2.1: an answer has all that the server has where the request has some, else none', () => {
    expect(located(undefined).answer).toMatchObject({ kind: 'success' });
    expect(located(undefined).answer).toHaveProperty('supportedFeatures', undefined);
    expect(located(list(9)).answer).toMatchObject({ kind: 'success', supportedFeatures: list(all) });
  });

  it('TS 29.229 7.2.2: what is required and not there is refused with 5011, with what is there', () => {
    const refused = located(list(8), true);
    expect(refused.isAsked).toBe(false);
    expect(refused.answer).toMatchObject({
      code: 5011,
      features: [{ 'Vendor-Id': 10415, 'Feature-List-ID': 1, 'Feature-List': all }],
    });
    expect(located([{ vendorId: 10415, featureListId: 2, featureList: 1 }], true)).toMatchObject({ isAsked: false });
    expect(located(list(cxFeature.restoration), true)).toMatchObject({ isAsked: true, answer: { code: undefined } });
  });
});

describe('Cx', () => {
  it('TS 29.229 6.1.1, 6.1.2: UAR and UAA', () => {
    const query = {
      userName,
      publicIdentity,
      visitedNetworkIdentifier: 'visited.example',
      userAuthorizationType: 'REGISTRATION_AND_CAPABILITIES',
      uarFlags: 1,
      supportedFeatures: [{ vendorId: 10415, featureListId: 1, featureList: 5 }],
    } as const;
    const reply = {
      kind: 'experimental',
      experimentalResultCode: 2001,
      serverCapabilities: { mandatoryCapabilities: [1, 2], optionalCapabilities: [3], serverNames: [serverName] },
    } as const;
    const seen = exchange(
      (serve) => ({ userAuthorization: serve }),
      reply,
      (onAnswer) => client.userAuthorization(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, ...origin });
  });

  it('TS 29.229 6.1.7, 6.1.8: MAR and MAA, with every octet and in the order of the item numbers', () => {
    const query = {
      userName,
      publicIdentity,
      sipNumberAuthItems: 2,
      sipAuthDataItem: { sipAuthenticationScheme: 'Digest-AKAv1-MD5', sipAuthorization: octets(30, 0xff) },
      serverName,
    };
    const vector = (sipItemNumber: number) => ({
      sipItemNumber,
      sipAuthenticationScheme: 'Digest-AKAv1-MD5',
      sipAuthenticate: octets(32, 0x80 + sipItemNumber),
      sipAuthorization: octets(8, 0xc0 + sipItemNumber),
      confidentialityKey: octets(16, 0xe0 + sipItemNumber),
      integrityKey: octets(16, 0xf0 + sipItemNumber),
    });
    const digest = { digestRealm: realm, digestAlgorithm: 'MD5', digestQop: 'auth', digestHa1: 'a'.repeat(32) };
    const last = { sipAuthenticationScheme: 'SIP Digest', sipDigestAuthenticate: digest };
    const reply = {
      kind: 'success',
      resultCode: 2001,
      userName,
      publicIdentity,
      sipNumberAuthItems: 3,
      sipAuthDataItems: [last, vector(2), vector(1)],
    } as const;
    const seen = exchange(
      (serve) => ({ multimediaAuth: serve }),
      reply,
      (onAnswer) => client.multimediaAuth(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, sipAuthDataItems: [vector(1), vector(2), last], ...origin });
  });

  it('TS 29.229 6.1.3, 6.1.4: SAR and SAA', () => {
    const restoration = (name: string) => ({
      userName: name,
      contacts: [
        {
          path: '<sip:p@h;lr>, <sip:q@h;lr>',
          contact: '<sip:u@192.0.2.1>;+g.3gpp.smsip',
          initialCSeq: 7,
          callId: 'c@h',
          subscription: {
            callId: 's@h',
            from: '<sip:a>;tag=1',
            to: '<sip:b>;tag=2',
            recordRoute: '',
            contact: '<sip:u>',
          },
        },
        { path: '<sip:p@h;lr>', contact: '<sip:u@192.0.2.2>' },
      ],
      sipAuthenticationScheme: 'SIP Digest',
      registrationTimeOut: 1_700_000_000_000,
    });
    const query = {
      userName,
      publicIdentities: [publicIdentity, 'tel:+15550100001'],
      serverName,
      serverAssignmentType: 'TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME',
      userDataAlreadyAvailable: true,
      restorationInfo: restoration(userName),
      multipleRegistrationIndication: false,
      sessionPriority: 2,
      sarFlags: 1,
      failedPcscf: { fqdn: `pcscf1.${realm}`, addresses: ['192.0.2.1', '2001:db8::1'] },
    } as const;
    const reply = {
      kind: 'success',
      resultCode: 2001,
      userName,
      userData: '<?xml version="1.0" encoding="UTF-8"?><IMSSubscription>Äpfel</IMSSubscription>',
      chargingInformation: {
        primaryChargingCollectionFunctionName: `aaa://ccf1.${realm}:3868;transport=tcp`,
        secondaryEventChargingFunctionName: `aaa://ecf2.${realm}`,
      },
      associatedIdentities: [userName, 'other'],
      associatedRegisteredIdentities: ['other'],
      restorationInfo: [restoration(userName), restoration('other')],
      looseRouteIndication: true,
      serverName,
      wildcardedPublicIdentity: 'sip:!.*!@ims.example',
      priviledgedSenderIndication: false,
      allowedWebRtcFunctions: {
        authenticationFunctions: ['waf.example'],
        webServerFunctions: ['a.example', 'b.example'],
      },
    } as const;
    const seen = exchange(
      (serve) => ({ serverAssignment: serve }),
      reply,
      (onAnswer) => client.serverAssignment(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, ...origin });
  });

  it('TS 29.229 6.1.5, 6.1.6: LIR and LIA', () => {
    const query = { publicIdentity, originatingRequest: true, sessionPriority: 0 } as const;
    const reply = { kind: 'success', resultCode: 2001, serverName, liaFlags: 1 } as const;
    const seen = exchange(
      (serve) => ({ locationInfo: serve }),
      reply,
      (onAnswer) => client.locationInfo(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, ...origin });
  });

  it('TS 29.229 6.1.9 to 6.1.12: the HSS tells RTR and PPR over the connection that the S-CSCF opened', () => {
    const termination = {
      userName,
      associatedIdentities: ['other'],
      publicIdentities: [publicIdentity],
      reasonCode: 'REMOVE_S-CSCF',
      reasonInfo: 'moved',
    } as const;
    const profile = { userName, userData: '<IMSSubscription/>' };
    const seen: unknown[] = [];
    client.serve({
      registrationTermination: (query, respond) => {
        seen.push(query);
        respond({
          kind: 'success',
          resultCode: 2002,
          identitiesWithEmergencyRegistration: [{ userName, publicIdentity }],
        });
      },
      pushProfile: (query, respond) => {
        seen.push(query);
        respond({ kind: 'experimental', experimentalResultCode: 5009 });
      },
    });
    const server = new CxServer(hss, {});
    const destination = { destinationHost: `scscf1.${realm}`, destinationRealm: realm };
    const answers: unknown[] = [];
    server.registrationTermination({ ...termination, ...destination }, (answer) => answers.push(answer));
    server.pushProfile({ ...profile, ...destination }, (answer) => answers.push(answer));
    lab.run(100);
    expect(seen).toMatchObject([termination, profile]);
    expect(answers).toMatchObject([
      { kind: 'success', resultCode: 2002, identitiesWithEmergencyRegistration: [{ userName, publicIdentity }] },
      { kind: 'experimental', experimentalResultCode: 5009 },
    ]);
  });

  it('CX 6.3: a procedure without a handler is an error answer with its code', () => {
    const answers: unknown[] = [];
    new CxServer(hss, {});
    client.locationInfo({ publicIdentity }, (answer) => answers.push(answer));
    lab.run(100);
    expect(answers).toMatchObject([{ kind: 'error', resultCode: 3001 }]);
  });

  it.each([
    [{ 'Result-Code': 2001 }, { kind: 'success', resultCode: 2001 }],
    [{ 'Result-Code': 5003 }, { kind: 'error', resultCode: 5003 }],
    [
      { 'Experimental-Result': { 'Experimental-Result-Code': 2001 } },
      { kind: 'experimental', experimentalResultCode: 2001 },
    ],
    // PyHSS sends both now and then.
    [
      { 'Result-Code': 2001, 'Experimental-Result': { 'Experimental-Result-Code': 5001 } },
      { kind: 'experimental', experimentalResultCode: 5001 },
    ],
    [
      { 'Result-Code': 2001, 'Experimental-Result': { 'Experimental-Result-Code': 2001 } },
      { kind: 'success', resultCode: 2001 },
    ],
    [{}, { kind: 'error', resultCode: 5005 }],
  ])('CX 4.7, 8: the result in %j', (avps, result) => {
    const read = {};
    takeResult(avps, read);
    expect(read).toMatchObject(result);
  });
});
