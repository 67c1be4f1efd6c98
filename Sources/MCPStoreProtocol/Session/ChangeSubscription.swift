import NIOCore

/// The long-lived request by which a modern server tells that its lists have changed (2026-07-28, `subscriptions/listen`), and
/// when it is sent again. Without any I/O.
struct ChangeSubscription {
    private static let maximumFailures = 5

    /// The lists of which changes are wanted.
    let kinds: [ListKind]
    private var failures = 0

    /// `nil` when there is nothing to subscribe to: legacy servers tell without being asked.
    init?(_ negotiated: Negotiated) {
        guard negotiated.revision.era == .modern, !negotiated.offers.tellsChanges.isEmpty else { return nil }
        self.kinds = ListKind.allCases.filter(negotiated.offers.tellsChanges.contains)
    }

    /// The parameters of the request.
    var params: ByteBuffer {
        let members = self.kinds.map { "\"\($0.rawValue)ListChanged\":true" }.joined(separator: ",")
        return ByteBuffer(string: "{\"notifications\":{\(members)}}")
    }

    /// The server told something: the subscription works.
    mutating func isHealthy() {
        self.failures = 0
    }

    /// The request ended.
    ///
    /// - Returns: When to send it again; `nil` when the server does not want it, or it failed too often in a row.
    mutating func ended(_ response: MCPResponse) -> Duration? {
        if case .error = response { return nil }
        self.failures += 1
        guard self.failures <= Self.maximumFailures else { return nil }
        return .seconds(1 << (self.failures - 1))
    }
}
