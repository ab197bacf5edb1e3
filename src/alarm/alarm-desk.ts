/** Alarms of one profile: what is told to the desk is told to people once, by all channels, now or as soon as it can be. */
import {hostname} from 'node:os'
import {setTimeout as delay} from 'node:timers/promises'
import {fileError, PocketError} from '../errors.js'
import {monotonicMs, nowNs} from '../util/clock.js'
import {type ProcessLock, takeLock} from '../util/process-lock.js'
import {type AlarmState, alarmStatePath, loadAlarmState, saveAlarmState} from './alarm-state.js'
import {addPending, addPing, channelNames, deliverAll, type Delivery, tryDelivery} from './deliver.js'
import type {AlarmMessage, MessageOccasion} from './message.js'
import {type PingChannel, sendMessage, sendPing, type SendOptions} from './send.js'
import type {AlarmSettings} from './settings.js'
import {endTroubles, type FoundTrouble, noteTroubles, tidyTroubles, type Trouble} from './troubles.js'

export interface AlarmDeskOptions {
  profile: string
  /** Of the profile, as the name of a file. */
  fileName: string
  stateDirectory: string
  settings: AlarmSettings
  sending: SendOptions
  /** Told of what came of each message. */
  onDelivery: (delivery: Delivery) => void
  /** Told when what was told cannot be remembered. */
  onTrouble: (trouble: PocketError) => void
}

/** What there is to tell of a run that has ended, or of a profile that was looked at. */
export interface AlarmReport {
  found: readonly FoundTrouble[]
  /** What was wrong before and no longer is. */
  hasEnded: (trouble: Trouble) => boolean
  /** Said of it beside the trouble itself. */
  about?: Pick<AlarmMessage, 'runId' | 'status' | 'snapshotId' | 'pinnedId'>
  /** That a run went well, in a sentence. */
  success?: string
  ping?: {kind: 'success' | 'failure'; log: string}
  /** The run that this was found killed. */
  killedRun?: string
}

/** How long another process is waited for that tells of the same profile. */
const WAIT_MS = 90_000
const POLL_MS = 100
const START_TIMEOUT_MS = 5000

const VERBS: Readonly<Record<MessageOccasion, string>> = {
  failure: 'failed',
  silence: 'is silent',
  odd: 'looks odd',
  recovery: 'is well again',
  success: 'succeeded',
  test: 'tells a test',
}

export class AlarmDesk {
  readonly #options: AlarmDeskOptions

  constructor(options: AlarmDeskOptions) {
    this.#options = options
  }

  /** Tells monitors that a run has begun; what does not get through is not told later. */
  async tellStart(runId: string): Promise<void> {
    const {settings, sending} = this.#options
    const options = {...sending, attempts: 1, timeoutMs: Math.min(START_TIMEOUT_MS, sending.timeoutMs ?? START_TIMEOUT_MS)}
    const channels = settings.channels.filter((channel): channel is PingChannel => channel.type === 'ping')
    const send = (channel: PingChannel): Promise<void> => sendPing(channel, {kind: 'start', runId, log: ''}, options)
    this.#tell(await Promise.all(channels.map((channel) => tryDelivery(channel, 'start', options, () => send(channel)))))
  }

  /** Tells what is new in `report`, and what was not delivered before. */
  async tell(report: AlarmReport): Promise<void> {
    const {settings} = this.#options
    await this.#withState('wait', (state) => {
      const nowMs = clockMs()
      const ended = endTroubles(state.troubles, report.hasEnded, nowMs)
      const told = noteTroubles(state.troubles, report.found, {nowMs, repeatMs: settings.repeatMs})
      for (const occasion of ['failure', 'silence', 'odd'] as const) {
        const ofIt = told.filter((trouble) => trouble.occasion === occasion)
        if (ofIt.length > 0) addPending(state, settings, this.#messageOf(occasion, ofIt, report))
        // It was so: nothing makes it well again.
        if (occasion === 'odd') for (const trouble of ofIt) trouble.endedMs = nowMs
      }
      if (ended.length > 0) addPending(state, settings, this.#messageOf('recovery', ended, report))
      if (report.success !== undefined) addPending(state, settings, this.#message('success', VERBS.success, report.success, report))
      if (report.ping) addPing(state, settings, {...report.ping, runId: report.about?.runId ?? ''})
      if (report.about?.runId !== undefined) state.reportedRun = report.about.runId
      if (report.killedRun !== undefined) state.killedRun = report.killedRun
    })
  }

  /** Delivers what could not be delivered before, unless another process is about to. */
  async deliverPending(): Promise<void> {
    const {pending, pings} = this.read()
    if (pending.length + pings.length > 0) await this.#withState('leave', () => undefined)
  }

  /** What is known now. A state that cannot be read is told, and taken for an empty one. */
  read(): AlarmState {
    try {
      return loadAlarmState(this.#path)
    } catch (error) {
      this.#trouble(error)
      return {troubles: [], pending: [], pings: []}
    }
  }

  /** Notes that the profile is looked at, so that it can be told how long nothing was heard of it. */
  async noteSeen(): Promise<void> {
    if (this.read().firstSeenMs !== undefined) return
    await this.#withState('wait', (state) => {
      state.firstSeenMs ??= clockMs()
    })
  }

  /** A message by each channel, at once; nothing is kept. */
  async test(): Promise<Delivery[]> {
    const {settings, sending, profile} = this.#options
    const message = this.#message('test', VERBS.test, `Alarms of the profile '${profile}' get here.`, {})
    return Promise.all(
      channelNames(settings.channels).map(({channel}) =>
        tryDelivery(channel, 'test', sending, () =>
          // Its log alone: a test says nothing of how the last run went.
          channel.type === 'ping'
            ? sendPing(channel, {kind: 'log', runId: '', log: message.text}, sending)
            : sendMessage(channel, message, sending),
        ),
      ),
    )
  }

  get #path(): string {
    return alarmStatePath(this.#options.stateDirectory, this.#options.fileName)
  }

  /** Before anything is sent, what is to be sent is saved: it is told rather twice than never. */
  async #withState(whenBusy: 'wait' | 'leave', change: (state: AlarmState) => void): Promise<void> {
    const lock = await this.#lock(whenBusy)
    if (lock === 'busy' && whenBusy === 'leave') return
    try {
      const state = this.read()
      const before = JSON.stringify(state)
      change(state)
      state.troubles = tidyTroubles(state.troubles, clockMs())
      await this.#save(state, before)
      const planned = JSON.stringify(state)
      this.#tell(await deliverAll(state, this.#options.settings, this.#options.sending))
      await this.#save(state, planned)
    } finally {
      if (typeof lock === 'object') this.#release(lock)
    }
  }

  async #lock(whenBusy: 'wait' | 'leave'): Promise<ProcessLock | 'busy' | 'none'> {
    const untilMs = monotonicMs() + WAIT_MS
    for (;;) {
      try {
        const taken = takeLock(`${this.#path}.lock`, this.#options.profile)
        if ('holder' in taken) return taken
      } catch (error) {
        this.#trouble(error)
        return 'none'
      }
      if (whenBusy === 'leave' || monotonicMs() > untilMs) return 'busy'
      await delay(POLL_MS)
    }
  }

  #release(lock: ProcessLock): void {
    try {
      lock.release()
    } catch (error) {
      this.#trouble(error)
    }
  }

  async #save(state: AlarmState, before: string): Promise<void> {
    if (JSON.stringify(state) === before) return
    const {redactor} = this.#options.sending
    try {
      await saveAlarmState(this.#path, redactor.redactAll(state))
    } catch (error) {
      this.#trouble(error)
    }
  }

  #messageOf(occasion: MessageOccasion, troubles: readonly Trouble[], report: Pick<AlarmReport, 'about'>): AlarmMessage {
    const [first] = troubles
    const what = VERBS[occasion]
    const title = occasion === 'recovery' ? what : `${what}: ${first.message}`
    const lines = troubles.map(({step, message, hint, sinceMs}) => {
      const since = occasion === 'recovery' ? `, since ${new Date(sinceMs).toISOString()}` : ''
      return `${step === undefined ? '' : `${step}: `}${message}${hint === undefined || since !== '' ? '' : ` (${hint})`}${since}`
    })
    const text = occasion === 'recovery' ? `No longer so: ${lines.join('\n')}` : lines.join('\n')
    return {...this.#message(occasion, title, text, report), code: first.code}
  }

  #message(occasion: MessageOccasion, title: string, text: string, {about}: Pick<AlarmReport, 'about'>): AlarmMessage {
    const {profile} = this.#options
    const host = hostname()
    const id = about?.runId
    const run = id === undefined ? [] : [`pocket runs ${id.slice(0, 8)}`]
    return {
      occasion,
      profile,
      host,
      title: `${profile} on ${host} ${title}`,
      text: [text, ...run].join('\n'),
      atMs: clockMs(),
      ...about,
    }
  }

  #tell(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#options.onDelivery(delivery)
  }

  #trouble(error: unknown): void {
    const trouble = fileError(error, `cannot remember in '${this.#options.stateDirectory}' what was told of '${this.#options.profile}'`)
    if (!(trouble instanceof PocketError)) throw error
    this.#options.onTrouble(trouble)
  }
}

function clockMs(): number {
  return Number(nowNs() / 1_000_000n)
}
