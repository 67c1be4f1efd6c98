extension RedisError {
    /// Errors that Redis answers before it runs anything of a script or transaction.
    private static let answeredBeforeExecution: Set<String> = [
        "NOSCRIPT", "LOADING", "MASTERDOWN", "NOAUTH", "BUSY", "CLUSTERDOWN", "MOVED", "ASK", "CROSSSLOT", "TRYAGAIN",
    ]

    /// The error for an error reply.
    /// - Parameters:
    ///   - text: the reply's text without the leading `-`.
    ///   - runsScript: whether the command runs a script, which may have written before it failed.
    static func server(_ text: String, runsScript: Bool) -> RedisError {
        let code = String(text.prefix { $0 != " " })
        var mayHaveExecuted = false
        if runsScript, !Self.answeredBeforeExecution.contains(code) {
            // A replica refuses a writing script before it starts; the same word with a script position comes out of a running one.
            mayHaveExecuted = code != "READONLY" || text.contains("script")
        }
        return RedisError(
            .server,
            Self.withoutEchoedArguments(text),
            mayHaveExecuted: mayHaveExecuted,
            serverCode: code.isEmpty ? "ERR" : code
        )
    }

    /// Redis repeats the arguments of a command that it does not know; they may be payload or secret, so they are cut off.
    static func withoutEchoedArguments(_ text: String) -> String {
        let limit = 512
        var kept = Substring(text)
        for marker in [", with args beginning with", " with args beginning with"] {
            if let range = kept.firstRange(of: marker) { kept = kept[..<range.lowerBound] }
        }
        return kept.count > limit ? kept.prefix(limit) + "…" : String(kept)
    }

    /// The message, and what to do where that is not said by Redis itself.
    package var explained: String {
        self.serverCode == "NOPERM"
            ? "\(self.message): the user of the Redis URL may not do this (docs/security.md)" : self.message
    }

    /// Whether this reply says that the server behind this connection cannot do the work now and another may.
    var asksForReconnect: Bool {
        switch self.serverCode {
        case "LOADING", "MASTERDOWN", "READONLY": true
        default: false
        }
    }
}
