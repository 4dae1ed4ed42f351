/** S-CSCF, the last step of what is for a user: to the contacts. TS 24.229 §5.4.3.3. */
import type { RoutedRequest } from '../../node/index.js';
import { withOrigIoi } from '../session/charging-vector.js';
import type { LegBehaviour } from '../session/session-table.js';
import type { Binding } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { gruuIn, type TemporaryGruus } from './gruu.js';
import { toContact } from './named-contact.js';
import { type Refusal, withTermIoi } from './refusal.js';
import { asRequestUri } from './register-request.js';
import { type ServedUser, setChargingFunctions } from './served-user.js';
import { isBarred, type UserRegistration, type UserRegistrations } from './user-registrations.js';

/** RFC 5626 5.3: never two flows of one UE at once; the one that was registered last is the likeliest to work. */
function onePerInstance(bindings: readonly Binding[]): readonly Binding[] {
  if (bindings.length < 2) return bindings;
  const last = new Map(bindings.map((binding) => [instanceOf(binding), binding]));
  return [...last.values()];
}

function instanceOf({ instanceId, uri }: Binding): string {
  return instanceId ?? uri;
}

/** Another flow of the same UE. */
function isFlowOf(binding: Binding, used: Binding): boolean {
  return binding.flow !== undefined && used.flow !== undefined && instanceOf(binding) === instanceOf(used);
}

export function barredCallee(user: ServedUser | undefined, { working }: RoutedRequest): Refusal | undefined {
  const { requestUri } = working;
  if (user?.profile === undefined || !isBarred(user.profile, requestUri)) return undefined;
  return {
    status: 404, // REG-81
    cause: {
      what: 'cause.calleeBarred',
      text: `${requestUri} is barred and cannot be called`,
      clause: 'TS 24.229 §5.4.3.3',
    },
  };
}

/** RFC 5627 6.1: a temporary GRUU that is good no more, or never was. The HSS knows nothing of it. */
export function invalidGruu({ working }: RoutedRequest): Refusal | undefined {
  const gruu = gruuIn(working.uri);
  if (gruu === undefined || !('temporary' in gruu)) return undefined;
  return {
    status: 404,
    cause: {
      what: 'cause.invalidGruu',
      text:
        `${working.requestUri} is a temporary GRUU that stands for no contact here: it ends with the registration of its UE, with another ` +
        'Call-ID of that, and with a restart of the S-CSCF; the caller has to ask for a new one',
      clause: 'RFC 5627 6.1, TS 24.229 §5.4.7A.4',
    },
  };
}

/** No contact, and no service that has answered instead. */
export function nobodyThere({ working }: RoutedRequest): Refusal {
  return {
    status: 480,
    cause: {
      what: 'cause.calleeNotRegistered',
      text: `${working.requestUri} has no registered contact here`,
      clause: 'TS 24.229 §5.4.3.3',
    },
  };
}

export interface TerminatingParts {
  readonly config: ScscfConfig;
  readonly users: UserRegistrations;
  readonly gruus: TemporaryGruus;
}

/** TS 24.229 §5.4.3.3: the contact becomes the Request-URI, its Path the route; the dialled identity is kept. */
export function terminatingLeg(
  { config: { homeDomain }, users, gruus }: TerminatingParts,
  user: UserRegistration,
  bindings: readonly Binding[],
  { working }: RoutedRequest,
): LegBehaviour {
  return {
    contacts: bindings.map(({ id }) => id),
    contactOf: (branch) => (branch as Binding).id,
    branches: onePerInstance(bindings),
    otherFlows: (used) => bindings.filter((each) => each !== used && isFlowOf(each, used as Binding)).toReversed(),
    editInvite: (editor, _, branch) => {
      const { uri, path } = (branch ?? bindings[0]) as Binding;
      const contact = asRequestUri(uri); // RFC 3261 19.1.1
      editor.remove('Route');
      if (working.has('P-Served-User')) editor.remove('P-Served-User'); // RFC 5502 7: for application servers alone
      for (const value of path) editor.append('Route', value);
      // TS 24.229 §5.4.3.3: the identity stays where it is, and the contact is the last of the route.
      if (user.looseRoute) editor.append('Route', `<${contact};lr>`);
      else {
        editor.set('P-Called-Party-ID', `<${working.requestUri}>`); // CALL-12
        editor.requestUri(contact);
      }
      setChargingFunctions(editor, user, user.isAtHome);
      const charging = working.header('P-Charging-Vector');
      // CALL-13: towards the visited network of type 1 again.
      if (charging !== undefined) editor.set('P-Charging-Vector', withOrigIoi(charging, `Type 1${homeDomain}`));
    },
    editRequest: (editor, request, fromServedUser) => {
      if (!fromServedUser) toContact(editor, request, users, gruus);
    },
    editResponse: (response) => withTermIoi(response, working, homeDomain),
    explainSilence: (generated) => ({
      status: 504, // CALL section 5: S2 maps a missing P2 to 504
      cause: {
        what: 'cause.proxyNodeUnreachable',
        text: `the P-CSCF in the Path of ${user.publicIdentity} did not answer (${generated.status} ${generated.reason}): is it running?`,
        clause: 'TS 24.229 §5.4.3.3, RFC 3261 16.7',
      },
    }),
  };
}
