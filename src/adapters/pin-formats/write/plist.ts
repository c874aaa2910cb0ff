/** Apple's property lists in XML. */
import { xml } from './escape.ts';

export type PlistValue = string | boolean | readonly PlistValue[] | ReadonlyMap<string, PlistValue>;

export function plist(root: ReadonlyMap<string, PlistValue>): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    ...value(root, ''),
    '</plist>',
  ];
  return `${lines.join('\n')}\n`;
}

function value(of: PlistValue, indent: string): string[] {
  if (typeof of === 'string') return [`${indent}<string>${xml(of)}</string>`];
  if (typeof of === 'boolean') return [`${indent}<${of}/>`];
  const inner = `${indent}\t`;
  if (of instanceof Map) {
    const pairs = [...of].flatMap(([key, one]) => [`${inner}<key>${xml(key)}</key>`, ...value(one, inner)]);
    return [`${indent}<dict>`, ...pairs, `${indent}</dict>`];
  }
  const items = [...(of as readonly PlistValue[])].flatMap((one) => value(one, inner));
  return [`${indent}<array>`, ...items, `${indent}</array>`];
}
