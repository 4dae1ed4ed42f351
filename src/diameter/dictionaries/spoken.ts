/** The applications that imslab speaks itself, for whatever reads or makes messages of any of them. */
import type { Application, AvpDefinitions } from './application.js';
import { baseDictionary } from './base.dictionary.js';
import { cxDictionary } from './cx.dictionary.js';
import { shDictionary } from './sh.dictionary.js';

export const spokenApplications: readonly Application[] = [baseDictionary, cxDictionary, shDictionary];

/** All of their AVPs: no name stands for two of them. */
export const spokenAvps: AvpDefinitions = Object.assign({}, ...spokenApplications.map(({ avps }) => avps));
