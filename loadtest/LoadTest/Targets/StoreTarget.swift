import Foundation
import LoadDriver
import MCPStore

/// Calls as an application makes them: through the store, the queue and the workers, to an MCP server.
final class StoreTarget: LoadTarget {
    private let contexts: [StoreContext]
    private let payloads = Payloads()

    /// - Parameter stores: One for each tenant; their services are ready. Who opened them closes them.
    init(_ stores: [MCPStore]) {
        contexts = stores.map { $0.forStore() }
    }

    func call(_ call: PlannedCall) async -> CallAnswer {
        do throws(MCPStoreError) {
            let result = try await contexts[call.tenant % contexts.count].callTool(
                call.tool,
                json: payloads.arguments(of: call),
                lane: call.lane == "batch" ? .batch : .interactive
            )
            guard !result.isError else { return CallAnswer(outcome: "toolError", message: result.text) }
            if call.tool == "echo", !EchoAnswer.holds(result.rawJSON, length: payloads.arguments(of: call).count) {
                return CallAnswer(outcome: "wrongAnswer", message: "the answer is not the echo of its text")
            }
            return CallAnswer(
                outcome: "ok",
                queued: result.report.queued?.inMicroseconds,
                run: result.report.run?.inMicroseconds,
                returned: result.report.returned?.inMicroseconds
            )
        } catch {
            return CallAnswer(outcome: error.code.description, message: error.message)
        }
    }
}

extension Duration {
    fileprivate var inMicroseconds: Int { Int(self / .microseconds(1)) }
}
