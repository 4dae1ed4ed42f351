/** Subscribers that follow one another: a million of them take no more room than one until somebody asks for them. */
import { isDeepStrictEqual } from 'node:util';
import type { Subscriber } from './subscriber.js';

export interface SubscriberRange {
  readonly count: number;
  /** By place, from 0; the same each time. Their private identities ascend, nobody has a wildcard, and each is alone in its subscription. */
  at(place: number): Subscriber;
  privateIdentityAt(place: number): string;
  /** Who has that private or public identity just so. */
  placeOf(identity: string): number | undefined;
  placeOfImsi(imsi: string): number | undefined;
}

export interface SubscriberList {
  readonly subscribers: readonly Subscriber[];
  readonly ranges: readonly SubscriberRange[];
}

/** One by one. */
export function* everySubscriber({ subscribers, ranges }: SubscriberList): Generator<Subscriber> {
  yield* subscribers;
  for (const range of ranges) {
    for (let place = 0; place < range.count; place++) yield range.at(place);
  }
}

export function subscriberByImsi({ subscribers, ranges }: SubscriberList, imsi: string): Subscriber | undefined {
  return subscribers.find((each) => each.imsi === imsi) ?? inRanges(ranges, imsi);
}

export function inRanges(ranges: readonly SubscriberRange[], imsi: string): Subscriber | undefined {
  for (const range of ranges) {
    const place = range.placeOfImsi(imsi);
    if (place !== undefined) return range.at(place);
  }
  return undefined;
}

/** What lies between the ends follows from them. */
export function isSameRange(one: SubscriberRange, other: SubscriberRange): boolean {
  if (one.count !== other.count) return false;
  return [0, one.count - 1].every((place) => isDeepStrictEqual(one.at(place), other.at(place)));
}
