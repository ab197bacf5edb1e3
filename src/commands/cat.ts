import {string as stringArgument} from '@oclif/core/args'
import {repositoryFlags} from '../cli/flags.js'
import {jsonLine} from '../cli/json-output.js'
import {withRepository} from '../cli/open-repository.js'
import type {Repository} from '../operations/open-repository.js'
import {pausable} from '../cli/pausing.js'
import {PocketCommand} from '../cli/pocket-command.js'

export default class Cat extends PocketCommand {
  static override summary = 'print one file of a snapshot'
  static override description = 'With --json, the bytes come in base64, an object a piece.'
  static override examples = ['<%= config.bin %> cat latest:notes.txt']
  static override args = {
    reference: stringArgument({description: 'ID:path of a file', required: true, ignoreStdin: true}),
  }
  static override flags = {...repositoryFlags}

  async run(): Promise<undefined> {
    const {args, flags} = await this.parse(Cat)
    const {readFile} = await import('../operations/read-file.js')
    const print = async (repository: Repository): Promise<void> => {
      let offset = 0
      for await (const bytes of readFile(repository, args.reference)) {
        await this.output.write(flags.json ? pieceLine(offset, bytes) : bytes)
        offset += bytes.length
      }
      if (flags.json) this.printJson('summary', {bytes: offset})
    }
    await pausable(() => withRepository(flags, print))
  }
}

function pieceLine(offset: number, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  return `${jsonLine('bytes', {offset, base64})}\n`
}
