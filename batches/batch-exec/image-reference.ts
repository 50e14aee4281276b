// What docker's command line says of an image name that it cannot read (distribution/reference); it gives up on such a
// name before it asks anybody for it, and so do we.

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `(?:${HOST}(?:\\.${HOST})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const TAG = ':[\\w][\\w.-]{0,127}';
const DIGEST = '@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?:${TAG})?(?:${DIGEST})?$`);
const NAME_MAX = 255;
/** Longer than any name, tag and digest together. */
const REFERENCE_MAX = 1024;

/** undefined for a name that docker can read. */
export function imageReferenceProblem(image: string): string | undefined {
  if (image.length > REFERENCE_MAX) return 'invalid reference format';
  if (REFERENCE.test(image)) {
    if (nameOf(image).length <= NAME_MAX) return undefined;
    return `invalid reference format: repository name must not be more than ${NAME_MAX} characters`;
  }
  const lower = image.toLowerCase();
  if (lower !== image && REFERENCE.test(lower)) {
    return `invalid reference format: repository name (${nameOf(image)}) must be lowercase`;
  }
  return 'invalid reference format';
}

/** Without tag and digest. */
function nameOf(image: string): string {
  const name = image.replace(/@.*$/s, '').replace(/:[\w.-]+$/, '');
  return name.includes('/') ? name : `library/${name}`;
}
