// Files that settings name are shipped beside the bundle: the stack puts them there and writes their names.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Rejects with the setting's name when the file is not there. */
export async function shippedFile(setting: string, name: string): Promise<string> {
  try {
    return await readFile(path.resolve(import.meta.dirname, name), 'utf8');
  } catch (error) {
    throw new Error(`${setting}: ${name} was not shipped with the function; deploy again`, { cause: error });
  }
}
