import MCPStore
import NIOCore

/// What stands behind a front door: one space of the store. The dispatcher knows no more of it than this.
package protocol ToolSpace: Sendable {
    /// What the space offers now, as far as this process knows; asks nobody.
    func catalog() -> Catalog

    /// Forwards a request and waits for its answer; cancelling the task takes it back.
    ///
    /// - Parameters:
    ///   - task: The durable record under which anybody finds the outcome; `nil` for a call of this process only.
    ///   - listener: Gets what the server tells while it works; a token of progress is not the client's.
    ///   - parameters: Makes the raw `params`, from the name that the server itself has for what is meant.
    /// - Throws: ``MCPStoreError`` where nobody answered.
    func forward(
        _ subject: ForwardedSubject,
        task: String?,
        listener: CallListener?,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(MCPStoreError) -> ForwardedAnswer

    /// An element whenever something of the catalog may have changed. Ends when the space is closed.
    func changes() -> AsyncStream<Void>

    /// Whether calls can be made durable.
    var keepsTasks: Bool { get }

    /// What has become of a durable call, by its record; `nil` where there is none.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    func task(_ record: String) async throws(MCPStoreError) -> TaskState?

    /// Takes a durable call back.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``MCPStoreError`` (`redis`).
    func cancelTask(_ record: String) async throws(MCPStoreError) -> Bool

    /// What was put into the record of a durable call, in the order of `names`.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    func taskFields(_ names: [String], of record: String) async throws(MCPStoreError) -> [ByteBuffer?]

    /// Puts something into the record of a durable call.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``MCPStoreError`` (`redis`).
    func setTaskFields(_ fields: [(name: String, value: ByteBuffer)], of record: String) async throws(MCPStoreError) -> Bool
}
