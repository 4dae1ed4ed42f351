/** The 200 to a REGISTER (REG-45, REG-72; TS 24.229 §5.4.1.2.2F, §5.4.1.4; RFC 5626 6, RFC 5627 5.2). */
import { quote, type SipEndpoint, type SipRequest } from '../../sip/index.js';
import { identityKey, visitedNetworkOf } from '../identity/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { Binding } from './bindings.js';
import { chargingFunctions } from './charging-functions.js';
import { hasGruus, publicGruu, type TemporaryGruus } from './gruu.js';
import { associatedIdentities, type UserRegistration } from './user-registrations.js';

type Header = readonly [name: string, value: string];

interface Registrar {
  readonly sip: Pick<SipEndpoint, 'ownUri'>;
  readonly homeDomain: string;
  readonly featureCaps?: readonly string[] | undefined;
  readonly gruus: TemporaryGruus;
  readonly now: number;
  /** What other private identities have bound to the identity that is registered (REG-45). */
  readonly others: readonly Binding[];
}

/** Headers of the 200, with what is bound now; `user` undefined: nothing is. */
export function registerAnswer(
  message: SipRequest,
  user: UserRegistration | undefined,
  registrar: Registrar,
): readonly Header[] {
  const headers: Header[] = [];
  for (const path of message.values('Path')) headers.push(['Path', path]);
  if (user?.isRegistered) addBound(headers, message, user, registrar);
  // Their GRUUs are for their own UEs.
  for (const other of registrar.others) headers.push(['Contact', contactValue(other, undefined, registrar)]);
  for (const { uri, flow, parameters } of user?.removedContacts ?? []) {
    // RFC 5626 6: its reg-id tells a flow from another one of the same address.
    headers.push(['Contact', `<${uri}>;expires=0${flow === undefined ? '' : parameters}`]);
  }
  const charging = message.header('P-Charging-Vector');
  if (charging !== undefined) {
    headers.push(['P-Charging-Vector', `${charging};term-ioi="Type 1${registrar.homeDomain}"`]);
  }
  return headers;
}

function addBound(headers: Header[], message: SipRequest, user: UserRegistration, registrar: Registrar): void {
  const { bindings, profile, serviceRouteToken, charging } = user;
  const associated = associatedIdentities(profile!);
  const gruuIdentity = message.hasOption('Supported', 'gruu') ? identityWithGruus(profile!, message) : undefined;
  headers.push(['Service-Route', `<${registrar.sip.ownUri(serviceRouteToken)};lr>`]);
  if (associated.length > 0) {
    headers.push(['P-Associated-URI', associated.map((identity) => `<${identity}>`).join(', ')]);
  }
  for (const binding of bindings) headers.push(['Contact', contactValue(binding, gruuIdentity, registrar)]);
  // RFC 5626 6: the UE may keep several flows.
  if (bindings.some(({ flow, callId }) => flow !== undefined && callId === message.callId)) {
    headers.push(['Require', 'outbound']);
  }
  // RFC 6809 5.2: of every node on the way to whoever has registered.
  const { featureCaps = [] } = registrar;
  if (featureCaps.length > 0) headers.push(['Feature-Caps', `*;${featureCaps.join(';')}`]);
  const functions = chargingFunctions(charging);
  if (functions !== undefined && isInHomeNetwork(message, registrar.homeDomain)) {
    headers.push(['P-Charging-Function-Addresses', functions]);
  }
}

/**
 * The one in To (RFC 5627 5.2). Deviates: for one that has no GRUUs, a tel URI or a barred one, it is the first that has: nobody could
 * use what a barred identity had.
 */
function identityWithGruus(profile: UserProfile, message: SipRequest): string | undefined {
  const able = profile.publicIdentities.filter(hasGruus);
  const registered = identityKey(message.to.uri.text);
  return (able.find(({ uri }) => uri === registered) ?? able[0])?.uri;
}

/** @param gruuIdentity undefined: nobody asks for GRUUs */
function contactValue(
  { uri, parameters, expiresAt, instanceId, gruus: given }: Binding,
  gruuIdentity: string | undefined,
  { now, gruus }: Registrar,
): string {
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000));
  const value = `<${uri}>;expires=${seconds}${parameters}`;
  // RFC 5627 5.2: to whoever understands them, for every contact of the UE.
  if (given === undefined || gruuIdentity === undefined) return value;
  const [pub, temporary] = [publicGruu(gruuIdentity, instanceId!), gruus.make(gruuIdentity, given)];
  return `${value};pub-gruu=${quote(pub)};temp-gruu=${quote(temporary)}`;
}

/** REG-45: addresses of the home network's functions are for its own P-CSCFs. */
export function isInHomeNetwork(message: SipRequest, homeDomain: string): boolean {
  return visitedNetworkOf(message)?.toLowerCase() === homeDomain.toLowerCase();
}
