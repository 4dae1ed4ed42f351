/**
 * SQNs of the last vectors by private identity, never changed in place. Nearly every subscription has one card, for which a
 * Map would take four times the room.
 */

/** `undefined`: there are none. */
export type SequenceNumbers = SequenceNumber | undefined;

export interface SequenceNumber {
  readonly privateIdentity: string;
  /** 48 bits. */
  readonly sqn: bigint;
  readonly others: SequenceNumbers;
}

export function sqnOf(numbers: SequenceNumbers, privateIdentity: string): bigint | undefined {
  for (let each = numbers; each !== undefined; each = each.others) {
    if (each.privateIdentity === privateIdentity) return each.sqn;
  }
  return undefined;
}

export function withSqn(numbers: SequenceNumbers, privateIdentity: string, sqn: bigint): SequenceNumber {
  return { privateIdentity, sqn, others: withoutSqn(numbers, privateIdentity) };
}

/** The same object where it has no number. */
export function withoutSqn(numbers: SequenceNumbers, privateIdentity: string): SequenceNumbers {
  if (numbers === undefined || sqnOf(numbers, privateIdentity) === undefined) return numbers;
  const { others } = numbers;
  if (numbers.privateIdentity === privateIdentity) return others;
  return { ...numbers, others: withoutSqn(others, privateIdentity) };
}

export function sequenceNumbers(entries: Iterable<readonly [privateIdentity: string, sqn: bigint]>): SequenceNumbers {
  let numbers: SequenceNumbers;
  for (const [privateIdentity, sqn] of entries) numbers = withSqn(numbers, privateIdentity, sqn);
  return numbers;
}

export function* sequenceEntries(numbers: SequenceNumbers): Generator<readonly [privateIdentity: string, sqn: bigint]> {
  for (let each = numbers; each !== undefined; each = each.others) yield [each.privateIdentity, each.sqn];
}
