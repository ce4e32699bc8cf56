import type { AST } from 'toml-eslint-parser';
import type { KeyPath } from './parse-text.ts';

/** A table, or a key with its value, and what it is called from the root of the file. */
export interface TomlItem {
  readonly path: KeyPath;
  readonly node: AST.TOMLTable | AST.TOMLKeyValue;
}

/** All tables and keys in the order of the file, each before what is in it. */
export const tomlItems = (ast: AST.TOMLProgram): readonly TomlItem[] =>
  ast.body[0].body.flatMap((node) =>
    node.type === 'TOMLTable'
      ? [{ path: node.resolvedKey, node }, ...node.body.flatMap((member) => itemsOf(member, node.resolvedKey))]
      : itemsOf(node, []),
  );

const itemsOf = (node: AST.TOMLKeyValue, above: KeyPath): readonly TomlItem[] => {
  const path = [...above, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
  const { value } = node;
  const inner = value.type === 'TOMLInlineTable' ? value.body.flatMap((member) => itemsOf(member, path)) : [];
  return [{ path, node }, ...inner];
};
