import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoint, Network, Packet, TlsIdentity, TlsKeyListener, TlsTrust } from '../../src/environment/index.js';
import { RealClock } from '../../src/environment/real/clock.js';
import { RealStreamListener } from '../../src/environment/real/stream-listener.js';
import { connectSecured, SecuredListener } from '../../src/environment/real/tls.js';
import { Wiring } from '../../src/environment/real/wiring.js';
import { type Lab, realLab, StreamRecorder, simulatedLab } from './lab.js';

const folder = join(__dirname, '../../profiles/tls');
const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');
const server = 'pcscf1.ims.mnc001.mcc001.3gppnetwork.org';

const identity = (certificate = 'core.pem'): TlsIdentity => ({ certificate: pem(certificate), key: pem('core.key') });
const trust = (names: readonly string[] = [server], authorities = 'ca.pem'): TlsTrust => ({
  authorities: pem(authorities),
  names,
});

/** For `*.ims.mnc001.mcc001.3gppnetwork.org`, signed by itself. */
const wildcard: TlsIdentity = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIBATAKBggqhkjOPQQDAjATMREwDwYDVQQDDAh3aWxkY2Fy
ZDAgFw0yNTAxMDEwMDAwMDBaGA8yMTI1MDEwMTAwMDAwMFowEzERMA8GA1UEAwwI
d2lsZGNhcmQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR/wRIuM9USTpVjVtRK
c7eYU6bMK6dKkpH4TCcD1q1OHIvAAQjLa0TrN4ZyjKSQyoS6Acwffp3k0KLdDs0a
xD8Zo2IwYDAPBgNVHRMBAf8EBTADAQH/MC4GA1UdEQQnMCWCIyouaW1zLm1uYzAw
MS5tY2MwMDEuM2dwcG5ldHdvcmsub3JnMB0GA1UdDgQWBBQij1oGhp8RPBWCDDif
Nmtr0dJnDzAKBggqhkjOPQQDAgNIADBFAiEAxHTkr9o5hgMN1rIvX6wQ43o+Tdnw
0gGAyOR5KMXrAQwCIDlR1d89TPwn5FhfT63wxE9gNFGZsFmZhQiI9p0u1orV
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbY0T7p5Jt1OwCKGi
8d3pwYxKLejQkjrNxbNU1DmRPpihRANCAAR/wRIuM9USTpVjVtRKc7eYU6bMK6dK
kpH4TCcD1q1OHIvAAQjLa0TrN4ZyjKSQyoS6Acwffp3k0KLdDs0axD8Z
-----END PRIVATE KEY-----`,
};

/** For the server, signed by itself, with a critical extension that nobody knows. */
const critical: TlsIdentity = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIBAjAKBggqhkjOPQQDAjATMREwDwYDVQQDDAh3aWxkY2Fy
ZDAgFw0yNTAxMDEwMDAwMDBaGA8yMTI1MDEwMTAwMDAwMFowEzERMA8GA1UEAwwI
d2lsZGNhcmQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR/wRIuM9USTpVjVtRK
c7eYU6bMK6dKkpH4TCcD1q1OHIvAAQjLa0TrN4ZyjKSQyoS6Acwffp3k0KLdDs0a
xD8Zo3YwdDAPBgNVHRMBAf8EBTADAQH/MDMGA1UdEQQsMCqCKHBjc2NmMS5pbXMu
bW5jMDAxLm1jYzAwMS4zZ3BwbmV0d29yay5vcmcwDQYDKgMEAQH/BAMMAXgwHQYD
VR0OBBYEFCKPWgaGnxE8FYIMOJ82a2vR0mcPMAoGCCqGSM49BAMCA0gAMEUCIQCL
DcuCvjIIGsLzLGvtylFrA0pPPHyFhz5nEQOEmvRStAIgSxkUdbNbf0V1mpVRfUQd
8GHeBGKhbM2Okh3VIcxQSc0=
-----END CERTIFICATE-----`,
  key: wildcard.key,
};

interface KeyLogging extends Network {
  keyLog(listener: TlsKeyListener | undefined): void;
}

const labs = [
  { kind: 'simulated', open: simulatedLab },
  { kind: 'real', open: realLab },
];

it('keys that one end of a broken hand-shake has told are not remembered for the other for ever', async () => {
  const clock = new RealClock();
  const wiring = new Wiring(clock);
  wiring.onKeys = () => {};
  let local: Endpoint | undefined;
  const recorder = { onConnection: () => new StreamRecorder(), onError: () => {} };
  const onListening = (bound: Endpoint): void => {
    local = bound;
  };
  const listener = new SecuredListener(wiring, identity(), { ...recorder, onListening });
  new RealStreamListener(wiring, { address: '127.0.0.1', port: 0 }, listener);
  const wait = (): Promise<void> => new Promise((resolve) => void clock.setTimer(20, resolve));
  while (local === undefined) await wait();
  const client = new StreamRecorder();
  const connection = connectSecured(wiring, { address: '127.0.0.2', port: 0 }, local, client, trust());
  // The server tells its first keys as soon as it has heard of the client.
  wiring.onKeys = () => connection.destroy();
  while (client.closes.length === 0) await wait();
  await wait();
  expect(wiring.toldKeys.size).toBe(0);
  await wiring.closeAll();
});

describe.each(labs)('TLS, $kind', ({ open }) => {
  let lab: Lab;
  let packets: Packet[];
  let keys: string[];

  beforeEach(() => {
    lab = open();
    packets = [];
    keys = [];
    lab.network.tap((packet) => packets.push(packet));
    (lab.network as KeyLogging).keyLog((line) => keys.push(line));
  });
  afterEach(() => lab.close());

  interface Accepting {
    readonly local: Endpoint;
    readonly accepted: StreamRecorder[];
    readonly failures: string[];
  }

  async function listen(shown?: TlsIdentity): Promise<Accepting> {
    const accepted: StreamRecorder[] = [];
    const failures: string[] = [];
    let local: Endpoint | undefined;
    lab.network.listenStream(
      { address: '127.0.0.1', port: 0 },
      {
        onListening: (bound) => {
          local = bound;
        },
        onConnection: (connection) => {
          const recorder = new StreamRecorder();
          recorder.connection = connection;
          accepted.push(recorder);
          return recorder;
        },
        onTlsFailed: (_, code) => failures.push(code),
        onError: (code) => failures.push(code),
      },
      shown,
    );
    await lab.until(() => local !== undefined);
    return { local: local!, accepted, failures };
  }

  function connect(to: Endpoint, believed: TlsTrust | undefined, address = '127.0.0.2'): StreamRecorder {
    const recorder = new StreamRecorder();
    recorder.connection = lab.network.connectStream({ address, port: 0 }, to, recorder, believed);
    return recorder;
  }

  const sent = (): string[] => packets.map(({ bytes }) => bytes.toString('latin1')).filter((text) => text !== '');

  it('RFC 8446: octets go both ways; the tap sees them once, and records in which they are carried', async () => {
    const { local, accepted } = await listen(identity());
    const client = connect(local, trust());
    client.connection!.write(Buffer.from('before it stands')); // kept until then
    await lab.until(() => accepted[0]?.text === 'before it stands');
    accepted[0]!.connection!.write(Buffer.from('an answer'));
    await lab.until(() => client.text === 'an answer');
    expect(client.opened).toBe(1);
    expect(accepted).toHaveLength(1);
    expect(sent()).toEqual(['before it stands', 'an answer']);
    const [first] = packets.filter(({ carrier }) => carrier !== undefined && carrier.bytes.length > 0);
    expect(first?.carrier?.bytes.readUInt16BE(0)).toBe(0x1603); // a handshake record (RFC 8446 5.1)
    // RFC 9850 3, and before it every browser: CLIENT_RANDOM, or the secrets of TLS 1.3.
    expect(keys.length).toBeGreaterThan(0);
    for (const line of keys) expect(line).toMatch(/^[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]{64,96}$/);
  });

  it('an end reaches the other side, without an error', async () => {
    const { local, accepted } = await listen(identity());
    const client = connect(local, trust());
    await lab.until(() => accepted.length === 1 && client.opened === 1);
    client.connection!.close();
    await lab.until(() => client.closes.length === 1 && accepted[0]!.closes.length === 1);
    expect([client.closes, accepted[0]!.closes]).toEqual([[undefined], [undefined]]);
  });

  it('what breaks the connection below ends it here, too', async () => {
    const { local, accepted } = await listen(identity());
    const client = connect(local, trust());
    await lab.until(() => accepted.length === 1 && client.opened === 1);
    accepted[0]!.connection!.destroy();
    await lab.until(() => client.closes.length === 1);
    // The operating system sends an end before the reset, and either may be read first.
    expect([undefined, 'ECONNRESET']).toContain(client.closes[0]);
  });

  it.each([
    ['no authority of the client has signed the certificate', 'core.pem', [server], 'other-ca.pem', 'ETLSUNTRUSTED'],
    ['it names another host', 'core-other-name.pem', [server], 'ca.pem', 'ETLSNAME'],
    ['an address is no name in it', 'core.pem', ['127.0.0.1'], 'ca.pem', 'ETLSNAME'],
    ['it is not valid any more', 'core-expired.pem', [server], 'ca.pem', 'ETLSEXPIRED'],
  ])('RFC 5922 7.1, RFC 5280 6: no TLS where %s', async (_, shown, names, authorities, code) => {
    const { local, accepted, failures } = await listen(identity(shown));
    const client = connect(local, trust(names, authorities));
    client.connection!.write(Buffer.from('never sent'));
    await lab.until(() => client.closes.length === 1 && failures.length === 1);
    expect(client.closes).toEqual([code]);
    expect(client.opened).toBe(0);
    expect(accepted).toHaveLength(0);
    expect(['ETLSREFUSED', 'ETLSFAILED', 'ECONNRESET']).toContain(failures[0]);
    expect(sent()).not.toContain('never sent');
  });

  it('RFC 5922 7.2: a wildcard names nobody', async () => {
    const { local, accepted } = await listen(wildcard);
    const client = connect(local, { authorities: wildcard.certificate, names: [server] });
    await lab.until(() => client.closes.length === 1);
    expect([client.closes, client.opened, accepted.length]).toEqual([['ETLSNAME'], 0, 0]);
  });

  it('RFC 5922 7.1: who is known by no name is not believed', async () => {
    const { local, accepted } = await listen(identity());
    const client = connect(local, trust([]));
    await lab.until(() => client.closes.length === 1);
    expect([client.closes, client.opened, accepted.length]).toEqual([['ETLSNAME'], 0, 0]);
  });

  it('one of several names is enough', async () => {
    const { local } = await listen(identity());
    const client = connect(local, trust(['127.0.0.1', server]));
    await lab.until(() => client.opened === 1);
  });

  it('nobody there is told as without TLS', async () => {
    const { local } = await listen(identity());
    const client = connect({ address: '127.0.0.1', port: local.port === 65_535 ? 1 : local.port + 1 }, trust());
    await lab.until(() => client.closes.length === 1);
    expect(client.closes).toEqual(['ECONNREFUSED']);
  });

  it('who speaks no TLS gets none', async () => {
    const { local, accepted, failures } = await listen(identity());
    const client = connect(local, undefined);
    client.connection!.write(Buffer.from('OPTIONS sip:a@b SIP/2.0\r\n\r\n'));
    await lab.until(() => failures.length === 1 && client.closes.length === 1);
    expect(accepted).toHaveLength(0);
    expect(failures).toEqual(['ETLSFAILED']);
  });

  it('a server that speaks no TLS is no partner', async () => {
    const { local, accepted } = await listen();
    const client = connect(local, trust());
    await lab.until(() => accepted.length === 1);
    accepted[0]!.connection!.write(Buffer.from('SIP/2.0 400 Bad Request\r\n\r\n'));
    await lab.until(() => client.closes.length === 1);
    expect(client.closes).toEqual(['ETLSFAILED']);
  });

  it('long messages arrive whole', async () => {
    const { local, accepted } = await listen(identity());
    const client = connect(local, trust());
    client.connection!.write(Buffer.alloc(50_000, 'x'));
    await lab.until(() => accepted[0]?.text.length === 50_000);
    expect(sent()).toEqual(['x'.repeat(50_000)]);
  });

  describe('SIP-62: more than a thousand hand-shakes under way', () => {
    const silent = async (local: Endpoint, from: string, count: number): Promise<readonly StreamRecorder[]> => {
      const all: StreamRecorder[] = [];
      while (all.length < count) {
        for (let each = 0; each < 100; each++) all.push(connect(local, undefined, from));
        await lab.until(() => all.every(({ opened }) => opened === 1));
      }
      return all;
    };
    const closedOf = (all: readonly StreamRecorder[]): number => all.filter(({ closes }) => closes.length === 1).length;

    it('the oldest makes room, and who completes one is served', async () => {
      const { local, accepted, failures } = await listen(identity());
      const all = await silent(local, '127.0.0.2', 1100);
      await lab.until(() => failures.length >= 100);
      expect(failures).toHaveLength(100);
      await lab.until(() => closedOf(all) === 100);
      expect(closedOf(all.slice(0, 100))).toBe(100);
      connect(local, trust());
      await lab.until(() => accepted.length === 1);
    });

    it('of the address that has most of them: others keep theirs', async () => {
      const { local, failures } = await listen(identity());
      const few = await silent(local, '127.0.0.1', 100);
      const many = await silent(local, '127.0.0.2', 1000);
      await lab.until(() => failures.length >= 100);
      await lab.until(() => closedOf(many) === 100);
      expect([closedOf(few), closedOf(many.slice(0, 100))]).toEqual([0, 100]);
    });
  });

  // The simulated network looks at no extensions.
  if (open === realLab)
    it('RFC 5280 6.1.4: whatever else there is against a certificate, it is not believed', async () => {
      const { local } = await listen(critical);
      const client = connect(local, { authorities: critical.certificate, names: [server] });
      await lab.until(() => client.closes.length === 1);
      expect(client.closes).toEqual(['ETLSUNTRUSTED']);
    });
});
