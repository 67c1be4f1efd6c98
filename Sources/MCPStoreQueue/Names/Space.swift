/// One namespace plus one dataspace: what a tenant's services, tools and jobs live in.
package struct Space: Hashable, Sendable, CustomStringConvertible {
    package let namespace: String
    package let dataspace: String

    /// - Throws: ``QueueError`` (`invalidName`) where a part is not a valid name or the namespace is reserved.
    package init(namespace: String, dataspace: String) throws(QueueError) {
        try Name.validate(namespace, as: "namespace")
        try Name.validate(dataspace, as: "dataspace")
        guard namespace != Name.reserved else {
            throw QueueError(.invalidName, "the namespace '\(Name.reserved)' is reserved for the cluster itself: choose another")
        }
        self.namespace = namespace
        self.dataspace = dataspace
    }

    /// Reads `namespace:dataspace`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        do {
            try self.init(namespace: String(parts[0]), dataspace: String(parts[1]))
        } catch {
            return nil
        }
    }

    /// How many hexadecimal digits follow `auto-` in the name of an `auto` dataspace.
    static let autoDigits = 16

    /// A dataspace that nobody had before.
    package static func makeAutoDataspace() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return "auto-" + String(repeating: "0", count: autoDigits - digits.count) + digits
    }

    /// Whether a dataspace was made for one start and goes with its processes; see ``KeyLease``.
    static func isAuto(dataspace: some StringProtocol) -> Bool {
        dataspace.hasPrefix("auto-") && dataspace.utf8.count == 5 + autoDigits
            && dataspace.utf8.dropFirst(5).allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
                    || UInt8(ascii: "A")...UInt8(ascii: "F") ~= $0
            }
    }

    package var isAuto: Bool { Self.isAuto(dataspace: dataspace) }

    /// The options of a command that is to be given for this space, each with a space before it; empty for the usual one.
    package var commandOptions: String {
        (namespace == "default" ? "" : " --namespace \(namespace)") + (dataspace == "default" ? "" : " --dataspace \(dataspace)")
    }

    /// `namespace:dataspace`, the prefix of all its keys.
    package var description: String { "\(namespace):\(dataspace)" }
}
