/** A request under way to a peer: one of our own, or one that an agent forwards. */
import type { Timer } from '../../environment/index.js';
import type { Linked } from '../../linked-list.js';
import type { Instance } from '../../machine/index.js';
import type { Connection } from './connection.js';
import type { Peer } from './peer.js';
import type { PeerTable } from './peer-table.js';
import type { redirectionMachine } from './redirection.machine.js';

/** No answer that could be used, and why. Requests that failed may have been carried out all the same. */
export interface RequestFailure {
  readonly kind: 'timeout' | 'unreachable' | 'malformed';
  readonly reason: string;
}

export abstract class PendingRequest implements Linked<PendingRequest> {
  hopByHop = 0;
  /** Undefined until one is found. */
  peer: Peer | undefined;
  /** Where its Hop-by-Hop id counts. */
  connection: Connection | undefined;
  /** It has been sent to two peers, and gets no third. */
  resent = false;
  /** It waits for the window of its connection. */
  isWaiting = false;
  /** A peer was sent it and has not refused it: who is sent it next gets the T bit (RFC 6733 5.5.4). */
  mayHaveActed = false;
  before: PendingRequest | undefined;
  after: PendingRequest | undefined;
  timer: Timer | undefined;
  /** Whoever hears that the timer has fired. */
  sender: { onTimeout(request: PendingRequest): void } | undefined;
  /** A redirect agent has sent it elsewhere. */
  redirection: Instance<typeof redirectionMachine> | undefined;
  redirectCount = 0;

  constructor(
    readonly application: number,
    readonly endToEnd: number,
    public bytes: Buffer,
    /** How long it waits for its answer. */
    readonly answerMs: number,
    /** Whom an agent asks for. */
    readonly asker?: Connection,
  ) {}

  /** Whom to send it to, other than `except`. */
  abstract route(peers: PeerTable, except: Peer | undefined): Peer | undefined;
  /** Its answer, with its ids. */
  abstract answered(bytes: Buffer): void;
  abstract failed(failure: RequestFailure): void;
}
