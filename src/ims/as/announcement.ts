/** A call that the application server takes itself; `announcement.machine.ts` decides. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import { MediaSession } from '../../media/index.js';
import type { Chassis } from '../../node/index.js';
import {
  buildAnswer,
  buildOffer,
  formatSdp,
  type LocalAudio,
  negotiatedAudio,
  parseSdp,
  type SessionDescription,
} from '../../sdp/index.js';
import {
  bodyOfType,
  buildResponse,
  coreTimers,
  type Dialog,
  dialogFromRequest,
  type Headers,
  inDialogRequest,
  keyOfDialog,
  Retransmitter,
  type ServerRequest,
} from '../../sip/index.js';
import { announcement } from './announcement.machine.js';

/** Where it speaks, and what it says of that. */
export interface AnnouncementMedia {
  readonly local: LocalAudio;
  /** The body of the 200. */
  readonly description: SessionDescription;
  /** Of the caller; undefined: it comes with the ACK. */
  readonly remote: SessionDescription | undefined;
}

export interface AnnouncementParts {
  readonly media: AnnouncementMedia;
  /** Value of Contact. */
  readonly contact: string;
  readonly playMs: number;
  /** Further headers of the 200. */
  readonly headers: Headers;
}

const sdpType = 'application/sdp';

export class Announcement {
  readonly #chassis: Chassis;
  readonly #machine: Instance<typeof announcement>;
  readonly #server: ServerRequest;
  readonly #parts: AnnouncementParts;
  readonly dialog: Dialog;
  #response: Retransmitter | undefined;
  #session: MediaSession | undefined;
  #remote: SessionDescription | undefined;

  constructor(chassis: Chassis, server: ServerRequest, parts: AnnouncementParts, onDone: (call: Announcement) => void) {
    this.#chassis = chassis;
    this.#server = server;
    this.#parts = parts;
    this.#remote = parts.media.remote;
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
      const text = this.#remote === undefined ? bodyOfType(server.message, sdpType) : undefined;
      if (text !== undefined) this.#remote = parseSdp(text);
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
    this.#session?.stop();
    this.#machine.stop();
  }

  /** For the machine. */
  answer(): void {
    const { media } = this.#parts;
    const response = buildResponse(this.#server.message, 200, {
      toTag: this.#server.localTag,
      headers: [
        // RFC 3261 12.1.1: the way back is the way here.
        ...this.#server.message.values('Record-Route').map((value) => ['Record-Route', value] as const),
        ['Contact', this.#parts.contact],
        ['Allow', 'INVITE, ACK, CANCEL, BYE'],
        ...this.#parts.headers,
      ],
      body: formatSdp(media.description),
      contentType: sdpType,
    });
    this.#session = new MediaSession({
      environment: this.#chassis.environment,
      local: { address: media.local.address, port: media.local.port },
      onError: (code, message) =>
        this.#chassis.explain({ what: 'cause.media', text: `${message} (${code})`, clause: 'RFC 3550 11' }),
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
  play(): void {
    const { description } = this.#parts.media;
    const agreed = this.#remote && negotiatedAudio(description, this.#remote);
    if (agreed !== undefined) this.#session?.start(agreed);
  }

  /** For the machine. */
  endMedia(): void {
    this.#session?.stop();
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
export function mediaFor({ message }: ServerRequest, local: LocalAudio): AnnouncementMedia | undefined {
  const text = bodyOfType(message, sdpType);
  if (text === undefined) return { local, description: buildOffer(local), remote: undefined };
  const remote = parseSdp(text);
  const description = remote && buildAnswer(remote, local);
  return description && { local, description, remote };
}

const effects: EffectsOf<typeof announcement, Announcement> = {
  answer: (_, call) => call.answer(),
  play: (_, call) => call.play(),
  endMedia: (_, call) => call.endMedia(),
  sendBye: (_, call) => call.sendBye(),
};
