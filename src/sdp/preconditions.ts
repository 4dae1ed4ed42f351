/**
 * The status table of RFC 3312 5 with segmented status (TS 24.229 6.1), as plain data and pure functions. Everything
 * is seen from our own side: in what the peer writes, local and remote, send and recv are exchanged (RFC 3312 4).
 */
import type { PreconditionDirection, PreconditionLine, PreconditionStrength } from './precondition-line.js';

/** Our access (`local`) or the peer's (`remote`). */
export interface PreconditionSegment {
  readonly current: PreconditionDirection;
  /** Desired strength for what we send, and for what we receive. */
  readonly send: PreconditionStrength;
  readonly recv: PreconditionStrength;
  /** In `local`: the peer wants to be told when `current` covers this. In `remote`: we do. */
  readonly confirm: PreconditionDirection;
}

export interface PreconditionTable {
  readonly local: PreconditionSegment;
  readonly remote: PreconditionSegment;
}

const bits: Readonly<Record<PreconditionDirection, number>> = { none: 0, send: 1, recv: 2, sendrecv: 3 };
const directionOfBits = ['none', 'send', 'recv', 'sendrecv'] as const;

const mirrored = {
  direction: { none: 'none', send: 'recv', recv: 'send', sendrecv: 'sendrecv' },
  status: { local: 'remote', remote: 'local' },
} as const;

/** A desired strength is upgraded, never downgraded (RFC 3312 5.1, 5.2). */
const rank: Readonly<Record<PreconditionStrength, number>> = {
  none: 0,
  optional: 1,
  mandatory: 2,
  unknown: 3,
  failure: 4,
};

/** For a first offer: our own access mandatory, the peer's optional (IR.92 2.4; TS 24.229 6.1.2; CALL-20, CALL-21). */
export function offeredPreconditions(localReserved: boolean): PreconditionTable {
  return {
    local: { current: localReserved ? 'sendrecv' : 'none', send: 'mandatory', recv: 'mandatory', confirm: 'none' },
    remote: { current: 'none', send: 'optional', recv: 'optional', confirm: 'none' },
  };
}

/**
 * For the answer to a first offer with precondition lines: our own access becomes mandatory as well, and we ask to be
 * told of the peer's where it is mandatory and not ready (RFC 3312 5.2, 6; TS 24.229 6.1.3; CALL-20).
 */
export function answeredPreconditions(offered: readonly PreconditionLine[], localReserved: boolean): PreconditionTable {
  const initial: PreconditionTable = {
    local: { current: localReserved ? 'sendrecv' : 'none', send: 'mandatory', recv: 'mandatory', confirm: 'none' },
    remote: { current: 'none', send: 'none', recv: 'none', confirm: 'none' },
  };
  const { local, remote } = receivePreconditions(initial, offered);
  const missing = mandatoryBits(remote) & ~bits[remote.current];
  return { local, remote: { ...remote, confirm: directionOfBits[missing]! } };
}

/**
 * The table after a description of the peer (RFC 3312 5.1, 5.2). The peer knows the status of its own access, we
 * know ours: its `curr … remote` does not change `local.current`. End-to-end status is not used in IMS and left out.
 */
export function receivePreconditions(table: PreconditionTable, lines: readonly PreconditionLine[]): PreconditionTable {
  const segments = { local: { ...table.local }, remote: { ...table.remote } };
  for (const line of lines) {
    if (line.status === 'e2e') continue;
    const status = mirrored.status[line.status];
    const segment = segments[status];
    const direction = mirrored.direction[line.direction];
    if (line.kind === 'curr') {
      if (status === 'remote') segment.current = direction;
    } else if (line.kind === 'conf') {
      segment.confirm = direction;
    } else {
      if (bits[direction] & bits.send) segment.send = stronger(segment.send, line.strength);
      if (bits[direction] & bits.recv) segment.recv = stronger(segment.recv, line.strength);
    }
  }
  return segments;
}

/** Our own access now carries both directions, or lost them. */
export function withLocalReserved(table: PreconditionTable, reserved: boolean): PreconditionTable {
  return { ...table, local: { ...table.local, current: reserved ? 'sendrecv' : 'none' } };
}

/** Every mandatory precondition is met: the callee may alert (RFC 3312 6; CALL-20). */
export function mandatoryMet({ local, remote }: PreconditionTable): boolean {
  return segmentMet(local) && segmentMet(remote);
}

/** The peer has given up on a precondition, or does not know its type: 580 (RFC 3312 8, 9). */
export function preconditionsFailed({ local, remote }: PreconditionTable): boolean {
  return [local.send, local.recv, remote.send, remote.recv].some((each) => rank[each] > rank.mandatory);
}

/** The confirmation has been sent: it is owed no longer. */
export function withConfirmed(table: PreconditionTable): PreconditionTable {
  return { ...table, local: { ...table.local, confirm: 'none' } };
}

/** The lines of our next description, current status first (CALL-20). */
export function preconditionLines({ local, remote }: PreconditionTable): readonly PreconditionLine[] {
  const lines: PreconditionLine[] = [
    { kind: 'curr', status: 'local', direction: local.current },
    { kind: 'curr', status: 'remote', direction: remote.current },
    ...desiredLines('local', local),
    ...desiredLines('remote', remote),
  ];
  const unconfirmed = bits[remote.confirm] & ~bits[remote.current];
  if (unconfirmed !== 0) lines.push({ kind: 'conf', status: 'remote', direction: directionOfBits[unconfirmed]! });
  return lines;
}

function desiredLines(status: 'local' | 'remote', { send, recv }: PreconditionSegment): readonly PreconditionLine[] {
  if (send === recv) return [{ kind: 'des', strength: send, status, direction: 'sendrecv' }];
  return [
    { kind: 'des', strength: send, status, direction: 'send' },
    { kind: 'des', strength: recv, status, direction: 'recv' },
  ];
}

function segmentMet(segment: PreconditionSegment): boolean {
  return (mandatoryBits(segment) & ~bits[segment.current]) === 0;
}

function mandatoryBits({ send, recv }: PreconditionSegment): number {
  return (send === 'mandatory' ? bits.send : 0) | (recv === 'mandatory' ? bits.recv : 0);
}

function stronger(a: PreconditionStrength, b: PreconditionStrength): PreconditionStrength {
  return rank[b] > rank[a] ? b : a;
}
