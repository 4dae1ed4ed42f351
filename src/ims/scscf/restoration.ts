/**
 * S-CSCF restoration: what is left at the HSS of a registration, and how it comes back after a restart, when a request for or
 * of the user arrives. TS 23.380 4.3, 4.4; TS 29.228 §6.1.2; SCSCF-Restoration-Info of TS 29.229 6.3.46.
 */
import { type CxClient, cxFeatures, type ScscfRestorationInfo } from '../../diameter/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';
import { detached, parseAddress, splitList } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { readAssignment } from './assignment.js';
import type { Authenticated } from './authenticator.js';
import type { Binding } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { featuresOf } from './received-profile.js';
import { identifying } from './register-request.js';
import type { RestoredRegistration } from './registrar.js';
import type { UserRegistration, UserRegistrations } from './user-registrations.js';

/** What of a contact can be left. */
export type LeftContact = Pick<Binding, 'uri' | 'parameters' | 'path' | 'callId' | 'sequence' | 'expiresAt'>;

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

/** The contacts again; `expiresMax` in seconds, for those without a time. */
export function contactsOf(
  info: ScscfRestorationInfo,
  now: number,
  expiresMax: number,
): readonly (LeftContact & Flow)[] {
  return info.contacts.flatMap((each) => {
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
}

type Flow = Pick<Binding, 'flow' | 'instanceId'>;
type Done = (user: UserRegistration | undefined) => void;

export interface RestorationParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly cx: CxClient;
  readonly users: UserRegistrations;
  readonly restore: (left: RestoredRegistration) => UserRegistration | undefined;
}

export class Restorations {
  readonly #parts: RestorationParts;
  /** Requests that wait, by the identity that is asked for. */
  readonly #waiting = new Map<string, Done[]>();

  constructor(parts: RestorationParts) {
    this.#parts = parts;
  }

  /** Before a request of or for a user who is not known here is judged; `proceed` once, but not where it was cancelled. */
  before({ server }: RoutedRequest, identity: string | undefined, proceed: Done): void {
    if (this.#parts.config.restoration !== true || identity === undefined) {
      proceed(undefined);
      return;
    }
    const here = this.#parts.users.byPublic(identity);
    if (here?.isRegistered) {
      proceed(here);
      return;
    }
    let isCancelled = false;
    server.onCancel(() => {
      isCancelled = true;
      server.reply(487);
    });
    const once: Done = (user) => {
      if (!isCancelled) proceed(user);
    };
    const key = canonicalIdentity(identity) ?? detached(identity);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push(once);
      return;
    }
    this.#waiting.set(key, [once]);
    this.#ask(key);
  }

  /** Without the private identity, which no request has: only UNREGISTERED_USER may go so (TS 29.228 §6.1.2). */
  #ask(publicIdentity: string): void {
    const { chassis, config, cx } = this.#parts;
    cx.serverAssignment(
      {
        publicIdentities: [publicIdentity],
        serverName: config.serverName,
        serverAssignmentType: 'UNREGISTERED_USER',
        userDataAlreadyAvailable: false,
        supportedFeatures: [cxFeatures(featuresOf(config))],
      },
      (answer) => {
        const outcome = readAssignment(answer, true, undefined, config);
        let user: UserRegistration | undefined;
        if ('status' in outcome) {
          const { cause } = outcome;
          chassis.explain({ ...cause, text: `for ${publicIdentity} ${cause.text}` });
        } else {
          const hssHost = 'originHost' in answer ? answer.originHost : undefined;
          const users = outcome.restoration.flatMap(
            (info) => this.#restore(publicIdentity, hssHost, info, outcome) ?? [],
          );
          user = users.find(({ isRegistered }) => isRegistered);
          if (user === undefined) this.#giveBack(publicIdentity, hssHost);
        }
        const waiting = this.#waiting.get(publicIdentity) ?? [];
        this.#waiting.delete(publicIdentity);
        for (const done of waiting) done(user);
      },
    );
  }

  #restore(
    publicIdentity: string,
    hssHost: string | undefined,
    info: ScscfRestorationInfo,
    assignment: RestoredRegistration['assignment'],
  ): UserRegistration | undefined {
    const { chassis, config, restore } = this.#parts;
    const now = chassis.environment.clock.now();
    const contacts = contactsOf(info, now, config.registration.expiresMax).filter((each) => each.expiresAt > now);
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

  /** Nothing was left, so that nothing can be done here for the user (CX 4.2 row 4). */
  #giveBack(publicIdentity: string, hssHost: string | undefined): void {
    const { config, cx } = this.#parts;
    cx.serverAssignment(
      {
        publicIdentities: [publicIdentity],
        serverName: config.serverName,
        serverAssignmentType: 'TIMEOUT_DEREGISTRATION',
        userDataAlreadyAvailable: true,
        ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
      },
      () => {},
    );
  }
}
