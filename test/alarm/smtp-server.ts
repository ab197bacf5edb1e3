/** A small mail server: enough of RFC 5321, STARTTLS and AUTH for one client to deliver mails to it. */
import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {type AddressInfo, createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {createSecureContext, TLSSocket} from 'node:tls'

export interface Mail {
  from: string
  to: string[]
  data: string
  isEncrypted: boolean
  user: string | undefined
}

export interface SmtpServer {
  port: number
  mails: Mail[]
  /** Everything that was said to it before a connection was encrypted. */
  plain: string[]
}

export interface SmtpOptions {
  user?: string
  password?: string
  certificate?: {key: string; cert: string}
  /** From the first byte on. */
  isEncrypted?: boolean
}

/** A certificate for localhost that is signed by itself. */
export function makeCertificate(folder: string): {key: string; cert: string} {
  const [key, cert] = [join(folder, 'smtp-key.pem'), join(folder, 'smtp-cert.pem')]
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...words, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], {
    stdio: 'pipe',
  })
  return {key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8')}
}

export async function startSmtpServer(t: {teardown(end: () => void): void}, options: SmtpOptions = {}): Promise<SmtpServer> {
  const smtp: SmtpServer = {port: 0, mails: [], plain: []}
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    if (options.isEncrypted) new Conversation(encrypt(socket, options), {smtp, options, isEncrypted: true}).greet()
    else new Conversation(socket, {smtp, options, isEncrypted: false}).greet()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  smtp.port = (server.address() as AddressInfo).port
  return smtp
}

function encrypt(socket: Socket, {certificate}: SmtpOptions): TLSSocket {
  const secure = new TLSSocket(socket, {isServer: true, secureContext: createSecureContext(certificate)})
  secure.on('error', () => secure.destroy())
  return secure
}

class Conversation {
  #socket: Socket
  readonly #smtp: SmtpServer
  readonly #options: SmtpOptions
  #isEncrypted: boolean
  #pending = ''
  #mail: Mail | undefined
  #data: string[] | undefined
  #user: string | undefined

  constructor(socket: Socket, {smtp, options, isEncrypted}: {smtp: SmtpServer; options: SmtpOptions; isEncrypted: boolean}) {
    this.#socket = socket
    this.#smtp = smtp
    this.#options = options
    this.#isEncrypted = isEncrypted
    socket.setEncoding('utf8')
    socket.on('data', this.#onData)
  }

  greet(): void {
    this.#say('220 localhost ready')
  }

  readonly #onData = (text: string): void => {
    if (!this.#isEncrypted) this.#smtp.plain.push(text)
    this.#pending += text
    for (let end = this.#pending.indexOf('\r\n'); end >= 0; end = this.#pending.indexOf('\r\n')) {
      const line = this.#pending.slice(0, end)
      this.#pending = this.#pending.slice(end + 2)
      if (this.#data) this.#takeData(line)
      else this.#answer(line)
    }
  }

  #answer(line: string): void {
    const verb = line.slice(0, 4).toUpperCase()
    const {user, certificate} = this.#options
    if (verb === 'EHLO') {
      const offers = ['localhost', ...(certificate && !this.#isEncrypted ? ['STARTTLS'] : []), ...(user ? ['AUTH PLAIN'] : [])]
      this.#say(offers.map((offer, place) => `250${place === offers.length - 1 ? ' ' : '-'}${offer}`).join('\r\n'))
    } else if (verb === 'STAR' && !certificate) this.#say('502 not offered')
    else if (verb === 'STAR') {
      this.#say('220 go on')
      this.#socket.removeListener('data', this.#onData)
      this.#socket = encrypt(this.#socket, this.#options)
      this.#socket.setEncoding('utf8')
      this.#socket.on('data', this.#onData)
      this.#isEncrypted = true
    } else if (verb === 'AUTH') this.#authenticate(line.split(' ')[2])
    else if (verb === 'MAIL') this.#begin(line)
    else if (verb === 'RCPT') {
      this.#mail?.to.push(line.replace(/^.*<|>.*$/g, ''))
      this.#say('250 ok')
    } else if (verb === 'DATA') {
      this.#data = []
      this.#say('354 go on')
    } else if (verb === 'QUIT') this.#socket.end('221 bye\r\n')
    else this.#say('250 ok')
  }

  #authenticate(token: string): void {
    const [, user, password] = Buffer.from(token, 'base64').toString('utf8').split('\0')
    if (user !== this.#options.user || password !== this.#options.password) return this.#say('535 no such user or password')
    this.#user = user
    this.#say('235 welcome')
  }

  #begin(line: string): void {
    if (this.#options.user !== undefined && this.#user === undefined) return this.#say('530 who are you')
    this.#mail = {from: line.replace(/^.*<|>.*$/g, ''), to: [], data: '', isEncrypted: this.#isEncrypted, user: this.#user}
    this.#say('250 ok')
  }

  #takeData(line: string): void {
    if (line !== '.') return void this.#data?.push(line.replace(/^\.\./, '.'))
    if (this.#mail) this.#smtp.mails.push({...this.#mail, data: this.#data?.join('\n') ?? ''})
    this.#data = undefined
    this.#say('250 taken')
  }

  #say(text: string): void {
    this.#socket.write(`${text}\r\n`)
  }
}
