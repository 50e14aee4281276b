// The proxy settings as HTTP clients take them.
import type { Settings } from './parse.ts';

export function proxies({ httpProxy, httpsProxy, noProxy }: Pick<Settings, 'httpProxy' | 'httpsProxy' | 'noProxy'>): {
  http?: string;
  https?: string;
  no?: string;
} {
  return {
    ...(httpProxy === undefined ? {} : { http: httpProxy }),
    ...(httpsProxy === undefined ? {} : { https: httpsProxy }),
    ...(noProxy === undefined ? {} : { no: noProxy.join(',') }),
  };
}
