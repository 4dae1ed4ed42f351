/** `npm run docs:conformance`: writes docs/conformance.md anew from the catalogue, the built rules, the tests and the scenarios. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conformancePage } from '../conformance/documentation.js';
import { rules } from '../conformance/index.js';
import { readCitations } from './citations.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
writeFileSync(join(root, 'docs/conformance.md'), conformancePage(rules, readCitations(root)));
