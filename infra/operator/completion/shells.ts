/** Scripts of shells that complete `perch`. Pure. */
import type { Choices } from './choices.ts';

type Shell = (choices: readonly Choices[]) => string;

/** Stacks are those with a file in the working directory: asking Pulumi takes a second. */
const bash: Shell = (choices) => `# perch completion for bash
_perch() {
  local word=\${COMP_WORDS[COMP_CWORD]} command='' words='' index stacks
  if [[ \${COMP_WORDS[COMP_CWORD-1]} == --stack ]]; then
    stacks=$(for file in Pulumi.*.yaml; do [[ -f $file ]] && file=\${file#Pulumi.} && echo "\${file%.yaml}"; done)
    COMPREPLY=($(compgen -W "$stacks" -- "$word"))
    return
  fi
  for ((index = 1; index < COMP_CWORD; index += 1)); do
    case \${COMP_WORDS[index]} in
      --stack) ((index += 1)) ;;
      -*) ;;
      *) command+="\${command:+ }\${COMP_WORDS[index]}" ;;
    esac
  done
  case $command in
${cases(choices, '    ')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _perch perch
`;

const zsh: Shell = (choices) => `#compdef perch
_perch() {
  local command='' candidates='' index
  local -a stacks
  if [[ $words[CURRENT-1] == --stack ]]; then
    stacks=(Pulumi.*.yaml(N))
    stacks=(\${\${stacks#Pulumi.}%.yaml})
    compadd -a stacks
    return
  fi
  for ((index = 2; index < CURRENT; index += 1)); do
    case $words[index] in
      --stack) ((index += 1)) ;;
      -*) ;;
      *) command+="\${command:+ }$words[index]" ;;
    esac
  done
  case $command in
${cases(choices, '    ').replaceAll('words=', 'candidates=')}
  esac
  compadd -- \${=candidates}
}
compdef _perch perch
`;

const fish: Shell = (choices) => `# perch completion for fish
function __perch_command
  set -l command
  set -l skip no
  for word in (commandline -opc)[2..]
    if test $skip = yes
      set skip no
    else if test $word = --stack
      set skip yes
    else if not string match -q -- '-*' $word
      set -a command $word
    end
  end
  echo "$command"
end
complete -c perch -f
complete -c perch -l stack -x -a '(string replace -r "Pulumi\\.(.*)\\.yaml" "\\$1" (path filter Pulumi.*.yaml))'
${choices
  .map(({ command, words }) => {
    const test = `test (__perch_command) = "${command}"`;
    return `complete -c perch -n '${test}' -a '${words.join(' ')}'`;
  })
  .join('\n')}
`;

/** The longest commands first: what follows a subcommand follows it also after its own arguments. */
function cases(choices: readonly Choices[], indent: string): string {
  return choices
    .toSorted((a, b) => b.command.length - a.command.length)
    .map(({ command, words }) => {
      const pattern = command === '' ? "''" : `'${command}' | '${command} '*`;
      return `${indent}${pattern}) words='${words.join(' ')}' ;;`;
    })
    .join('\n');
}

/** Name of a shell to its script. */
export const completionShells: ReadonlyMap<string, Shell> = new Map(
  Object.entries({ bash, zsh, fish }),
);
