// Whose address counts: nothing that a caller can write is believed unless a trusted proxy passed it on.
import { describe, expect, test } from 'vitest'
import { callerAddress, networkOf } from './address.ts'

const forwarded = (value: string) => new Headers({ 'x-forwarded-for': value })

test.each([
  ['no proxy is trusted', [], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a stranger forwards', ['10.0.0.5'], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['the proxy forwards', ['10.0.0.5'], '10.0.0.5', '198.51.100.1', '198.51.100.1'],
  ['the caller wrote more in front', ['10.0.0.5'], '10.0.0.5', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
  ['two proxies', ['10.0.0.0/8'], '10.0.0.5', '1.2.3.4, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
  ['all are proxies', ['10.0.0.0/8'], '10.0.0.5', '10.1.1.1', '10.1.1.1'],
  ['nothing is forwarded', ['10.0.0.5'], '10.0.0.5', '', '10.0.0.5'],
  ['rubbish is forwarded', ['10.0.0.5'], '10.0.0.5', 'localhost', '10.0.0.5'],
  ['rubbish in front of an address', ['10.0.0.5'], '10.0.0.5', '<x>, 198.51.100.1', '198.51.100.1'],
  ['IPv4 inside IPv6', ['10.0.0.5'], '::ffff:10.0.0.5', '::ffff:198.51.100.1', '198.51.100.1'],
  ['IPv6', ['fd00::/8'], 'fd00::1', '2001:db8::7', '2001:db8::7'],
])('%s', (_, trusted, socket, header, expected) => {
  expect(callerAddress(trusted)(socket, forwarded(header))).toBe(expected)
})

test('Without a socket there is no address, and a proxy that is no address is refused at start', () => {
  expect(callerAddress([])(undefined, new Headers())).toBeNull()
  expect(() => callerAddress(['proxy.example'])).toThrow('proxy.example')
})

describe('Where an address is, seen from the caller', () => {
  test.each([
    ['203.0.113.5', '203.0.113.5', 'same'],
    ['203.0.113.6', '203.0.113.5', 'other'],
    ['10.0.0.5', '203.0.113.5', 'local'],
    ['172.31.9.9', '203.0.113.5', 'local'],
    ['172.32.9.9', '203.0.113.5', 'other'],
    ['127.0.0.1', '203.0.113.5', 'machine'],
    ['127.0.0.1', '127.0.0.1', 'same'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2:bbbb::9', 'same'],
    ['2001:db8:1:3::1', '2001:db8:1:2::1', 'other'],
    ['fd00::1', '2001:db8::1', 'local'],
    ['::1', null, 'machine'],
    [null, '203.0.113.5', null],
    ['nonsense', '203.0.113.5', null],
  ] as const)('%s from %s: %s', (address, caller, network) => {
    expect(networkOf(address, caller)).toBe(network)
  })
})
