// Settings that name a file mean one of the machine that synthesises: its content is shipped with the functions, and what
// they are told is its name there.
import { readFileSync } from 'node:fs';
import { isPemText } from '#settings/certificates.ts';
import type { Problem } from '#settings/read-table.ts';
import { SETTINGS } from '#settings/table.ts';

/** By setting: the name under which the file is shipped. */
const SHIPPED: Readonly<Record<string, string>> = {
  [SETTINGS.startupScriptPath.name]: 'startup-script',
  [SETTINGS.tlsCaBundle.name]: 'ca-bundle.pem',
};

export interface ShippedFiles {
  /** The variables with the shipped names. */
  readonly variables: Readonly<Record<string, string>>;
  /** Contents by shipped name. */
  readonly files: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

export function shippedFiles(given: Readonly<Record<string, string>>): ShippedFiles {
  const variables: Record<string, string> = { ...given };
  const files: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [setting, name] of Object.entries(SHIPPED)) {
    const file = given[setting];
    // Certificates may stand in the setting itself.
    if (file === undefined || file.trim() === '' || isPemText(file)) continue;
    try {
      files[name] = readFileSync(file, 'utf8');
      variables[setting] = name;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const fix = 'it is shipped with the functions, so name a file of the machine that runs cdk';
      problems.push({ name: setting, message: `${setting}: "${file}" cannot be read (${why}); ${fix}.` });
    }
  }
  return { variables, files, problems };
}
