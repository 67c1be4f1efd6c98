import MCPStoreQueue

/// How a limit over the whole cluster is shown.
enum LimitOutput {
    static func text(_ limit: CallLimit) -> String {
        var parts: [String] = []
        if let concurrency = limit.concurrency { parts.append("at most \(concurrency) at a time") }
        if let rate = limit.rate { parts.append("at most \(TenantOutput.number(rate))/s, burst \(limit.capacity)") }
        return parts.joined(separator: ", ") + " (operator, over the whole cluster)"
    }
}
