import MCPStore

/// Calls that a test has in flight at once, and how each one ended.
///
/// A call that never ended would keep ``endings()`` waiting for ever: each has a deadline of its own, and a bound above it.
struct CallBatch: Sendable {
    struct Call: Sendable {
        let tool: String
        let id: String
        var arguments: JSONValue
        var timeout: Duration = .seconds(30)
        var service: String?

        /// A call that is written down in the file of `--record`, and takes `milliseconds`.
        static func record(_ kind: String, _ id: String, milliseconds: Int, service: String? = nil) -> Call {
            Call(
                tool: "record_\(kind)",
                id: id,
                arguments: ["id": .string(id), "ms": .integer(milliseconds)],
                service: service
            )
        }
    }

    struct Ending: Sendable, CustomStringConvertible {
        let call: Call
        /// The kind of outcome where the call was accepted, else the code of the error.
        let outcome: String
        let attempt: Int
        let worker: String?
        let text: String

        var description: String {
            "\(self.call.tool) \(self.call.id): \(self.outcome), attempt \(self.attempt) on \(self.worker ?? "-"): \(self.text)"
        }
    }

    private let tasks: [Task<Ending, Never>]

    init(_ calls: [Call], in context: StoreContext) {
        self.tasks = calls.map { call in Task { await Self.run(call, in: context) } }
    }

    /// Makes one call.
    static func run(_ call: Call, in context: StoreContext) async -> Ending {
        do {
            let result = try await context.callTool(
                call.tool,
                call.arguments,
                timeout: call.timeout,
                service: call.service
            )
            let report = result.report
            return Ending(
                call: call,
                outcome: report.outcome,
                attempt: report.attempt,
                worker: report.worker,
                text: result.text
            )
        } catch {
            return Ending(
                call: call,
                outcome: error.call?.outcome ?? error.code.description,
                attempt: error.call?.attempt ?? 0,
                worker: error.call?.worker,
                text: error.message
            )
        }
    }

    /// How all of them ended, in their order.
    func endings() async -> [Ending] {
        var endings: [Ending] = []
        for task in self.tasks { endings.append(await task.value) }
        return endings
    }
}

extension [CallBatch.Ending] {
    func of(_ tool: String) -> [CallBatch.Ending] { self.filter { $0.call.tool == tool } }

    /// How many ended how.
    var outcomes: [String: Int] { Dictionary(self.map { ($0.outcome, 1) }, uniquingKeysWith: +) }
}

/// Compares the stats of every tool that was called with what the callers saw.
/// - Returns: What differs, a line each.
func differences(_ endings: [CallBatch.Ending], _ context: StoreContext) async throws -> [String] {
    var found: [String] = []
    for (tool, endings) in Dictionary(grouping: endings, by: { $0.call.tool }) {
        let stats = try await context.toolStats(tool)
        let counted = stats.outcomes.filter { $0.value > 0 }
        if counted != endings.outcomes { found.append("\(tool): stats \(counted), callers \(endings.outcomes)") }
    }
    return found
}
