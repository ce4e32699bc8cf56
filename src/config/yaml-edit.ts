import { type Document, isMap, isSeq, parseDocument } from 'yaml';

type Path = readonly (string | number)[];

/**
 * The text with `value` at `path`, or without what is there for `undefined`. Comments and unknown keys stay; quoting and
 * indentation may be made uniform. Throws a TypeError where something on the way is neither missing, null nor a map.
 */
export const editYaml = (text: string, path: Path, value: unknown): string => {
  const document = parseDocument(text, { merge: true });
  if (value === undefined) document.deleteIn(path);
  else put(document, path, value);
  return document.toString({
    lineWidth: 0,
    indent: /^( *)[^\s#-][^\n]*:[ \t]*\n\1( +)[^\s#-]/m.exec(text)?.[2]?.length ?? 2,
    indentSeq: !/^( *)\S.*:\n\1- /m.test(text),
    flowCollectionPadding: /[[{] /.test(text),
  });
};

const put = (document: Document, path: Path, value: unknown): void => {
  for (let length = 0; length < path.length; length++) {
    const node = document.getIn(path.slice(0, length), true);
    const isEmpty = node === undefined || node === null || (node as { value?: unknown }).value === null;
    if (isEmpty) {
      const nested = path.slice(length).reduceRight<unknown>((inner, key) => ({ [String(key)]: inner }), value);
      if (length === 0) document.contents = document.createNode(nested);
      else document.setIn(path.slice(0, length), nested);
      return;
    }
    if (!isMap(node) && !(isSeq(node) && typeof path[length] === 'number'))
      throw new TypeError(`cannot hold "${path[length]}"`);
    // A flow map that is empty, as in `mcpServers: {}`, would take its first member in braces.
    if (node.items.length === 0) node.flow = false;
  }
  document.setIn(path, document.createNode(value));
};
