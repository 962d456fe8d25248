/** Changes that a test should see, found in a source text: limits, refusals, calls. One change a mutant; none is checked for types. */
import ts from 'typescript';

export type MutantKind = 'limit' | 'number' | 'comparison' | 'logic' | 'boolean' | 'guard' | 'throw' | 'call';

export interface Mutant {
  readonly kind: MutantKind;
  /** From 1. */
  readonly line: number;
  readonly from: number;
  readonly to: number;
  /** What stands there instead. */
  readonly instead: string;
}

const COMPARISONS: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
};
const LOGIC: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
};

/** Those of one file, in the order of the text. */
export function mutantsOf(text: string): readonly Mutant[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const found: Mutant[] = [];
  const add = (kind: MutantKind, node: ts.Node, instead: string): void => {
    const from = node.getStart(source);
    const line = source.getLineAndCharacterOfPosition(from).line + 1;
    found.push({ kind, line, from, to: node.getEnd(), instead });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node)) return;
    mutate(node, add);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export function mutated(text: string, mutant: Mutant): string {
  return text.slice(0, mutant.from) + mutant.instead + text.slice(mutant.to);
}

function mutate(node: ts.Node, add: (kind: MutantKind, node: ts.Node, instead: string) => void): void {
  if (ts.isBinaryExpression(node)) {
    const { operatorToken: operator } = node;
    const [compared, joined] = [COMPARISONS[operator.kind], LOGIC[operator.kind]];
    if (compared !== undefined) add('comparison', operator, compared);
    if (joined !== undefined) add('logic', operator, joined);
  } else if (ts.isNumericLiteral(node)) {
    const value = Number(node.text);
    if (isNamed(node)) add('limit', node, String(value === 0 ? 1 : value * 2));
    else if (!ts.isElementAccessExpression(node.parent)) add('number', node, String(value + 1));
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) add('boolean', node, 'false');
  else if (node.kind === ts.SyntaxKind.FalseKeyword) add('boolean', node, 'true');
  else if (ts.isIfStatement(node)) add('guard', node.expression, 'false');
  else if (ts.isThrowStatement(node) && !ts.isIfStatement(node.parent)) add('throw', node, ';');
  else if (isPlainCall(node)) add('call', node, ';');
}

/** A constant of the file: where limits are. */
function isNamed(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at) || ts.isClassLike(at)) return false;
    if (ts.isVariableStatement(at)) return ts.isSourceFile(at.parent);
  }
  return false;
}

function isPlainCall(node: ts.Node): boolean {
  if (!ts.isExpressionStatement(node)) return false;
  const { expression } = node;
  const call = ts.isVoidExpression(expression) || ts.isAwaitExpression(expression) ? expression.expression : expression;
  return ts.isCallExpression(call) && call.expression.kind !== ts.SyntaxKind.SuperKeyword;
}
