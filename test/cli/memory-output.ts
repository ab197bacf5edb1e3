/** Outputs and terminals that keep what is written to them. */
import {PassThrough} from 'node:stream'
import type {Output} from '../../src/cli/output.js'

export interface MemoryOutput extends Output {
  text(): string
  lines(): string[]
}

export function memoryOutput(): MemoryOutput {
  let text = ''
  return {
    async write(chunk) {
      text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    },
    line(line) {
      text += `${line}\n`
    },
    text: () => text,
    lines: () => text.split('\n').slice(0, -1),
  }
}

export function parseLines(output: MemoryOutput): Record<string, unknown>[] {
  return output.lines().map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** A terminal at which `type` presses keys. */
export function fakeTerminal() {
  const shown = new PassThrough({encoding: 'utf8'})
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), {setRawMode: (raw: boolean) => modes.push(raw)})
  return {
    terminal: {input, output: shown},
    modes,
    type: (keys: string | Uint8Array): boolean => input.write(keys),
    end: () => input.end(),
    shown: (): string => String(shown.read() ?? ''),
  }
}
