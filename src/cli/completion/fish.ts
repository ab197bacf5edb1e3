import {firstWords, type ModelArgument, type ModelCommand, type ModelFlag, secondWords, topicsOf, type ValueKind} from './command-model.js'

/** A script for fish 3 and later. */
export function fishCompletion(commands: readonly ModelCommand[]): string {
  const lines = [
    '# fish completion for pocket',
    'complete -c pocket -f',
    ...[...firstWords(commands)].map(([word, summary]) => `complete -c pocket -n __fish_use_subcommand -a ${word} -d ${quote(summary)}`),
    ...topicsOf(commands).flatMap((topic) => topicLines(topic, commands)),
    ...commands.flatMap((command) => commandLines(command, topicsOf(commands))),
  ]
  return `${lines.join('\n')}\n`
}

function topicLines(topic: string, commands: readonly ModelCommand[]): string[] {
  const seconds = secondWords(commands, topic)
  const condition = quote(`__fish_seen_subcommand_from ${topic}; and not __fish_seen_subcommand_from ${[...seconds.keys()].join(' ')}`)
  return [...seconds].map(([word, summary]) => `complete -c pocket -n ${condition} -a ${word} -d ${quote(summary)}`)
}

/** `list` is a command, and the second word of others: it is the command where no topic stands. */
function commandLines({words, flags, args}: ModelCommand, topics: readonly string[]): string[] {
  const conditions = words.map((word) => `__fish_seen_subcommand_from ${word}`)
  if (words.length === 1) conditions.push(`not __fish_seen_subcommand_from ${topics.join(' ')}`)
  const condition = quote(conditions.join('; and '))
  return [...flags.map((flag) => flagLine(condition, flag)), ...args.map((argument) => argumentLine(condition, argument))]
}

function flagLine(condition: string, {name, char, summary, takesValue, options, value}: ModelFlag): string {
  const short = char === undefined ? '' : ` -s ${char}`
  const values = takesValue ? ` ${valueFlags({options, value})}` : ''
  return `complete -c pocket -n ${condition} -l ${name}${short}${values} -d ${quote(summary)}`
}

function argumentLine(condition: string, {options, value}: ModelArgument): string {
  if (options.length > 0) return `complete -c pocket -n ${condition} -a ${quote(options.join(' '))}`
  return `complete -c pocket -n ${condition} ${value === 'none' ? '-f' : '-F'}`
}

function valueFlags({options, value}: {options: readonly string[]; value: ValueKind}): string {
  if (options.length > 0) return `-x -a ${quote(options.join(' '))}`
  if (value === 'directory') return "-x -a '(__fish_complete_directories)'"
  return value === 'file' ? '-r -F' : '-x'
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
