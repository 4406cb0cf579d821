import Glibc
package import NIOCore

/// Where a connection comes from, as far as connections are counted by it: an IPv4 address, or the first 64 bits of an
/// IPv6 address, because every host there has a network of that size to itself.
package struct ClientAddress: Hashable, Sendable {
    private let network: UInt64
    private let isIPv6: Bool

    /// A number that is the same for the same address as long as the process lives, and says nothing else about it.
    package var key: UInt64 { UInt64(bitPattern: Int64(hashValue)) }

    /// The address of a peer; `nil` for a socket that has none. IPv4 within IPv6 counts as IPv4.
    package init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            network = UInt64(UInt32(bigEndian: address.address.sin_addr.s_addr))
            isIPv6 = false
        case .v6(let address):
            let words = address.address.sin6_addr.__in6_u.__u6_addr32
            let high = UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1))
            let isMapped = high == 0 && UInt32(bigEndian: words.2) == 0xFFFF
            network = isMapped ? UInt64(UInt32(bigEndian: words.3)) : high
            isIPv6 = !isMapped
        case .unixDomainSocket: return nil
        }
    }
}
