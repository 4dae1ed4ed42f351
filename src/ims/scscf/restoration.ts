/**
 * S-CSCF restoration: what is left at the HSS of a registration, and how it comes back after a restart, when a request for or
 * of the user arrives. TS 23.380 4.3, 4.4; TS 29.228 §6.1.2; SCSCF-Restoration-Info of TS 29.229 6.3.46.
 */
import type { ScscfRestorationInfo } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { detached, parseAddress, splitList } from '../../sip/index.js';
import type { Assignment } from './assignment.js';
import type { Authenticated } from './authenticator.js';
import { type Binding, identifying } from './bindings.js';
import type { ScscfConfig } from './config.js';
import type { UserRegistration } from './user-registrations.js';

/** What of a contact is left, and comes back. */
export type LeftContact = Pick<
  Binding,
  'uri' | 'parameters' | 'path' | 'callId' | 'sequence' | 'expiresAt' | 'flow' | 'instanceId'
>;

/** What is known again of a registration. */
export interface RestoredRegistration {
  readonly who: Authenticated;
  readonly contacts: readonly LeftContact[];
  readonly assignment: Pick<Assignment, 'profile' | 'charging' | 'looseRoute'>;
}

/**
 * TS 23.380 4.3.2. At least one contact; each with what is left of its time, from which a restored one begins anew: few peers know
 * Registration-Time-Out.
 */
export function restorationOf(
  privateIdentity: string,
  contacts: readonly LeftContact[],
  now: number,
): ScscfRestorationInfo {
  return {
    userName: privateIdentity,
    contacts: contacts.map(({ uri, parameters, path, callId, sequence, expiresAt }) => ({
      path: path.join(', '),
      contact: `<${uri}>;expires=${Math.max(0, Math.round((expiresAt - now) / 1000))}${parameters}`,
      initialCSeq: sequence,
      callId,
    })),
  };
}

/** The contacts again whose time is not over; `expiresMax` in seconds, for those without a time. */
export function contactsOf(info: ScscfRestorationInfo, now: number, expiresMax: number): readonly LeftContact[] {
  const contacts = info.contacts.flatMap((each) => {
    const address = parseAddress(each.contact);
    if (address === undefined) return [];
    const { flow, instanceId } = identifying(address);
    const at = each.contact.indexOf('>');
    const expires = address.parameters.get('expires');
    const seconds = typeof expires === 'string' && /^\d{1,9}$/.test(expires) ? Number(expires) : expiresMax;
    return [
      {
        uri: address.uri.text,
        parameters:
          at < 0
            ? ''
            : each.contact
                .slice(at + 1)
                .replace(/;expires=[^;]*/i, '')
                .trim(),
        path: splitList(each.path).map(detached),
        callId: each.callId ?? '',
        sequence: each.initialCSeq ?? 0,
        expiresAt: info.registrationTimeOut ?? now + seconds * 1000,
        flow,
        instanceId,
      },
    ];
  });
  return contacts.filter(({ expiresAt }) => expiresAt > now);
}

export interface RestorationParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly restore: (left: RestoredRegistration) => UserRegistration | undefined;
}

export class Restorations {
  readonly #parts: RestorationParts;

  constructor(parts: RestorationParts) {
    this.#parts = parts;
  }

  /** The registrations of which SAA has contacts; one of them. Undefined: nothing was left. */
  restore(publicIdentity: string, hssHost: string | undefined, assignment: Assignment): UserRegistration | undefined {
    const users = assignment.restoration.flatMap(
      (info) => this.#restore(publicIdentity, hssHost, info, assignment) ?? [],
    );
    return users.find(({ isRegistered }) => isRegistered);
  }

  #restore(
    publicIdentity: string,
    hssHost: string | undefined,
    info: ScscfRestorationInfo,
    assignment: RestoredRegistration['assignment'],
  ): UserRegistration | undefined {
    const { chassis, config, restore } = this.#parts;
    const now = chassis.environment.clock.now();
    const contacts = contactsOf(info, now, config.registration.expiresMax);
    if (contacts.length === 0) return undefined;
    const who: Authenticated = {
      privateIdentity: info.userName,
      publicIdentity,
      hssHost,
      // What the user has proved is lost: the next REGISTER is challenged.
      session: { last: undefined, digest: undefined, unused: [] },
      responseHeaders: [],
    };
    chassis.explain({
      what: 'info.registrationRestored',
      text: `the registration of ${info.userName} is here again, from what was left at the HSS`,
      clause: 'TS 23.380 4.4',
    });
    return restore({ who, contacts, assignment });
  }
}
