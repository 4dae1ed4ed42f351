/** A user agent written by hand, at the network's address, that calls a UE or is called by it: as little as sipp does. */
import {
  buildRequest,
  confirmDialog,
  type Dialog,
  dialogFromResponse,
  type Headers,
  inDialogRequest,
  rackFor,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
} from '../../../src/sip/index.js';
import type { NetworkSide } from './network-side.js';

export const plainOffer = [
  'v=0',
  'o=- 1 1 IN IP4 10.0.0.1',
  's=-',
  'c=IN IP4 10.0.0.1',
  't=0 0',
  'm=audio 6000 RTP/AVP 104',
  'a=rtpmap:104 AMR-WB/16000/1',
  '',
].join('\r\n');

export interface RequestParts {
  readonly method?: string;
  readonly requestUri?: string;
  readonly headers?: Headers;
  readonly body?: string;
  readonly contentType?: string;
  readonly callId?: string;
  readonly toTag?: string;
  readonly cseq?: number;
}

let calls = 0;

export class FarCaller {
  readonly responses: SipResponse[] = [];
  readonly received: ServerRequest[] = [];
  dialog: Dialog | undefined;
  invite!: SipRequest;
  answersBye = true;
  #cancel: (() => void) | undefined;

  constructor(
    readonly network: NetworkSide,
    readonly address = '10.0.0.11',
  ) {
    network.onRequest = (server) => {
      this.received.push(server);
      if (server.message.method === 'BYE' && this.answersBye) server.reply(200);
      return true;
    };
  }

  get statuses(): number[] {
    return this.responses.map(({ status }) => status);
  }

  /** Sends a request outside a dialog and lets a second pass. */
  send(parts: RequestParts): void {
    const { method = 'INVITE', requestUri = `sip:ue@${this.address}:5060`, headers = [], toTag } = parts;
    const request = buildRequest({
      method,
      requestUri,
      headers: [
        ['Max-Forwards', '70'],
        ['From', '<sip:far@example.com>;tag=far'],
        ['To', `<${requestUri}>${toTag === undefined ? '' : `;tag=${toTag}`}`],
        ['Call-ID', parts.callId ?? `far-${++calls}`],
        ['CSeq', `${parts.cseq ?? 1} ${method}`],
        ['Contact', '<sip:far@10.0.0.1:5060>'],
        ...headers,
      ],
      ...(parts.body === undefined ? {} : { body: parts.body, contentType: parts.contentType ?? 'application/sdp' }),
    });
    if (method === 'INVITE') this.invite = request;
    this.#transmit(request);
    this.network.run(1000);
  }

  ack(response: SipResponse, body?: string): void {
    const dialog = this.#dialogOf(response);
    const parts = body === undefined ? {} : { body, contentType: 'application/sdp' };
    const ack = inDialogRequest(dialog, 'ACK', { sequence: response.cseq.sequence, ...parts });
    this.network.sip.sendStateless(ack, this.network.sip.nextHop(ack));
    this.network.run(100);
  }

  prack(response: SipResponse): void {
    this.request('PRACK', { headers: [['RAck', rackFor(response) ?? '1 1 INVITE']] }, response);
  }

  /** Within the dialog of the response, or the one that there is. */
  request(method: string, parts: RequestParts = {}, response?: SipResponse): void {
    const dialog = response === undefined ? this.dialog! : this.#dialogOf(response);
    const { headers = [], body } = parts;
    const request = inDialogRequest(dialog, method, {
      headers: [...headers, ['Contact', '<sip:far@10.0.0.1:5060>']],
      ...(body === undefined ? {} : { body, contentType: 'application/sdp' }),
      ...(parts.cseq === undefined ? {} : { sequence: parts.cseq }),
    });
    this.#transmit(request);
    this.network.run(500);
  }

  cancel(): void {
    this.#cancel?.();
    this.network.run(1000);
  }

  /** The last response with that status. */
  last(status: number): SipResponse {
    return this.responses.findLast((response) => response.status === status)!;
  }

  #transmit(request: SipRequest): void {
    const { sip } = this.network;
    const destinations = sip.resolveUri(request.uri);
    const target =
      destinations.length > 0 ? destinations : sip.resolveUri({ ...request.uri, scheme: 'sip', host: this.address });
    const transaction = sip.sendRequest(request, target, {
      onResponse: (response) => this.responses.push(response),
      onTimeout: () => {},
      onTransportError: () => {},
    });
    if (request.method === 'INVITE') this.#cancel = () => transaction.cancel();
  }

  #dialogOf(response: SipResponse): Dialog {
    this.dialog ??= dialogFromResponse(this.invite, response)!;
    if (response.status >= 200) confirmDialog(this.dialog, response);
    return this.dialog;
  }
}
