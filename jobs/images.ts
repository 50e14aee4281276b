// Where an image is pulled from. Official Docker Hub images also lie on ECR Public, byte for byte, without Docker Hub's
// limit of 100 anonymous pulls in 6 hours; and an installation may have a mirror or an ECR pull-through cache.

export interface ImageSources {
  /** Prefix for official Docker Hub images, such as `public.ecr.aws/docker/library`. */
  readonly officialImages?: string;
  /** Prefix in place of `docker.io` for all other Docker Hub images: a pull-through cache or a registry mirror. */
  readonly dockerHub?: string;
}

/** Docker's own rule (distribution/reference): the part before the first `/` is a host when it looks like one. */
function splitHost(image: string): { readonly host: string | undefined; readonly rest: string } {
  const slash = image.indexOf('/');
  if (slash < 0) return { host: undefined, rest: image };
  const first = image.slice(0, slash);
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  return isHost ? { host: first, rest: image.slice(slash + 1) } : { host: undefined, rest: image };
}

const DOCKER_HUB_HOSTS: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** The image to pull in place of the one that the job names; the same one when no rule is for it. */
export function pulledImage(image: string, sources: ImageSources): string {
  const { host, rest } = splitHost(image);
  if (host !== undefined && !DOCKER_HUB_HOSTS.includes(host)) return image;
  const official = rest.startsWith('library/') ? rest.slice('library/'.length) : rest;
  if (!official.includes('/') && sources.officialImages !== undefined) {
    return `${trimSlash(sources.officialImages)}/${official}`;
  }
  if (sources.dockerHub === undefined) return image;
  return `${trimSlash(sources.dockerHub)}/${official.includes('/') ? official : `library/${official}`}`;
}

const trimSlash = (prefix: string): string => prefix.replace(/\/+$/, '');
