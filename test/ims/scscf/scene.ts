/** An S-CSCF alone, with an HSS that answers as a test says and a UE that speaks to it as a P-CSCF would. */
import type { ChargingInformation, ServerAssignmentInfo, ServerAssignmentQuery } from '../../../src/diameter/index.js';
import { AuthenticationCentre } from '../../../src/ims/hss/authentication-centre.js';
import type { InitialFilterCriterion } from '../../../src/ims/subscription/filter-criteria.js';
import { distinctIdentity } from '../../../src/ims/subscription/subscriber.js';
import { formatUserData } from '../../../src/ims/subscription/user-data.js';
import type { Headers, SipRequest, SipResponse } from '../../../src/sip/index.js';
import { scriptedHss } from '../cx-peer.js';
import { HandUe } from '../hand-ue.js';
import { homeDomain, imsiOf, publicIdentityOf, startNetwork, subscriber, type TestNetworkOptions } from '../network.js';

export const impi = `${imsiOf(1)}@${homeDomain}`;
export const identity = publicIdentityOf(1);
export const serverName = `sip:scscf1.${homeDomain}:5060`;
export const path: Headers = [['Path', '<sip:term@192.0.2.7:5060;lr;ob>']];

/** A profile of subscriber 1 whose default identity comes first. */
export function userData(filterCriteria: readonly InitialFilterCriterion[] = [], { telBarred = false } = {}): string {
  const publicIdentities = [
    distinctIdentity(identity),
    distinctIdentity('tel:+15550100001', telBarred),
    distinctIdentity(`sip:${impi}`, true),
  ];
  return formatUserData({ privateIdentity: impi, serviceProfiles: [{ publicIdentities, filterCriteria }] });
}

/** The S-CSCF alone, with a UE that speaks to it as a P-CSCF over a security association would. */
export interface SceneOptions extends TestNetworkOptions {
  readonly filterCriteria?: readonly InitialFilterCriterion[];
  readonly charging?: ChargingInformation;
  /** What else a SAA with a profile has; User-Data of subscriber 1 where absent. */
  readonly assignment?: (query: ServerAssignmentQuery) => Partial<ServerAssignmentInfo>;
}

/** What a REGISTER of the scene says. */
export interface RegisterParts {
  readonly contacts?: readonly string[];
  readonly expires?: number;
  readonly callId?: string;
  readonly headers?: Headers;
  readonly to?: string;
  /** As from a UE that has no security association (any more): it is challenged. */
  readonly unprotected?: boolean;
}

export function scene({ filterCriteria = [], charging, assignment, ...options }: SceneOptions = {}) {
  const network = startNetwork({ ...options, down: ['hss1'] });
  const centre = new AuthenticationCentre(subscriber(1).authentication.aka!, network.simulation.random);
  const assignments: ServerAssignmentQuery[] = [];
  const hss = scriptedHss(network, {
    userAuthorization: (_, respond) => respond({ kind: 'experimental', experimentalResultCode: 2002, serverName }),
    multimediaAuth: (_, respond) => {
      const { rand, autn, xres, ck, ik } = centre.nextVector();
      const keys = { confidentialityKey: ck, integrityKey: ik };
      const item = { sipAuthenticate: Buffer.concat([rand, autn]), sipAuthorization: xres, ...keys };
      respond({ kind: 'success', resultCode: 2001, sipAuthDataItems: [item] });
    },
    serverAssignment: (query, respond) => {
      assignments.push(query);
      const given = {
        ...(charging && { chargingInformation: charging }),
        ...(!query.userDataAlreadyAvailable && { userData: userData(filterCriteria), ...assignment?.(query) }),
      };
      respond({ kind: 'success', resultCode: 2001, ...given });
    },
  });
  const ue = new HandUe(network);
  const straight = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.scscf1!, port: 5060 } }];
  const send = (request: SipRequest): SipResponse => {
    const final = ue.finalOf(ue.send(request, straight));
    network.run(100);
    return final;
  };
  /** By To. */
  const credentials = new Map<string, string>();
  /** Authenticated by what was proved at first. */
  const register = (parts: RegisterParts = {}): SipResponse => {
    const all = { headers: path, ...parts };
    const proved = credentials.get(parts.to ?? '');
    if (proved !== undefined && parts.unprotected !== true) {
      return send(ue.makeRegister({ ...all, authorization: `${proved},integrity-protected="yes"` }));
    }
    const first = `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response="",integrity-protected="no"`;
    const challenged = send(ue.makeRegister({ ...all, authorization: first }));
    if (challenged.status !== 401) return challenged;
    const answer = ue.answer(challenged);
    credentials.set(parts.to ?? '', answer);
    return send(ue.makeRegister({ ...all, authorization: `${answer},integrity-protected="yes"` }));
  };
  const types = () => assignments.map(({ serverAssignmentType }) => serverAssignmentType);
  return { network, hss, ue, assignments, types, register, send };
}
