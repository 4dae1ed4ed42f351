/** What S-CSCFs send to an application server of their users: TS 24.229 §5.7.2, §5.7.4; TS 23.218 9.1. */
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { dialogKey, type Headers, type MessageEditor, type ServerRequest, type SipRequest } from '../../sip/index.js';
import { answered } from '../session/charging-vector.js';
import { Announcement, mediaFor } from './announcement.js';
import { type AsConfig, announcementMs, type SessionService } from './config.js';
import { addDiversion, diversionCauses } from './history-info.js';

type ProxyService = Extract<SessionService, { actsAs: 'proxy' }>;

/** Where RTP of announcements may leave: 100 at once. */
const mediaPortFirst = 40_000;
const mediaPorts = 400;
const mediaRanges = 60;

/** User part of its own Record-Route values. */
const proxyToken = 'service';

export class InitialRequests {
  readonly #chassis: Chassis;
  readonly #config: AsConfig;
  readonly #calls = new Map<string, Announcement>();
  #callCount = 0;

  constructor(chassis: Chassis, config: AsConfig) {
    this.#chassis = chassis;
    this.#config = config;
  }

  /** Calls that it has taken itself. */
  get callCount(): number {
    return this.#calls.size;
  }

  close(): void {
    for (const call of [...this.#calls.values()]) call.stop();
    this.#calls.clear();
  }

  /** In the order in which they are asked. */
  readonly procedures: readonly Procedure[] = [
    {
      name: 'inDialog',
      accepts: ({ server }) => server.message.toTag !== undefined,
      begin: (routed) => this.#receive(routed),
    },
    { name: 'initial', accepts: ({ server }) => !server.isAck, begin: (routed) => this.#begin(routed) },
  ];

  #begin(routed: RoutedRequest): void {
    const service = serviceFor(this.#config.service, routed);
    this.#explain(service, routed);
    const { server } = routed;
    if (service.actsAs === 'proxy') this.#pass(service, routed);
    else if (service.actsAs === 'redirect') {
      server.reply(302, { headers: [['Contact', `<${service.contact}>`], ...this.#charging(server)] });
    } else if (service.actsAs === 'refusal') server.reply(service.status, { headers: this.#charging(server) });
    else if (server.message.method === 'INVITE') this.#take(service.playMs, routed);
    else server.reply(200, { headers: this.#charging(server) });
  }

  /** Its own calls, and the dialogs in whose way it stays. */
  #receive({ server, working, ownRoute }: RoutedRequest): void {
    const call = this.#calls.get(dialogKey(server.message, 'uas'));
    if (call !== undefined) call.receive(server);
    else if (ownRoute?.uri.user === proxyToken) this.#chassis.proxy.forward(server, working, [{}]);
    else if (!server.isAck) server.reply(481);
  }

  /** TS 24.229 §5.7.4: by Route, which leads back to the S-CSCF with the original dialog identifier. */
  #pass(service: ProxyService, routed: RoutedRequest): void {
    const { divertTo, divertOn } = service;
    const diverts = divertTo !== undefined && isForServedUser(routed.working);
    if (diverts && divertOn === 'always') this.#divert(service, divertTo, routed);
    else {
      this.#chassis.proxy.forward(routed.server, routed.working, [{ edit: this.#editFor(service, routed) }], {
        onResponse: (response, { forwarding }) => {
          if (diverts && response.status === 486) this.#divert(service, divertTo, routed);
          else forwarding.relay(response);
        },
      });
    }
  }

  /** TS 24.604 4.5.2.6: CFU and CFB. */
  #divert(service: ProxyService, target: string, routed: RoutedRequest): void {
    const edit = this.#editFor(service, routed);
    const cause = diversionCauses[service.divertOn];
    this.#chassis.explain({
      what: 'info.diverting',
      text: `diverts ${routed.server.message.method} for ${routed.working.requestUri} to ${target} (cause ${cause})`,
      clause: 'TS 24.604 4.5.2.6, RFC 4458',
    });
    const diverting = (editor: MessageEditor): void => {
      edit(editor);
      addDiversion(editor, routed.working, target, cause);
      editor.requestUri(target);
    };
    this.#chassis.proxy.forward(routed.server, routed.working, [{ edit: diverting }]);
  }

  #editFor({ recordRoute, set, remove }: ProxyService, { server }: RoutedRequest): (editor: MessageEditor) => void {
    const { sip } = this.#chassis;
    const makesDialog = server.message.method === 'INVITE' || server.message.method === 'SUBSCRIBE';
    return (editor) => {
      for (const name of remove) editor.remove(name);
      for (const [name, value] of set) editor.set(name, value);
      if (recordRoute && makesDialog) editor.prepend('Record-Route', `<${sip.ownUri(proxyToken)};lr>`);
    };
  }

  #take(playMs: number, { server }: RoutedRequest): void {
    const { host, port } = this.#chassis.sip.localUri();
    this.#callCount++;
    const media = mediaFor(server, {
      address: host.replace(/^\[|\]$/g, ''),
      // Nodes of one address, as those of [::1], differ in their ports for SIP.
      port: mediaPortFirst + mediaPorts * (port % mediaRanges) + ((4 * this.#callCount) % mediaPorts),
      sessionId: String(this.#chassis.environment.random.uint32()),
    });
    const headers = this.#charging(server);
    if (media === undefined) {
      server.reply(488, { headers });
      return;
    }
    const contact = `<${this.#chassis.sip.ownUri()}>`;
    const call = new Announcement(this.#chassis, server, { media, contact, playMs, headers }, ({ key }) => {
      this.#calls.delete(key);
    });
    this.#calls.set(call.key, call);
  }

  /** CALL-13: what it answers goes with the vector of the request, and names this network (TS 24.229 §5.7.1.2). */
  #charging({ message }: ServerRequest): Headers {
    const vector = message.header('P-Charging-Vector');
    return vector === undefined ? [] : [['P-Charging-Vector', answered(vector, this.#config.homeDomain)]];
  }

  #explain({ actsAs }: SessionService, { working }: RoutedRequest): void {
    if (this.#chassis.environment.trace === undefined) return;
    const served = working.header('P-Served-User');
    this.#chassis.explain({
      what: 'info.serviceInvoked',
      text: `is asked to serve ${served ?? 'nobody that it is told of'} with ${working.method} ${working.requestUri}, and acts as ${actsAs}`,
      clause: 'TS 24.229 §5.7.1.3A, RFC 5502',
    });
  }
}

/**
 * What no S-CSCF has sent, with the way back on Route, is for the server itself: a PSI that an I-CSCF has sent directly to it
 * (TS 23.228 5.4.12). Passed on, it would come back for ever.
 */
function serviceFor(service: SessionService, { working }: RoutedRequest): SessionService {
  const isForItself = working.routes.length === 0 && working.header('P-Served-User') === undefined;
  return service.actsAs === 'proxy' && isForItself ? { actsAs: 'user-agent', playMs: announcementMs } : service;
}

/** It is the callee whom it serves: a caller's calls are not diverted. */
function isForServedUser(request: SipRequest): boolean {
  return request.address('P-Served-User')?.parameters.get('sescase') === 'term';
}
