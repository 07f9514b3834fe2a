import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** A place in the code that says a text to users. */
export interface TextSite {
  /** File and line, for people. */
  readonly where: string;
  /** Matches each text that is made here. */
  readonly text: RegExp;
}

const SRC = join(import.meta.dirname, '../../../src');

/** Each call of `refused` in the domain: its third argument is the text. */
export function refusalSites(): TextSite[] {
  return domainFiles().flatMap((file) =>
    callsOf('refused', file).map((call) => siteOf(call.arguments[2] ?? call, file)),
  );
}

/** Each call of `admittedWith`, and each text that a file of warnings gives back. */
export function warningSites(): TextSite[] {
  const files = domainFiles();
  return [
    ...files.flatMap((file) =>
      callsOf('admittedWith', file).map((call) => siteOf(call.arguments[0] ?? call, file)),
    ),
    ...files.filter(({ fileName }) => fileName.endsWith('-warnings.ts')).flatMap(textsGivenBack),
  ];
}

function domainFiles(): ts.SourceFile[] {
  return readdirSync(join(SRC, 'domain'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const file = join(SRC, 'domain', path);
      return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    });
}

function nodesIn(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node) => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return nodes;
}

function callsOf(name: string, file: ts.SourceFile): ts.CallExpression[] {
  return nodesIn(file)
    .filter((node) => ts.isCallExpression(node))
    .filter(({ expression }) => expression.getText(file) === name);
}

function textsGivenBack(file: ts.SourceFile): TextSite[] {
  return nodesIn(file)
    .filter((node) => ts.isReturnStatement(node))
    .flatMap(({ expression }) =>
      expression !== undefined && isText(expression) ? [siteOf(expression, file)] : [],
    );
}

function isText(node: ts.Node): boolean {
  return nodesIn(node).some((part) => ts.isTemplateExpression(part) || ts.isStringLiteralLike(part));
}

function siteOf(text: ts.Node, file: ts.SourceFile): TextSite {
  const { line } = file.getLineAndCharacterOfPosition(text.getStart(file));
  return {
    where: `${relative(SRC, file.fileName)}:${line + 1}`,
    text: new RegExp(`^${patternOf(text, file)}$`, 's'),
  };
}

/** What is written down, with anything in the place of what is computed. */
function patternOf(node: ts.Node, file: ts.SourceFile): string {
  if (ts.isParenthesizedExpression(node)) return patternOf(node.expression, file);
  if (ts.isBinaryExpression(node)) return patternOf(node.left, file) + patternOf(node.right, file);
  if (ts.isStringLiteralLike(node)) return literally(node.text);
  if (ts.isTemplateExpression(node)) {
    return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
      .map(literally)
      .join('.*');
  }
  return ts.isIdentifier(node) ? patternOfConstant(node.text, file) : '.*';
}

function patternOfConstant(name: string, file: ts.SourceFile): string {
  const declarations = nodesIn(file)
    .filter((node) => ts.isVariableDeclaration(node))
    .filter((node) => node.name.getText(file) === name);
  const [declaration] = declarations;
  return declarations.length === 1 && declaration?.initializer !== undefined
    ? patternOf(declaration.initializer, file)
    : '.*';
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
