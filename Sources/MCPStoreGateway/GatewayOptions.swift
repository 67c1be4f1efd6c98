import MCPStoreQueue

/// How a gateway is set up.
package struct GatewayOptions: Sendable {
    /// The address that it listens on.
    package var host = "127.0.0.1"
    /// The port; 0 for a free one.
    package var port = 8080
    /// The space behind `/mcp`.
    package var defaultSpace: Space
    /// Which hosts and origins requests may name.
    package var hosts = HostPolicy()
    /// Origins whose pages may read the answers, in lower case (CORS). They must be allowed by ``hosts`` too.
    package var crossOrigins: Set<String> = []
    /// Who says who it is that asks; `nil`: nobody is asked, and everybody may do everything.
    package var authenticator: (any Authenticator)?
    /// How clients of OAuth get a token; `nil`: no tokens are taken.
    package var resources: ResourceMetadata?
    /// How much each principal may ask for; `nil`: nobody is limited.
    package var limits: RequestLimits?
    /// `nil`: HTTP without TLS.
    package var tls: GatewayTLS?
    /// How tools and prompts are named.
    package var naming = Naming.clear
    /// How its front doors behave.
    package var door = FrontDoorOptions()
    /// The most bytes of a request's body.
    package var mostBytes = 4 << 20
    /// The most connections; more wait to be accepted.
    package var mostConnections = 10_000
    /// Spaces that may be open at the same time.
    package var mostSpaces = 64
    /// Seconds after which a connection without a request is closed.
    package var idleSeconds: Int64 = 75

    package init(defaultSpace: Space) {
        self.defaultSpace = defaultSpace
    }
}
