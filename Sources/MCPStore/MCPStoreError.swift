/// What a store throws: one clear line that says what, where, and what to do.
public struct MCPStoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is. A struct, so that kinds can be added without breaking anybody.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the kind, as machines see it.
        public let description: String

        /// The configuration of the store is wrong or cannot be read.
        public static let badConfiguration = Code(description: "badConfiguration")
        /// A name of a namespace, dataspace, service or cluster breaks the rule.
        public static let invalidName = Code(description: "invalidName")
        /// Arguments of a call, or options, are not what they must be.
        public static let invalidArguments = Code(description: "invalidArguments")
        /// One or more services that were to be added are wrong; see ``MCPStoreError/problems``. None was added.
        public static let invalidServices = Code(description: "invalidServices")
        /// There is no service of this name in the space.
        public static let unknownService = Code(description: "unknownService")
        /// There is a service of this name with another configuration, or it was changed by somebody else meanwhile.
        public static let conflict = Code(description: "conflict")
        /// No service of the space has such a tool.
        public static let unknownTool = Code(description: "unknownTool")
        /// Several services have such a tool; the message names the candidates.
        public static let ambiguousTool = Code(description: "ambiguousTool")
        /// No service of the space has such a resource.
        public static let unknownResource = Code(description: "unknownResource")
        /// Several services have such a resource; the message names the candidates.
        public static let ambiguousResource = Code(description: "ambiguousResource")
        /// No service of the space has such a prompt.
        public static let unknownPrompt = Code(description: "unknownPrompt")
        /// Several services have such a prompt; the message names the candidates.
        public static let ambiguousPrompt = Code(description: "ambiguousPrompt")
        /// There is no such dead letter: it was replayed or purged.
        public static let unknownDeadLetter = Code(description: "unknownDeadLetter")
        /// There is no such batch in the space: it never was, or its record has expired.
        public static let unknownBatch = Code(description: "unknownBatch")
        /// There is no such worker.
        public static let unknownWorker = Code(description: "unknownWorker")
        /// A service did not become ready in the time given.
        public static let notReady = Code(description: "notReady")

        /// The server answered a call with a JSON-RPC error.
        public static let protocolError = Code(description: "protocolError")
        /// The deadline of a call passed, while it waited or while it ran.
        public static let timedOut = Code(description: "timedOut")
        /// The call was taken back.
        public static let cancelled = Code(description: "cancelled")
        /// What ran the call died: it may have taken effect, and nobody ran it twice.
        public static let interrupted = Code(description: "interrupted")
        /// There was no healthy session to the service within the deadline: the call did not run.
        public static let unavailable = Code(description: "unavailable")

        /// Refused: too many calls are queued or in flight. Nothing ran; try again later.
        public static let busy = Code(description: "busy")
        /// Refused: too large, not allowed, or the service was removed. Nothing ran.
        public static let rejected = Code(description: "rejected")
        /// Redis could not take the call: it is certainly not queued.
        public static let notAccepted = Code(description: "notAccepted")
        /// Redis was lost at a moment when the call may have been queued: it may have run, or may still run.
        public static let unknown = Code(description: "unknown")
        /// Redis cannot be reached, or refused what was asked.
        public static let redis = Code(description: "redis")
        /// The store was closed.
        public static let closed = Code(description: "closed")
    }

    /// What is wrong with one service of several.
    public struct ServiceProblem: Sendable, Hashable, CustomStringConvertible {
        /// The service's name as it was given.
        public var service: String
        /// What is wrong with it.
        public var problem: String

        /// `weather: it has both a command and a url`
        public var description: String { "\(service): \(problem)" }
    }

    /// What kind of failure it is.
    public let code: Code
    /// One clear line for a person.
    public let message: String
    /// With ``Code/invalidServices``: what is wrong, service by service.
    public internal(set) var problems: [ServiceProblem] = []
    /// With ``Code/ambiguousTool`` the names that would be clear, with ``Code/unknownTool`` similar names that exist; likewise
    /// for services, resources and prompts.
    public internal(set) var suggestions: [String] = []
    /// The JSON-RPC error object as the server sent it, with ``Code/protocolError``.
    public internal(set) var serverError: JSONValue?
    /// When a call was accepted and ended without an answer: where its time went, and who had it.
    public internal(set) var call: CallReport?

    /// With ``Code/busy``: when it may be worth to try again, estimated from how fast what is queued moves; `nil` where nobody can
    /// tell.
    public internal(set) var retryAfter: Duration?

    /// With ``Code/unknown``: nothing more will ever be known, asking again says the same.
    package internal(set) var isForgotten = false

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
