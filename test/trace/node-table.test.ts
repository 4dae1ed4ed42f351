import { NodeTable } from '../../src/trace/node-table.js';

describe('node table', () => {
  const table = new NodeTable([
    { name: 'ue1', addresses: ['127.0.0.1:5061', '[::1]:5061'] },
    { name: 'pcscf1', addresses: ['127.0.0.1', '::1', '2001:db8::5'] },
  ]);

  it('prefers an address with its port', () => {
    expect(table.nameOf({ address: '127.0.0.1', port: 5061 })).toBe('ue1');
    expect(table.nameOf({ address: '127.0.0.1', port: 5060 })).toBe('pcscf1');
    expect(table.nameOf({ address: '::1', port: 5061 })).toBe('ue1');
    expect(table.nameOf({ address: '2001:db8::5', port: 1 })).toBe('pcscf1');
    expect(table.nameOf({ address: '10.0.0.1', port: 1 })).toBe('10.0.0.1');
  });

  it('learns ports that nodes are given', () => {
    table.learn('icscf1', '127.0.0.1:40000');
    expect(table.nameOf({ address: '127.0.0.1', port: 40_000 })).toBe('icscf1');
  });

  it('names a link the same way for both directions', () => {
    const [ue, core, other] = [
      { address: '::1', port: 5061 },
      { address: '::1', port: 5060 },
      { address: '10.0.0.1', port: 1 },
    ];
    expect([table.linkName(ue, core), table.linkName(core, ue)]).toEqual(['ue1–pcscf1', 'ue1–pcscf1']);
    expect(table.linkName(other, core)).toBe('pcscf1–10.0.0.1');
  });
});
