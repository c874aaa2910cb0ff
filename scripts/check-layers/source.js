/**
 * Blanks comments or strings in source text, so that patterns find only code. Every character keeps its place.
 * It reads tokens, not grammar, enough for formatted TypeScript, where a regular expression never follows an operand.
 */

const TOKENS = new RegExp(
  [
    String.raw`(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)`,
    String.raw`(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")`,
    '(?<template>`(?:\\\\[\\s\\S]|[^`\\\\])*`)',
    String.raw`(?<regex>(?<=(?:[(,=:[!&|?{};>]|\breturn)\s*)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/)`,
  ].join('|'),
  'g',
);

const blank = (text) => text.replace(/[^\n]/g, ' ');

export function blankComments(source) {
  return source.replace(TOKENS, (token, ...rest) =>
    rest.at(-1).comment === undefined ? token : blank(token),
  );
}

/** Blanks strings, regular expressions and the fixed parts of templates; comments must be blanked already. */
export function blankStrings(source) {
  return source.replace(TOKENS, (token, ...rest) => {
    if (rest.at(-1).template === undefined) return blank(token);
    return token.replace(/(\$\{[^{}]*\})|[^\n]/g, (part, expression) => expression ?? blank(part));
  });
}

/** Line number, from 1. */
export function lineAt(source, offset) {
  return source.slice(0, offset).split('\n').length;
}
