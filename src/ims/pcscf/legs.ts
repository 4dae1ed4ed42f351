/** P-CSCF, the messages of a UE's dialogs and single requests as they cross the border. TS 24.229 §5.2.6.3, §5.2.6.4. */
import type { Cause, Chassis, RoutedRequest } from '../../node/index.js';
import {
  type Destination,
  detached,
  type MessageEditor,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { answered } from '../session/charging-vector.js';
import type { UserPort } from '../session/route-set.js';
import type { LegBehaviour, LegFailure } from '../session/session-table.js';
import type { PcscfConfig } from './config.js';
import { setWith } from './granted-sets.js';
import { chargingVector, enterTrustDomain, leaveTrustDomain } from './headers.js';
import type { UeRegistration } from './registrations.js';

/** TS 24.229 §5.2.6.3: the UE calls. */
export class OriginatingLeg implements LegBehaviour {
  /** The UE has said that it understands P-Early-Media. */
  #earlyMedia = false;

  constructor(
    private readonly chassis: Chassis,
    private readonly config: PcscfConfig,
    readonly servedUser: UeRegistration,
  ) {}

  get contacts(): readonly string[] {
    return [this.servedUser.pathToken];
  }

  get userPort(): UserPort | undefined {
    return this.servedUser.userPort;
  }

  towardsServedUser(): readonly Destination[] | undefined {
    return this.servedUser.destinations;
  }

  editInvite(editor: MessageEditor, { working }: RoutedRequest): void {
    const { chassis, config, servedUser } = this;
    this.#earlyMedia = working.hasOption('P-Early-Media', 'supported');
    enterTrustDomain(working, editor);
    editor.remove('P-Preferred-Identity');
    const asserted = assertedIdentity(servedUser, working);
    editor.append('P-Asserted-Identity', `<${asserted}>`);
    editor.append('P-Charging-Vector', chargingVector(chassis, config.networkIdentifier));
    const { chargingFunctions } = servedUser;
    if (chargingFunctions !== undefined) editor.append('P-Charging-Function-Addresses', chargingFunctions); // REG-25
    // The way home is the Service-Route as stored, whatever the UE preloaded.
    editor.remove('Route');
    for (const route of setWith(servedUser.sets, asserted)?.serviceRoute ?? []) editor.append('Route', route);
  }

  editRequest(editor: MessageEditor, request: SipRequest, fromServedUser: boolean): void {
    crossBorder(editor, request, fromServedUser, this.#earlyMedia);
  }

  editResponse(response: SipResponse, toServedUser: boolean): string {
    return responseAcross(response, toServedUser, [], this.#earlyMedia);
  }

  explainSilence({ status, reason }: SipResponse): LegFailure {
    return {
      status: 504, // TS 24.229 §5.2.6.3.3
      cause: {
        what: 'cause.servingNodeUnreachable',
        text: `the S-CSCF in the Service-Route of ${this.servedUser.publicIdentity} did not answer (${status} ${reason}): is it running?`,
        clause: 'TS 24.229 §5.2.6.3.3, RFC 3261 16.7',
      },
    };
  }
}

/** TS 24.229 §5.2.6.4: the UE is called. */
export class TerminatingLeg implements LegBehaviour {
  readonly #method: string;
  readonly #called: string;
  readonly #charging: string | undefined;
  readonly #chargingFunctions: string | undefined;

  constructor(
    private readonly config: PcscfConfig,
    readonly servedUser: UeRegistration,
    { server: { message } }: RoutedRequest,
  ) {
    this.#method = message.method;
    this.#called = detached(message.address('P-Called-Party-ID')?.uri.text ?? message.requestUri);
    const charging = message.header('P-Charging-Vector');
    this.#charging = charging === undefined ? undefined : detached(charging);
    const functions = message.header('P-Charging-Function-Addresses');
    this.#chargingFunctions = functions === undefined ? servedUser.chargingFunctions : detached(functions);
  }

  get contacts(): readonly string[] {
    return [this.servedUser.pathToken];
  }

  get userPort(): UserPort | undefined {
    return this.servedUser.userPort;
  }

  towardsServedUser(): readonly Destination[] | undefined {
    return this.servedUser.destinations;
  }

  editInvite(editor: MessageEditor, { working }: RoutedRequest): void {
    leaveTrustDomain(working, editor);
  }

  editRequest(editor: MessageEditor, request: SipRequest, fromServedUser: boolean): void {
    crossBorder(editor, request, fromServedUser);
  }

  editResponse(response: SipResponse, toServedUser: boolean): string {
    const { servedUser, config } = this;
    const isOpening = response.method === this.#method;
    const isAnswer = isOpening && response.status > 100 && response.status < 300;
    // TS 24.229 §5.2.6.4.4, §5.2.6.4.6: a preferred identity of the UE's own, else the one that was called.
    const asserted = isAnswer && !toServedUser ? (preferredIdentity(servedUser, response) ?? this.#called) : undefined;
    const added: [string, string][] = asserted === undefined ? [] : [['P-Asserted-Identity', `<${asserted}>`]];
    // CALL-13: the UE knows nothing of charging; its answers to the opening request carry it from here on.
    if (this.#charging !== undefined && isOpening && !toServedUser) {
      added.push(['P-Charging-Vector', answered(this.#charging, config.networkIdentifier)]);
    }
    // TS 24.229 §5.2.1: as the request said, else as the registration did.
    if (this.#chargingFunctions !== undefined && isOpening && !toServedUser) {
      added.push(['P-Charging-Function-Addresses', this.#chargingFunctions]);
    }
    return responseAcross(response, toServedUser, added);
  }

  explainSilence({ status, reason }: SipResponse): LegFailure {
    return {
      status: 408, // CALL section 5: timer B at the P-CSCF's edge
      cause: {
        what: 'cause.ueUnreachable',
        text: `the UE of ${this.#called} did not answer ${this.#method} (${status} ${reason}): is it still there?`,
        clause: 'TS 24.229 §5.2.6.4, RFC 3261 16.7',
      },
    };
  }

  explainRejection(response: SipResponse): Cause | undefined {
    return rejection(this.#called, response);
  }
}

/** The called UE's own refusals. A cancelled call is none. */
function rejection(called: string, { status, reason }: SipResponse): Cause | undefined {
  if (status === 487) return undefined;
  const isBusy = status === 486 || status === 600;
  return {
    what: isBusy ? 'cause.calleeBusy' : 'cause.calleeRejected',
    text: `the UE of ${called} ${isBusy ? 'is busy' : 'refused the call'} (${status} ${reason})`,
    clause: isBusy ? 'RFC 3261 21.4.24' : 'RFC 3261 13.3.1.3',
  };
}

/** Within a dialog: what only the network may say, and what is not for a UE. */
function crossBorder(editor: MessageEditor, request: SipRequest, fromServedUser: boolean, earlyMedia = false): void {
  if (fromServedUser) enterTrustDomain(request, editor);
  else leaveTrustDomain(request, editor, earlyMedia);
}

function responseAcross(
  response: SipResponse,
  toServedUser: boolean,
  added: readonly (readonly [string, string])[] = [],
  earlyMedia = false,
): string {
  const editor = response.edit();
  if (toServedUser) leaveTrustDomain(response, editor, earlyMedia);
  else {
    enterTrustDomain(response, editor);
    editor.remove('P-Preferred-Identity');
    for (const [name, value] of added) editor.append(name, value);
  }
  return editor.text();
}

/** CALL-10: the preferred identity if it is one of the UE's, else the default one; From is not used. */
function assertedIdentity(entry: UeRegistration, request: SipRequest): string {
  return preferredIdentity(entry, request) ?? entry.sets[0]?.identities[0] ?? entry.publicIdentity;
}

/** The first P-Preferred-Identity that is a registered, non-barred identity of this contact, as the network writes it. */
function preferredIdentity({ sets }: UeRegistration, message: SipMessage): string | undefined {
  if (!message.has('P-Preferred-Identity')) return undefined;
  const associatedIdentities = sets.flatMap(({ identities }) => identities);
  const canonical = associatedIdentities.map(canonicalIdentity);
  for (const { uri } of message.addresses('P-Preferred-Identity')) {
    const wanted = canonicalIdentity(uri.text);
    const index = wanted === undefined ? -1 : canonical.indexOf(wanted);
    if (index !== -1) return associatedIdentities[index];
  }
  return undefined;
}
