/**
 * Source text with its comments or strings blanked, so that patterns find code only. Every character keeps its place.
 * It reads tokens, not grammar: enough for formatted TypeScript, where a regular expression never follows an operand.
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

/** Strings, regular expressions and the fixed parts of templates; expects comments to be blank already. */
export function blankStrings(source) {
  return source.replace(TOKENS, (token, ...rest) => {
    if (rest.at(-1).template === undefined) return blank(token);
    return token.replace(/(\$\{[^{}]*\})|[^\n]/g, (part, expression) => expression ?? blank(part));
  });
}

/** From 1. */
export function lineAt(source, offset) {
  return source.slice(0, offset).split('\n').length;
}
