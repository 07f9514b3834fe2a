import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** One word that a condition gives as its reason, with the doc comment of that word in the code. */
export interface DocumentedReason {
  readonly reason: string;
  readonly doc: string;
}

const SRC = join(import.meta.dirname, '../../../src');

/**
 * The members of an interface of src as their unions of reasons, such as `InstanceReasons` of
 * `domain/instance/reasons.ts`.
 *
 * @throws where a reason has no doc comment, or a type is none that can be read
 */
export function reasonsByCondition(path: string, interfaceName: string): Map<string, DocumentedReason[]> {
  const file = parse(join(SRC, path));
  const declaration = file.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === interfaceName,
  );
  if (declaration === undefined || !ts.isInterfaceDeclaration(declaration)) {
    throw new Error(`${path} has no interface ${interfaceName}`);
  }
  const conditions = declaration.members.filter(ts.isPropertySignature);
  return new Map(conditions.map(({ name, type }) => [name.getText(file), reasonsOf(type, file)]));
}

/** The reasons of a union that a file of src exports, such as `RefusalReason`. @throws as above */
export function reasonsOfUnion(path: string, typeName: string): DocumentedReason[] {
  return reasonsOfName(typeName, parse(join(SRC, path)));
}

const parsed = new Map<string, ts.SourceFile>();

function parse(path: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  parsed.set(path, file);
  return file;
}

function reasonsOf(type: ts.TypeNode | undefined, file: ts.SourceFile): DocumentedReason[] {
  if (type !== undefined && ts.isUnionTypeNode(type))
    return type.types.flatMap((one) => reasonsOf(one, file));
  if (type !== undefined && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) {
    return [{ reason: type.literal.text, doc: docOf(type, file) }];
  }
  if (type !== undefined && ts.isTypeReferenceNode(type)) return reasonsOfReference(type, file);
  throw new Error(`${file.fileName}: ${type?.getText(file) ?? 'nothing'} is no union of reasons`);
}

/** A name of this file or of one that it imports; Extract and Exclude of such a name. */
function reasonsOfReference(
  { typeName, typeArguments = ts.factory.createNodeArray() }: ts.TypeReferenceNode,
  file: ts.SourceFile,
): DocumentedReason[] {
  const name = typeName.getText(file);
  if (name !== 'Extract' && name !== 'Exclude') return reasonsOfName(name, file);
  const [all, some] = typeArguments;
  const named = literalsOf(some, file);
  return reasonsOf(all, file).filter(({ reason }) => named.includes(reason) === (name === 'Extract'));
}

function literalsOf(type: ts.TypeNode | undefined, file: ts.SourceFile): string[] {
  if (type !== undefined && ts.isUnionTypeNode(type))
    return type.types.flatMap((one) => literalsOf(one, file));
  if (type !== undefined && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) {
    return [type.literal.text];
  }
  return reasonsOf(type, file).map(({ reason }) => reason);
}

function reasonsOfName(name: string, file: ts.SourceFile): DocumentedReason[] {
  for (const statement of file.statements) {
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === name) {
      return reasonsOf(statement.type, file);
    }
    if (ts.isImportDeclaration(statement) && imports(statement, name)) {
      const { text } = statement.moduleSpecifier as ts.StringLiteral;
      return reasonsOfName(name, parse(join(dirname(file.fileName), text)));
    }
  }
  throw new Error(`${file.fileName} knows no type ${name}`);
}

function imports({ importClause }: ts.ImportDeclaration, name: string): boolean {
  const bindings = importClause?.namedBindings;
  return (
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.some((one) => one.name.text === name)
  );
}

/** The comment on the same line behind a reason, or right before it. */
function docOf(type: ts.LiteralTypeNode, file: ts.SourceFile): string {
  const behind = /^[ \t;]*\/\*\*(.*?)\*\//s.exec(file.text.slice(type.end));
  const before = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:\|\s*)?$/.exec(file.text.slice(0, type.getStart(file)));
  const doc = (behind ?? before)?.[1]?.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();
  if (doc === undefined || doc === '') {
    throw new Error(`${file.fileName}: reason ${type.getText(file)} has no doc comment behind it`);
  }
  return doc;
}
