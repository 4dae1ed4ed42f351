/** S-CSCF: the HSS is told that a user is served here no longer, until it knows: performs what `ending-assignment.machine.ts` decides. */
import type {
  CxClient,
  DiameterDestination,
  ServerAssignmentAnswer,
  ServerAssignmentQuery,
} from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import { endingAssignment } from './ending-assignment.machine.js';

/** What has become of the user since: whoever is served again, or may be soon, is not given up. */
export type ServedAgain = 'served' | 'authenticating' | 'not';

/** One end of an assignment that the HSS may not know of. */
interface EndingAssignment {
  readonly query: ServerAssignmentQuery & DiameterDestination;
  readonly identities: readonly string[];
}

export class EndingAssignments {
  readonly #chassis: Chassis;
  readonly #cx: CxClient;
  readonly #servedAgain: (privateIdentity: string | undefined, identities: readonly string[]) => ServedAgain;
  readonly #under = new Set<Instance<typeof endingAssignment>>();

  constructor(
    chassis: Chassis,
    cx: CxClient,
    /** `privateIdentity` undefined: of anybody. `identities`: those of one implicit set. */
    servedAgain: (privateIdentity: string | undefined, identities: readonly string[]) => ServedAgain,
  ) {
    this.#chassis = chassis;
    this.#cx = cx;
    this.#servedAgain = servedAgain;
  }

  get count(): number {
    return this.#under.size;
  }

  /**
   * SAR of a type that ends an assignment or an authentication. `identities`: the implicit set, as far as it is known. `done` hears
   * of the first answer, or that there is none.
   */
  end(
    query: ServerAssignmentQuery & DiameterDestination,
    identities: readonly string[],
    done: (answer: ServerAssignmentAnswer) => void = () => {},
  ): void {
    this.#cx.serverAssignment(query, (answer) => {
      if (isInVain(answer)) this.#keep({ query, identities }, 1);
      done(answer);
    });
  }

  /** As `end`, when it is clear whether the user is served here: somebody of the set is about to register. */
  endLater(query: ServerAssignmentQuery & DiameterDestination, identities: readonly string[]): void {
    this.#keep({ query, identities }, 0);
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const machine of [...this.#under]) machine.stop();
    this.#under.clear();
  }

  /** `failures`: SARs that were in vain already. */
  #keep(ending: EndingAssignment, failures: number): void {
    const machine: Instance<typeof endingAssignment> = this.#chassis.host.create(endingAssignment, {
      id: `endingAssignment:${whoIn(ending.query)}`,
      input: { failures },
      owner: ending,
      effects: this.#effects,
      onDone: () => this.#under.delete(machine),
    });
    this.#under.add(machine);
  }

  readonly #effects: EffectsOf<typeof endingAssignment, EndingAssignment> = {
    endAssignment: (_, { query, identities }, machine) => {
      const state = this.#servedAgain(query.userName, identities);
      if (state === 'not') {
        this.#cx.serverAssignment(query, (answer) =>
          machine.send({ type: isInVain(answer) ? 'cx.saaMissing' : 'cx.saa' }),
        );
      } else machine.send({ type: `user.${state}` });
    },
    giveUp: ({ attempts }, { query }) => {
      this.#chassis.explain({
        what: 'cause.assignmentNotEnded',
        text: `the HSS has not answered SAR (${query.serverAssignmentType}) for ${whoIn(query)} in ${attempts} tries: it may have the user assigned to this S-CSCF still; is it running, and is its Diameter peer open?`,
        clause: 'TS 29.228 §6.1.2, §8.1',
      });
    },
  };
}

function whoIn({ userName, publicIdentities = [] }: ServerAssignmentQuery): string {
  return userName ?? publicIdentities[0] ?? 'nobody';
}

/** UNABLE_TO_DELIVER and TOO_BUSY (RFC 6733 7.1.3): the request has not been carried out. */
const undelivered: ReadonlySet<number> = new Set([3002, 3004]);

/** The HSS may know nothing of it, and may learn of it later. */
function isInVain(answer: ServerAssignmentAnswer): boolean {
  if ('reason' in answer) return true;
  if (answer.kind !== 'error') return false;
  const { resultCode } = answer;
  return undelivered.has(resultCode) || (resultCode >= 4000 && resultCode < 5000);
}
