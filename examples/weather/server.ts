/**
 * A small MCP server that speaks only the revision of 2026-07-28: there is no `initialize`, every request carries its own
 * envelope, and a legacy client is refused. Behind the hub, legacy clients can use it all the same.
 *
 *     node examples/weather/server.ts
 *
 * The weather is made up from the name of the place and the date: the same question always gets the same answer, and no
 * network is used.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { completable, McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const SKIES = ['clear', 'partly cloudy', 'overcast', 'light rain', 'showers', 'fog'] as const;
const PLACES = ['Bergen', 'Lisbon', 'Nairobi', 'Oslo', 'Osaka', 'Quito'] as const;
const START = Date.UTC(2026, 6, 28);
const DAY_MS = 24 * 60 * 60 * 1000;
const STEP_MS = 20;

const forecastSchema = z.object({
  place: z.string(),
  date: z.string(),
  sky: z.enum(SKIES),
  highCelsius: z.number().int(),
  lowCelsius: z.number().int(),
});

type Forecast = z.infer<typeof forecastSchema>;

/** The made-up weather of a place on a day, counted from the first day that this server knows. */
const forecastOf = (place: string, day: number): Forecast => {
  const chance = hashOf(`${place.toLowerCase()} ${day}`);
  const highCelsius = 4 + (chance % 26);
  return {
    place,
    date: new Date(START + day * DAY_MS).toISOString().slice(0, 10),
    sky: SKIES[chance % SKIES.length] ?? 'clear',
    highCelsius,
    lowCelsius: highCelsius - 3 - (chance % 7),
  };
};

/** FNV-1a: small, and the same everywhere. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
};

const sentenceOf = (forecast: Forecast): string =>
  `${forecast.place}, ${forecast.date}: ${forecast.sky}, ${forecast.lowCelsius} to ${forecast.highCelsius} °C.`;

const placesStartingWith = (start: string): string[] =>
  PLACES.filter((place) => place.toLowerCase().startsWith(start.toLowerCase()));

const createServer = (): McpServer => {
  const server = new McpServer({ name: 'weather', version: '1.0.0' }, { instructions: 'Made-up weather.' });
  const readOnly = { readOnlyHint: true, openWorldHint: false };

  server.registerTool(
    'current',
    {
      title: 'Current weather',
      description: 'The weather of a place today.',
      inputSchema: z.object({ place: z.string().min(1).describe('For example: Oslo') }),
      outputSchema: forecastSchema,
      annotations: readOnly,
    },
    ({ place }) => {
      const forecast = forecastOf(place, 0);
      return { content: [{ type: 'text', text: sentenceOf(forecast) }], structuredContent: forecast };
    },
  );

  server.registerTool(
    'forecast',
    {
      title: 'Forecast',
      description: 'The weather of a place on the next days; reports progress day by day.',
      inputSchema: z.object({ place: z.string().min(1), days: z.number().int().min(1).max(14).default(3) }),
      outputSchema: z.object({ days: z.array(forecastSchema) }),
      annotations: readOnly,
    },
    async ({ place, days }, { mcpReq }) => {
      const found: Forecast[] = [];
      for (let day = 1; day <= days; day += 1) {
        await delay(STEP_MS, undefined, { signal: mcpReq.signal });
        found.push(forecastOf(place, day));
        const progressToken = mcpReq._meta?.progressToken;
        if (progressToken === undefined) continue;
        await mcpReq.notify({
          method: 'notifications/progress',
          params: { progressToken, progress: day, total: days, message: `day ${day} of ${days}` },
        });
      }
      return {
        content: [{ type: 'text', text: found.map(sentenceOf).join('\n') }],
        structuredContent: { days: found },
      };
    },
  );

  server.registerResource(
    'places',
    'weather://places',
    { title: 'Places', description: 'Places to ask for.', mimeType: 'application/json' },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify(PLACES) }] }),
  );

  server.registerResource(
    'today',
    new ResourceTemplate('weather://today/{place}', { list: undefined, complete: { place: placesStartingWith } }),
    { title: 'Weather of today', description: 'The weather of one place, as text.', mimeType: 'text/plain' },
    (uri, { place }) => ({
      contents: [
        { uri: uri.href, mimeType: 'text/plain', text: sentenceOf(forecastOf(decodeURIComponent(String(place)), 0)) },
      ],
    }),
  );

  server.registerPrompt(
    'pack_for_trip',
    {
      title: 'Pack for a trip',
      description: 'Asks what to pack, with the forecast at hand.',
      argsSchema: z.object({ place: completable(z.string().describe('Where to'), placesStartingWith) }),
    },
    ({ place }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: `I travel to ${place}. Look at the forecast of five days and tell me what to pack.`,
          },
        },
      ],
    }),
  );

  return server;
};

serveStdio(createServer, { legacy: 'reject' });
