import { hubSettingsSchema, normalEntrySchema, routeSchema } from './schema.ts';
import { serverSettingsSchema } from './server-settings-schema.ts';

/** The parts of the file that are checked one by one. */
export const SETTINGS_SCHEMAS = {
  entry: normalEntrySchema,
  server: serverSettingsSchema,
  route: routeSchema,
  hub: hubSettingsSchema,
} as const;

export type SettingsKind = keyof typeof SETTINGS_SCHEMAS;
