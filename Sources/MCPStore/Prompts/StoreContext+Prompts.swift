import MCPStoreQueue
import NIOCore

extension StoreContext {
    /// The prompts of all services of this context, or of one, as their servers list them.
    ///
    /// - Throws: ``MCPStoreError``: `unknownService`, `redis`.
    public func listPrompts(service: String? = nil) async throws(MCPStoreError) -> [PromptInfo] {
        try await offers(service).flatMap(\.prompts)
    }

    /// Gets a prompt with its arguments filled in. The request is a job like a call and is counted under its service; because it
    /// changes nothing, it is run again where what ran it dies.
    ///
    /// - Parameters:
    ///   - name: The prompt's own name, `service_prompt` or `mcp_service_prompt`, by the same exact rule as tools.
    ///   - arguments: By name; all values are text.
    ///   - service: The service that is meant; needed only where all names of a prompt are ambiguous.
    ///   - timeout: How long it may take in all; by default what the service's configuration says, else 60 s.
    /// - Throws: ``MCPStoreError``: `unknownPrompt`, `ambiguousPrompt`; else as
    ///   ``callTool(_:_:timeout:lane:service:onProgress:idempotencyKey:waiting:running:)``.
    public func getPrompt(
        _ name: String,
        _ arguments: [String: String] = [:],
        service: String? = nil,
        timeout: Duration? = nil
    ) async throws(MCPStoreError) -> PromptResult {
        let target = try await prompt(name, service: service)
        var members: [String: JSONValue] = ["name": .string(target.tool)]
        if !arguments.isEmpty { members["arguments"] = .object(arguments.mapValues { .string($0) }) }
        let parameters = JSONValue.object(members).buffer
        let (outcome, report) = try await submit(target, method: "prompts/get", parameters: parameters, timeout: timeout)
        return PromptResult(outcome.payload, report: report)
    }

    /// What a server proposes for an argument of a prompt.
    ///
    /// - Parameters:
    ///   - prompt: The prompt's own name, `service_prompt` or `mcp_service_prompt`.
    ///   - argument: The argument's name.
    ///   - value: What of it was typed so far.
    ///   - service: The service that is meant; needed only where all names of a prompt are ambiguous.
    ///   - timeout: How long it may take in all; by default what the service's configuration says, else 60 s.
    /// - Returns: At most 100 values, the best first.
    /// - Throws: as ``getPrompt(_:_:service:timeout:)``.
    public func complete(
        prompt: String,
        argument: String,
        value: String,
        service: String? = nil,
        timeout: Duration? = nil
    ) async throws(MCPStoreError) -> [String] {
        let target = try await self.prompt(prompt, service: service)
        let parameters: JSONValue = [
            "ref": ["type": "ref/prompt", "name": .string(target.tool)],
            "argument": ["name": .string(argument), "value": .string(value)],
        ]
        let (outcome, _) = try await submit(
            target,
            method: "completion/complete",
            parameters: parameters.buffer,
            timeout: timeout
        )
        let values = JSONMembers(outcome.payload)?.value("completion")?["values"]?.arrayValue ?? []
        return values.compactMap(\.stringValue)
    }

    func prompt(_ name: String, service: String?) async throws(MCPStoreError) -> CallTarget {
        var resolution = follower.withSnapshot { $0.view(scope).prompts.resolve(name, service: service) }
        if case .unknown = resolution {
            try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
            resolution = follower.withSnapshot { $0.view(scope).prompts.resolve(name, service: service) }
        }
        if case .unknown = resolution {
            try await storeErrors { () throws(QueueError) in try await follower.reloadForLookup() }
            resolution = follower.withSnapshot { $0.view(scope).prompts.resolve(name, service: service) }
        }
        switch resolution {
        case .found(let target): return target
        case .ambiguous(let targets): throw ambiguousPrompt(name, targets)
        case .unknown: throw unknownPrompt(name, service: service)
        }
    }

    private func ambiguousPrompt(_ name: String, _ targets: [CallTarget]) -> MCPStoreError {
        let resolver = follower.withSnapshot { $0.view(scope).prompts }
        let names = targets.prefix(10).map {
            resolver.clearName(of: $0) ?? "\($0.tool) of service \($0.serviceName)"
        }
        var error = MCPStoreError(
            .ambiguousPrompt,
            "'\(name.oneLine)' means \(targets.count) prompts: say which, \(names.joined(separator: ", ").oneLine)\(targets.count > names.count ? " …" : "")"
        )
        error.suggestions = names
        return error
    }

    private func unknownPrompt(_ name: String, service: String?) -> MCPStoreError {
        let prompts = follower.withSnapshot { snapshot in
            snapshot.services(in: scope).filter { service == nil || $0.name == service }.flatMap(\.offers.prompts)
        }
        let similar = Suggestions.similar(to: name, among: Set(prompts.map(\.name)).sorted() + prompts.map(\.qualifiedName))
        let looked = service.map { "service '\($0.oneLine)' of \(place)" } ?? place
        let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: ", ").oneLine)?"
        var error = MCPStoreError(.unknownPrompt, "there is no prompt '\(name.oneLine.prefix(200))' in \(looked)\(hint)")
        error.suggestions = similar
        return error
    }
}
