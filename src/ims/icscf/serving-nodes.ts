/** The S-CSCFs as an I-CSCF sees them: which to choose, where they are, and what to say when one is silent. */
import type { ServerCapabilities } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { type Destination, parseUri, type SipResponse, type Uri } from '../../sip/index.js';
import { servingMark } from '../identity/index.js';
import type { ServingCandidate } from './config.js';
import type { JudgedAnswer, KnownServers } from './cx-outcome.js';
import type { QueryOutcome } from './query-outcome.js';
import { selectServers } from './server-selection.js';

/**
 * How long a chosen S-CSCF may be silent before another one is looked for. Deviates: TS 24.229 §5.3.1.3 waits for timer F,
 * because by then the P-CSCF's own has expired as well and nobody would hear of the new choice (RFC 4320).
 */
export const answerWithinMs = 5_000;

/** Whoever invents many names only loses the sharing. */
const urisMax = 1_000;

export class ServingNodes implements KnownServers {
  readonly #chassis: Chassis;
  readonly #candidates: readonly ServingCandidate[];
  /** Few S-CSCFs serve many users. */
  readonly #uris = new Map<string, Uri>();
  /** How often a choice was made among these. */
  readonly #turns = new Map<string, number>();

  constructor(chassis: Chassis, candidates: readonly ServingCandidate[]) {
    this.#chassis = chassis;
    this.#candidates = candidates;
  }

  /** REG-60; each call begins with the next of equal ones, whatever was chosen among others meanwhile. */
  readonly select = (required: ServerCapabilities | undefined): readonly string[] =>
    selectServers(required, this.#candidates, (best) => {
      const key = best.join(' ');
      const turn = this.#turns.get(key) ?? 0;
      this.#turns.set(key, turn + 1);
      return turn;
    });

  readonly isSipUri = (serverName: string): boolean => {
    const scheme = this.#uriOf(serverName)?.scheme;
    return scheme === 'sip' || scheme === 'sips';
  };

  /** The one that has made a temporary GRUU; undefined where it is none of ours. */
  byMark(mark: string): string | undefined {
    return this.#candidates.find(({ serverName }) => servingMark(serverName) === mark)?.serverName;
  }

  destinationsOf(serverName: string): readonly Destination[] {
    const uri = this.#uriOf(serverName);
    return uri === undefined ? [] : this.#chassis.sip.resolveUri(uri);
  }

  #uriOf(serverName: string): Uri | undefined {
    const known = this.#uris.get(serverName);
    if (known !== undefined) return known;
    const uri = parseUri(serverName);
    if (this.#uris.size >= urisMax) this.#uris.clear();
    if (uri !== undefined) this.#uris.set(serverName, uri);
    return uri;
  }

  /** Where an answer of the HSS leads; bad news goes into the trace. */
  outcomeOf({ outcome, cause }: JudgedAnswer, identity: string): QueryOutcome {
    if (cause !== undefined) this.#chassis.explain({ ...cause, text: `for ${identity} ${cause.text}` });
    return outcome;
  }

  /** @param generated nothing came: the response was made here */
  reportUnavailable(serverName: string, { status, reason }: SipResponse, generated: boolean): void {
    const next = generated ? 'is it running?' : 'it runs, and does not want to serve this user: see its log';
    this.#chassis.explain({
      what: generated ? 'cause.servingNodeUnreachable' : 'cause.servingNodeRefused',
      text: `S-CSCF ${serverName} did not serve the request (${status} ${reason}): ${next}`,
      clause: 'TS 24.229 §5.3.1.3 and §5.3.2.2',
    });
  }
}
