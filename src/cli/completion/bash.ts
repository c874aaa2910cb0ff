import { placeWord, type Spec } from './spec.ts';

/** `words` is made from the line itself: bash's own splits a domain at the colon before its port. */
export function bashScript(specs: readonly Spec[]): string {
  return `# bash completion for pinwatch; in ~/.bashrc: eval "$(pinwatch completion bash)"
_pinwatch_spec() {
  commands= options= values= places= variadic=
  case "$1" in
${specs.map(caseOf).join('\n')}
  esac
}

_pinwatch() {
  local line="\${COMP_LINE:0:COMP_POINT}" words word current path= option= place= candidates= i
  local commands options values places variadic
  local -a arguments=() kinds=()
  read -r -a words <<< "$line"
  case "$line" in *[[:space:]]) words+=('') ;; esac
  current="\${words[\${#words[@]} - 1]}"
  COMPREPLY=()
  _pinwatch_spec ''
  for ((i = 1; i < \${#words[@]} - 1; i++)); do
    word="\${words[i]}"
    if [[ -n $option ]]; then
      option=
    elif [[ $word == -* ]]; then
      [[ " $values " == *" $word="* ]] && option="$word"
    elif [[ " $commands " == *" $word "* ]]; then
      path="\${path:+$path }$word"
      _pinwatch_spec "$path"
    else
      arguments+=("$word")
    fi
  done
  if [[ -n $option ]]; then
    for word in $values; do
      [[ $word == "$option="* ]] && place="\${word#*=}"
    done
  elif [[ $current == -* ]]; then
    candidates="$options"
  elif [[ -n $commands ]]; then
    candidates="$commands"
  else
    kinds=($places)
    i=\${#arguments[@]}
    [[ -n $variadic ]] && ((i >= \${#kinds[@]})) && i=$((\${#kinds[@]} - 1))
    place="\${kinds[i]}"
  fi
  case "$place" in
    account | token) candidates="$(pinwatch __complete "$place" 2> /dev/null)" ;;
    domain | incident) candidates="$(pinwatch __complete "$place" "\${arguments[0]}" 2> /dev/null)" ;;
    file)
      compopt -o filenames 2> /dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
      return
      ;;
    :*) candidates="\${place#:}" candidates="\${candidates//,/ }" ;;
  esac
  # Not compgen -W: it would expand what a server calls its domains.
  for word in $candidates; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
  # What stands before the last colon is no part of the word that bash replaces.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before="\${current%"\${current##*:}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}

complete -F _pinwatch pinwatch
`;
}

function caseOf({ path, commands, options, values, places, isVariadic }: Spec): string {
  const valued = values.map(({ option, place }) => `${option}=${placeWord(place)}`);
  const assignments = [
    ['commands', commands.join(' ')],
    ['options', options.join(' ')],
    ['values', valued.join(' ')],
    ['places', places.map(placeWord).join(' ')],
    ['variadic', isVariadic ? 'yes' : ''],
  ]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}='${value}'`);
  return `    '${path}') ${assignments.join(' ')} ;;`;
}
