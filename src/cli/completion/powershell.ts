import {firstWords, type ModelCommand, secondWords, topicsOf} from './command-model.js'

/** A script for PowerShell 5.1 and later. Where nothing of ours fits, PowerShell completes paths by itself. */
export function powershellCompletion(commands: readonly ModelCommand[]): string {
  return `# PowerShell completion for pocket
Register-ArgumentCompleter -Native -CommandName pocket -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $first = ${table(firstWords(commands))}
  $second = @{
${topicsOf(commands)
  .map((topic) => `    ${quote(topic)} = ${table(secondWords(commands, topic))}`)
  .join('\n')}
  }
  $flags = @{
${commands.map(flagTable).join('\n')}
  }
  $values = @{
${commands.map(valueTable).join('\n')}
  }
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $command = if ($words.Count -gt 1) { $words[1] } else { '' }
  $candidates = $null
  if ($words.Count -le 1) { $candidates = $first }
  elseif ($second.ContainsKey($command)) {
    if ($words.Count -eq 2) { $candidates = $second[$command] } else { $command = "$command $($words[2])" }
  }
  if ($null -eq $candidates -and $flags.ContainsKey($command)) {
    $previous = $words[-1]
    if ($values[$command].ContainsKey($previous)) { $candidates = $values[$command][$previous] }
    elseif ($wordToComplete.StartsWith('-')) { $candidates = $flags[$command] }
    elseif ($values[$command].ContainsKey('')) { $candidates = $values[$command][''] }
  }
  if ($null -eq $candidates) { return }
  $candidates.GetEnumerator() | Where-Object { $_.Key -like "$wordToComplete*" } | Sort-Object Key | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterValue', $_.Value)
  }
}
`
}

function flagTable({words, flags}: ModelCommand): string {
  return `    ${quote(words.join(' '))} = ${table(new Map(flags.map(({name, summary}) => [`--${name}`, summary])))}`
}

/** Values by flag; those of the argument stand under the empty name. */
function valueTable({words, flags, args}: ModelCommand): string {
  const entries = flags
    .filter(({options}) => options.length > 0)
    .map(({name, options}) => `${quote(`--${name}`)} = ${optionTable(options)}`)
  const options = args[0]?.options ?? []
  if (options.length > 0) entries.push(`'' = ${optionTable(options)}`)
  return `    ${quote(words.join(' '))} = @{${entries.join('; ')}}`
}

function optionTable(options: readonly string[]): string {
  return table(new Map(options.map((option) => [option, option])))
}

function table(entries: ReadonlyMap<string, string>): string {
  return `@{${[...entries].map(([key, value]) => `${quote(key)} = ${quote(value === '' ? key : value)}`).join('; ')}}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
