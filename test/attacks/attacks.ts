// All attacks, and the repository that their jobs clone.
import type { Attack } from './attack.ts';
import { CONTROL } from './rows/control.ts';
import { FILLING } from './rows/filling.ts';
import { HOSTILE_IMAGES } from './rows/hostile-images.ts';
import { KERNEL } from './rows/kernel.ts';
import { SECRETS } from './rows/secrets.ts';
import { GIT, WORKSPACE } from './rows/workspace.ts';

export const ATTACKS: readonly Attack[] = [
  ...SECRETS,
  ...KERNEL,
  ...CONTROL,
  ...WORKSPACE,
  ...GIT,
  ...FILLING,
  ...HOSTILE_IMAGES,
];

export const FILES: Readonly<Record<string, string>> = { 'README.md': 'hello\n' };
