import MCPStoreQueue

/// How long calls of a tool may take and whether they may be run again, each with where that comes from.
package struct CallPolicy: Sendable, Equatable {
    package struct Setting<Value: Sendable & Equatable>: Sendable, Equatable {
        package var value: Value
        /// For a person: `operator, toolSettings.callTimeoutMs`, `hint, readOnlyHint`, `default`.
        package var source: String

        package init(_ value: Value, _ source: String) {
            self.value = value
            self.source = source
        }
    }

    /// In all, in milliseconds, for calls that bring no timeout of their own.
    package var total: Setting<Int>
    /// For its start, in milliseconds; `nil`: as long as in all.
    package var waiting: Setting<Int?>
    /// For one start, in milliseconds; `nil`: as long as in all.
    package var running: Setting<Int?>
    /// Whether it may be run again after it may have been started.
    package var mayRunAgain: Setting<Bool>
    /// Whether calls that are the same, and come while one of them runs, get its answer.
    package var shares: Setting<Bool>
    /// How long answers are kept for calls that are the same, in milliseconds; 0: not at all.
    package var keeps: Setting<Int>
    /// What calls of the service may use over the whole cluster.
    package var serviceLimits: CallLimit?
    /// When calls of the service are refused for a while because its server cannot be reached; `nil`: never.
    package var circuit: CircuitSettings?
    /// The same of the tool, beside that.
    package var toolLimits: CallLimit?
    /// As how many calls one counts against rates.
    package var cost = 1
}

extension ServiceConfiguration {
    /// What is in force for calls of one tool. What an operator says comes before what the tool says of itself, what is said of
    /// the tool before what is said of the service.
    ///
    /// - Parameters:
    ///   - readOnly: The tool's `readOnlyHint`.
    ///   - idempotent: The tool's `idempotentHint`.
    package func policy(of tool: String, readOnly: Bool, idempotent: Bool) -> CallPolicy {
        let own = toolSettings?[tool]
        func limit(_ name: String, _ ofTool: Int?, _ ofService: Int?) -> CallPolicy.Setting<Int?> {
            if let ofTool { return .init(ofTool, "operator, toolSettings.\(name)") }
            if let ofService { return .init(ofService, "operator, \(name)") }
            return .init(nil, "default")
        }
        let total = limit("callTimeoutMs", own?.callTimeoutMs, callTimeoutMs)
        return CallPolicy(
            total: .init(total.value ?? Self.defaultCallTimeout, total.source),
            waiting: limit("waitTimeoutMs", own?.waitTimeoutMs, waitTimeoutMs),
            running: limit("runTimeoutMs", own?.runTimeoutMs, runTimeoutMs),
            mayRunAgain: mayRunAgain(tool, own?.retry, readOnly, idempotent),
            shares: shares(own?.reuse?.inFlight, readOnly),
            keeps: keeps(tool, own?.reuse?.keepForMs, readOnly, idempotent),
            serviceLimits: clusterLimits.service,
            circuit: circuit,
            toolLimits: clusterLimits.tools[tool],
            cost: clusterLimits.cost(of: tool)
        )
    }

    /// Whether anything is said of answers that are used again.
    package var asksForReuse: Bool { reuse != nil || toolSettings?.values.contains { $0.reuse != nil } == true }

    private func shares(_ own: Bool?, _ readOnly: Bool) -> CallPolicy.Setting<Bool> {
        guard let value = own ?? reuse?.inFlight else { return .init(false, "default") }
        let source = own == nil ? "operator, reuse.inFlight" : "operator, toolSettings.reuse.inFlight"
        guard value, !readOnly else { return .init(value, source) }
        return .init(false, "\(source), but the tool does not say readOnlyHint")
    }

    private func keeps(_ tool: String, _ own: Int?, _ readOnly: Bool, _ idempotent: Bool) -> CallPolicy.Setting<Int> {
        guard let value = own ?? reuse?.keepForMs else { return .init(0, "default") }
        let source = own == nil ? "operator, reuse.keepForMs" : "operator, toolSettings.reuse.keepForMs"
        guard value > 0 else { return .init(0, source) }
        guard readOnly else { return .init(0, "\(source), but the tool does not say readOnlyHint") }
        guard idempotent || idempotentTools?.contains(tool) == true else {
            return .init(0, "\(source), but the tool does not say idempotentHint")
        }
        return .init(value.clamped(to: ReuseSettings.allowedKeeping), source)
    }

    private func mayRunAgain(_ tool: String, _ own: String?, _ readOnly: Bool, _ idempotent: Bool) -> CallPolicy.Setting<Bool> {
        switch own {
        case "always": return .init(true, "operator, toolSettings.retry")
        case "never": return .init(false, "operator, toolSettings.retry")
        case "annotations": break
        default:
            if idempotentTools?.contains(tool) == true { return .init(true, "operator, idempotentTools") }
            if retry == "always" { return .init(true, "operator, retry") }
            if retry == "never" { return .init(false, "operator, retry") }
        }
        if readOnly { return .init(true, "hint, readOnlyHint") }
        if idempotent { return .init(true, "hint, idempotentHint") }
        return .init(false, "default, it does not say that a second run does no harm")
    }
}
