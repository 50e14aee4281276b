// Jest's whole transform: types are blanked out in place, so lines and columns of a failure are the true ones.
import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }) };
