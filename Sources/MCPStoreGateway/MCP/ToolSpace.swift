import MCPStore
import NIOCore

/// What stands behind a front door: one space of the store. The dispatcher knows no more of it than this.
package protocol ToolSpace: Sendable {
    /// What the space offers now, as far as this process knows; asks nobody.
    ///
    /// - Parameter age: How old this knowledge may be.
    func catalog(notOlderThan age: Duration) -> Catalog

    /// Forwards a request and waits for its answer; cancelling the task takes it back.
    ///
    /// - Parameters:
    ///   - onProgress: Gets the raw `params` of the server's progress notifications, with a token that is not the client's.
    ///   - parameters: Makes the raw `params`, from the name that the server itself has for what is meant.
    /// - Throws: ``MCPStoreError`` where nobody answered.
    func forward(
        _ subject: ForwardedSubject,
        onProgress: (@Sendable (ByteBuffer) -> Void)?,
        parameters: (_ ownName: String) -> ByteBuffer
    ) async throws(MCPStoreError) -> ForwardedAnswer

    /// An element whenever something of the catalog may have changed. Ends when the space is closed.
    func changes() -> AsyncStream<Void>
}
