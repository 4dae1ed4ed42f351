/** Names with records: what RFC 3263 makes of NAPTR and SRV of the topology. SIP-26. */
import type { Destination } from '../../src/sip/index.js';
import { type Names, NameTable, namesSection } from '../../src/topology/name-records.js';

const home = 'ims.example.org';
const noHost = (): readonly Destination[] => [];

function table(
  names: Names,
  host: ConstructorParameters<typeof NameTable>[2] = noHost,
  own: ConstructorParameters<typeof NameTable>[3] = ['udp', 'tcp'],
) {
  const records = new NameTable(namesSection.parse(names), (address) => !address.includes(':'), host, own);
  return (name: string, port?: number, transport?: string) =>
    records
      .resolve(name, port, transport)
      ?.map(({ protocol, endpoint }) => `${protocol} ${endpoint.address}:${endpoint.port}`);
}

const pool: Names = {
  [home]: {
    naptr: [
      { service: 'SIP+D2U', order: 20, preference: 1, replacement: `_sip._udp.${home}` },
      { service: 'SIP+D2T', order: 10, preference: 2, replacement: `_sip._tcp.${home}` },
    ],
  },
  [`_sip._udp.${home}`]: {
    srv: [
      { target: `two.${home}`, priority: 2, port: 5080 },
      { target: `one.${home}`, priority: 1, port: 5070 },
    ],
  },
  [`_sip._tcp.${home}`]: { srv: [{ target: `one.${home}`, port: 5071 }] },
  [`one.${home}`]: { addresses: ['192.0.2.1', '2001:db8::1'] },
  [`two.${home}`]: { addresses: ['192.0.2.2'] },
};

describe('SIP-26, RFC 3263 4', () => {
  it('4.1, 4.2: NAPTR chooses the transport by order, SRV the servers by priority', () => {
    const resolve = table(pool);
    expect(resolve(home)).toEqual(['tcp 192.0.2.1:5071']);
    expect(resolve(home, undefined, 'udp')).toEqual(['udp 192.0.2.1:5070', 'udp 192.0.2.2:5080']);
    expect(resolve(home, undefined, 'tcp')).toEqual(['tcp 192.0.2.1:5071']);
  });

  it('4.1: without NAPTR the SRV records of UDP, then of TCP; without SRV the address, at 5060', () => {
    const { [home]: _, [`_sip._udp.${home}`]: udp, ...others } = pool;
    expect(table({ ...others, [`_sip._udp.${home}`]: udp! })(home)).toEqual([
      'udp 192.0.2.1:5070',
      'udp 192.0.2.2:5080',
    ]);
    expect(table(others)(home)).toEqual(['tcp 192.0.2.1:5071']);
    expect(table(pool)(`two.${home}`)).toEqual(['udp 192.0.2.2:5060']);
  });

  it('4.1: what the client cannot send over is passed over', () => {
    const text = (own: readonly ('udp' | 'tcp')[]) => table(pool, noHost, own);
    expect(text(['udp'])(home)).toEqual(['udp 192.0.2.1:5070', 'udp 192.0.2.2:5080']);
    expect(text(['tcp'])(`two.${home}`)).toEqual(['tcp 192.0.2.2:5060']);
    const { [home]: _, ...others } = pool;
    expect(table(others, noHost, ['tcp'])(home)).toEqual(['tcp 192.0.2.1:5071']);
  });

  it('4.2: a port in the URI asks for addresses alone', () => {
    expect(table(pool)(`two.${home}`, 5090, 'tcp')).toEqual(['tcp 192.0.2.2:5090']);
    expect(table(pool)(home, 5090)).toBeUndefined();
    expect(table(pool)(home, undefined, 'tls')).toBeUndefined();
  });

  it('16.4 of RFC 3261: a question what a name stands for sees every transport and every server, and takes nobody’s turn', () => {
    const text = ({ protocol, endpoint }: Destination) => `${protocol} ${endpoint.address}:${endpoint.port}`;
    const turns: Names = {
      [`_sip._udp.${home}`]: {
        srv: [
          { target: `one.${home}`, weight: 1, port: 5060 },
          { target: `two.${home}`, weight: 1, port: 5060 },
        ],
      },
      [`one.${home}`]: { addresses: ['192.0.2.1'] },
      [`two.${home}`]: { addresses: ['192.0.2.2'] },
    };
    const records = new NameTable(namesSection.parse({ ...pool, ...turns }), () => true, noHost, ['udp', 'tcp']);
    const first = () => text(records.resolve(home, undefined, 'udp')![0]!);
    const one = first();
    expect(new Set(records.all(home, undefined)!.map(text))).toEqual(
      new Set(['tcp 192.0.2.1:5071', 'udp 192.0.2.1:5060', 'udp 192.0.2.2:5060']),
    );
    expect(first()).not.toBe(one);
    expect(records.all(`two.${home}`, 5090)!.map(text)).toEqual(['udp 192.0.2.2:5090']);
    expect(records.all('nowhere.example.org', undefined)).toBeUndefined();
  });

  it('what no record names is looked up otherwise, targets too', () => {
    const asked: unknown[] = [];
    const resolve = table({ [`_sip._udp.${home}`]: { srv: [{ target: `icscf1.${home}`, port: 5060 }] } }, (...args) => {
      asked.push(args);
      return [{ protocol: 'udp', endpoint: { address: '192.0.2.9', port: 5060 } }];
    });
    expect(resolve(home)).toEqual(['udp 192.0.2.9:5060']);
    expect(asked).toEqual([[`icscf1.${home}`, 5060, 'udp']]);
    expect(resolve('elsewhere.example.org')).toBeUndefined();
  });

  it('RFC 2782: servers of one priority come first as often as their weights say, and all of them are there', () => {
    const resolve = table({
      [`_sip._udp.${home}`]: {
        srv: [
          { target: `one.${home}`, weight: 3, port: 5060 },
          { target: `two.${home}`, weight: 1, port: 5060 },
        ],
      },
      [`one.${home}`]: pool[`one.${home}`]!,
      [`two.${home}`]: pool[`two.${home}`]!,
    });
    const seen = Array.from({ length: 8 }, () => resolve(home)!);
    expect(seen.every((each) => each.length === 2)).toBe(true);
    expect(seen.filter(([first]) => first === 'udp 192.0.2.1:5060')).toHaveLength(6);
  });
});
