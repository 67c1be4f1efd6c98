import MCPStore

/// How `mcpstore` ends.
enum ExitStatus: Int32 {
    /// It was answered, or done.
    case answered = 0
    /// The tool, or its server, reported an error.
    case toolError = 1
    /// Wrong usage: arguments, names, JSON, an unknown or ambiguous tool, an unknown service.
    case usage = 2
    /// No answer: timed out, unavailable, interrupted, busy, unknown, or Redis cannot be reached.
    case noAnswer = 3

    init(_ code: MCPStoreError.Code) {
        switch code {
        case .badConfiguration, .invalidName, .invalidArguments, .invalidServices, .unknownService, .conflict, .unknownTool,
            .ambiguousTool, .unknownResource, .ambiguousResource, .unknownPrompt, .ambiguousPrompt,
            .unknownDeadLetter, .unknownWorker, .unknownBatch:
            self = .usage
        case .protocolError: self = .toolError
        default: self = .noAnswer
        }
    }
}
