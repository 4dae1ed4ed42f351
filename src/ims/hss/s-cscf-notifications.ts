/** What an HSS tells an S-CSCF unasked: RTR and PPR (TS 29.228 §6.1.3, §6.2), and what is said of the answer. */
import type {
  ChargingInformation,
  CxServer,
  PushProfileAnswer,
  RegistrationTerminationAnswer,
  SipAuthDataItem,
} from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { isWildcarded } from '../subscription/matching-identity.js';
import { identitiesOfSet } from '../subscription/subscriber.js';
import type { OwedTermination } from './store.js';
import type { DueTermination } from './subscription.js';
import type { AssignedServer } from './subscription.machine.js';
import type { Subscriptions } from './subscriptions.js';

/** How a network-initiated change ended; `reason` is one plain sentence. */
export interface NotificationOutcome {
  readonly success: boolean;
  readonly reason: string;
}

export interface DueProfile {
  readonly privateIdentity: string;
  readonly server: AssignedServer;
  readonly userData?: string;
  readonly chargingInformation?: ChargingInformation;
  readonly sipAuthDataItem?: SipAuthDataItem;
}

export class ScscfNotifications {
  #isClosed = false;

  constructor(
    private readonly chassis: Chassis,
    private readonly cx: CxServer,
    private readonly subscriptions: Subscriptions,
  ) {}

  /** `done` once, with the first failure where there is one. */
  terminateAll(due: readonly DueTermination[], done: (outcome: NotificationOutcome) => void, patienceMs = 0): void {
    if (due.length === 0) return;
    const together = gathered(due.length, done);
    for (const each of due) this.#terminate(each, together, patienceMs);
  }

  /**
   * RTR (TS 29.228 §6.1.3.1). The user is de-registered already: the answer changes nothing but what is said of it, and
   * that what is registered for emergencies is registered on.
   * The identities stand in it, also where all of the private identity go and it needs none: Kamailio's S-CSCF (5.6)
   * leaves an RTR without them unanswered.
   */
  #terminate(due: DueTermination, done: (outcome: NotificationOutcome) => void, patienceMs: number): void {
    this.#sendTermination(owedTermination(due), due.sets, done, patienceMs);
  }

  /** One that was due in an earlier life of the HSS; `done` once. */
  terminateOwed(owed: OwedTermination, done: (outcome: NotificationOutcome) => void, patienceMs: number): void {
    this.#sendTermination(owed, [], done, patienceMs);
  }

  #sendTermination(
    owed: OwedTermination,
    sets: DueTermination['sets'],
    done: (outcome: NotificationOutcome) => void,
    patienceMs: number,
  ): void {
    const { userName, associatedIdentities, publicIdentities, server, reason } = owed;
    const { name, host, realm } = server;
    const query = {
      userName,
      ...(associatedIdentities.length > 0 && { associatedIdentities }),
      publicIdentities,
      reasonCode: reason,
      destinationHost: host,
      destinationRealm: realm,
    };
    this.#patiently<RegistrationTerminationAnswer>(
      patienceMs,
      (answered) => this.cx.registrationTermination(query, answered),
      (answer) => {
        const outcome = outcomeOf('RTR', answer, `${userName} at ${name} (${reason})`, terminationMeanings);
        const what = outcome.success ? 'info.registrationTerminated' : 'cause.terminationFailed';
        this.chassis.explain({ what, text: outcome.reason, clause: 'TS 29.228 §6.1.3.1' });
        this.#end(owed, sets, answer);
        done(outcome);
      },
    );
  }

  #end(
    { userName, server, reason }: OwedTermination,
    sets: DueTermination['sets'],
    answer: RegistrationTerminationAnswer,
  ) {
    // Of a user who has gone to another S-CSCF nothing is kept at the former one.
    const staying =
      'reason' in answer || reason === 'NEW_SERVER_ASSIGNED' ? [] : (answer.identitiesWithEmergencyRegistration ?? []);
    if (sets.length === 0 && staying.length === 0) return;
    this.subscriptions.byPrivate(userName, (subscription) => {
      for (const each of staying) subscription?.stays(each.publicIdentity, each.userName, server);
      subscription?.terminated(sets.map(({ position }) => position));
      // Where it is not kept nothing is lost: whoever reads it anew waits for no RTA.
      subscription?.commit(() => undefined);
    });
  }

  /** PPR (TS 29.228 §6.2.2.1). `onTooMuch`: the S-CSCF cannot hold that much; the user has to go to another one. */
  push(
    { privateIdentity, server, ...data }: DueProfile,
    onTooMuch: () => void,
    done: (outcome: NotificationOutcome) => void,
    patienceMs = 0,
  ): void {
    const { host: destinationHost, realm: destinationRealm } = server;
    const query = { userName: privateIdentity, ...data, destinationHost, destinationRealm };
    this.#patiently<PushProfileAnswer>(
      patienceMs,
      (answered) => this.cx.pushProfile(query, answered),
      (answer) => {
        const outcome = outcomeOf('PPR', answer, `${privateIdentity} at ${server.name}`, profileMeanings);
        const what = outcome.success ? 'info.profilePushed' : 'cause.profilePushFailed';
        this.chassis.explain({ what, text: outcome.reason, clause: 'TS 29.228 §6.2.2.1' });
        if (answer.kind === 'experimental' && answer.experimentalResultCode === tooMuchData) onTooMuch();
        done(outcome);
      },
    );
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Asks again while no way leads to the S-CSCF: nothing has been sent then. */
  #patiently<TAnswer extends { readonly kind: string }>(
    patienceMs: number,
    ask: (answered: (answer: TAnswer) => void) => void,
    answered: (answer: TAnswer) => void,
  ): void {
    ask((answer) => {
      if (answer.kind !== 'unreachable' || patienceMs <= 0) answered(answer);
      else {
        this.chassis.environment.clock.setTimer(retryMs, () => {
          if (!this.#isClosed) this.#patiently(patienceMs - retryMs, ask, answered);
        });
      }
    });
  }
}

const tooMuchData = 5008;

/** How soon it is tried again. */
const retryMs = 500;

/** What a refusal says; the codes are those of Experimental-Result-Code, and of Result-Code where they begin with `R`. */
type Meanings = Readonly<Record<string, string | undefined>>;

const terminationMeanings: Meanings = {
  5001: 'the S-CSCF does not serve the user',
  R2002: 'some identities have an emergency registration, which stays',
  R5012: 'every identity has an emergency registration, which stays',
};

const profileMeanings: Meanings = {
  5001: 'the S-CSCF does not serve the user',
  5008: 'the S-CSCF cannot hold that much, so the user is sent to another one',
  5009: 'the S-CSCF cannot read the user data',
  R5012: 'the S-CSCF cannot do it',
};

/** What a RTR says. */
export function owedTermination({ server, reason, sets, data, privateIdentities }: DueTermination): OwedTermination {
  const [userName = sets[0]!.privateIdentities[0]!, ...associatedIdentities] = privateIdentities;
  return {
    userName,
    associatedIdentities,
    publicIdentities: data.flatMap((set) =>
      identitiesOfSet(set).flatMap((each) => (isWildcarded(each) ? [] : each.uri)),
    ),
    server: server!,
    reason,
  };
}

function outcomeOf(
  command: 'RTR' | 'PPR',
  answer: RegistrationTerminationAnswer | PushProfileAnswer,
  whom: string,
  meanings: Meanings,
): NotificationOutcome {
  if ('reason' in answer) {
    return { success: false, reason: `${command} for ${whom} was not answered: ${answer.reason}` };
  }
  const isExperimental = answer.kind === 'experimental';
  const code = isExperimental ? answer.experimentalResultCode : answer.resultCode;
  const meaning = meanings[isExperimental ? String(code) : `R${code}`];
  const name = `${isExperimental ? 'Experimental-Result-Code' : 'Result-Code'} ${code}`;
  const said = (verb: string): string =>
    `${command} for ${whom} ${verb} ${name}${meaning === undefined ? '' : `: ${meaning}`}`;
  if (code >= 2000 && code < 3000) return { success: true, reason: said('was answered with') };
  // RFC 6733 7.1.3: from a node on the way.
  return { success: false, reason: said(code < 4000 ? 'did not reach the S-CSCF:' : 'was refused with') };
}

/** Calls `done` when so many outcomes are there, with the first failure or else the first of them. */
export function gathered(
  count: number,
  done: (outcome: NotificationOutcome) => void,
): (outcome: NotificationOutcome) => void {
  const outcomes: NotificationOutcome[] = [];
  return (outcome) => {
    outcomes.push(outcome);
    if (outcomes.length === count) done(outcomes.find(({ success }) => !success) ?? outcomes[0]!);
  };
}
