/** Which modules a TypeScript source names: read from its text, so that imports of types, which compiling drops, count too. */

export interface NamedModule {
  specifier: string
  /** `type` is gone after compiling; `dynamic` is loaded when it is reached; `worker` is a file started as one. */
  kind: 'static' | 'type' | 'dynamic' | 'worker'
}

/** Every module that `source` names. Throws when one is named by an expression, which nobody could check. */
export function namedModules(source: string): NamedModule[] {
  const code = withoutComments(source)
  const found: NamedModule[] = []
  for (const {pattern, kind} of FORMS) {
    for (const match of code.matchAll(pattern)) {
      const specifier = match.groups?.specifier
      if (specifier === undefined) throw new Error(`a module is named by an expression: ${match[0]}`)
      found.push({specifier, kind: match.groups?.type === undefined ? kind : 'type'})
    }
  }
  return found
}

const QUOTED = String.raw`(?<quote>['"])(?<specifier>[^'"\n]*)\k<quote>`

const FORMS: {pattern: RegExp; kind: NamedModule['kind']}[] = [
  {kind: 'static', pattern: new RegExp(String.raw`^[ \t]*(?:import|export)\s+(?<type>type\s)?[^'"()=;]*?\bfrom\s*${QUOTED}`, 'gm')},
  {kind: 'static', pattern: new RegExp(String.raw`^[ \t]*import\s*${QUOTED}`, 'gm')},
  {kind: 'dynamic', pattern: new RegExp(String.raw`(?<type>typeof\s+|[:|&<]\s*)?\bimport\s*\(\s*(?:${QUOTED}|[^'"])`, 'g')},
  {kind: 'dynamic', pattern: new RegExp(String.raw`\b(?:require|createRequire\([^)]*\))\s*\(\s*(?:${QUOTED}|[^'"])`, 'g')},
  {kind: 'worker', pattern: new RegExp(String.raw`\bnew\s+URL\(\s*${QUOTED}\s*,\s*import\.meta\.url`, 'g')},
]

/** `source` with every comment replaced by a space; what only looks like one, in a string or pattern, stays. */
export function withoutComments(source: string): string {
  let code = ''
  let index = 0
  while (index < source.length) {
    const end = endOfToken(source, index, code)
    const isComment = source.startsWith('//', index) || source.startsWith('/*', index)
    code += isComment && end > index + 1 ? ' ' : source.slice(index, end)
    index = end
  }
  return code
}

function endOfToken(source: string, start: number, before: string): number {
  const character = source[start]
  if (source.startsWith('//', start)) return endAfter(source, '\n', start + 2) - 1
  if (source.startsWith('/*', start)) return endAfter(source, '*/', start + 2)
  if (character === "'" || character === '"') return endOfQuoted(source, start)
  if (character === '`') return endOfTemplate(source, start)
  if (character === '/' && startsPattern(before)) return endOfPattern(source, start)
  return start + 1
}

function endAfter(source: string, text: string, start: number): number {
  const found = source.indexOf(text, start)
  return found < 0 ? source.length + 1 : found + text.length
}

function endOfQuoted(source: string, start: number): number {
  for (let index = start + 1; index < source.length; index += 1) {
    if (source[index] === source[start]) return index + 1
    if (source[index] === '\\') index += 1
    else if (source[index] === '\n') return start + 1
  }
  return start + 1
}

/** The expressions in a template may hold templates. */
function endOfTemplate(source: string, start: number): number {
  let index = start + 1
  while (index < source.length && source[index] !== '`') {
    if (source.startsWith('${', index)) index = endOfExpression(source, index + 2)
    else index += source[index] === '\\' ? 2 : 1
  }
  return index + 1
}

function endOfExpression(source: string, start: number): number {
  let depth = 1
  let index = start
  while (index < source.length && depth > 0) {
    const end = endOfToken(source, index, source.slice(start - 1, index))
    if (end === index + 1) depth += {'{': 1, '}': -1}[source[index]] ?? 0
    index = end
  }
  return index
}

/** A slash after an operator or at the start of an expression begins a regular expression, otherwise it divides. */
function startsPattern(before: string): boolean {
  return /(?:^|[(,=:[!&|?{};>+]|\breturn)\s*$/.test(before)
}

function endOfPattern(source: string, start: number): number {
  let isInClass = false
  for (let index = start + 1; index < source.length; index += 1) {
    const character = source[index]
    if (character === '\\') index += 1
    else if (character === '[') isInClass = true
    else if (character === ']') isInClass = false
    else if (character === '/' && !isInClass) return index + 1
    else if (character === '\n') return start + 1
  }
  return start + 1
}
