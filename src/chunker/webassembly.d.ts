/** The part of WebAssembly that the chunker uses: Node has it, the types of Node 20 do not, and lib.dom is not wanted. */
declare namespace WebAssembly {
  class Module {
    static imports(module: Module): {module: string; name: string; kind: string}[]
    constructor(bytes: Uint8Array)
  }
  class Memory {
    readonly buffer: ArrayBuffer
    constructor(descriptor: {initial: number; maximum: number})
  }
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>
    constructor(module: Module, imports: {env: {memory: Memory}})
  }
}
