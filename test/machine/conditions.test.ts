import test from 'ava'
import {networkNames} from '../../src/machine/networks.js'
import {isOnBattery} from '../../src/machine/power.js'
import {fakeMachine} from './fake-machine.js'

const SUPPLY = '/sys/class/power_supply'

/** `{BAT0: {type: 'Battery', status: 'Full'}}` as files. */
function supplies(of: Record<string, Record<string, string>>): Record<string, string> {
  const files = Object.entries(of).flatMap(([supply, values]) =>
    Object.entries(values).map(([name, value]) => [`${SUPPLY}/${supply}/${name}`, `${value}\n`]),
  )
  return Object.fromEntries(files)
}

const POWER: [what: string, files: Record<string, string>, isBattery: boolean][] = [
  ['without any supply, as in most servers', {}, false],
  ['plugged in', supplies({AC: {type: 'Mains', online: '1'}, BAT0: {type: 'Battery', status: 'Charging'}}), false],
  ['unplugged', supplies({AC: {type: 'Mains', online: '0'}, BAT0: {type: 'Battery', status: 'Discharging'}}), true],
  ['with only a battery that tells', supplies({BAT0: {type: 'Battery', status: 'Discharging'}}), true],
  [
    'plugged in by USB, with a battery that still empties',
    supplies({ucsi: {type: 'USB', online: '1'}, BAT0: {type: 'Battery', status: 'Discharging'}}),
    false,
  ],
  ['with the battery of a mouse', supplies({hid: {type: 'Battery', scope: 'Device', status: 'Discharging'}}), false],
]

for (const [what, files, isBattery] of POWER) {
  test(`power: a Linux machine ${what} ${isBattery ? 'runs' : 'does not run'} on battery`, async (t) => {
    t.is(await isOnBattery(await fakeMachine(t, {files})), isBattery)
  })
}

test('power: macOS and Windows say whether they run on battery, and who cannot tell does not', async (t) => {
  const mac = (text: string) => fakeMachine(t, {platform: 'darwin', programs: {'pmset -g batt': text}})
  t.true(await isOnBattery(await mac("Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1) 80%; discharging")))
  t.false(await isOnBattery(await mac("Now drawing from 'AC Power'\n")))
  const windows = (text: string) => fakeMachine(t, {platform: 'win32', programs: {'powershell.exe': text}})
  t.true(await isOnBattery(await windows('1\r\n')))
  t.false(await isOnBattery(await windows('2\r\n')))
  t.false(await isOnBattery(await windows('')))
  t.false(await isOnBattery(await fakeMachine(t, {platform: 'darwin'})))
})

const address = {address: '10.0.0.2', netmask: '255.0.0.0', family: 'IPv4', mac: '', cidr: null} as const
const interfaces = {lo: [{...address, internal: true}], wlan0: [{...address, internal: false}], eth1: []}

test('networks: Linux names connections, wireless networks and interfaces, each once', async (t) => {
  const programs = {
    nmcli: 'Home\\: upstairs\nwlan0\n',
    'iw dev': 'phy#0\n\tInterface wlan0\n\t\tifindex 3\n\t\tssid Café 5G\n\t\ttype managed\n',
    iwgetid: 'Café 5G\n',
  }
  t.deepEqual(await networkNames(await fakeMachine(t, {programs}), interfaces), ['Home: upstairs', 'wlan0', 'Café 5G'])
  t.deepEqual(await networkNames(await fakeMachine(t), interfaces), ['wlan0'])
})

test('networks: macOS names the wireless network, by whichever program still tells it', async (t) => {
  const ports = 'Hardware Port: Ethernet\nDevice: en5\n\nHardware Port: Wi-Fi\nDevice: en0\nEthernet Address: 00:00\n'
  const old = {'networksetup -listallhardwareports': ports, 'networksetup -getairportnetwork en0': 'Current Wi-Fi Network: Home\n'}
  t.deepEqual(await networkNames(await fakeMachine(t, {platform: 'darwin', programs: old}), {}), ['Home'])
  const recent = {
    'networksetup -listallhardwareports': ports,
    'networksetup -getairportnetwork en0': 'You are not associated with an AirPort network.\n',
    'ipconfig getsummary en0': '<dictionary> {\n  BSSID : 0:0\n  SSID : Home 2\n}\n',
  }
  t.deepEqual(await networkNames(await fakeMachine(t, {platform: 'darwin', programs: recent}), {}), ['Home 2'])
})

test('networks: Windows names wireless networks and profiles of connections', async (t) => {
  const programs = {
    netsh: '\r\n    Name                   : Wi-Fi\r\n    SSID                   : Home\r\n    BSSID                  : 00:00\r\n',
    'powershell.exe': 'Home\r\nOffice LAN\r\n',
  }
  t.deepEqual(await networkNames(await fakeMachine(t, {platform: 'win32', programs}), {}), ['Home', 'Office LAN'])
})
