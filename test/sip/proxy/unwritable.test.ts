/** What a proxy cannot write, or nobody waits for: no exception, and the handler always hears how it ended. */
import { type ForwardTarget, ProxyCore, type SipResponse } from '../../../src/sip/index.js';
import { Lab, Log, type Party, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

/** A proxy whose handler notes what it is handed, and relays it. */
function scene(target: ForwardTarget = {}) {
  const lab = new Lab();
  const alice = lab.party('alice', '192.0.2.1');
  const handed: { readonly status: number; readonly generated: boolean }[] = [];
  const holder: { core?: ProxyCore } = {};
  const proxy: Party = lab.party('proxy', '192.0.2.9', {
    onRequest: (received) => {
      const { request: working } = holder.core!.preprocess(received);
      holder.core!.forward(received, working, [target], {
        onResponse: (response: SipResponse, { generated, forwarding }) => {
          handed.push({ status: response.status, generated });
          forwarding.relay(response.edit().append('X-Relayed', 'yes').text());
        },
      });
    },
  });
  holder.core = new ProxyCore(proxy.endpoint);
  return { lab, alice, proxy, handed, log: new Log() };
}

describe('a proxy core that cannot go on', () => {
  it.each(['INVITE', 'MESSAGE'])('an edit that makes %s malformed gives 500, a fault and an end', (method) => {
    // RFC 3261 19.1.1: headers may not stand in a Request-URI; a Contact may well hold them.
    const { lab, alice, proxy, handed, log } = scene({ edit: (editor) => editor.requestUri(`${BOB}?Subject=x`) });
    alice.endpoint.sendRequest(request(method, BOB), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([500]);
    expect(handed).toEqual([{ status: 500, generated: true }]);
    expect(lab.faults.map(({ what }) => what)).toContain('the edited request is malformed');
    lab.expectNothingLeft();
  });

  it('an ACK that cannot be written is dropped', () => {
    const { lab, alice, proxy } = scene({ edit: (editor) => editor.requestUri('sip:') });
    alice.endpoint.sendStateless(request('ACK', BOB, [['To', `<${BOB}>;tag=b`]]), [proxy.udp]);
    lab.run();
    expect(lab.summaries).toEqual(['ACK']);
  });

  it('SIP-11: a message at the limits of what is accepted may grow on its way', () => {
    const { lab, alice, proxy, handed, log } = scene({ edit: (editor) => editor.append('X-Added', 'yes') });
    const filler = Array.from({ length: 248 }, (_, i) => [`X-${i}`, 'x'] as const);
    const bob = lab.party('bob', '192.0.2.2', {
      onRequest: (received) => received.reply(486, { headers: filler }),
    });
    alice.endpoint.sendRequest(request('INVITE', BOB, filler), [proxy.udp], log);
    lab.run();
    // What is too much for the next hop is that hop's to say.
    expect(handed).toHaveLength(1);
    expect(log.statuses).toHaveLength(1);
    expect(bob.requests.length).toBeLessThanOrEqual(1);
    lab.expectNothingLeft();
  });

  it('RFC 3261 16.7 item 3: a final response without the Via of the hop before counts as none', () => {
    const { lab, alice, proxy, handed, log } = scene();
    const raw = lab.raw('192.0.2.2');
    alice.endpoint.sendRequest(request('INVITE', BOB), [proxy.udp], log);
    lab.run(100);
    const [invite] = raw.received;
    const headers = invite!.split('\r\n').filter((each) => /^(From|To|Call-ID|CSeq):/.test(each));
    const via = invite!.split('\r\n').find((each) => each.startsWith('Via:'))!;
    raw.send(['SIP/2.0 486 Busy Here', via, ...headers, 'Content-Length: 0', '', ''].join('\r\n'), '192.0.2.9');
    lab.run();
    expect(handed).toEqual([{ status: 503, generated: true }]);
    expect(log.statuses).toEqual([500]);
    lab.expectNothingLeft();
  });

  it('RFC 4320: the handler hears of a request that nobody waits for any more', () => {
    const { lab, alice, proxy, handed, log } = scene({ timers: { t1Ms: 60_000, t2Ms: 60_000, t4Ms: 60_000 } });
    lab.raw('192.0.2.2');
    alice.endpoint.sendRequest(request('MESSAGE', BOB), [proxy.udp], log);
    lab.run(60_000);
    expect(log.statuses).toEqual([]);
    expect(log.events.at(-1)).toBe('timeout');
    lab.run();
    expect(handed).toEqual([{ status: 408, generated: true }]); // timer F towards the silent hop
    lab.expectNothingLeft();
  });
});
