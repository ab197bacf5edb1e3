/** A question on the terminal whose answer is not shown. */
import {StringDecoder} from 'node:string_decoder'
import {PocketError} from '../errors.js'

/** What the prompt needs of a terminal's input: `process.stdin`, or a stand-in of a test. */
export interface TerminalInput extends NodeJS.ReadableStream {
  setRawMode(raw: boolean): unknown
}

export interface Terminal {
  input: TerminalInput
  output: NodeJS.WritableStream
}

/** The terminal in front of which somebody sits, or undefined when the input or stderr is something else. */
export function findTerminal(): Terminal | undefined {
  return process.stdin.isTTY && process.stderr.isTTY ? {input: process.stdin, output: process.stderr} : undefined
}

/**
 * Asks `question` and resolves with the line typed or pasted, which is not echoed. Backspace and Ctrl-U work. Throws
 * `interrupted` on Ctrl-C, and `password-missing` when the input ends (Ctrl-D).
 */
export async function askPassword({input, output}: Terminal, question: string): Promise<string> {
  output.write(question)
  input.setRawMode(true)
  input.resume()
  try {
    return await readHiddenLine(input)
  } finally {
    input.pause()
    input.setRawMode(false)
    output.write('\n')
  }
}

/** Asks twice, and once more as long as the answers are empty or differ. Throws as `askPassword` does. */
export async function askNewPassword(terminal: Terminal, question: string): Promise<string> {
  for (;;) {
    const password = await askPassword(terminal, question)
    if (password !== '' && (await askPassword(terminal, 'the same again: ')) === password) return password
    terminal.output.write(`${password === '' ? 'the password is empty' : 'the two passwords differ'}, try again\n`)
  }
}

function readHiddenLine(input: TerminalInput): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8')
    const line = new HiddenLine()
    const settle = (finish: () => void): void => {
      input.off('data', take)
      input.off('end', end)
      input.pause()
      finish()
    }
    const end = (): void => settle(() => reject(new PocketError('password-missing', 'no password was given')))
    const take = (data: Uint8Array): void => {
      const text = decoder.write(Buffer.from(data))
      for (let index = 0; index < text.length; index++) {
        const outcome = line.take(text[index])
        if (outcome === undefined) continue
        settle(() => (outcome === 'interrupted' ? reject(interrupted()) : outcome === 'ended' ? end() : resolve(line.text)))
        const rest = text.slice(index + 1).replace(/^\n/, '')
        if (rest !== '') input.unshift(Buffer.from(rest))
        return
      }
    }
    input.on('data', take)
    input.on('end', end)
  })
}

type Outcome = 'entered' | 'ended' | 'interrupted'

/** The line being typed, key by key; escape sequences (arrow keys) are passed over. */
class HiddenLine {
  text = ''
  #escape: 'none' | 'started' | 'sequence' = 'none'

  take(character: string): Outcome | undefined {
    if (this.#passesOver(character)) return undefined
    switch (character) {
      case '\r':
      case '\n':
        return 'entered'
      case '\u0003':
        return 'interrupted'
      case '\u0004':
        return this.text === '' ? 'ended' : undefined
      case '\u007f':
      case '\b':
        this.text = Array.from(this.text).slice(0, -1).join('')
        return undefined
      case '\u0015':
        this.text = ''
        return undefined
      default:
        if (character >= ' ' || character === '\t') this.text += character
        return undefined
    }
  }

  #passesOver(character: string): boolean {
    if (this.#escape === 'none') {
      if (character === '\u001b') this.#escape = 'started'
      return character === '\u001b'
    }
    if (character < ' ') {
      this.#escape = 'none'
      return false
    }
    if (this.#escape === 'started') this.#escape = character === '[' || character === 'O' ? 'sequence' : 'none'
    else if (character >= '@' && character <= '~') this.#escape = 'none'
    return true
  }
}

function interrupted(): PocketError {
  return new PocketError('interrupted', 'interrupted; nothing was changed')
}
