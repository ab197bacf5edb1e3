import {firstWords, type ModelCommand, type ModelFlag, secondWords, topicsOf, type ValueKind} from './command-model.js'

/** A script for bash 3.2 and later, with or without bash-completion. */
export function bashCompletion(commands: readonly ModelCommand[]): string {
  const topics = topicsOf(commands)
  return `# bash completion for pocket
_pocket() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" position=2
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...firstWords(commands).keys()].join(' ')}" -- "$current"))
    return
  fi
  case "$command" in
    ${topics.join('|')})
      if [ "$COMP_CWORD" -eq 2 ]; then
        case "$command" in
${topics.map((topic) => `          ${topic}) COMPREPLY=($(compgen -W "${[...secondWords(commands, topic).keys()].join(' ')}" -- "$current")) ;;`).join('\n')}
        esac
        return
      fi
      command="$command \${COMP_WORDS[2]}"
      position=3
      ;;
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
complete -o filenames -F _pocket pocket
`
}

function commandCase({words, flags, args}: ModelCommand): string {
  const valued = flags.filter(({takesValue}) => takesValue)
  return `    '${words.join(' ')}')
      case "$previous" in
${valued.map((flag) => `        ${spellings(flag).join('|')}) ${reply(flag)}; return ;;`).join('\n')}
      esac
      case "$current" in
        -*) COMPREPLY=($(compgen -W "${flags.map(({name}) => `--${name}`).join(' ')}" -- "$current")) ;;
        *) ${args.length === 0 ? ':' : reply(args[0])} ;;
      esac
      ;;`.replace(/ {6}case "\$previous" in\n\n {6}esac\n/, '')
}

function spellings({name, char}: ModelFlag): string[] {
  return char === undefined ? [`--${name}`] : [`--${name}`, `-${char}`]
}

function reply({options, value}: {options: readonly string[]; value: ValueKind}): string {
  if (options.length > 0) return `COMPREPLY=($(compgen -W "${options.join(' ')}" -- "$current"))`
  if (value === 'none') return ':'
  return `local IFS=$'\\n'; COMPREPLY=($(compgen -${value === 'file' ? 'f' : 'd'} -- "$current"))`
}
