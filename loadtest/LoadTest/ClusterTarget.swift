import Foundation
import MCPStore

/// Calls through the queue, the worker and its session.
struct ClusterTarget: Target {
    private let store: StoreContext
    private let arguments = Data("{\"text\":\"\(echoText)\"}".utf8)

    init(store: StoreContext) {
        self.store = store
    }

    func call() async throws {
        let result = try await store.callTool("echo", json: arguments)
        guard !result.isError else { throw UnexpectedAnswer(text: result.text) }
    }
}

/// An answer that is not the echo.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    var text: String
    var description: String { "not the expected answer: \(text.prefix(200))" }
}
