/** The UE watches its own registration: REG-17, REG-74, REG-75; TS 24.229 5.1.1.3, 5.1.1.5.2, 5.1.1.7. */
import { type ContactElement, formatRegInfo, type RegInfo } from '../../../src/ims/reg-event/index.js';
import type { RegistrationOutcome } from '../../../src/ims/ue/index.js';
import { buildRequest, dialogFromRequest, inDialogRequest, type ServerRequest } from '../../../src/sip/index.js';
import { homeDomain, type NetworkSettings, NetworkSide } from './network-side.js';
import { registration } from './usual-ue.js';

const identity = `sip:+15550100001@${homeDomain}`;
const contactUri = 'sip:001010000000001@10.0.0.11:5060';

function document(
  version: number,
  contact: Partial<ContactElement> | 'none',
  state: RegInfo['state'] = 'full',
): string {
  if (contact === 'none') {
    const registrations = [{ aor: identity, id: 'a0', state: 'terminated', contacts: [] } as const];
    return formatRegInfo({ version, state, registrations });
  }
  const full: ContactElement = {
    id: 'c1',
    uri: contactUri,
    state: 'active',
    event: 'created',
    unknownParams: [],
    ...contact,
  };
  const registrations = [identity, 'tel:+15550100001'].map((aor, index) => ({
    aor,
    id: `a${index}`,
    state: full.state,
    contacts: [{ ...full, id: `c${index}` }],
  }));
  return formatRegInfo({ version, state, registrations });
}

/** A registered UE that watches, and who notifies it. */
function watching(settings: NetworkSettings = {}) {
  const network = new NetworkSide(settings);
  const subscribes: ServerRequest[] = [];
  const outcomes: RegistrationOutcome[] = [];
  network.onRequest = (server) => {
    if (server.message.method !== 'SUBSCRIBE') return false;
    subscribes.push(server);
    const { expires } = server.message;
    server.reply(200, {
      headers: [
        ['Expires', String(expires)],
        ['Contact', '<sip:scscf@10.0.0.1:5060>'],
      ],
    });
    return true;
  };
  const ue = network.ue(1, {}, { registration: { ...registration, subscribe: true } });
  ue.onRegistration((outcome) => outcomes.push(outcome));
  network.outcome((done) => ue.register(done));
  network.run(100);
  const dialog = dialogFromRequest(subscribes[0]!.message, subscribes[0]!.localTag, 'confirmed');
  let version = 0;
  const notify = (
    contact: Partial<ContactElement> | 'none',
    subscription = 'active;expires=600000',
    state?: RegInfo['state'],
  ) => {
    const request = inDialogRequest(dialog, 'NOTIFY', {
      headers: [
        ['Event', 'reg'],
        ['Subscription-State', subscription],
        ['Contact', '<sip:scscf@10.0.0.1:5060>'],
      ],
      body: document(version++, contact, state),
      contentType: 'application/reginfo+xml',
    });
    const statuses: number[] = [];
    const user = {
      onResponse: ({ status }: { status: number }) => statuses.push(status),
      onTimeout: () => {},
      onTransportError: () => {},
    };
    network.sip.sendRequest(request, [{ protocol: 'udp', endpoint: { address: '10.0.0.11', port: 5060 } }], user);
    network.run(100);
    return statuses.at(-1);
  };
  return { network, ue, subscribes, notify, outcomes };
}

describe('REG-17 / TS 24.229 5.1.1.3: the subscription', () => {
  it('follows the first 200: to the default identity, over the Service-Route, for 600000 s', () => {
    const { network, ue, subscribes } = watching();
    expect(subscribes).toHaveLength(1);
    const { message } = subscribes[0]!;
    expect(message.requestUri).toBe(identity);
    expect(message.to.uri.text).toBe(identity);
    expect(message.expires).toBe(600_000);
    expect(message.header('Event')).toBe('reg');
    expect(message.header('Accept')).toBe('application/reginfo+xml');
    expect(message.values('Route')).toEqual(['<sip:10.0.0.1:5060;lr>', '<sip:orig@10.0.0.1:5060;lr>']);
    expect(message.header('Contact')).toBe(`<${contactUri}>`);
    network.outcome((done) => ue.reregister(done));
    network.run(100);
    expect(subscribes).toHaveLength(1);
  });

  it('ends with the registration: SUBSCRIBE with Expires 0', () => {
    const { network, ue, subscribes, notify } = watching();
    expect(notify({})).toBe(200);
    network.outcome((done) => ue.deregister(done));
    network.run(100);
    expect(subscribes.map(({ message }) => message.expires)).toEqual([600_000, 0]);
    expect(notify({ state: 'terminated', event: 'unregistered' }, 'terminated;reason=timeout')).toBe(200);
    expect(ue.isRegistered).toBe(false);
    network.outcome((done) => ue.register(done));
    network.run(100);
    expect(subscribes.map(({ message }) => message.expires)).toEqual([600_000, 0, 600_000]);
  });

  it('a NOTIFY of nobody’s subscription is refused', () => {
    const { network } = watching();
    const stray = buildRequest({
      method: 'NOTIFY',
      requestUri: contactUri,
      headers: [
        ['From', '<sip:a@b>;tag=1'],
        ['To', '<sip:a@b>;tag=2'],
        ['Call-ID', 'stray'],
        ['CSeq', '1 NOTIFY'],
        ['Max-Forwards', '70'],
        ['Event', 'reg'],
        ['Subscription-State', 'active'],
      ],
    });
    network.sip.sendRequest(stray, [{ protocol: 'udp', endpoint: { address: '10.0.0.11', port: 5060 } }], {
      onResponse: ({ status }) => expect(status).toBe(481),
      onTimeout: () => {},
      onTransportError: () => {},
    });
    network.run(100);
  });
});

describe('REG-74 / TS 24.229 5.1.1.7: the network ends the registration', () => {
  it('rejected: the UE stays away, and says so', () => {
    const { network, ue, notify, outcomes } = watching();
    expect(notify({})).toBe(200);
    notify({ state: 'terminated', event: 'rejected' }, 'terminated;reason=rejected');
    expect(ue.isRegistered).toBe(false);
    const count = network.registers.length;
    network.run(4_000_000);
    expect(network.registers).toHaveLength(count);
    expect(outcomes.at(-1)).toMatchObject({ success: false, clause: 'TS 24.229 §5.1.1.7' });
    expect(outcomes.at(-1)!.reason).toContain('does not want it back');
  });

  it('deactivated: it registers anew at once, and watches again', () => {
    const { network, ue, notify, subscribes } = watching();
    notify({});
    const count = network.registers.length;
    notify({ state: 'terminated', event: 'deactivated' }, 'terminated;reason=deactivated');
    network.run(1000);
    expect(network.registers).toHaveLength(count + 2);
    expect(ue.isRegistered).toBe(true);
    expect(subscribes.length).toBeGreaterThanOrEqual(2);
  });

  it('terminated without a contact that would say why (Kamailio): it registers anew', () => {
    const { network, ue, notify } = watching();
    notify({});
    const count = network.registers.length;
    notify('none');
    network.run(1000);
    expect(network.registers).toHaveLength(count + 2);
    expect(ue.isRegistered).toBe(true);
  });

  it('probation: it comes again after retry-after', () => {
    const { network, ue, notify } = watching();
    const count = network.registers.length;
    notify({ state: 'terminated', event: 'probation', retryAfter: 7 }, 'terminated;reason=noresource');
    expect(ue.isRegistered).toBe(false);
    network.run(6000);
    expect(network.registers).toHaveLength(count);
    network.run(2000);
    expect(ue.isRegistered).toBe(true);
  });

  it('what ends another contact, or one identity of several, leaves it alone', () => {
    const { network, ue, notify } = watching();
    notify({});
    const count = network.registers.length;
    notify({ uri: 'sip:other@10.0.0.99', state: 'terminated', event: 'rejected' }, undefined, 'partial');
    network.run(1000);
    expect(ue.isRegistered).toBe(true);
    expect(network.registers).toHaveLength(count);
  });
});

describe('REG-75 / TS 24.229 5.1.1.5.2: the network shortens the registration', () => {
  it.each([[0], [7_000_000], [999_999_999_999_999]])('to %i s: the UE refreshes before its time is over', (expires) => {
    const { network, notify } = watching();
    notify({});
    const count = network.registers.length;
    const grantedMs = 600_000 * 1000;
    expect(notify({ event: 'shortened', expires }, undefined, 'partial')).toBe(200);
    network.run(grantedMs);
    expect(network.registers.length).toBeGreaterThan(count);
  });

  it('the UE registers again at half of what is left', () => {
    const { network, ue, notify } = watching();
    notify({});
    const count = network.registers.length;
    notify({ event: 'shortened', expires: 60 }, undefined, 'partial');
    network.run(29_000);
    expect(network.registers).toHaveLength(count);
    network.run(1500);
    expect(network.registers.length).toBeGreaterThan(count);
    expect(ue.isRegistered).toBe(true);
  });
});
