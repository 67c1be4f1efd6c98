/// How HTTP is spoken to MCP servers, besides the bounds in ``SessionLimits``.
package struct HTTPTransportOptions: Sendable, Equatable {
    /// Which addresses may be connected to.
    package var addresses = RemoteAddressPolicy(allowPrivate: true)
    /// A PEM file of certificate authorities that are trusted besides the system's, such as one of the company.
    package var certificateAuthorities: String?
    /// How long resolving, connecting and TLS may take together.
    package var connectTimeout: Duration = .seconds(5)
    /// Connections to one host per event loop; beyond it requests wait, at most for ``connectTimeout``.
    package var connectionsPerHost = 256
    /// How long the server may take to accept a notification, or our answer to a request of its own.
    package var notificationTimeout: Duration = .seconds(30)
    /// How long the server of HTTP+SSE may take to name its endpoint.
    package var endpointTimeout: Duration = .seconds(10)
    /// How long closing waits for the server to end the session (`DELETE`).
    package var closeTimeout: Duration = .seconds(1)
    /// How long a legacy request that was cancelled keeps its stream, so that the server can take note.
    package var cancelGrace: Duration = .seconds(5)
    /// Whether the server's own stream (`GET`) of a legacy session is opened, on which it tells that its tools changed.
    package var listens = true
    /// The first wait before a broken stream is opened again, unless the server names one; doubles with every failure.
    package var resumeDelay: Duration = .seconds(1)
    /// The longest wait before a broken stream is opened again.
    package var maximumResumeDelay: Duration = .seconds(30)
    /// Failures in a row after which a broken stream is given up.
    package var maximumResumeFailures = 5

    package init() {}
}
