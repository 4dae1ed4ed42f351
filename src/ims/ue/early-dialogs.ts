/** The dialogs that one INVITE of ours has made: one a callee, of which one is kept. SIP-55; RFC 3261 13.2.2.4. */
import { dialogFromResponse, rackFor, reliableOrder, type SipRequest, type SipResponse } from '../../sip/index.js';
import { CallDialog, type CallDialogUser } from './call-dialog.js';
import type { CallMedia } from './call-media.js';
import type { UserAgent } from './user-agent.js';

/** One callee of a forked INVITE. */
export interface EarlyDialog {
  readonly dialog: CallDialog;
  /** RSeq of the last reliable response. */
  lastSequence: number | undefined;
  /** The last reliable response with a session description. */
  description: SipResponse | undefined;
  /** Of its 2xx; sent again with each repetition. */
  ack: SipRequest | undefined;
}

export class EarlyDialogs {
  /** By the callee's tag. */
  readonly #dialogs = new Map<string, EarlyDialog>();

  constructor(
    private readonly agent: UserAgent,
    private readonly media: CallMedia,
    private readonly invite: SipRequest,
    private readonly user: CallDialogUser,
  ) {}

  withTag(tag: string | undefined): EarlyDialog | undefined {
    return this.#dialogs.get(tag ?? '');
  }

  /** The dialog of a response to the INVITE, which may open it. Undefined: it makes none. */
  of(response: SipResponse): EarlyDialog | undefined {
    const known = response.toTag === undefined ? undefined : this.#dialogs.get(response.toTag);
    if (known !== undefined) return known;
    const dialog = dialogFromResponse(this.invite, response);
    if (dialog === undefined) return undefined;
    const early: EarlyDialog = {
      dialog: new CallDialog(this.agent, this.media, dialog, this.user),
      lastSequence: undefined,
      description: undefined,
      ack: undefined,
    };
    this.#dialogs.set(dialog.remoteTag, early);
    return early;
  }

  /** A callee has answered, and its answer was acknowledged. */
  get isAnswered(): boolean {
    for (const { ack } of this.#dialogs.values()) if (ack !== undefined) return true;
    return false;
  }

  /** `reliable`: it asks for PRACK. `repeated`: nothing is to be done about it, or it came before its turn (RFC 3262 4). */
  takeProvisional(response: SipResponse, early: EarlyDialog): 'plain' | 'reliable' | 'repeated' {
    if (rackFor(response) === undefined) return 'plain';
    if (reliableOrder(response, early.lastSequence) !== 'next') return 'repeated';
    early.lastSequence = Number(response.header('RSeq'));
    if (response.body !== '') early.description = response;
    return 'reliable';
  }

  acknowledge(early: EarlyDialog): void {
    early.ack = early.dialog.makeAck(this.invite.cseq.sequence);
    early.dialog.sendAck(early.ack);
  }

  /** A session that nobody wants: ACK, then BYE. */
  release(early: EarlyDialog, response: SipResponse): void {
    early.dialog.confirm(response);
    this.acknowledge(early);
    early.dialog.request('BYE', [], undefined, () => {});
    early.dialog.stop();
  }
}
