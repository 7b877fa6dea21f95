// Whose request it is on the network: the socket's address, or what a proxy that is trusted says about it; and whether that is near.
import { BlockList, isIP } from 'node:net'

/** Tells the caller's address. `trusted`: single addresses and CIDR ranges; throws for one that is neither. */
export function callerAddress(
  trusted: readonly string[],
): (socket: string | undefined, headers: Headers) => string | null {
  const proxies = new BlockList()
  for (const entry of trusted) addTo(proxies, entry)
  const isProxy = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (socket, headers) => {
    const direct = plain(socket)
    if (direct === null || !isProxy(direct)) return direct
    // The chain grows to the right, and only what a trusted proxy added is believed: from the right, past the trusted ones.
    const chain = (headers.get('x-forwarded-for') ?? '').split(',').map((part) => plain(part.trim()))
    let last: string | null = direct
    for (const address of chain.reverse()) {
      if (address === null) return last
      last = address
      if (!isProxy(address)) return address
    }
    return last
  }
}

const machine = new BlockList()
for (const range of ['127.0.0.0/8', '::1/128']) addTo(machine, range)
/** Addresses that no other network reaches (RFC 1918, RFC 4193, RFC 3927, RFC 4291, RFC 6598). */
const local = new BlockList()
for (const range of [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10'],
  ...['fc00::/7', 'fe80::/10'],
])
  addTo(local, range)

/**
 * Where an address is, seen from the caller's: without a list of the world's networks nothing more can be told. Of IPv6 the first half
 * is the network; the rest changes by itself.
 */
export function networkOf(
  address: string | null,
  caller: string | null,
): 'same' | 'machine' | 'local' | 'other' | null {
  const family = (text: string) => (isIP(text) === 6 ? ('ipv6' as const) : ('ipv4' as const))
  if (address === null || isIP(address) === 0) return null
  const lies = (list: BlockList) => list.check(address, family(address))
  if (caller !== null && isIP(caller) !== 0) {
    const same = new BlockList()
    same.addSubnet(caller, family(caller) === 'ipv6' ? 64 : 32, family(caller))
    if (family(caller) === family(address) && lies(same)) return 'same'
  }
  if (lies(machine)) return 'machine'
  return lies(local) ? 'local' : 'other'
}

function addTo(list: BlockList, entry: string): void {
  const [address = '', prefix] = entry.trim().split('/')
  const version = isIP(address)
  if (version === 0)
    throw new Error(`A trusted proxy must be an address or a range, and "${entry}" is neither.`)
  const family = version === 6 ? 'ipv6' : 'ipv4'
  if (prefix === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(prefix), family)
}

/** An address without IPv6's wrapping of IPv4; null for what is none. */
function plain(address: string | undefined): string | null {
  const text = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(text) === 0 ? null : text
}
