import { placeWord, type Spec } from './spec.ts';

export function fishScript(specs: readonly Spec[]): string {
  return `# fish completion for pinwatch: pinwatch completion fish > ~/.config/fish/completions/pinwatch.fish
function __pinwatch_spec
    set -g __pinwatch_commands
    set -g __pinwatch_options
    set -g __pinwatch_values
    set -g __pinwatch_places
    set -g __pinwatch_variadic
    switch "$argv[1]"
${specs.map(caseOf).join('\n')}
    end
end

function __pinwatch_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l path
    set -l option
    set -l place
    set -l arguments
    __pinwatch_spec ''
    for word in $words[2..-1]
        if test -n "$option"
            set option
        else if string match -q -- '-*' $word
            string match -q -- "$word=*" $__pinwatch_values; and set option $word
        else if contains -- $word $__pinwatch_commands
            set -a path $word
            __pinwatch_spec "$path"
        else
            set -a arguments $word
        end
    end
    if test -n "$option"
        set place (string replace -- "$option=" '' (string match -- "$option=*" $__pinwatch_values))
    else if string match -q -- '-*' "$current"
        printf '%s\\n' $__pinwatch_options
        return
    else if test (count $__pinwatch_commands) -gt 0
        printf '%s\\n' $__pinwatch_commands
        return
    else
        set -l at (math (count $arguments) + 1)
        if test -n "$__pinwatch_variadic"; and test $at -gt (count $__pinwatch_places)
            set at (count $__pinwatch_places)
        end
        test $at -le (count $__pinwatch_places); and set place $__pinwatch_places[$at]
    end
    switch "$place"
        case account token
            pinwatch __complete $place 2>/dev/null
        case domain incident
            pinwatch __complete $place "$arguments[1]" 2>/dev/null
        case file
            __fish_complete_path "$current"
        case ':*'
            string split , -- (string sub -s 2 -- $place)
    end
end

complete -c pinwatch -f -a '(__pinwatch_complete)'
`;
}

function caseOf({ path, commands, options, values, places, isVariadic }: Spec): string {
  const valued = values.map(({ option, place }) => `${option}=${placeWord(place)}`);
  const assignments = [
    ['commands', commands],
    ['options', options],
    ['values', valued],
    ['places', places.map(placeWord)],
    ['variadic', isVariadic ? ['yes'] : []],
  ] as const;
  const lines = assignments
    .filter(([, items]) => items.length > 0)
    .map(
      ([name, items]) =>
        `            set -g __pinwatch_${name} ${items.map((item) => `'${item}'`).join(' ')}`,
    );
  return [`        case '${path}'`, ...lines].join('\n');
}
