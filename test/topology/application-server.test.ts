import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('that is to act as something unknown is one mistake: subscriber files may name it all the same', () => {
    const load = (sessions: string) =>
      loadLab(findTopology('volte-application-servers'), [parseOverride(`nodes.as1.sessions=${sessions}`)]);
    expect(() => load('{ acts-as: prox }')).toThrow(
      /^--set [^\n]*: nodes\.as1\.sessions\.acts-as: 'prox' is not known here; did you mean 'proxy'\?$/,
    );
    expect(() => load('{ status: 503 }')).toThrow(
      /^--set [^\n]*: nodes\.as1\.sessions\.acts-as: is missing; add one of proxy, redirect, user-agent, refusal$/,
    );
    expect(() => load('proxy')).toThrow(
      /^--set [^\n]*: nodes\.as1\.sessions: 'proxy' is not a block of keys; write a block/,
    );
  });

  it('is a node where subscriber files name it: the nearest name is the hint, at the place of the mistake', () => {
    const folder = mkdtempSync(join(tmpdir(), 'imslab-servers-'));
    const file = join(folder, 'people.yaml');
    const text = readFileSync(join(__dirname, '../../profiles/subscribers/sh.yaml'), 'utf8');
    writeFileSync(file, text.replace('as: as1', 'as: as9').replace('direct-to: as1', 'direct-to: bs1'));
    const load = (topology: string) =>
      loadLab(findTopology(topology), [parseOverride(`nodes.hss1.subscribers=${file}`)]);
    expect(() => load('volte-sh')).toThrow(
      /people\.yaml:\d+:9: services\.mmtel\.as: there is no application server 'as9' in the topology; did you mean 'as1'/,
    );
    expect(() => load('volte-sh')).toThrow(/people\.yaml:\d+:\d+: .*direct-to: there is no application server 'bs1'/);
    // No application server is here: the file may be another topology's.
    expect(load('volte').nodes.length).toBeGreaterThan(3);
    rmSync(folder, { recursive: true });
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
