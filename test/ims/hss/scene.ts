/** An HSS and one Cx peer that plays every CSCF, for tests of one request after the other. */
import {
  CxClient,
  type PushProfileQuery,
  type RegistrationTerminationQuery,
  type ServerAssignmentType,
  type UserAuthorizationType,
} from '../../../src/diameter/index.js';
import type { HssFunction, ProfileChange, Services } from '../../../src/ims/hss/index.js';
import type { Subscriber } from '../../../src/ims/subscription/subscriber.js';
import { CxPeer } from '../cx-peer.js';
import { homeDomain, startNetwork, type TestNetworkOptions } from '../network.js';

export const scscf1 = `sip:scscf1.${homeDomain}:5060`;
export const scscf2 = `sip:scscf2.${homeDomain}:5060`;

export type Result = { readonly success: boolean; readonly reason: string };

export interface HssSceneOptions {
  readonly subscribers: readonly Subscriber[];
  readonly services?: Services;
  /** Experimental-Result-Code of PPA; 2001 Result-Code where absent. */
  readonly ppa?: number;
  /** Those that RTA says to stay: of all that RTR names 5012, else 2002. */
  readonly emergencies?: readonly { readonly userName: string; readonly publicIdentity: string }[];
  readonly store?: TestNetworkOptions['store'];
}

export function hssScene({ subscribers, services, ppa, emergencies, store }: HssSceneOptions) {
  const network = startNetwork({
    subscribers,
    ...(services !== undefined && { services }),
    ...(store !== undefined && { store }),
    down: ['scscf1', 'icscf1', 'pcscf1'],
  });
  const told: { rtr: RegistrationTerminationQuery[]; ppr: PushProfileQuery[] } = { rtr: [], ppr: [] };
  const [first, second] = ['peer1', 'ue1'].map((name) => {
    const peer = new CxPeer(network, name);
    new CxClient(peer.endpoint).serve({
      registrationTermination: (query, respond) => {
        told.rtr.push(query);
        if (emergencies === undefined) respond({ kind: 'success', resultCode: 2001 });
        else {
          const isAll = query.publicIdentities.length === emergencies.length;
          const result = isAll
            ? ({ kind: 'error', resultCode: 5012 } as const)
            : ({ kind: 'success', resultCode: 2002 } as const);
          respond({ ...result, identitiesWithEmergencyRegistration: emergencies });
        }
      },
      pushProfile: (query, respond) => {
        told.ppr.push(query);
        respond(
          ppa === undefined
            ? { kind: 'success', resultCode: 2001 }
            : { kind: 'experimental', experimentalResultCode: ppa },
        );
      },
    });
    return peer;
  }) as [CxPeer, CxPeer];
  /** Each S-CSCF at a Diameter address of its own. */
  const peerOf = (serverName: string): CxPeer => (serverName === scscf2 ? second : first);
  const [one] = subscribers;
  const who = (subscriber = one!) => ({ userName: subscriber.privateIdentity });
  const hss = () => (network.nodes.get('hss1') as unknown as { function: HssFunction }).function;
  const awaited = (begin: (done: (outcome: Result) => void) => void): Result => {
    const outcomes: Result[] = [];
    begin((outcome) => outcomes.push(outcome));
    network.runUntil(() => outcomes.length > 0, 60_000);
    return outcomes[0]!;
  };
  return {
    network,
    told,
    hss,
    uar: (publicIdentity: string, type: UserAuthorizationType = 'REGISTRATION', other: object = {}) =>
      first.userAuthorization({
        ...who(),
        publicIdentity,
        visitedNetworkIdentifier: homeDomain,
        userAuthorizationType: type,
        ...other,
      }),
    mar: (publicIdentity: string, scheme = 'Digest-AKAv1-MD5', other: object = {}, serverName = scscf1) =>
      peerOf(serverName).multimediaAuth({
        ...who(),
        publicIdentity,
        sipNumberAuthItems: 1,
        sipAuthDataItem: { sipAuthenticationScheme: scheme },
        serverName,
        ...other,
      }),
    sar: (
      publicIdentities: readonly string[],
      serverAssignmentType: ServerAssignmentType = 'REGISTRATION',
      other: object = {},
      serverName = scscf1,
    ) =>
      peerOf(serverName).serverAssignment({
        ...who(),
        publicIdentities,
        serverName,
        serverAssignmentType,
        userDataAlreadyAvailable: false,
        ...other,
      }),
    lir: (publicIdentity: string, other: object = {}) => first.locationInfo({ publicIdentity, ...other }),
    pushProfile: (change: Omit<ProfileChange, 'privateIdentity'>) =>
      awaited((done) => hss().pushProfile({ privateIdentity: one!.privateIdentity, ...change }, done)),
    deregister: (order: Omit<Parameters<HssFunction['deregister']>[0], 'privateIdentity'>) =>
      awaited((done) => hss().deregister({ privateIdentity: one!.privateIdentity, ...order }, done)),
    /** Until the store has it. */
    change: (begin: (hss: HssFunction, done: (error?: string) => void) => void): string | undefined => {
      const errors: (string | undefined)[] = [];
      begin(hss(), (error) => errors.push(error));
      network.runUntil(() => errors.length > 0, 60_000);
      return errors[0];
    },
    /** Everything that is on the way arrives. */
    settle: () => network.run(100),
    /** How many sets have a machine. */
    get machineCount() {
      return network.nodes.get('hss1')!.counts.subscriptions;
    },
  };
}
