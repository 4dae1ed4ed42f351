import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { changedSetting } from '../../src/topology/settings.js';
import { parseOverride } from '../../src/topology/source.js';

describe('an application server', () => {
  it('is a node of its own, which subscribes only where the line says so', () => {
    const nodes = (set: readonly string[]) => loadLab(findTopology('volte-services'), set.map(parseOverride)).nodes;
    const found = (set: readonly string[]) => nodes(set).find(({ name }) => name === 'as1');
    expect(found([])).toMatchObject({ role: 'as', external: false, subscribes: true });
    expect(found(['nodes.as1.subscribes=false'])).toMatchObject({ subscribes: false });
  });

  it('diverts only where it is said where to', () => {
    const load = (settings: string) =>
      loadLab(findTopology('volte-services'), [parseOverride(`nodes.as1.sessions={ acts-as: proxy, ${settings} }`)]);
    expect(() => load('divert-on: busy')).toThrow('nodes.as1.sessions.divert-on: there is no divert-to');
    expect(load('divert-on: busy, divert-to: "tel:+15550100003"').nodes).toHaveLength(load('set: {}').nodes.length);
  });

  it('changes its transport while it runs, and nothing else', () => {
    const node = loadLab(findTopology('volte-services')).nodes.find(({ name }) => name === 'as1')!;
    if (node.external) throw new Error('it is run here');
    expect(changedSetting(node, 'transport.datagram-size-max', 'off')).toMatchObject({
      node: { operator: { datagramSizeMax: undefined } },
    });
    expect(changedSetting(node, 'subscribes', false)).toContain('is fixed while the lab runs');
  });
});
