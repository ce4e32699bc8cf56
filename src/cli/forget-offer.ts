import type { UpstreamConfig } from '../config/hub-config.ts';
import { stateDirectory } from '../config/state-directory.ts';
import { offerKey } from '../hub/offer-key.ts';
import { openCacheDatabase } from '../store/cache-database.ts';
import { clearConfigs } from '../store/catalog-cache.ts';
import type { CliContext } from './context.ts';

/** Forgets what a server offers: to another account it may offer something else. Where that cannot be, it is asked anew by its next use. */
export const forgetOffer = async ({ env }: CliContext, upstream: UpstreamConfig): Promise<void> => {
  const cache = await openCacheDatabase(stateDirectory(env));
  await cache.write((database) => clearConfigs(database, [offerKey(upstream)]));
};
