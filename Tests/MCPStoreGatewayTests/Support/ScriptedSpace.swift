import MCPStore
import NIOConcurrencyHelpers
import NIOCore

@testable import MCPStoreGateway

/// A space behind a front door, without queue and servers: a catalog, and answers that a test writes down.
final class ScriptedSpace: ToolSpace {
    /// What reached the space.
    struct Forwarded: Sendable {
        let subject: ForwardedSubject
        let parameters: String
    }

    typealias Answer =
        @Sendable (ForwardedSubject, (@Sendable (ByteBuffer) -> Void)?) async throws(MCPStoreError) -> ForwardedAnswer

    private let state: NIOLockedValueBox<(catalog: Catalog, forwarded: [Forwarded])>
    private let answer: Answer
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(_ catalog: Catalog = Catalog(), _ answer: @escaping Answer = { _, _ in .result(ByteBuffer(string: "{}")) }) {
        state = NIOLockedValueBox((catalog, []))
        self.answer = answer
        (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    }

    var forwarded: [Forwarded] { state.withLockedValue { $0.forwarded } }

    func catalog() -> Catalog { state.withLockedValue { $0.catalog } }

    func forward(
        _ subject: ForwardedSubject,
        task: String?,
        listener: CallListener?,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(MCPStoreError) -> ForwardedAnswer {
        // The server's own name is always `own`.
        let parameters = String(buffer: parameters("own"))
        state.withLockedValue { $0.forwarded.append(Forwarded(subject: subject, parameters: parameters)) }
        return try await answer(subject, listener?.take)
    }

    func changes() -> AsyncStream<Void> { stream }

    // Tasks are tested where they are: in Redis.
    let keepsTasks = false

    func task(_ record: String) async throws(MCPStoreError) -> TaskState? { nil }

    func cancelTask(_ record: String) async throws(MCPStoreError) -> Bool { false }

    func taskFields(_ names: [String], of record: String) async throws(MCPStoreError) -> [ByteBuffer?] { names.map { _ in nil } }

    func setTaskFields(_ fields: [(name: String, value: ByteBuffer)], of record: String) async throws(MCPStoreError) -> Bool {
        false
    }

    /// Puts another catalog in the place of the one there is, and tells.
    func change(to catalog: Catalog) {
        state.withLockedValue { state in
            var catalog = catalog
            catalog.version = state.catalog.version + 1
            state.catalog = catalog
        }
        continuation.yield()
    }
}
