import Logging
import NIOCore

/// One debug line per MCP request: method, name, sizes, duration and how it ended; never parameters, results or headers.
/// Exists only where the level is on, so that nothing is computed otherwise.
struct RequestLog {
    private let logger: Logger
    private let redactor: Redactor

    init?(_ logger: Logger, _ redactor: Redactor) {
        guard logger.logLevel <= .debug else { return nil }
        self.logger = logger
        self.redactor = redactor
    }

    /// A completion that writes the line of `request` before it goes on.
    ///
    /// - Parameter size: The bytes of the encoded message.
    func logging(
        _ request: MCPRequest,
        size: Int,
        then completion: @escaping @Sendable (MCPResponse) -> Void
    ) -> @Sendable (MCPResponse) -> Void {
        let start = NIODeadline.now()
        let (logger, redactor) = (self.logger, self.redactor)
        let (method, name) = (request.method, request.name)
        return { response in
            Self.log(logger, redactor, method, name, size, NIODeadline.now() - start, response)
            completion(response)
        }
    }

    private static func log(
        _ logger: Logger,
        _ redactor: Redactor,
        _ method: String,
        _ name: String?,
        _ size: Int,
        _ duration: TimeAmount,
        _ response: MCPResponse
    ) {
        var metadata: Logger.Metadata = [
            "mcp_method": "\(method)", "mcp_bytes_sent": "\(size)", "mcp_duration": "\(duration.logText)",
        ]
        if let name { metadata["mcp_name"] = "\(Self.shown(name, redactor))" }
        switch response {
        case .result(let result, let isError, _):
            metadata["mcp_outcome"] = isError ? "toolError" : "ok"
            metadata["mcp_bytes_received"] = "\(result.readableBytes)"
        case .error(let error, let code):
            metadata["mcp_outcome"] = "protocolError \(code)"
            metadata["mcp_bytes_received"] = "\(error.readableBytes)"
        case .failed(let error):
            metadata["mcp_outcome"] = "failed: \(error.code)"
        }
        logger.debug("MCP request \(method)", metadata: metadata)
    }

    /// A tool's name, or a resource's URI without what may hold a secret: user information, query and fragment.
    static func shown(_ name: String, _ redactor: Redactor) -> String {
        var text = redactor.redact(String(name.unicodeScalars.prefix(200).map { $0.value < 0x20 ? " " : Character($0) }))
        if let scheme = text.firstRange(of: "://") {
            if let cut = text[scheme.upperBound...].firstIndex(where: { $0 == "?" || $0 == "#" }) {
                text = text[..<cut] + "?…"
            }
            let rest = text[scheme.upperBound...]
            let authority = rest[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]
            if let at = authority.lastIndex(of: "@") { text = text[..<scheme.upperBound] + "…" + text[at...] }
        } else if let cut = text.firstIndex(of: "?") {
            text = text[..<cut] + "?…"
        }
        return text
    }
}

extension TimeAmount {
    /// Seconds, milliseconds or microseconds, for people.
    fileprivate var logText: String {
        if self.nanoseconds >= 10_000_000_000 { return "\(self.nanoseconds / 1_000_000_000) s" }
        if self.nanoseconds >= 10_000_000 { return "\(self.nanoseconds / 1_000_000) ms" }
        return "\(self.nanoseconds / 1000) µs"
    }
}
