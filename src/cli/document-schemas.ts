/** `npm run docs:schemas`: writes docs/schemas anew from the schemas that read the files. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaDocuments } from './schema-documents.js';

const target = fileURLToPath(new URL('../../docs/schemas', import.meta.url));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [name, content] of schemaDocuments()) writeFileSync(join(target, name), content);
