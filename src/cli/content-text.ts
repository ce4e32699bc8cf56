import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';

/**
 * The content of a tool's result as text: texts as they are, everything else as a short placeholder. A result with no
 * content at all gives its structured content as JSON.
 */
export const contentText = (result: JsonObject): string => {
  const blocks = Array.isArray(result['content']) ? result['content'] : [];
  if (blocks.length > 0) return blocks.map(blockText).join('\n');
  const structured = result['structuredContent'];
  return structured === undefined ? '' : JSON.stringify(structured, null, 2);
};

const blockText = (block: JsonValue): string => {
  if (!isJsonObject(block)) return '[unreadable content]';
  switch (block['type']) {
    case 'text':
      return textOf(block['text']);
    case 'image':
    case 'audio':
      return `[${block['type']}: ${textOf(block['mimeType'])}, ${base64Size(block['data'])}]`;
    case 'resource':
      return isJsonObject(block['resource']) ? resourceText(block['resource']) : '[unreadable resource]';
    case 'resource_link':
      return `[resource: ${textOf(block['uri'])}]`;
    default:
      return `[${textOf(block['type']) || 'unknown content'}]`;
  }
};

const resourceText = (resource: JsonObject): string => {
  if (typeof resource['text'] === 'string') return resource['text'];
  const type = textOf(resource['mimeType']) || 'bytes';
  return `[resource: ${textOf(resource['uri'])}, ${type}, ${base64Size(resource['blob'])}]`;
};

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

const base64Size = (data: JsonValue | undefined): string => {
  const bytes = typeof data === 'string' ? Math.floor((data.replace(/=+$/, '').length * 3) / 4) : 0;
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KiB`;
};
