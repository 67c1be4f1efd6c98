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

    /// `namespace:dataspace`, the prefix of all its keys.
    package var description: String { "\(namespace):\(dataspace)" }
}
