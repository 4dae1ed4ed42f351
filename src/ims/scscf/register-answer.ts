/** The 200 to a REGISTER (REG-45, REG-72; TS 24.229 §5.4.1.2.2F, §5.4.1.4). */
import { hostPort, type SipEndpoint, type SipRequest } from '../../sip/index.js';
import { associatedIdentities, type UserRegistration } from './bindings.js';

type Headers = readonly (readonly [string, string])[];

interface Registrar {
  readonly sip: Pick<SipEndpoint, 'localUri'>;
  readonly homeDomain: string;
  readonly now: number;
}

/** Headers of the 200, with what is bound now; `user` undefined: nothing is. */
export function registerAnswer(message: SipRequest, user: UserRegistration | undefined, registrar: Registrar): Headers {
  const headers: (readonly [string, string])[] = [];
  for (const path of message.values('Path')) headers.push(['Path', path]);
  if (user?.binding !== undefined) headers.push(...bound(user, registrar));
  for (const uri of user?.removedContacts ?? []) headers.push(['Contact', `<${uri}>;expires=0`]);
  const charging = message.header('P-Charging-Vector');
  if (charging !== undefined) {
    headers.push(['P-Charging-Vector', `${charging};term-ioi="Type 1${registrar.homeDomain}"`]);
  }
  return headers;
}

function bound({ binding, profile, serviceRouteToken }: UserRegistration, { sip, now }: Registrar): Headers {
  const { uri, parameters, expiresAt } = binding!;
  const { host, port } = sip.localUri();
  const associated = associatedIdentities(profile!);
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000));
  return [
    ['Service-Route', `<sip:${serviceRouteToken}@${hostPort(host, port)};lr>`],
    ...(associated.length === 0
      ? []
      : ([['P-Associated-URI', associated.map((identity) => `<${identity}>`).join(', ')]] as const)),
    ['Contact', `<${uri}>;expires=${seconds}${parameters}`],
  ];
}
