import { existsSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createOutputFolder } from '../../src/cli/output-folder.js';
import { StartError } from '../../src/lab/errors.js';
import { TestFolder } from '../topology/files.js';

const folder = new TestFolder();
const before = process.cwd();
beforeAll(() => process.chdir(folder.path));
afterAll(() => {
  process.chdir(before);
  folder.remove();
});

it('is out/<timestamp>, one for each run, and out/latest points to the last', () => {
  const first = createOutputFolder(undefined);
  const second = createOutputFolder(undefined);
  expect(first).toMatch(/^out\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/);
  expect(second).not.toBe(first);
  expect(readlinkSync('out/latest')).toBe(basename(second));
});

it('is the folder asked for, which may exist', () => {
  expect(createOutputFolder('a/b')).toBe('a/b');
  expect(createOutputFolder('a/b')).toBe('a/b');
});

it('leaves a folder named latest alone', () => {
  mkdirSync('elsewhere/out/latest', { recursive: true });
  process.chdir('elsewhere');
  createOutputFolder(undefined);
  expect(() => readlinkSync('out/latest')).toThrow('EINVAL');
  process.chdir('..');
});

it('is refused in one sentence where nothing can be written', () => {
  writeFileSync('file', '');
  expect(() => createOutputFolder(join('file', 'x'))).toThrow(StartError);
  expect(() => createOutputFolder(join('file', 'x'))).toThrow('choose a folder with --out DIR');
});

const withProc = existsSync('/proc/self') ? it : it.skip;
withProc('gives up where a parent takes no entries', () => {
  expect(() => createOutputFolder('/proc/imslab/run')).toThrow(StartError);
});
