/// The bounds of one session. Every buffer, wait and list of a session has one.
package struct SessionLimits: Sendable, Equatable {
    /// Bytes of one incoming message: a line, a JSON body, or the data of one SSE event.
    package var maximumMessageBytes: Int = 16 << 20
    /// Bytes that wait to be written before further requests are refused with ``MCPError/Code/busy``.
    package var maximumPendingWriteBytes: Int = 32 << 20
    /// Requests that wait for an answer before further ones are refused with ``MCPError/Code/busy``.
    package var maximumPendingRequests: Int = 4096
    /// Nesting of JSON values.
    package var maximumDepth: Int = 128
    /// Messages that are no JSON-RPC before the session is closed as out of step.
    package var maximumBadMessages: Int = 32
    /// Pages of one listing.
    package var maximumListPages: Int = 1000
    /// Bytes of one listing over all its pages.
    package var maximumListBytes: Int = 64 << 20
    /// How long the server has to answer the probe of the modern era before it is greeted as a legacy one as well. A modern server
    /// that was only slow to start is still recognised afterwards.
    package var probeTimeout: Duration = .seconds(5)
    /// How long one page of a listing may take.
    package var listTimeout: Duration = .seconds(60)
    /// Lines of standard error kept.
    package var standardErrorLines: Int = 64
    /// Bytes of standard error kept.
    package var standardErrorBytes: Int = 16 << 10
    /// How long a child may take to end by itself once its standard input is closed.
    package var closeGrace: Duration = .milliseconds(700)
    /// How long a child may take to end after SIGTERM before all that is left of it is killed.
    package var terminateGrace: Duration = .milliseconds(500)
    /// Resource limit of a child: open descriptors; `nil` leaves it as inherited.
    package var childOpenFiles: Int?
    /// Resource limit of a child: address space in MiB; `nil` leaves it as inherited.
    package var childAddressSpaceMiB: Int?

    package init() {}
}
