/** A line with a large `count` as a range: its members are made from the line when somebody asks for them. */
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import type { SubscriberRange } from '../ims/subscription/subscriber-range.js';
import { hasPlaceholders, lineAt } from './subscriber-range.js';
import type { SubscriberInput } from './subscriber-schema.js';

/** No identity that anybody has is longer; what is, is not searched for numbers. */
const identityMax = 1_000;

export class LineRange implements SubscriberRange {
  readonly #imsi: Digits;
  readonly #msisdn: Digits | undefined;
  readonly #isPattern: boolean;

  /** `input` has an IMSI and a count, and all of the lines that it stands for. */
  constructor(
    private readonly input: SubscriberInput,
    readonly count: number,
    private readonly read: (line: SubscriberInput) => Subscriber,
  ) {
    const { imsi, msisdn } = input;
    this.#imsi = new Digits(imsi!, count);
    this.#msisdn = msisdn === undefined ? undefined : new Digits(msisdn.slice(1), count);
    this.#isPattern = hasPlaceholders(input);
  }

  at(place: number): Subscriber {
    return this.read(lineAt(this.input, place)!);
  }

  privateIdentityAt(place: number): string {
    return this.at(place).privateIdentity;
  }

  placeOfImsi(imsi: string): number | undefined {
    return this.#imsi.placeOf(imsi);
  }

  /** Numbers in the text say who it may be; whether it is that one only its identities say. */
  placeOf(identity: string): number | undefined {
    if (identity.length > identityMax) return undefined;
    for (const [run] of identity.matchAll(/\d+/g)) {
      for (const place of this.#candidates(run)) if (this.#has(place, identity)) return place;
    }
    return undefined;
  }

  /** Whether the two have a subscriber or an identity in common. */
  overlaps(other: LineRange): boolean {
    if (this.count > other.count) return other.overlaps(this);
    if (!this.#isPattern && !other.#isPattern) {
      const numbers = this.#msisdn !== undefined && other.#msisdn !== undefined && this.#msisdn.meets(other.#msisdn);
      return numbers || this.#imsi.meets(other.#imsi);
    }
    for (let place = 0; place < this.count; place++) {
      const { imsi, privateIdentity, ...rest } = this.at(place);
      const all = [privateIdentity, ...identitiesOf(rest).map(({ uri }) => uri)];
      if (other.placeOfImsi(imsi) !== undefined || all.some((each) => other.placeOf(each) !== undefined)) return true;
    }
    return false;
  }

  *#candidates(run: string): Generator<number> {
    if (this.#isPattern) {
      const place = Number(run) - 1; // {number}
      if (place >= 0 && place < this.count) yield place;
    }
    yield* this.#imsi.placesIn(run);
    if (this.#msisdn !== undefined) yield* this.#msisdn.placesIn(run);
  }

  #has(place: number, identity: string): boolean {
    const member = this.at(place);
    return member.privateIdentity === identity || identitiesOf(member).some(({ uri }) => uri === identity);
  }
}

/** Numbers of so many digits, one after the other. Up to 15 digits. */
class Digits {
  readonly #first: number;
  readonly #width: number;

  constructor(
    first: string,
    private readonly count: number,
  ) {
    this.#first = Number(first);
    this.#width = first.length;
  }

  placeOf(digits: string): number | undefined {
    const place = Number(digits) - this.#first;
    return digits.length === this.#width && place >= 0 && place < this.count ? place : undefined;
  }

  *placesIn(run: string): Generator<number> {
    for (let at = 0; at + this.#width <= run.length; at++) {
      const place = this.placeOf(run.slice(at, at + this.#width));
      if (place !== undefined) yield place;
    }
  }

  meets(other: Digits): boolean {
    if (this.#width !== other.#width) return false;
    return this.#first < other.#first + other.count && other.#first < this.#first + this.count;
  }
}
