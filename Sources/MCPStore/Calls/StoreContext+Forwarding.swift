import MCPStoreQueue
import NIOCore

/// What a request is about that somebody else wrote: it is forwarded with its parameters as they came.
package enum ForwardedSubject: Sendable, Hashable {
    /// `tools/call`: the tool's own name, `service_tool` or `mcp_service_tool`.
    case tool(String)
    /// `prompts/get`: likewise.
    case prompt(String)
    /// `resources/read`: the URI.
    case resource(String)
    /// `completion/complete` for an argument of a prompt.
    case promptCompletion(String)
    /// `completion/complete` for a variable of a resource template, named by the template itself.
    case templateCompletion(String)

    /// The MCP method.
    package var method: String {
        switch self {
        case .tool: "tools/call"
        case .prompt: "prompts/get"
        case .resource: "resources/read"
        case .promptCompletion, .templateCompletion: "completion/complete"
        }
    }
}

/// What a server answered to a forwarded request: raw JSON as it sent it.
package enum ForwardedAnswer: Sendable {
    /// The value of `result`.
    case result(ByteBuffer)
    /// The value of `error`, a JSON-RPC error object.
    case serverError(ByteBuffer)

    /// - Returns: `nil` where no server answered.
    init?(_ outcome: Outcome) {
        switch outcome.kind {
        case .ok, .toolError: self = .result(outcome.payload)
        case .protocolError: self = .serverError(outcome.payload)
        default: return nil
        }
    }
}

extension StoreContext {
    /// Forwards a request to the service that has what it is about. The request is a job like a call.
    ///
    /// - Parameters:
    ///   - timeout: How long it may take in all; by default what the service's configuration says, else 60 s.
    ///   - listener: Gets what the server tells while it works, in order.
    ///   - task: The durable record under which anybody finds the outcome (``task(_:)``).
    ///   - parameters: Makes the raw JSON object `params`, from the name that the server itself has for what is meant.
    /// - Throws: ``MCPStoreError`` where nobody answered, or nothing has that name.
    package func forward(
        _ subject: ForwardedSubject,
        timeout: Duration? = nil,
        listener: CallListener? = nil,
        task: String? = nil,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(MCPStoreError) -> ForwardedAnswer {
        let target: CallTarget
        switch subject {
        case .tool(let name): target = try await resolve(name, service: nil)
        case .prompt(let name), .promptCompletion(let name): target = try await prompt(name, service: nil)
        case .resource(let uri): target = try await resource(uri, service: nil)
        case .templateCompletion(let template): target = try await templateTarget(template)
        }
        let (outcome, report) = try await outcome(
            target,
            method: subject.method,
            parameters: parameters(target.tool),
            timeout: timeout,
            task: task,
            listener: listener
        )
        if let answer = ForwardedAnswer(outcome) { return answer }
        throw MCPStoreError(outcome, method: subject.method, report: report).naming(target)
    }

    /// The service that lists a template, or else a resource of this URI.
    private func templateTarget(_ template: String) async throws(MCPStoreError) -> CallTarget {
        let services = follower.withSnapshot { $0.services(in: scope) }
        let listing = services.filter { $0.offers.templates.contains { $0.uriTemplate == template } }
        guard listing.count == 1 else { return try await resource(template, service: nil) }
        return Self.target(template, listing[0])
    }
}
