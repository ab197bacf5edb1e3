import {firstWords, type ModelArgument, type ModelCommand, type ModelFlag, secondWords, topicsOf, type ValueKind} from './command-model.js'

/** A script for zsh's compsys: sourced after compinit, or kept as `_pocket` in a folder of `$fpath`. */
export function zshCompletion(commands: readonly ModelCommand[]): string {
  return `#compdef pocket
_pocket() {
  local -a words_first words_second
  local command="\${words[2]}"
  if (( CURRENT == 2 )); then
    words_first=(${describeWords(firstWords(commands))})
    _describe command words_first
    return
  fi
  case "$command" in
${topicsOf(commands)
  .map((topic) => topicCase(topic, commands))
  .join('\n')}
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [ "\${funcstack[1]}" = _pocket ]; then _pocket "$@"; else compdef _pocket pocket; fi
`
}

function topicCase(topic: string, commands: readonly ModelCommand[]): string {
  return `    ${topic})
      if (( CURRENT == 3 )); then
        words_second=(${describeWords(secondWords(commands, topic))})
        _describe command words_second
        return
      fi
      command="${topic} \${words[3]}"
      shift words; (( CURRENT-- ))
      ;;`
}

/** `_arguments` sees the last word of the command as the first word of the line. */
function commandCase({words, flags, args}: ModelCommand): string {
  const specifications = [...flags.flatMap(flagSpecifications), ...args.map(argumentSpecification)]
  return `    '${words.join(' ')}')
      shift words; (( CURRENT-- ))
      _arguments -S \\
${specifications.map((specification) => `        ${quote(specification)}`).join(' \\\n')}
      ;;`
}

function flagSpecifications(flag: ModelFlag): string[] {
  const value = flag.takesValue ? `:${escape(flag.name)}:${action(flag)}` : ''
  const summary = `[${escape(flag.summary)}]${value}`
  const long = `*--${flag.name}${flag.takesValue ? '=' : ''}${summary}`
  return flag.char === undefined ? [long] : [long, `*-${flag.char}${flag.takesValue ? '+' : ''}${summary}`]
}

function argumentSpecification(argument: ModelArgument, index: number): string {
  const position = argument.isMultiple ? '*' : String(index + 1)
  return `${position}:${escape(argument.name)}:${action(argument)}`
}

function action({options, value}: {options: readonly string[]; value: ValueKind}): string {
  if (options.length > 0) return `(${options.join(' ')})`
  return value === 'file' ? '_files' : value === 'directory' ? '_files -/' : ' '
}

function describeWords(words: ReadonlyMap<string, string>): string {
  return [...words].map(([word, summary]) => quote(`${word}:${summary.replaceAll(':', '\\:')}`)).join(' ')
}

function escape(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
