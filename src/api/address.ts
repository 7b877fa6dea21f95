// Whose request it is on the network: the socket's address, or what a proxy that is trusted says about it.
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
