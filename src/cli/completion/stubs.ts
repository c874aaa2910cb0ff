/**
 * What each shell runs when the key is pressed: it passes the words of the line, the last one up to the cursor, to
 * `pinwatch __complete`, which prints one completion per line. `:file` asks for the shell's own completion of file
 * names.
 */

/** The words are taken from the line, because bash's own words split a domain at the colon before its port. */
const bash = `# bash completion for pinwatch; in ~/.bashrc: eval "$(pinwatch completion bash)"
_pinwatch() {
  local line="\${COMP_LINE:0:COMP_POINT}" words current answer
  read -r -a words <<< "$line"
  case "$line" in *[[:space:]]) words+=('') ;; esac
  current="\${words[\${#words[@]} - 1]}"
  COMPREPLY=()
  while IFS= read -r answer; do COMPREPLY+=("$answer"); done \\
    < <(pinwatch __complete -- "\${words[@]:1}" 2> /dev/null)
  if [[ \${COMPREPLY[0]} == :file ]]; then
    COMPREPLY=()
    compopt -o filenames 2> /dev/null
    while IFS= read -r answer; do COMPREPLY+=("$answer"); done < <(compgen -f -- "$current")
  elif [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    # The text before the last colon is not part of the word that bash replaces.
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
  fi
}

complete -F _pinwatch pinwatch
`;

const zsh = `#compdef pinwatch
# zsh completion for pinwatch; in ~/.zshrc after compinit: eval "$(pinwatch completion zsh)"
_pinwatch() {
  local -a answers
  answers=(\${(f)"$(pinwatch __complete -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2> /dev/null)"})
  if [[ $answers[1] == :file ]]; then
    _files
  elif (( $#answers )); then
    compadd -- $answers
  fi
}

if [[ \${funcstack[1]} == _pinwatch ]]; then
  _pinwatch "$@"
else
  compdef _pinwatch pinwatch
fi
`;

const fish = `# fish completion for pinwatch: pinwatch completion fish > ~/.config/fish/completions/pinwatch.fish
function __pinwatch_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answers (pinwatch __complete -- $words[2..-1] "$current" 2>/dev/null)
    if test "$answers" = :file
        __fish_complete_path "$current"
    else if set -q answers[1]
        printf '%s\\n' $answers
    end
end

complete -c pinwatch -f -a '(__pinwatch_complete)'
`;

export const stubs = { bash, zsh, fish } as const;
export type Shell = keyof typeof stubs;
export const shells = Object.keys(stubs) as Shell[];
