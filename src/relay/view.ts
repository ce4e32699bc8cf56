import type { Catalog } from '../catalog/catalog.ts';
import type { UpstreamSet } from '../dispatch/call.ts';
import type { Router } from '../router/router.ts';

/** The upstreams as one client sees them: those that were told of its capabilities, and what they offer. */
export interface View {
  readonly upstreams: UpstreamSet;
  readonly catalog: Catalog;
  readonly router: Router;
}
