/// One MCP server as the worker starts or reaches it: canonical, references resolved.
package struct ServerConfiguration: Sendable, Equatable {
    /// How the server is reached.
    package enum Transport: Sendable, Equatable {
        /// A child process that speaks JSON-RPC on its standard input and output.
        case stdio(StdioServer)
        /// A server behind a URL.
        case http(HTTPServer)
    }

    /// How the server is reached.
    package var transport: Transport
    /// How long starting and negotiating may take together.
    package var startTimeout: Duration

    package init(transport: Transport, startTimeout: Duration = .seconds(60)) {
        self.transport = transport
        self.startTimeout = startTimeout
    }
}
