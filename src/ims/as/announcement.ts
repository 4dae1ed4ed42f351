/** A call that the application server takes itself; `announcement.machine.ts` decides. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import { buildAnswer, buildOffer, formatSdp, type LocalAudio, parseSdp } from '../../sdp/index.js';
import {
  bodyOfType,
  buildResponse,
  coreTimers,
  type Dialog,
  dialogFromRequest,
  inDialogRequest,
  keyOfDialog,
  Retransmitter,
  type ServerRequest,
} from '../../sip/index.js';
import { announcement } from './announcement.machine.js';

/** Where the media would come from: nothing is played here, so that one port serves for all. */
const mediaPort = 40_000;

export class Announcement {
  readonly #chassis: Chassis;
  readonly #machine: Instance<typeof announcement>;
  readonly #server: ServerRequest;
  readonly #answer: string;
  readonly #contact: string;
  readonly dialog: Dialog;
  #response: Retransmitter | undefined;

  /** @param answer the body of the 200 */
  constructor(
    chassis: Chassis,
    server: ServerRequest,
    parts: { readonly answer: string; readonly contact: string; readonly playMs: number },
    onDone: (call: Announcement) => void,
  ) {
    this.#chassis = chassis;
    this.#server = server;
    this.#answer = parts.answer;
    this.#contact = parts.contact;
    this.dialog = dialogFromRequest(server.message, server.localTag, 'confirmed');
    this.#machine = chassis.host.create(announcement, {
      id: `announcement:${server.message.callId}`,
      input: { playMs: parts.playMs },
      owner: this as Announcement,
      effects,
      onDone,
    });
  }

  get key(): string {
    return keyOfDialog(this.dialog);
  }

  /** A request within the dialog. */
  receive(server: ServerRequest): void {
    const { method } = server.message;
    if (server.isAck) {
      this.#response?.acknowledge();
      this.#machine.send({ type: 'sip.ack' });
    } else if (method === 'BYE') {
      server.reply(200);
      this.#machine.send({ type: 'sip.bye' });
    } else server.reply(method === 'INFO' || method === 'UPDATE' ? 488 : 501);
  }

  /** Without a word to anybody. */
  stop(): void {
    this.#response?.stop();
    this.#machine.stop();
  }

  /** For the machine. */
  answer(): void {
    const response = buildResponse(this.#server.message, 200, {
      toTag: this.#server.localTag,
      headers: [
        // RFC 3261 12.1.1: the way back is the way here.
        ...this.#server.message.values('Record-Route').map((value) => ['Record-Route', value] as const),
        ['Contact', this.#contact],
        ['Allow', 'INVITE, ACK, CANCEL, BYE'],
      ],
      body: this.#answer,
      contentType: 'application/sdp',
    });
    this.#response = new Retransmitter({
      host: this.#chassis.host,
      server: this.#server,
      response,
      timers: coreTimers,
      onUnacknowledged: () => this.#machine.send({ type: 'sip.unacknowledged' }),
    });
  }

  /** For the machine. */
  sendBye(): void {
    const { sip } = this.#chassis;
    const bye = inDialogRequest(this.dialog, 'BYE');
    const onEnd = (): void => this.#machine.send({ type: 'sip.byeAnswered' });
    sip.sendRequest(bye, sip.nextHop(bye), {
      onResponse: ({ status }) => {
        if (status >= 200) onEnd();
      },
      onTimeout: onEnd,
      onTransportError: onEnd,
    });
  }
}

/** The answer to an offer, or an offer where the INVITE has none; undefined: no codec in common (488). */
export function descriptionFor(chassis: Chassis, { message }: ServerRequest): string | undefined {
  const { host } = chassis.sip.localUri();
  const sessionId = String(chassis.environment.random.uint32());
  const local: LocalAudio = { address: host.replace(/^\[|\]$/g, ''), port: mediaPort, sessionId };
  const text = bodyOfType(message, 'application/sdp');
  if (text === undefined) return formatSdp(buildOffer(local, { direction: 'sendonly' }));
  const offer = parseSdp(text);
  const answer = offer && buildAnswer(offer, local, { direction: 'sendonly' });
  return answer && formatSdp(answer);
}

const effects: EffectsOf<typeof announcement, Announcement> = {
  answer: (_, call) => call.answer(),
  sendBye: (_, call) => call.sendBye(),
};
