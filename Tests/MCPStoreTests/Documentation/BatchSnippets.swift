import MCPStore
import Testing

/// What the documentation of batches shows, as it is shown there.
struct BatchSnippets {
    private func ask(_ context: StoreContext) async throws {
        let calls = ["Oslo", "Bergen"].map { BatchCall(id: .string($0), tool: "get_weather", arguments: ["city": .string($0)]) }
        for try await answer in try context.batch(calls) {
            print(answer.id, answer.outcome, answer.result?.text ?? answer.error?.message ?? "")
        }
    }

    private func durable(_ store: MCPStore, _ calls: AsyncStream<BatchCall>) async throws {
        var options = BatchOptions()
        options.name = "nightly-2026-11-28"
        options.inFlight = 500
        options.isOrdered = true
        var failed = 0
        for try await answer in try store.batch(calls, options) {
            if !answer.isOK { failed += 1 }
        }
        #expect(failed == 0)
    }

    @Test func `The examples of batches run as they are shown`() async throws {
        let store = try await MCPStore.setup(logger: .silent)
        try await ask(store.forStore())
        try await durable(store, AsyncStream { $0.finish() })
        await store.close()
    }
}
