/** The application server on its own: third-party REGISTER and the watch that follows it. Spec CALL-80 to CALL-83. */
import type { TraceRecord } from '../../../src/environment/index.js';
import { createAs } from '../../../src/ims/as/index.js';
import { buildRequest, type Headers } from '../../../src/sip/index.js';
import { Lab } from '../../sip/lab.js';
import { aor, Notifying, registration } from '../reg-event/reg-event-lab.js';

interface RegisterParts {
  readonly expires?: number | undefined;
  readonly headers?: Headers;
  readonly body?: string;
  readonly contentType?: string;
}

class World {
  readonly lab = new Lab(1);
  readonly notes: string[] = [];
  readonly statuses: string[] = [];
  readonly scscf: Notifying;
  readonly as;
  #sequence = 0;

  constructor(subscribes = true) {
    const { simulation } = this.lab;
    simulation.trace = {
      inspecting: false,
      acting: undefined,
      write: (record: TraceRecord) => {
        if (record.kind === 'note') this.notes.push(record.text);
      },
    };
    this.scscf = new Notifying(this.lab, '10.0.0.3');
    this.as = createAs(
      { name: 'as1', environment: simulation.environmentFor('as1'), hostMode: 'compiled' },
      {
        listen: [{ protocol: 'udp', address: '10.0.0.9', port: 5060 }],
        resolve: this.lab.resolve,
        homeDomain: 'example.org',
        serverName: 'sip:as1.example.org:5060',
        subscribes,
        service: { actsAs: 'refusal', status: 403 },
        datagramSizeMax: 1300,
        diameter: undefined,
      },
    );
    let isServing = false;
    this.as.start((state) => {
      isServing = state === 'serving';
    });
    simulation.run({ until: () => isServing });
  }

  /** From the S-CSCF, as CALL-80 says. */
  register({ expires = 3_600, headers = [['Contact', '<sip:10.0.0.3:5060>']], ...parts }: RegisterParts = {}): void {
    const { endpoint } = this.scscf.party;
    const request = buildRequest({
      method: 'REGISTER',
      requestUri: 'sip:10.0.0.9:5060',
      headers: [
        ['Max-Forwards', '70'],
        ['From', '<sip:scscf1.example.org>;tag=s1'],
        ['To', `<${aor}>`],
        ['Call-ID', `third-${++this.#sequence}`],
        ['CSeq', '1 REGISTER'],
        ['Expires', String(expires)],
        ...headers,
      ],
      ...parts,
    });
    endpoint.sendRequest(request, endpoint.nextHop(request), {
      onResponse: ({ status, expires }) => this.statuses.push(`${status} ${expires ?? ''}`.trim()),
      onTimeout: () => this.statuses.push('no answer'),
      onTransportError: (reason) => this.statuses.push(reason),
    });
    this.lab.run(1_000);
  }

  get watchers(): readonly number[] {
    const { users = 0, watchers = 0 } = this.as.counts;
    return [users, watchers, this.scscf.subscriptions.count];
  }
}

describe('third-party REGISTER', () => {
  it('CALL-80: 200 with the time that it names, and one sentence', () => {
    const world = new World(false);
    world.register();
    expect(world.statuses).toEqual(['200 3600']);
    expect(world.notes).toEqual([`as1: is told by sip:scscf1.example.org that ${aor} is registered for 3600 s`]);
    expect(world.watchers).toEqual([1, 0, 0]);
    world.register({ expires: 0 });
    expect(world.statuses).toEqual(['200 3600', '200 0']);
    expect(world.notes[1]).toBe(`as1: is told by sip:scscf1.example.org that ${aor} is not registered any more`);
    expect(world.watchers).toEqual([0, 0, 0]);
  });

  it('without Contact there is no S-CSCF: 400', () => {
    const world = new World();
    world.register({ headers: [] });
    expect(world.statuses).toEqual(['400']);
  });

  const register = [
    'REGISTER sip:example.org SIP/2.0',
    'Via: SIP/2.0/UDP 10.46.0.2:5060;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:ue@example.org>;tag=1',
    'To: <sip:ue@example.org>',
    'Call-ID: u1',
    'CSeq: 2 REGISTER',
    'Contact: <sip:ue@10.46.0.2:40002>',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
  const response = register.replace(/^REGISTER.*/, 'SIP/2.0 200 OK').replace('To: <sip:ue@example.org>', '$&;tag=s');
  const info = '<ims-3gpp version="1"><service-info>gold &amp; blue</service-info></ims-3gpp>';
  const part = (type: string, content: string) => `--b1\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;

  it.each<[string, string, string]>([
    ['application/3gpp-ims+xml', info, "service info 'gold & blue'"],
    ['message/sip', register, 'the REGISTER of sip:ue@example.org from sip:ue@10.46.0.2:40002'],
    ['message/sip', response, 'the 200 to REGISTER of sip:ue@example.org'],
    ['message/sip', 'REGISTER me', 'a body message/sip that cannot be read'],
    ['application/3gpp-ims+xml', '<ims-3gpp/>', 'a body application/3gpp-ims+xml without service-info'],
    ['text/plain', 'hello', 'a body of type text/plain, which it does not know'],
    [
      'multipart/mixed;boundary=b1',
      `${part('application/3gpp-ims+xml', info)}${part('message/sip', register)}${part('message/sip', response)}--b1--\r\n`,
      "service info 'gold & blue' and the REGISTER of sip:ue@example.org from sip:ue@10.46.0.2:40002 and the 200 to REGISTER of sip:ue@example.org",
    ],
  ])('CALL-81: a body %s is told of', (contentType, body, told) => {
    const world = new World(false);
    world.register({ contentType, body });
    expect(world.statuses).toEqual(['200 3600']);
    expect(world.notes).toEqual([
      `as1: is told by sip:scscf1.example.org that ${aor} is registered for 3600 s, with ${told}`,
    ]);
  });
});

describe('an AS that subscribes', () => {
  it('CALL-83, REG-90: watches through the S-CSCF, as itself, while the user is registered', () => {
    const world = new World();
    world.register();
    const [subscribe] = world.lab.sent('SUBSCRIBE');
    expect(subscribe!.text.startsWith(`SUBSCRIBE ${aor} SIP/2.0\r\n`)).toBe(true);
    for (const line of [
      'Route: <sip:10.0.0.3:5060;lr>',
      'P-Asserted-Identity: <sip:as1.example.org:5060>',
      'Contact: <sip:10.0.0.9:5060>',
      'Event: reg',
    ]) {
      expect(subscribe!.text).toContain(`\r\n${line}\r\n`);
    }
    expect(world.lab.sent('200 NOTIFY')).toHaveLength(1);
    expect(world.watchers).toEqual([1, 1, 1]);
    expect(world.notes.at(-1)).toBe(
      `as1: reads in reginfo version 0: ${aor} active (sip:c1@10.46.0.2:40002 registered)`,
    );
    // A refresh needs no other watch.
    world.register();
    expect(world.lab.sent('SUBSCRIBE')).toHaveLength(1);
    world.register({ expires: 0 });
    expect(world.lab.sent('SUBSCRIBE')[1]!.text).toContain('\r\nExpires: 0\r\n');
    expect(world.watchers).toEqual([0, 0, 0]);
  });

  it('its watch ends with the registration, and a new registration begins another', () => {
    const world = new World();
    world.register();
    world.scscf.notifier.notify([registration('a1', { state: 'terminated' })], { final: true });
    world.lab.run(1_000);
    expect(world.watchers).toEqual([1, 0, 0]);
    world.register();
    expect(world.watchers).toEqual([1, 1, 1]);
  });

  it('RFC 3261 10.3: what nobody refreshes is over, and so is its watch', () => {
    const world = new World();
    world.register({ expires: 60 });
    world.lab.run(61_000);
    expect(world.notes.at(-1)).not.toContain('has not refreshed'); // the document of the end comes after it
    expect(world.notes).toContain(`as1: the S-CSCF has not refreshed ${aor} in time, so it counts as not registered`);
    expect(world.watchers).toEqual([0, 0, 0]);
  });

  it('refuses NOTIFY of others, and what belongs to no dialog of its', () => {
    const world = new World();
    const hand = world.lab.raw('10.0.0.5');
    const send = (method: string, event: string) => {
      hand.send(
        buildRequest({
          method,
          requestUri: 'sip:10.0.0.9',
          headers: [
            ['Via', `SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK${method}${event}`],
            ['Max-Forwards', '70'],
            ['From', '<sip:x@example.org>;tag=1'],
            ['To', '<sip:as1@example.org>;tag=2'],
            ['Call-ID', 'foreign'],
            ['CSeq', `1 ${method}`],
            ['Event', event],
          ],
        }).text,
        '10.0.0.9',
      );
      world.lab.run(100);
      return hand.received.at(-1)!.split(' ', 2)[1];
    };
    expect([send('NOTIFY', 'reg'), send('NOTIFY', 'dialog'), send('MESSAGE', 'reg')]).toEqual(['481', '489', '481']);
  });
});
