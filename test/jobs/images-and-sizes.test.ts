import { describe, expect, test } from '@jest/globals';
import { FARGATE_SIZES, fargateSize } from '#jobs/fargate-sizes.ts';
import { pulledImage } from '#jobs/images.ts';

describe('where an image is pulled from', () => {
  const sources = {
    officialImages: 'public.ecr.aws/docker/library/',
    dockerHub: '1.dkr.ecr.eu-west-1.amazonaws.com/docker-hub',
  };
  test.each([
    ['alpine', 'public.ecr.aws/docker/library/alpine'],
    ['alpine:3', 'public.ecr.aws/docker/library/alpine:3'],
    ['library/alpine:3', 'public.ecr.aws/docker/library/alpine:3'],
    ['docker.io/alpine', 'public.ecr.aws/docker/library/alpine'],
    ['docker.io/library/alpine@sha256:ab', 'public.ecr.aws/docker/library/alpine@sha256:ab'],
    ['index.docker.io/library/node:24', 'public.ecr.aws/docker/library/node:24'],
    ['sourcegraph/src-cli:7', '1.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/sourcegraph/src-cli:7'],
    ['docker.io/sourcegraph/src-cli', '1.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/sourcegraph/src-cli'],
    ['ghcr.io/owner/image:1', 'ghcr.io/owner/image:1'],
    ['localhost/alpine', 'localhost/alpine'],
    ['localhost:5000/alpine', 'localhost:5000/alpine'],
    ['registry.example/library/alpine', 'registry.example/library/alpine'],
  ])('%s from %s', (image, pulled) => {
    expect(pulledImage(image, sources)).toBe(pulled);
  });

  test('without rules an image is what it says', () => {
    expect(pulledImage('alpine:3', {})).toBe('alpine:3');
  });

  test('a mirror of all Docker Hub has the official ones under library/', () => {
    expect(pulledImage('alpine:3', { dockerHub: 'mirror.example' })).toBe('mirror.example/library/alpine:3');
  });
});

describe('sizes are rounded up to a pair that Fargate sells', () => {
  test.each([
    [0.25, 512, 20, 256, 512, 21],
    [0.25, 513, 21, 256, 1024, 21],
    [0.5, 512, 21, 512, 1024, 21],
    [1, 2048, 22, 1024, 2048, 22],
    [1.1, 2048, 22.5, 2048, 4096, 23],
    [4, 12_288, 20, 4096, 12_288, 21],
    [4, 31_744, 20, 8192, 32_768, 21],
    [1, 61_440, 20, 8192, 61_440, 21],
    [16, 100_000, 200, 16384, 104 * 1024, 200],
    [17, 1_024, 200, 32768, 61_440, 200],
    [32, 249_856, 200, 32768, 249_856, 200],
  ])('%d vCPU, %d MiB, %d GiB', (cpus, memoryMiB, diskGiB, cpuUnits, memory, disk) => {
    expect(fargateSize({ cpus, memoryMiB, diskGiB })).toEqual({
      kind: 'size',
      size: { cpuUnits, memoryMiB: memory, ephemeralStorageGiB: disk },
    });
  });

  test.each([
    ['CPU', { cpus: 33, memoryMiB: 1, diskGiB: 1 }, /33 vCPU/],
    ['memory', { cpus: 1, memoryMiB: 249_857, diskGiB: 1 }, /244 GiB/],
    ['disk', { cpus: 1, memoryMiB: 2048, diskGiB: 201 }, /at most 200 GiB/],
  ])('too much %s is refused with what there is', (_what, wanted, text) => {
    const answer = fargateSize(wanted);
    expect(answer.kind === 'too-large' ? answer.message : '').toMatch(text);
  });

  test('rows grow, so that the first that fits is the cheapest', () => {
    const units = FARGATE_SIZES.map(({ cpuUnits }) => cpuUnits);
    expect([...units].sort((a, b) => a - b)).toEqual(units);
    for (const { memoryGiB } of FARGATE_SIZES) expect([...memoryGiB].sort((a, b) => a - b)).toEqual(memoryGiB);
  });
});
