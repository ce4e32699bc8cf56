import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN } from './sources.ts';

/** Tools: the merged list, its names, calls, results and headers. */
export const TOOLS = {
  'tools:capability': {
    source: `${MODERN}/server/tools#capabilities`,
    behavior: 'The capability is declared where there are tools.',
  },
  'tools:list': {
    source: `${MODERN}/server/tools#listing-tools`,
    behavior: '`tools/list` is answered with every tool that there is.',
  },
  'tools:list:stable': {
    source: `${MODERN}/server/tools#capabilities`,
    behavior: 'What is listed does not depend on the connection or on what was asked before.',
  },
  'tools:list:order': {
    source: `${MODERN}/server/tools#capabilities`,
    behavior: 'The order of the list is always the same.',
  },
  'tools:list-changed': {
    source: `${MODERN}/server/tools#list-changed-notification`,
    behavior: 'Clients that want to know are told when the list changes.',
  },
  'tools:name:characters': {
    source: `${MODERN}/server/tools#tool-names`,
    behavior: 'A name has 1 to 128 characters: letters, digits, `_`, `-` and `.`.',
  },
  'tools:name:case': {
    source: `${MODERN}/server/tools#tool-names`,
    behavior: 'Names differ by case.',
  },
  'tools:name:unique': {
    source: `${MODERN}/server/tools#tool-names`,
    behavior: 'No two tools have one name.',
  },
  'tools:name:told-apart': {
    source: `${MODERN}/server/tools#tool-names`,
    behavior: 'Tools of several servers that have one name are told apart by a prefix.',
  },
  'tools:name:not-by-server-info': {
    source: `${MODERN}/server/tools#tool-names`,
    behavior: 'The name that a server gives itself is not what tells its tools apart.',
  },
  'tools:input-schema': {
    source: `${MODERN}/server/tools#tool`,
    behavior: 'A tool without a valid input schema is no tool; the others are listed.',
  },
  'tools:x-mcp-header:name': {
    source: `${MODERN}/server/tools#x-mcp-header`,
    behavior: 'The name of a header is a token of HTTP, and not empty.',
  },
  'tools:x-mcp-header:unique': {
    source: `${MODERN}/server/tools#x-mcp-header`,
    behavior: 'No two arguments of a tool share a header, in whatever case.',
  },
  'tools:x-mcp-header:type': {
    source: `${MODERN}/server/tools#x-mcp-header`,
    behavior: 'Only strings, integers and booleans can be headers.',
  },
  'tools:x-mcp-header:place': {
    source: `${MODERN}/server/tools#x-mcp-header`,
    behavior: 'Only an argument that `properties` alone leads to can be a header.',
  },
  'tools:x-mcp-header:left-out': {
    source: `${MODERN}/server/tools#x-mcp-header`,
    behavior: 'A tool of an HTTP server whose headers are wrong is not listed; the others are.',
  },
  'tools:x-mcp-header:warned': {
    source: `${MODERN}/server/tools#x-mcp-header`,
    behavior: 'A warning names the tool that is left out, and why.',
  },
  'tools:content:text': {
    source: `${MODERN}/server/tools#text-content`,
    behavior: 'Text comes as the tool wrote it.',
  },
  'tools:content:image': {
    source: `${MODERN}/server/tools#image-content`,
    behavior: 'Images come as the tool wrote them.',
  },
  'tools:content:resource-link': {
    source: `${MODERN}/server/tools#resource-links`,
    behavior: 'A resource that a result links to can be read.',
  },
  'tools:content:structured': {
    source: `${MODERN}/server/tools#structured-content`,
    behavior: 'Structured content comes as the tool wrote it, where the era of the client allows it.',
  },
  'tools:content:structured:legacy': {
    source: `${LEGACY}/server/tools#structured-content`,
    behavior: 'In the legacy era structured content is an object.',
  },
  'tools:output-schema': {
    source: `${LEGACY}/server/tools#output-schema`,
    behavior: 'A structured result fits the output schema that its client was shown.',
  },
  'tools:error:protocol': {
    source: `${MODERN}/server/tools#error-handling`,
    behavior: 'A call of an unknown tool, or with params that are none, is refused with -32602.',
  },
  'tools:error:execution': {
    source: `${MODERN}/server/tools#error-handling`,
    behavior: 'That a tool failed is told in its result.',
  },
  'tools:input-required': {
    source: `${MODERN}/server/tools#input-required-tool-results`,
    behavior: 'A tool may ask for input before it has a result.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
