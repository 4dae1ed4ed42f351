/** Registration over P-CSCF, I-CSCF, S-CSCF and HSS, with a UE written by hand: spec REG-xx, TS 24.229 §5. */
import { checkAutn, computeOpc, decodeNonce, UsimSqnWindow } from '../../src/aka/index.js';
import { createMachineHost } from '../../src/machine/index.js';
import {
  answerChallenge,
  buildRequest,
  hostPort,
  parseChallenge,
  SipEndpoint,
  type SipResponse,
  ueTimers,
} from '../../src/sip/index.js';
import { homeDomain, key, startNetwork, subscriber, type TestNetwork } from './network.js';

class HandUe {
  readonly responses: SipResponse[] = [];
  readonly #sip: SipEndpoint;
  readonly sqnState = new UsimSqnWindow();
  #sequence = 0;

  constructor(
    readonly network: TestNetwork,
    readonly name = 'ue1',
    readonly imsi = '001010000000001',
    readonly k = key.k,
  ) {
    const environment = network.simulation.environmentFor(name);
    this.#sip = new SipEndpoint({
      nodeName: name,
      environment,
      host: createMachineHost({ node: name, environment, mode: 'compiled' }),
      resolve: network.resolve,
      listen: [
        { protocol: 'udp', address: network.addresses[name]!, port: 5060 },
        { protocol: 'tcp', address: network.addresses[name]!, port: 5060 },
      ],
      timersFor: () => ueTimers,
      onRequest: () => {},
    });
    let isReady = false;
    this.#sip.start(() => {
      isReady = true;
    });
    network.runUntil(() => isReady, 100);
  }

  get domain(): string {
    return homeDomain;
  }

  /** Sends REGISTER and waits for its final response. */
  register(authorization: string | undefined, expires = 3600): SipResponse {
    this.#sequence++;
    const address = this.network.addresses[this.name]!;
    const request = buildRequest({
      method: 'REGISTER',
      requestUri: `sip:${homeDomain}`,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `<sip:${this.imsi}@${homeDomain}>;tag=ue`],
        ['To', `<sip:${this.imsi}@${homeDomain}>`],
        ['Call-ID', `reg@${this.name}`],
        ['CSeq', `${this.#sequence} REGISTER`],
        ['Contact', `<sip:${this.imsi}@${hostPort(address, 5060)}>;+sip.instance="<urn:gsma:imei:35622410-483840-0>"`],
        ['Expires', String(expires)],
        ['Supported', 'path'],
        ...(authorization === undefined ? [] : ([['Authorization', authorization]] as const)),
      ],
    });
    const before = this.responses.length;
    this.#sip.sendRequest(request, this.network.proxy, {
      onResponse: (response) => {
        if (response.status >= 200) this.responses.push(response);
      },
      onTimeout: () => {},
      onTransportError: () => {},
    });
    this.network.runUntil(() => this.responses.length > before);
    const response = this.responses[before];
    if (response === undefined) throw new Error('no response');
    return response;
  }

  get firstAuthorization(): string {
    const impi = `${this.imsi}@${homeDomain}`;
    return `Digest username="${impi}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="",response=""`;
  }

  answer(challenged: SipResponse): string {
    const challenge = parseChallenge(challenged.header('WWW-Authenticate')!)!;
    const { rand, autn } = decodeNonce(challenge.nonce!)!;
    const result = checkAutn({ k: this.k, opc: computeOpc(this.k, key.op), rand, autn, sqnState: this.sqnState });
    return answerChallenge(challenge, {
      username: `${this.imsi}@${homeDomain}`,
      uri: `sip:${homeDomain}`,
      method: 'REGISTER',
      password: result.outcome === 'ok' ? result.res : Buffer.alloc(0),
      cnonce: 'c0ffee',
      nonceCount: 1,
      ...(result.outcome === 'syncFailure' ? { auts: result.auts.toString('base64') } : {}),
    })!;
  }
}

describe.each([
  ['IPv4', false],
  ['IPv6', true],
])('registration over %s', (_family, ipv6) => {
  it('REG-41 … REG-45: an AKA registration ends in 200 with Service-Route, Path and P-Associated-URI', () => {
    const network = startNetwork({ ipv6 });
    const ue = new HandUe(network);
    const challenged = ue.register(ue.firstAuthorization);
    expect(challenged.status).toBe(401);
    expect(challenged.header('WWW-Authenticate')).not.toMatch(/[ci]k=/);
    const granted = ue.register(ue.answer(challenged));
    expect(granted.status).toBe(200);
    expect(granted.header('P-Associated-URI')).toBe(`<sip:+15550100001@${homeDomain}>, <tel:+15550100001>`);
    expect(granted.serviceRoute).toHaveLength(1);
    expect(granted.path).toHaveLength(1);
    expect(granted.has('P-Charging-Vector')).toBe(false);
    expect(network.notes).toEqual([]);
    // De-registration is challenged again: there is no security association (TS 24.229 §5.4.1.2.1).
    const removed = ue.register(ue.answer(ue.register(ue.firstAuthorization, 0)), 0);
    expect(removed.status).toBe(200);
    expect(removed.addresses('Contact')[0]?.parameters.get('expires')).toBe('0');
    expect(network.records.filter(({ kind }) => kind === 'fault')).toEqual([]);
  });
});

describe('registration that fails', () => {
  it('REG-32: a user that the HSS does not know is refused with 403 and the reason', () => {
    const network = startNetwork({ subscribers: [subscriber(2)] });
    const ue = new HandUe(network);
    expect(ue.register(ue.firstAuthorization).status).toBe(403);
    expect(network.notes.map(({ what }) => what)).toContain('cause.userUnknown');
  });

  it('REG-32: HSS down gives 480', () => {
    const network = startNetwork({ down: ['hss1'] });
    const ue = new HandUe(network);
    expect(ue.register(ue.firstAuthorization).status).toBe(480);
    expect(network.notes.map(({ what }) => what)).toContain('cause.hssUnreachable');
  });

  it('REG-32: S-CSCF down gives 504 after another one was looked for', () => {
    const network = startNetwork({ down: ['scscf1'] });
    const ue = new HandUe(network);
    expect(ue.register(ue.firstAuthorization).status).toBe(504);
    expect(network.notes.map(({ what }) => what)).toContain('cause.servingNodeUnreachable');
  });

  it('REG section 8: a UE that answers a MAC failure with an empty response gets 403', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const challenged = ue.register(ue.firstAuthorization);
    const nonce = parseChallenge(challenged.header('WWW-Authenticate')!)!.nonce!;
    expect(ue.register(ue.firstAuthorization.replace('nonce=""', `nonce="${nonce}"`)).status).toBe(403);
    expect(network.notes.map(({ what }) => what)).toContain('cause.macFailure');
  });

  it('AKA-13: a SIM that is ahead of the HSS resynchronises and registers', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    // The same IND as the HSS uses for Cx: the array is checked entry by entry (AKA-21).
    ue.sqnState.accept(0x100002n);
    let response = ue.register(ue.firstAuthorization);
    response = ue.register(ue.answer(response));
    expect(response.status).toBe(401);
    expect(ue.register(ue.answer(response)).status).toBe(200);
    expect(network.notes.map(({ what }) => what)).toContain('info.resynchronised');
  });

  it('REG-60: two S-CSCFs, and the mandatory capability decides', () => {
    const needs = { mandatory: [7], optional: [] };
    const network = startNetwork({
      servers: 2,
      capabilities: [[], [7]],
      subscribers: [subscriber(1, { capabilities: needs })],
    });
    const ue = new HandUe(network);
    const granted = ue.register(ue.answer(ue.register(ue.firstAuthorization)));
    expect(granted.serviceRoute[0]?.uri.host).toBe(network.addresses.scscf2);
  });
});
