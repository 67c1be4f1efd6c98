import MCPStoreProtocol
import MCPStoreQueue
import NIOCore

/// The members of `params._meta` that the front door looks at.
package struct RequestMeta: Sendable {
    static let versionKey = "io.modelcontextprotocol/protocolVersion"
    static let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfoKey = "io.modelcontextprotocol/serverInfo"
    static let subscriptionKey = "io.modelcontextprotocol/subscriptionId"
    static let tasksExtension = "io.modelcontextprotocol/tasks"

    /// The revision that the request says it is of; `nil` in the legacy era.
    package private(set) var version: String?
    /// Whether there is a member for it, of whatever type.
    private(set) var hasVersion = false
    /// What the client can do: a raw JSON object.
    private(set) var capabilities: ByteBuffer?
    /// The raw token under which the client wants to hear of progress; a string or a whole number.
    private(set) var progressToken: ByteBuffer?
    /// The least severe log message that the client wants to hear of; `nil`: none, as for a level that is not known.
    private(set) var logLevel: LogLevel?
    /// The values of `traceparent` and `tracestate`, unchecked.
    private var traceparent, tracestate: String?

    /// The trace that the request says it is a part of.
    var trace: JobTrace? { JobTrace(traceparent: traceparent, tracestate: tracestate) }

    /// - Parameter params: The raw parameters of a request.
    init(params: ByteBuffer?) throws(JSONError) {
        guard let params else { return }
        var range: Range<Int>?
        try params.withJSONMembers { (key, value) throws(JSONError) in
            if key.equals("_meta"), value.isObject { range = value.range }
        }
        guard let range else { return }
        let meta = params.jsonSlice(range)
        try meta.withJSONMembers { (key, value) throws(JSONError) in
            if key.equals("io.modelcontextprotocol/protocolVersion") {
                self.hasVersion = true
                self.version = value.string
            } else if key.equals("io.modelcontextprotocol/clientCapabilities") {
                self.capabilities = value.isObject ? meta.jsonSlice(value.range) : nil
            } else if key.equals("io.modelcontextprotocol/logLevel") {
                self.logLevel = value.string.flatMap { LogLevel(name: $0) }
            } else if key.equals("progressToken") {
                self.progressToken = value.isString || value.integer != nil ? meta.jsonSlice(value.range) : nil
            } else if key.equals("traceparent") {
                self.traceparent = value.string
            } else if key.equals("tracestate") {
                self.tracestate = value.string
            }
        }
    }

    /// Checks that a modern request carries what each of them must (2026-07-28, "Request metadata").
    func checkEnvelope() throws(ProtocolError) {
        if version == nil { throw .invalidParams("_meta[\"\(Self.versionKey)\"] is missing or no string") }
        if capabilities == nil { throw .invalidParams("_meta[\"\(Self.capabilitiesKey)\"] is missing or no object") }
    }

    /// Checks that the client declares the extension for tasks.
    func checkTasks() throws(ProtocolError) {
        guard !declares(extension: Self.tasksExtension) else { return }
        let data = ByteBuffer(string: "{\"requiredCapabilities\":{\"extensions\":{\"\(Self.tasksExtension)\":{}}}}")
        throw ProtocolError(
            JSONRPCCode.missingClientCapability,
            "Missing required client capability: \(Self.tasksExtension)",
            data: data
        )
    }

    /// Whether the client declares an extension.
    func declares(extension name: String) -> Bool {
        do {
            guard let capabilities, let extensions = try RawObject(capabilities)["extensions"], extensions.isJSONObject else {
                return false
            }
            return try RawObject(extensions)[name] != nil
        } catch {
            return false
        }
    }
}
