import { placeWord, type Spec } from './spec.ts';

/** zsh ties \`path\` and \`commands\` to names of its own: each variable here has a prefix. */
export function zshScript(specs: readonly Spec[]): string {
  return `#compdef pinwatch
# zsh completion for pinwatch; in ~/.zshrc after compinit: eval "$(pinwatch completion zsh)"
_pinwatch_spec() {
  pw_commands=() pw_options=() pw_values=() pw_places=() pw_variadic=
  case "$1" in
${specs.map(caseOf).join('\n')}
  esac
}

_pinwatch() {
  local pw_path= pw_option= pw_place= pw_variadic= pw_word pw_current="\${words[CURRENT]}"
  local -a pw_commands pw_options pw_values pw_places pw_arguments pw_candidates
  local -i pw_at
  _pinwatch_spec ''
  for ((pw_at = 2; pw_at < CURRENT; pw_at++)); do
    pw_word="\${words[pw_at]}"
    if [[ -n $pw_option ]]; then
      pw_option=
    elif [[ $pw_word == -* ]]; then
      [[ -n \${pw_values[(r)\${(b)pw_word}=*]} ]] && pw_option="$pw_word"
    elif (( \${pw_commands[(Ie)$pw_word]} )); then
      pw_path="\${pw_path:+$pw_path }$pw_word"
      _pinwatch_spec "$pw_path"
    else
      pw_arguments+=("$pw_word")
    fi
  done
  if [[ -n $pw_option ]]; then
    pw_place="\${pw_values[(r)\${(b)pw_option}=*]#*=}"
  elif [[ $pw_current == -* ]]; then
    pw_candidates=($pw_options)
  elif (( $#pw_commands )); then
    pw_candidates=($pw_commands)
  else
    pw_at=$(( $#pw_arguments + 1 ))
    [[ -n $pw_variadic ]] && (( pw_at > $#pw_places )) && pw_at=$#pw_places
    pw_place="\${pw_places[pw_at]}"
  fi
  case "$pw_place" in
    account|token) pw_candidates=(\${(f)"$(pinwatch __complete $pw_place 2>/dev/null)"}) ;;
    domain|incident) pw_candidates=(\${(f)"$(pinwatch __complete $pw_place "\${pw_arguments[1]}" 2>/dev/null)"}) ;;
    file) _files; return ;;
    :*) pw_candidates=(\${(s:,:)pw_place#:}) ;;
  esac
  (( $#pw_candidates )) && compadd -- $pw_candidates
}

if [[ \${funcstack[1]} == _pinwatch ]]; then
  _pinwatch "$@"
else
  compdef _pinwatch pinwatch
fi
`;
}

function caseOf({ path, commands, options, values, places, isVariadic }: Spec): string {
  const list = (items: readonly string[]) => `(${items.map((item) => `'${item}'`).join(' ')})`;
  const valued = values.map(({ option, place }) => `${option}=${placeWord(place)}`);
  return (
    `    '${path}') pw_commands=${list(commands)} pw_options=${list(options)} pw_values=${list(valued)} ` +
    `pw_places=${list(places.map(placeWord))} pw_variadic=${isVariadic ? 'yes' : ''} ;;`
  );
}
