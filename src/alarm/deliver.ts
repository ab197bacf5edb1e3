/** Messages to channels: what cannot be delivered waits for the next time. */
import {isPocketError} from '../errors.js'
import type {AlarmState} from './alarm-state.js'
import type {AlarmMessage, MessageOccasion, Ping} from './message.js'
import {placeOf, sendMessage, sendPing, type SendOptions} from './send.js'
import type {AlarmChannel, AlarmSettings} from './settings.js'

/** What came of one message by one channel. */
export interface Delivery {
  channel: AlarmChannel['type']
  /** Where it leads, without anything secret. */
  place: string
  occasion: MessageOccasion | Ping['kind']
  isDelivered: boolean
  /** Why not. */
  message?: string
}

const MOST_PENDING = 20

/** A channel by its kind and its place among those of this kind: it stays the same when its URL is corrected. */
export function channelNames(channels: readonly AlarmChannel[]): {name: string; channel: AlarmChannel}[] {
  const counts = new Map<string, number>()
  return channels.map((channel) => {
    const number = (counts.get(channel.type) ?? 0) + 1
    counts.set(channel.type, number)
    return {name: `${channel.type} ${number}`, channel}
  })
}

/** Puts `message` on the way to all channels that are to be told of its occasion. */
export function addPending(state: AlarmState, {channels, on}: AlarmSettings, message: AlarmMessage): void {
  const {occasion} = message
  if (occasion !== 'test' && !on.includes(occasion === 'recovery' ? 'failure' : occasion)) return
  for (const {name, channel} of channelNames(channels)) {
    if (channel.type === 'ping') continue
    state.pending.push({channel: name, message, attempts: 0})
    const own = state.pending.filter((pending) => pending.channel === name)
    const extra = new Set(own.slice(0, Math.max(0, own.length - MOST_PENDING)))
    state.pending = state.pending.filter((pending) => !extra.has(pending))
  }
}

/** Takes the place of a ping that is still on its way. */
export function addPing(state: AlarmState, {channels}: AlarmSettings, ping: Ping): void {
  for (const {name, channel} of channelNames(channels)) {
    if (channel.type !== 'ping') continue
    state.pings = [...state.pings.filter((pending) => pending.channel !== name), {channel: name, ping}]
  }
}

/** Delivers all that waits, in its order, to all channels at the same time. What a channel that is gone was to tell is dropped. */
export async function deliverAll(state: AlarmState, settings: AlarmSettings, options: SendOptions): Promise<Delivery[]> {
  const channels = channelNames(settings.channels)
  const names = new Set(channels.map(({name}) => name))
  state.pending = state.pending.filter(({channel}) => names.has(channel))
  state.pings = state.pings.filter(({channel}) => names.has(channel))
  const deliveries = await Promise.all(channels.map(({name, channel}) => deliverTo(state, {name, channel}, options)))
  return deliveries.flat()
}

async function deliverTo(
  state: AlarmState,
  {name, channel}: {name: string; channel: AlarmChannel},
  options: SendOptions,
): Promise<Delivery[]> {
  const deliveries: Delivery[] = []
  if (channel.type === 'ping') {
    const pending = state.pings.find((one) => one.channel === name)
    if (pending === undefined) return []
    const delivery = await tryDelivery(channel, pending.ping.kind, options, () => sendPing(channel, pending.ping, options))
    if (delivery.isDelivered) state.pings = state.pings.filter((one) => one !== pending)
    return [delivery]
  }
  for (const pending of state.pending.filter((one) => one.channel === name)) {
    pending.attempts++
    const {message} = pending
    const delivery = await tryDelivery(channel, message.occasion, options, () => sendMessage(channel, message, options))
    deliveries.push(delivery)
    // What comes after it would meet the same.
    if (!delivery.isDelivered) break
    state.pending = state.pending.filter((one) => one !== pending)
  }
  return deliveries
}

/** Sends one message or ping that is not kept when it cannot be delivered. */
export async function tryDelivery(
  channel: AlarmChannel,
  occasion: Delivery['occasion'],
  {redactor}: SendOptions,
  send: () => Promise<void>,
): Promise<Delivery> {
  let place: string = channel.type
  try {
    place = await placeOf(channel, redactor)
    await send()
    return {channel: channel.type, place, occasion, isDelivered: true}
  } catch (error) {
    if (!isPocketError(error)) throw error
    return {channel: channel.type, place, occasion, isDelivered: false, message: redactor.redact(error.message)}
  }
}
