import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** What the architecture page says about rooms, arrows and bans, as a test. */
const src = resolve(__dirname, '../src');

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

interface Import {
  /** Path below src with forward slashes, or the package's name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

interface SourceFile {
  /** `ims/pcscf/pcscf.ts` */
  readonly name: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const importStatement =
  /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function read(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(importStatement)].map(([, type, statement, dynamic]) => {
    const specifier = statement ?? dynamic!;
    const target = specifier.startsWith('.') ? slashed(relative(src, resolve(dirname(file), specifier))) : specifier;
    return { target: target.replace(/\.js$/, '.ts'), typeOnly: type !== undefined };
  });
  return { name: slashed(relative(src, file)), text, imports };
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

const files = sourceFiles(src).map(read);

/** Arrows of the architecture page: a room may import the rooms listed, and itself. `types:` allows `import type` only. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  /** The library's entry. */
  'index.ts': ['lab', 'scenario', 'types:selection', 'types:faults', 'topology'],
  /** Order for whoever remembers things in it. */
  'linked-list.ts': [],
  /** Numeric addresses as text and octets. */
  'address-octets.ts': [],
  environment: ['address-octets.ts'],
  machine: ['types:environment'],
  sip: ['address-octets.ts', 'machine', 'types:environment'],
  sdp: ['address-octets.ts'],
  aka: [],
  ipsec: ['address-octets.ts', 'sip', 'types:environment'],
  nat: ['types:environment'],
  media: ['types:environment'],
  diameter: ['address-octets.ts', 'linked-list.ts', 'machine', 'types:environment'],
  node: ['sip', 'diameter', 'machine', 'types:environment'],
  ims: ['address-octets.ts', 'node', 'sip', 'sdp', 'aka', 'ipsec', 'diameter', 'media', 'machine', 'types:environment'],
  /** Of ims what an HSS wants of a store. */
  store: ['ims', 'types:environment'],
  topology: [
    'address-octets.ts',
    'selection',
    'store',
    'ims',
    'ipsec',
    'node',
    'sip',
    'aka',
    'types:machine',
    'environment',
  ],
  scenario: [
    'linked-list.ts',
    'selection',
    'faults',
    'topology',
    'ims',
    'types:media',
    'node',
    'sip',
    'diameter',
    'trace',
    'types:conformance',
    'types:environment',
  ],
  trace: ['address-octets.ts', 'sip', 'diameter', 'types:environment'],
  /** Of ims the documents of the registration event package. */
  selection: ['ims', 'sip', 'sdp', 'diameter', 'types:environment'],
  faults: ['selection', 'sip', 'diameter', 'trace', 'types:environment'],
  conformance: ['linked-list.ts', 'ims', 'ipsec', 'sip', 'sdp', 'diameter', 'aka', 'types:environment'],
  coverage: ['machine', 'node', 'sip', 'diameter', 'ims', 'types:environment'],
  lab: [
    'ims',
    'ipsec',
    'nat',
    'store',
    'selection',
    'scenario',
    'conformance',
    'coverage',
    'faults',
    'topology',
    'trace',
    'types:node',
    'sip',
    'environment',
  ],
  regression: ['lab', 'coverage', 'topology', 'sip', 'diameter', 'types:environment'],
  cli: [
    'address-octets.ts',
    'selection',
    'store',
    'regression',
    'lab',
    'topology',
    'scenario',
    'conformance',
    'trace',
    'ims',
    'sip',
    'diameter',
    'machine',
    'environment',
    'aka',
  ],
};

/** Folders within a room that may see less than the room does. */
const innerArrows: Readonly<Record<string, readonly string[]>> = {
  'environment/simulated': ['address-octets.ts', 'environment/'],
  'environment/real': ['environment/'],
  'diameter/dictionaries': ['diameter/dictionaries/'],
  'diameter/codec': ['address-octets.ts', 'diameter/codec/', 'diameter/dictionaries/'],
  'sip/message': ['address-octets.ts', 'sip/message/'],
};

/** Where functions of the IMS meet besides the wire. */
const sharedByFunctions = [
  'ims/identity/',
  'ims/subscription/',
  'ims/session/',
  'ims/reg-event/',
  'ims/diameter-config.ts',
  'ims/diameter-result.ts',
  'ims/passed-on.ts',
];

function room(path: string): string {
  return path.split('/')[0]!;
}

function isOwn({ target }: Import): boolean {
  return Object.hasOwn(arrows, room(target));
}

describe('import arrows', () => {
  it('has a line for every room', () => {
    const rooms = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rooms.map(({ name }) => name).filter((name) => !Object.hasOwn(arrows, name))).toEqual([]);
  });

  it('go only where the architecture says', () => {
    const wrong = files.flatMap(({ name, imports }) => {
      const from = room(name);
      const allowed = arrows[from] ?? [];
      return imports.filter(isOwn).flatMap(({ target, typeOnly }) => {
        const to = room(target);
        const fine = to === from || allowed.includes(to) || (typeOnly && allowed.includes(`types:${to}`));
        return fine ? [] : [`${name} → ${target}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  it('are all needed', () => {
    const unused = Object.entries(arrows).flatMap(([from, allowed]) => {
      const own = files.filter(({ name }) => room(name) === from).flatMap(({ imports }) => imports);
      const isNeeded = (arrow: string) =>
        own.some(({ target, typeOnly }) => arrow === (typeOnly ? `types:${room(target)}` : room(target)));
      return allowed.filter((arrow) => !isNeeded(arrow)).map((arrow) => `${from} → ${arrow}`);
    });
    expect(unused).toEqual([]);
  });

  it('within a room, keep the inner order', () => {
    const wrong = Object.entries(innerArrows).flatMap(([folder, allowed]) =>
      files
        .filter(({ name }) => name.startsWith(`${folder}/`))
        .flatMap(({ name, imports }) =>
          imports
            .filter((entry) => isOwn(entry) && room(entry.target) === room(folder))
            .filter(({ target }) => !allowed.some((start) => target.startsWith(start)))
            .map(({ target }) => `${name} → ${target}`),
        ),
    );
    expect(wrong).toEqual([]);
  });

  it('functions of the IMS never import one another', () => {
    const wrong = files
      .filter(({ name }) => name.startsWith('ims/') && name.split('/').length > 2)
      .flatMap(({ name, imports }) => {
        const own = `${name.split('/').slice(0, 2).join('/')}/`;
        return imports
          .filter(({ target }) => target.startsWith('ims/') && !target.startsWith(own))
          .filter(({ target }) => !sharedByFunctions.some((start) => target.startsWith(start)))
          .map(({ target }) => `${name} → ${target}`);
      });
    expect(wrong).toEqual([]);
  });

  it('trace sees messages only, not transactions or peers', () => {
    const wrong = files
      .filter(({ name }) => name.startsWith('trace/'))
      .flatMap(({ name, imports }) =>
        imports
          .filter(({ target }) => target.startsWith('sip/') && !target.startsWith('sip/message/'))
          .concat(imports.filter(({ target }) => target.startsWith('diameter/peer/')))
          .map(({ target }) => `${name} → ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('sockets are opened in environment/real only', () => {
    const wrong = files
      .filter(({ name }) => !name.startsWith('environment/real/'))
      .filter(({ imports }) => imports.some(({ target }) => /^(node:)?(dgram|net|tls)$/.test(target)));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('createActor is called by the machine host only', () => {
    const wrong = files.filter(({ name, text }) => !name.startsWith('machine/') && /\bcreateActor\b/.test(code(text)));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

/** Comments may speak of what code may not do. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

describe('bans', () => {
  const outside = (allowed: readonly string[]) =>
    files.filter(({ name }) => !allowed.some((start) => name.startsWith(start)));

  it.each(['Date.now', 'performance.now', 'Math.random', 'setTimeout', 'setInterval', 'process.env'])(
    '%s appears in environment/real and cli only',
    (word) => {
      // XState's clock has a key of that name: `setTimeout: (…) => …`.
      const use = new RegExp(`\\b${word.replace('.', '\\.')}\\b(?!:)`);
      const found = outside(['environment/real/', 'cli/']).filter(({ text }) => use.test(code(text)));
      expect(found.map(({ name }) => name)).toEqual([]);
    },
  );

  it('the clock is not read by the back door', () => {
    const found = outside(['environment/real/', 'cli/']).filter(({ text }) =>
      /\bnew Date\(\s*\)|process\.hrtime/.test(code(text)),
    );
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  it('console is for the command line', () => {
    const found = outside(['cli/']).filter(({ text }) => /\bconsole\.\w/.test(code(text)));
    expect(found.map(({ name }) => name)).toEqual([]);
  });

  it('winston is loaded by the one logger', () => {
    const found = files.filter(({ imports }) => imports.some(({ target }) => target === 'winston'));
    expect(found.map(({ name }) => name)).toEqual(['cli/logger.ts']);
  });

  it('no ts-ignore, no interfaces named I…', () => {
    const found = files.filter(({ text }) => /@ts-ignore|@ts-nocheck|\binterface I[A-Z][a-z]/.test(text));
    expect(found.map(({ name }) => name)).toEqual([]);
  });
});

describe('names', () => {
  it('files are in kebab case', () => {
    const wrong = files.filter(({ name }) => !/^[a-z0-9/-]+(\.(machine|dictionary|d))?\.ts$/.test(name));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('there are no grab-bags', () => {
    const wrong = files.filter(({ name }) => /(^|\/)(utils?|helpers?|managers?|common|misc|shared)(\/|\.)/.test(name));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('a machine file defines one machine and nothing performs in it', () => {
    const machines = files.filter(({ name }) => name.endsWith('.machine.ts'));
    const wrong = machines.filter(({ text }) => text.match(/\bcreateMachine\(/g)?.length !== 1);
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
