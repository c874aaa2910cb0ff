/** One fault in a tree of JSON, or an odd spelling of it. */
import {
  copyOf,
  Members,
  type Place,
  placesIn,
  plainSpelling,
  put,
  Raw,
  type Spelling,
  type Tree,
} from './json-tree.ts';
import { oddName, oddValue } from './odd.ts';
import type { Random } from './random.ts';

export function mutateTree(tree: Tree, random: Random): void {
  const places = placesIn(tree);
  random.pick(faults)(random.pick(places), random, random.pick(places));
}

type Fault = (place: Place, random: Random, other: Place) => void;

const replace: Fault = (place, random) => put(place, oddValue(random));

const faults: readonly Fault[] = [
  replace,
  replace,
  (place, _random, other) => put(place, copyOf(other.value)),
  ({ holder, index }) => {
    if (Array.isArray(holder)) holder.splice(index, 1);
    else holder.pairs.splice(index, 1);
  },
  ({ holder, index }, random) => {
    if (Array.isArray(holder)) holder.splice(index, 0, oddValue(random));
    else holder.pairs.splice(index, 0, [oddName(random), oddValue(random)]);
  },
  ({ holder, index, value }, random) => {
    if (Array.isArray(holder)) holder.reverse();
    else holder.pairs[index] = [oddName(random), value];
  },
  (place, random) => put(place, nudged(place.value, random)),
  repeat,
  fill,
];

/** The same again, often with another value: which one counts? */
function repeat({ holder, index, value }: Place, random: Random): void {
  const again = random.chance(0.5) ? copyOf(value) : oddValue(random);
  if (Array.isArray(holder)) holder.push(again);
  else holder.pairs.push([holder.pairs[index]?.[0] ?? '', again]);
}

/** Nearly the same value. */
function nudged(value: Tree, random: Random): Tree {
  if (typeof value === 'number') {
    const forms = [value + 1, value - 1, -value, value / 2];
    const spelled = [
      `${value}.0`,
      `${value}e0`,
      `${value}0e-1`,
      `0${value}`,
      `"${value}"`,
      value.toExponential(),
    ];
    return random.chance(0.4) ? random.pick(forms) : new Raw(random.pick(spelled));
  }
  if (typeof value !== 'string') return value;
  const at = random.below(value.length + 1);
  const letter = random.pick(['A', 'a', '-', '_', '+', '/', '=', '.', ' ', '0', '\n', 'é', '\u0000']);
  switch (random.below(4)) {
    case 0:
      return value.slice(0, at) + letter + value.slice(at);
    case 1:
      return value.slice(0, at) + letter + value.slice(at + 1);
    case 2:
      return value.slice(0, at) + value.slice(at + 1);
    default:
      return random.chance(0.5) ? value.toUpperCase() : value.toLowerCase();
  }
}

/** As many items as a list may have, and one more. */
function fill(place: Place, random: Random): void {
  const count = random.pick([7, 8, 9, 20, 21, 32, 33, 300, 301, 1_000, 1_001]);
  if (Array.isArray(place.value)) {
    put(
      place,
      Array.from({ length: count }, () => (place.value as Tree[])[0] ?? null),
    );
  } else if (place.value instanceof Members) {
    const [, first] = place.value.pairs[0] ?? ['', null];
    put(place, new Members(Array.from({ length: count }, (_, index) => [`h${index}.example`, first])));
  }
}

/** Other spellings of the same, and now and then of something that is not JSON. */
export function oddSpelling(random: Random): Spelling {
  const spaces = ['', '', '', '', ' ', '\t', '\n', '\r\n', '  '];
  const wrong = ['\f', '\v', '\u00a0', '\ufeff', '/**/', '\u2028', '\0'];
  return {
    space: () => random.pick(random.chance(0.001) ? wrong : spaces),
    string: (text) =>
      random.chance(0.3)
        ? `"${[...text].map((letter) => (random.chance(0.3) ? escaped(letter, random) : JSON.stringify(letter).slice(1, -1))).join('')}"`
        : plainSpelling.string(text),
    number: plainSpelling.number,
  };
}

function escaped(letter: string, random: Random): string {
  const units = Array.from({ length: letter.length }, (_, index) => {
    const digits = letter.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${random.chance(0.5) ? digits : digits.toUpperCase()}`;
  });
  return units.join('');
}
