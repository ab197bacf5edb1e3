import type {Machine} from '../machine/machine.js'
import {networkNames} from '../machine/networks.js'
import {isOnBattery} from '../machine/power.js'
import type {Schedule} from '../schedule/schedule.js'

/** What keeps a run from beginning, in words; undefined when nothing does. */
export async function hindranceOf({onlyOnAc, onlyOnNetworks}: Schedule, machine: Machine): Promise<string | undefined> {
  if (onlyOnAc && (await isOnBattery(machine))) return 'the machine runs on battery'
  if (onlyOnNetworks.length === 0) return undefined
  const names = await networkNames(machine)
  if (onlyOnNetworks.some((wanted) => names.includes(wanted))) return undefined
  return names.length === 0 ? 'there is no network' : `the networks are ${names.join(', ')}, and not ${onlyOnNetworks.join(' or ')}`
}
