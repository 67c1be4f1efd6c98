extension Scenario {
    /// The MCP server that a scenario starts.
    package struct Server: Codable, Sendable, Equatable {
        package var transport: Transport
        /// Of its command line.
        package var arguments: [String]
        /// Calls at the same time that its service allows.
        package var concurrency: Int

        package enum Transport: String, Codable, Sendable, CaseIterable {
            case stdio, http
        }

        package init(transport: Transport = .stdio, arguments: [String] = [], concurrency: Int = 128) {
            self.transport = transport
            self.arguments = arguments
            self.concurrency = concurrency
        }

        /// - Throws: ``ScenarioError`` that names the member.
        package init(from decoder: any Decoder) throws {
            let members = try MemberReader(decoder, what: "a server")
            try members.allow(["transport", "arguments", "concurrency"])
            self.init()
            transport = try members.choice("transport", default: transport)
            arguments = try members.value("arguments", default: arguments)
            concurrency = try members.value("concurrency", default: concurrency)
        }
    }
}

extension MemberReader {
    /// One of a few words.
    func choice<Value: RawRepresentable & CaseIterable>(_ name: String, default fallback: Value?) throws -> Value
    where Value.RawValue == String {
        let words = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        guard let text: String = try optional(name) else {
            guard let fallback else { throw error(name, "is missing; \(what) needs it: one of \(words)") }
            return fallback
        }
        guard let value = Value(rawValue: text) else { throw error(name, "is \"\(text)\"; it must be one of \(words)") }
        return value
    }
}
