import NIOCore

/// Who wants to hear of a running request.
package struct CallListener: Sendable {
    /// Whether it wants the server's progress.
    package var wantsProgress: Bool
    /// The least severe log message that it wants, such as `info`; `nil`: none. Servers whose requests share one pipe are not asked for
    /// any: nobody could tell whose they are.
    package var logLevel: String?
    /// Gets the raw `params` of `notifications/progress`, which have a `progressToken`, and of `notifications/message`, which have none.
    package var take: @Sendable (ByteBuffer) -> Void

    package init(wantsProgress: Bool, logLevel: String?, take: @escaping @Sendable (ByteBuffer) -> Void) {
        self.wantsProgress = wantsProgress
        self.logLevel = logLevel
        self.take = take
    }
}
