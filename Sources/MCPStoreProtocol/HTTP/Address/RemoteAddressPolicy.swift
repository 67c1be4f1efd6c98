import NIOCore

/// Which addresses a URL may lead to. Guards against requests to the inside of a network (SSRF): a URL from a configuration that
/// not everybody may write must not reach a metadata service or a neighbour on the loopback device.
///
/// A literal is judged before connecting; a name is judged by the address of the connection that was made, before anything of a
/// request is sent on it, so that a name that changes its address cannot slip through.
package struct RemoteAddressPolicy: Sendable, Hashable {
    /// Whether private, loopback, link-local and otherwise special addresses are allowed too.
    package var allowPrivate: Bool

    package init(allowPrivate: Bool) {
        self.allowPrivate = allowPrivate
    }

    /// Whether a connection to this address may be used.
    package func allows(_ address: SocketAddress) -> Bool {
        if self.allowPrivate { return true }
        // The address follows family and port in `sockaddr_in`, and the flow label, too, in `sockaddr_in6` (RFC 3493).
        let bytes = address.withSockAddr { Array(UnsafeRawBufferPointer(start: $0, count: $1)) }
        return switch address {
        case .v4: !Self.isSpecial(v4: Self.v4(bytes, at: 4))
        case .v6: !Self.isSpecial(v6: Array(bytes[8..<24]))
        case .unixDomainSocket: false
        }
    }

    /// Whether a host as written in a URL may be connected to.
    ///
    /// - Parameter host: Without brackets.
    /// - Returns: `nil` when it is a name, about which only its address can tell.
    package func allows(host: String) -> Bool? {
        if self.allowPrivate { return true }
        let zoneless = host.prefix { $0 != "%" }
        guard let address = try? SocketAddress(ipAddress: String(zoneless), port: 0) else { return nil }
        return self.allows(address)
    }

    /// Whether an IPv4 address, in host byte order, is not one of the public internet (IANA's special-purpose registry).
    static func isSpecial(v4 address: UInt32) -> Bool {
        func isWithin(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ prefix: UInt32) -> Bool {
            address >> (32 - prefix) == (a << 24 | b << 16 | c << 8) >> (32 - prefix)
        }
        return isWithin(0, 0, 0, 8)  // "this" network, 0.0.0.0
            || isWithin(10, 0, 0, 8)  // private
            || isWithin(100, 64, 0, 10)  // carrier-grade NAT
            || isWithin(127, 0, 0, 8)  // loopback
            || isWithin(169, 254, 0, 16)  // link-local, and the metadata services of clouds
            || isWithin(172, 16, 0, 12)  // private
            || isWithin(192, 0, 0, 24)  // protocol assignments
            || isWithin(192, 0, 2, 24)  // documentation
            || isWithin(192, 168, 0, 16)  // private
            || isWithin(198, 18, 0, 15)  // benchmarks
            || isWithin(198, 51, 100, 24)  // documentation
            || isWithin(203, 0, 113, 24)  // documentation
            || isWithin(224, 0, 0, 3)  // multicast, reserved, broadcast
    }

    /// Whether an IPv6 address of 16 bytes is not one of the public internet, or stands for an IPv4 address that is not.
    static func isSpecial(v6 address: [UInt8]) -> Bool {
        let startsWithZeros = address.prefix(10).allSatisfy { $0 == 0 }
        if startsWithZeros, address[10] == 0xFF, address[11] == 0xFF {  // IPv4-mapped, ::ffff:0:0/96
            return self.isSpecial(v4: self.v4(address, at: 12))
        }
        if startsWithZeros, address[10] == 0, address[11] == 0 { return true }  // ::, ::1 and IPv4-compatible ones
        if address.starts(with: [0x00, 0x64, 0xFF, 0x9B]) {  // NAT64: 64:ff9b::/96, and 64:ff9b:1::/48 for local use
            return address[4..<12].contains { $0 != 0 } || self.isSpecial(v4: self.v4(address, at: 12))
        }
        if address.starts(with: [0x20, 0x02]) { return self.isSpecial(v4: self.v4(address, at: 2)) }  // 6to4
        if address.starts(with: [0x20, 0x01, 0x00, 0x00]) { return true }  // Teredo
        if address.starts(with: [0x20, 0x01, 0x0D, 0xB8]) { return true }  // documentation
        return address[0] & 0xFE == 0xFC  // unique local, fc00::/7
            || address[0] == 0xFE && address[1] & 0x80 == 0x80  // link-local and site-local, fe80::/9
            || address[0] == 0xFF  // multicast
    }

    private static func v4(_ bytes: [UInt8], at index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
