/** What each UE was granted last: short, so that it outlives the messages that said it. */
import type { MessageRecord } from '../environment/index.js';
import { detached, type SipRequest, type SipResponse } from '../sip/index.js';
import type { Grant, LabFacts } from './rule.js';

const uesMax = 50_000;
/** A UE that has not heard the last one goes by one before. */
const grantsPerUeMax = 4;

export class Grants {
  readonly #byUe = new Map<string, readonly Grant[]>();
  #isComplete = true;

  of(ue: string): readonly Grant[] | undefined {
    return this.#byUe.get(ue) ?? (this.#isComplete ? [] : undefined);
  }

  /** A 2xx to REGISTER that leaves a P-CSCF. */
  learn(record: MessageRecord, message: SipRequest | SipResponse, facts: LabFacts): void {
    if (message.kind === 'request' || message.method !== 'REGISTER') return;
    const { status } = message;
    if (status < 200 || status >= 300 || facts.roleOf(record.fromNode) !== 'p-cscf') return;
    const earlier = this.#byUe.get(record.toNode) ?? [];
    this.#byUe.set(record.toNode, [...earlier.slice(1 - grantsPerUeMax), grant(record, message)]);
    if (this.#byUe.size <= uesMax) return;
    this.#byUe.delete(this.#byUe.keys().next().value!);
    this.#isComplete = false;
  }
}

function grant(record: MessageRecord, message: SipResponse): Grant {
  return {
    record: { ...record, bytes: noOctets },
    identity: detached(message.to.uri.text),
    associated: message.addresses('P-Associated-URI').map(({ uri }) => detached(uri.text)),
    serviceRoute: message.values('Service-Route').map(detached),
    expires: longestExpires(message),
  };
}

/** Nobody asks for them, and they are most of what a grant would take. */
const noOctets = Buffer.alloc(0);

/** RFC 3261 10.3 step 8: every binding has its own time. */
function longestExpires({ contacts, expires = 0 }: SipResponse): number {
  if (contacts === '*') return 0;
  const seconds = contacts.map(({ parameters }) => Number(parameters.get('expires') ?? expires));
  return Math.max(0, ...seconds.filter((each) => Number.isFinite(each)));
}
