import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../../src/lab/errors.js';
import { Recorder } from '../../src/lab/recorder.js';
import { loadLab } from '../../src/topology/load.js';
import { TestFolder, topologyText } from '../topology/files.js';

const folder = new TestFolder();
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
  recorder.close('x', [], { passed: false });
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
