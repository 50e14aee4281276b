// `importChangesets`: changesets that exist already, by repository and number (`BuildImportChangesetSpecs` of Sourcegraph's
// lib/batches).
import { errorsText } from '../errors-text.ts';
import { formatFloat } from '../go/float-text.ts';
import { quote } from '../go/quote.ts';
import { typeNameOf } from '../go/reflect.ts';
import { GoInt, GoUint64, type GoValue } from '../go/values.ts';
import type { ImportChangeset } from '../spec/types.ts';
import type { ChangesetSpecs } from './build.ts';
import type { ImportedChangesetSpec } from './changeset-spec.ts';

/** `repositoryIds` holds GraphQL IDs by name. All that is wrong is reported at once. */
export function importedChangesetSpecs(
  imports: readonly ImportChangeset[] | null,
  repositoryIds: ReadonlyMap<string, string>,
): ChangesetSpecs {
  const specs: ImportedChangesetSpec[] = [];
  const problems: string[] = [];
  for (const { repository, externalIds } of imports ?? []) {
    const repositoryId = repositoryIds.get(repository);
    if (repositoryId === undefined) {
      problems.push(`repository ${quote(repository)} not found`);
      continue;
    }
    for (const id of externalIds ?? []) {
      const externalId = externalIdText(id);
      if (externalId !== null) specs.push({ kind: 'imported', repositoryId, externalId });
      else problems.push(unusableId(id));
    }
  }
  return problems.length > 0 ? { kind: 'error', message: errorsText(problems) } : { kind: 'specs', specs };
}

/** Numbers in full, never with an exponent. */
function externalIdText(id: GoValue): string | null {
  if (typeof id === 'string') return id;
  if (typeof id === 'number') return formatFloat(id, 'f', -1);
  return id instanceof GoInt || id instanceof GoUint64 ? id.value.toString() : null;
}

function unusableId(id: GoValue): string {
  const type = id === null ? '<nil>' : typeNameOf(id);
  return `cannot convert value of type ${type} into a valid external ID: expected string or int`;
}
