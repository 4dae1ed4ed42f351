/** The 200 to a REGISTER (REG-45, REG-72; TS 24.229 §5.4.1.2.2F, §5.4.1.4; RFC 5626 6, RFC 5627 5.3). */
import { hostPort, quote, type SipEndpoint, type SipRequest } from '../../sip/index.js';
import { visitedNetworkOf } from '../identity/index.js';
import type { Binding } from './bindings.js';
import { chargingFunctions } from './charging-functions.js';
import { publicGruu, type TemporaryGruus } from './gruu.js';
import { associatedIdentities, type UserRegistration } from './user-registrations.js';

type Header = readonly [name: string, value: string];

interface Registrar {
  readonly sip: Pick<SipEndpoint, 'localUri'>;
  readonly homeDomain: string;
  readonly featureCaps?: readonly string[] | undefined;
  readonly gruus: TemporaryGruus;
  readonly now: number;
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
  const { host, port } = registrar.sip.localUri();
  const associated = associatedIdentities(profile!);
  headers.push(['Service-Route', `<sip:${serviceRouteToken}@${hostPort(host, port)};lr>`]);
  if (associated.length > 0) {
    headers.push(['P-Associated-URI', associated.map((identity) => `<${identity}>`).join(', ')]);
  }
  for (const binding of bindings) headers.push(['Contact', contactValue(binding, associated[0], message, registrar)]);
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

function contactValue(
  { uri, parameters, expiresAt, instanceId, gruuToken, gruuCount }: Binding,
  defaultIdentity: string | undefined,
  message: SipRequest,
  { now, gruus }: Registrar,
): string {
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000));
  let value = `<${uri}>;expires=${seconds}${parameters}`;
  // RFC 5627 5.3: to whoever understands them.
  if (gruuToken === undefined || defaultIdentity === undefined || !message.hasOption('Supported', 'gruu')) return value;
  if (!defaultIdentity.startsWith('tel:')) value += `;pub-gruu=${quote(publicGruu(defaultIdentity, instanceId!))}`;
  return `${value};temp-gruu=${quote(gruus.make(gruuToken, gruuCount))}`;
}

/** REG-45: addresses of the home network's functions are for its own P-CSCFs. */
export function isInHomeNetwork(message: SipRequest, homeDomain: string): boolean {
  return visitedNetworkOf(message)?.toLowerCase() === homeDomain.toLowerCase();
}
