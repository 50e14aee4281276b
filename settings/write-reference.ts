// `npm run docs:settings`: writes docs/settings.md. A test fails while the page differs from the tables.
import { mkdirSync, writeFileSync } from 'node:fs';
import { settingsReference } from './help.ts';

const docs = new URL('../docs/', import.meta.url);
mkdirSync(docs, { recursive: true });
writeFileSync(new URL('settings.md', docs), settingsReference());
