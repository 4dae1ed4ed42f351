import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../../src/lab/errors.js';
import { Recorder } from '../../src/lab/recorder.js';
import { loadLab } from '../../src/topology/load.js';
import { bareSummary } from '../../src/trace/index.js';
import { mirrored, sampleSet } from '../ipsec/sample-set.js';
import { TestFolder, topologyText } from '../topology/files.js';

const folder = new TestFolder();
const summary = { ...bareSummary, title: 'x' };
afterAll(() => folder.remove());

it('leaves no verdict of an earlier run in the folder, for the case that this one is killed', () => {
  const result = join(folder.path, 'result.json');
  writeFileSync(result, '{"passed":true}');
  const recorder = new Recorder({
    lab: loadLab(folder.write('t.yaml', topologyText())),
    folder: folder.path,
    inspecting: false,
  });
  expect(existsSync(result)).toBe(false);
  recorder.close(summary, { passed: false });
  expect(existsSync(result)).toBe(true);
});

it('says what stands in the way of a file, without a stack trace', () => {
  const given = join(folder.path, 'given');
  mkdirSync(join(given, 'trace.jsonl'), { recursive: true });
  const options = {
    lab: loadLab(folder.write('t.yaml', topologyText())),
    folder: given,
    inspecting: false,
  };
  expect(() => new Recorder(options)).toThrow(StartError);
  expect(() => new Recorder(options)).toThrow(/EISDIR.*; mend that, or choose another folder$/);
});

describe('security associations', () => {
  const recorderIn = (name: string) => {
    const path = join(folder.path, name);
    mkdirSync(path, { recursive: true });
    const lab = loadLab(folder.write('t.yaml', topologyText()));
    const recorder = new Recorder({ lab, folder: path, inspecting: false });
    const addressOf = (node: string) => lab.nodes.find((each) => each.name === node)!.listen[0]!.address;
    return { recorder, table: join(path, 'esp_sa'), addressOf };
  };

  it('of two nodes of the lab stand once each in esp_sa, and a run without them has none', () => {
    const first = recorderIn('esp');
    const set = sampleSet({ addresses: [first.addressOf('ue1'), first.addressOf('pcscf1')] });
    first.recorder.addAssociations('ue1', set);
    first.recorder.addAssociations('pcscf1', mirrored(set));
    first.recorder.close(summary, {});
    const spis = readFileSync(first.table, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(',')[3]);
    expect(spis).toEqual(['"0x000007d2"', '"0x000007d1"', '"0x000003ea"', '"0x000003e9"']);
    const second = recorderIn('esp');
    second.recorder.close(summary, {});
    expect(existsSync(second.table)).toBe(false);
  });

  it('with a peer from outside stand there in both directions; its ports name the node on a shared address', () => {
    const { recorder, table, addressOf } = recorderIn('esp-outside');
    recorder.addAssociations('pcscf1', mirrored(sampleSet({ addresses: ['198.51.100.7', addressOf('pcscf1')] })));
    recorder.addAssociations('pcscf1', mirrored(sampleSet({ addresses: ['198.51.100.7', '198.51.100.8'], shift: 10 })));
    recorder.close(summary, {});
    expect(readFileSync(table, 'utf8').trim().split('\n')).toHaveLength(8);
    expect(recorder.nodes.nameOf({ address: '198.51.100.8', port: 5064 })).toBe('pcscf1');
  });
});
