/*
 * The parts of undici that are loaded: all of it, with fetch, WebSockets and caches, takes 0.1 s of CPU at each start of the plugin.
 * Its package has no list of exports, so that its version is pinned and these paths are as good as any.
 */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export = Pool;
}

declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';
  export = Client;
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export = buildConnector;
}
