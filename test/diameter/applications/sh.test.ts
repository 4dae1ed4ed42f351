import { msisdnDigits, msisdnOctets } from '../../../src/diameter/codec/msisdn.js';
import {
  type CompiledApplication,
  type DiameterEndpoint,
  ShClient,
  ShServer,
  type ShServerHandlers,
  sh,
} from '../../../src/diameter/index.js';
import { DiameterLab, realm, towards } from '../peer/lab.js';
import { runExchange, type Serve } from './exchange.js';

const asAddress = '127.0.0.9';
const hssAddress = '127.0.0.4';
const applications = [sh as unknown as CompiledApplication];
const requester = { originHost: `as1.${realm}`, originRealm: realm };
const origin = { originHost: `hss1.${realm}`, originRealm: realm };
const publicIdentity = `sip:+15550100001@${realm}`;

let lab: DiameterLab;
let hss: DiameterEndpoint;
let client: ShClient;

beforeEach(() => {
  lab = new DiameterLab();
  hss = lab.endpoint('hss1', hssAddress, { applications });
  hss.listen({ address: hssAddress, port: 3868 });
  const as = lab.endpoint('as1', asAddress, { applications });
  as.connect(towards('hss1', asAddress, hssAddress));
  client = new ShClient(as);
  lab.run(100);
});

function exchange<TReply>(
  handlers: (serve: Serve<TReply>) => ShServerHandlers,
  reply: TReply,
  ask: (onAnswer: (answer: unknown) => void) => void,
) {
  return runExchange<TReply>(lab, (serve) => new ShServer(hss, handlers(serve)), reply, ask);
}

const keys = {
  userIdentity: { publicIdentity },
  dataReferences: ['RepositoryData', 'IMSPublicIdentity', 'S-CSCFName'],
  serviceIndications: ['mmtel', 'Äpfel'],
  identitySets: ['REGISTERED_IDENTITIES', 'ALIAS_IDENTITIES'],
  dsaiTags: ['busy'],
  serverName: `sip:as1.${realm}`,
  userName: `001010000000001@${realm}`,
} as const;

describe('Sh', () => {
  it('TS 29.329 6.1.1, 6.1.2: UDR and UDA', () => {
    const query = { ...keys, requestedDomain: 'PS-Domain' } as const;
    const userData = '<?xml version="1.0" encoding="UTF-8"?><Sh-Data>Äpfel</Sh-Data>';
    const reply = { kind: 'success', resultCode: 2001, userData, wildcardedImpu: 'sip:!.*!@ims.example' } as const;
    const seen = exchange(
      (serve) => ({ userData: serve }),
      reply,
      (onAnswer) => client.userData(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, ...origin });
  });

  it('TS 29.329 6.1.3, 6.1.4: PUR and PUA', () => {
    const query = {
      userIdentity: { publicIdentity },
      dataReferences: ['RepositoryData'],
      userData: '<Sh-Data/>',
      supportedFeatures: [{ vendorId: 10415, featureListId: 1, featureList: 2 }],
    } as const;
    const reply = {
      kind: 'experimental',
      experimentalResultCode: 5105,
      repositoryDataId: { serviceIndication: 'mmtel', sequenceNumber: 7 },
    } as const;
    const seen = exchange(
      (serve) => ({ profileUpdate: serve }),
      reply,
      (onAnswer) => client.profileUpdate(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, ...origin });
  });

  it('TS 29.329 6.1.5, 6.1.6: SNR and SNA, with Expiry-Time in whole seconds', () => {
    const expiryTime = Date.UTC(2026, 0, 1, 1, 0, 0);
    const query = { ...keys, subscribes: true, sendsData: true, expiryTime } as const;
    const reply = { kind: 'success', resultCode: 2001, expiryTime, userData: '<Sh-Data/>' } as const;
    const seen = exchange(
      (serve) => ({ subscribeNotifications: serve }),
      reply,
      (onAnswer) => client.subscribeNotifications(query, onAnswer),
    );
    expect(seen.query).toMatchObject({ ...query, ...requester });
    expect(seen.answer).toMatchObject({ ...reply, ...origin });
  });

  it('TS 29.329 6.1.5: Unsubscribe is the other type', () => {
    const seen = exchange(
      (serve) => ({ subscribeNotifications: serve }),
      { kind: 'success', resultCode: 2001 } as const,
      (onAnswer) => client.subscribeNotifications({ ...keys, subscribes: false, sendsData: false }, onAnswer),
    );
    expect(seen.query).toMatchObject({ subscribes: false, sendsData: false });
  });

  it('TS 29.329 6.1.7, 6.1.8: PNR and PNA, from the HSS', () => {
    const server = new ShServer(hss, {});
    const query = { userIdentity: { msisdn: '15550100001' }, userData: '<Sh-Data/>' };
    const reply = { kind: 'experimental', experimentalResultCode: 5107 } as const;
    const seen: unknown[] = [];
    client.serve({
      pushNotification: (received, respond) => {
        seen.push(received);
        respond(reply);
      },
    });
    const destination = { destinationHost: `as1.${realm}`, destinationRealm: realm };
    server.pushNotification({ ...query, ...destination }, (answer) => seen.push(answer));
    lab.run(100);
    expect(seen).toMatchObject([
      { ...query, ...origin },
      { ...reply, ...requester },
    ]);
  });

  it('a procedure that nobody serves is answered with 3001', () => {
    new ShServer(hss, {});
    const seen: unknown[] = [];
    client.userData(keys, (answer) => seen.push(answer));
    lab.run(100);
    expect(seen).toMatchObject([{ kind: 'error', resultCode: 3001 }]);
  });

  it('TS 29.329 6.3.2: the digits of MSISDN, even and odd', () => {
    expect(msisdnOctets('15550100001').toString('hex')).toBe('5155100000f1');
    expect(msisdnOctets('1234').toString('hex')).toBe('2143');
    for (const digits of ['15550100001', '1234', '']) expect(msisdnDigits(msisdnOctets(digits))).toBe(digits);
  });
});
