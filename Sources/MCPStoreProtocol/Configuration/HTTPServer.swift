/// An MCP server that is reached by HTTP.
package struct HTTPServer: Sendable, Equatable {
    /// Which of the HTTP transports the server speaks.
    package enum Kind: Sendable, Equatable {
        /// Streamable HTTP first; HTTP+SSE when the server refuses it.
        case automatic
        /// Streamable HTTP only.
        case streamable
        /// HTTP+SSE of 2024-11-05 only.
        case sse
    }

    /// The absolute URL of the endpoint.
    package var url: String
    /// Headers sent with every request, such as `Authorization`; their values are secrets and never shown.
    package var headers: [HTTPHeader]
    /// Which of the HTTP transports the server speaks.
    package var kind: Kind

    package init(url: String, headers: [HTTPHeader] = [], kind: Kind = .automatic) {
        self.url = url
        self.headers = headers
        self.kind = kind
    }
}
