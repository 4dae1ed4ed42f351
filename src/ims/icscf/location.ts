/** I-CSCF, a request towards a user of this network: on to the S-CSCF. TS 24.229 §5.3.2; LIR of TS 29.228 §6.1.4. */
import type { CxClient } from '../../diameter/index.js';
import type { Instance } from '../../machine/index.js';
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import type { MessageEditor, SipRequest } from '../../sip/index.js';
import { identityKey, temporaryGruuIn } from '../identity/index.js';
import { judgeLocationInfo } from './cx-outcome.js';
import { locationQuery } from './location-query.machine.js';
import type { QueryOutcome } from './query-outcome.js';
import { type Query, QueryTable } from './query-table.js';
import { answerWithinMs, type ServingNodes } from './serving-nodes.js';

type Machine = Instance<typeof locationQuery>;

export class LocationQueries {
  readonly #chassis: Chassis;
  readonly #cx: CxClient;
  readonly #servers: ServingNodes;
  readonly #queries: QueryTable<typeof locationQuery>;

  constructor(chassis: Chassis, cx: CxClient, servers: ServingNodes) {
    this.#chassis = chassis;
    this.#cx = cx;
    this.#servers = servers;
    this.#queries = new QueryTable(chassis, locationQuery, {
      queryHss: ({ originating, capabilities }, query, machine) =>
        this.#queryHss(originating, capabilities, query, machine),
      forwardRequest: ({ serverName }, query, machine) => this.#forward(serverName, query, machine),
      relayResponse: ({ response: { response, forwarding } }) => forwarding.relay(response),
      respond: ({ status }, { routed }) => {
        routed.server.reply(status);
      },
    });
  }

  get count(): number {
    return this.#queries.count;
  }

  readonly procedure: Procedure = {
    name: 'location',
    // No Record-Route of ours: what belongs to a dialog never comes here (REG-31).
    accepts: ({ server }) => !server.isAck && server.message.toTag === undefined,
    begin: (routed) => {
      const machine = this.#queries.begin(routed, { originating: asksForOriginating(routed) });
      routed.server.onCancel(() => machine.send({ type: 'sip.cancel' }));
    },
  };

  close(): void {
    this.#queries.close();
  }

  #queryHss(originating: boolean, capabilities: boolean, query: Query, machine: Machine): void {
    const known = originating ? undefined : this.#serverInGruu(query.routed.working);
    if (known !== undefined) {
      // No other S-CSCF can read it: asked again, it names the same one.
      machine.send({ type: 'cx.lia', outcome: known });
      return;
    }
    const publicIdentity = locatedIdentity(query.routed.working, originating);
    this.#cx.locationInfo(
      {
        publicIdentity,
        ...(originating ? { originatingRequest: true } : {}),
        ...(capabilities ? { userAuthorizationType: 'REGISTRATION_AND_CAPABILITIES' } : {}),
      },
      (answer) => {
        if ('wildcardedPublicIdentity' in answer) query.wildcard = answer.wildcardedPublicIdentity;
        const judged = judgeLocationInfo(answer, { capabilities }, this.#servers);
        machine.send({ type: 'cx.lia', outcome: this.#servers.outcomeOf(judged, publicIdentity) });
      },
    );
  }

  /** RFC 5627 3.1.2, 6.1: a temporary GRUU names its S-CSCF, and means nothing to the HSS. */
  #serverInGruu({ uri }: SipRequest): QueryOutcome | undefined {
    const gruu = temporaryGruuIn(uri);
    const serverName = gruu && this.#servers.byMark(gruu.mark);
    return serverName === undefined ? undefined : { kind: 'server', serverName };
  }

  /** TS 24.229 §5.3.2.1: the S-CSCF goes into Route, the Request-URI stays; no Record-Route. */
  #forward(serverName: string, { routed, wildcard }: Query, machine: Machine): void {
    const orig = asksForOriginating(routed) ? ';orig' : '';
    const edit = (editor: MessageEditor): void => {
      editor.prepend('Route', `<${serverName};lr${orig}>`);
      // REG-83, RFC 5002: the S-CSCF finds the profile by the wildcard, and matches none itself.
      if (wildcard !== undefined) editor.set('P-Profile-Key', `<${wildcard}>`);
    };
    const destinations = this.#servers.destinationsOf(serverName);
    this.#chassis.proxy.forward(routed.server, routed.working, [{ edit, destinations, answerWithinMs }], {
      onResponse: (response, { generated, forwarding }) => {
        const returning = { response, forwarding };
        if (machine.done) forwarding.relay(response);
        else if (response.status < 200) machine.send({ type: 'sip.provisional', response: returning });
        else {
          // Only what was made here: a 480 of the S-CSCF is about the callee.
          if (generated) this.#servers.reportUnavailable(serverName, response, generated);
          machine.send({ type: 'sip.response', response: returning, unavailable: generated });
        }
      },
    });
  }
}

/** CALL-02: an AS asks for originating services with `orig` on our Route. */
function asksForOriginating({ ownRoute }: RoutedRequest): boolean {
  return ownRoute?.uri.parameters.has('orig') ?? false;
}

/** The served user: of the Request-URI, or of P-Served-User or P-Asserted-Identity where originating (CALL-02). */
function locatedIdentity(request: SipRequest, originating: boolean): string {
  const address = originating
    ? (request.address('P-Served-User') ?? request.addresses('P-Asserted-Identity')[0])
    : undefined;
  const uri = address?.uri ?? request.uri;
  return identityKey(uri.text);
}
