import MCPStore
import NIOCore

/// A space of a store that is open.
package final class StoreSpace: ToolSpace {
    package let store: MCPStore
    private let context: StoreContext
    private let cache: CatalogCache

    package init(_ store: MCPStore, naming: Naming) {
        self.store = store
        context = store.forStore()
        cache = CatalogCache(scope: .store, naming: naming)
    }

    package func catalog() -> Catalog {
        cache.catalog(of: store.backend.follower)
    }

    package func forward(
        _ subject: ForwardedSubject,
        task: String?,
        listener: CallListener?,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(MCPStoreError) -> ForwardedAnswer {
        try await context.forward(subject, listener: listener, task: task, parameters: parameters)
    }

    package func changes() -> AsyncStream<Void> { store.backend.follower.ticks() }

    package var keepsTasks: Bool { context.keepsTasks }

    package func task(_ record: String) async throws(MCPStoreError) -> TaskState? { try await context.task(record) }

    package func cancelTask(_ record: String) async throws(MCPStoreError) -> Bool { try await context.cancelTask(record) }

    package func taskFields(_ names: [String], of record: String) async throws(MCPStoreError) -> [ByteBuffer?] {
        try await context.taskFields(names, of: record)
    }

    package func setTaskFields(
        _ fields: [(name: String, value: ByteBuffer)],
        of record: String
    ) async throws(MCPStoreError) -> Bool {
        try await context.setTaskFields(fields, of: record)
    }
}
