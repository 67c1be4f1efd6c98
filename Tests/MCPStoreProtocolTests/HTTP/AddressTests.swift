import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct AddressTests {
    private let strict = RemoteAddressPolicy(allowPrivate: false)

    @Test(
        "special addresses are refused, however they are written",
        arguments: [
            "127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
            "100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3", "192.0.0.8", "198.18.0.1", "198.19.255.255", "224.0.0.1",
            "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "fe80::1",
            "fe80::1%lo",
            "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::",
            "2001:0:1::1", "2001:db8::1",
        ]
    )
    func refused(host: String) {
        #expect(self.strict.allows(host: host) == false)
        #expect(RemoteAddressPolicy(allowPrivate: true).allows(host: host) == true)
    }

    @Test(
        "addresses of the public internet are allowed",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.0.1",
            "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.0.1", "198.20.0.0", "223.255.255.255",
            "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::", "2001:1::1",
        ]
    )
    func allowed(host: String) {
        #expect(self.strict.allows(host: host) == true)
    }

    @Test(
        "names, and numbers that only a resolver takes for addresses, are judged when connected",
        arguments: ["localhost", "a.example"]
    )
    func names(host: String) {
        #expect(self.strict.allows(host: host) == nil)
    }

    @Test func `a socket path is refused`() throws {
        #expect(self.strict.allows(try SocketAddress(unixDomainSocketPath: "/tmp/s")) == false)
    }

    @Test(
        "a URL that is none of HTTP is refused without being repeated",
        arguments: ["", "mcp", "ftp://h/", "http://", "http://h:0/", "http://h:99999/", "unix:///secret"]
    )
    func badURL(text: String) {
        let error = #expect(throws: MCPError.self) { try HTTPEndpoint(text) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `user name and password become a header and are shown nowhere`() throws {
        let endpoint = try HTTPEndpoint("HTTPS://me:se%20cret@Host.Example:8443/mcp?key=k#part")
        #expect(endpoint.url == "https://Host.Example:8443/mcp?key=k")
        #expect(endpoint.origin.description == "https://host.example:8443")
        #expect(endpoint.authorization == "Basic bWU6c2UgY3JldA==")
    }

    @Test func `an IPv6 host is taken without its brackets and shown with them`() throws {
        let origin = try HTTPEndpoint("http://[::1]/mcp").origin
        #expect(origin == HTTPEndpoint.Origin(scheme: "http", host: "::1", port: 80))
        #expect(origin.description == "http://[::1]")
    }

    @Test(
        "an endpoint is found relative to the stream",
        arguments: [
            ("/messages?s=1", "http://h:1/messages?s=1"), ("m", "http://h:1/a/m"), ("?s=1", "http://h:1/a/sse?s=1"),
            ("http://h:1/x", "http://h:1/x"), ("//h:1/y", "http://h:1/y"),
        ]
    )
    func resolves(reference: String, expected: String) throws {
        #expect(try HTTPEndpoint("http://h:1/a/sse").resolving(reference).url == expected)
    }

    @Test(
        "an endpoint of another origin is refused",
        arguments: ["http://other:1/x", "https://h:1/x", "http://h:2/x", "//evil/x", "file:///etc/passwd"]
    )
    func foreign(reference: String) throws {
        let endpoint = try HTTPEndpoint("http://h:1/sse")
        let error = #expect(throws: MCPError.self) { try endpoint.resolving(reference) }
        #expect(error?.code == .protocolViolation)
    }

    @Test(
        "HTTP+SSE is recognised by the path",
        arguments: [
            ("http://h/sse", true), ("http://h/sse/", true), ("http://h/sse?k=v", true), ("http://h/a/sse&b", true),
            ("http://h/sse/more", true), ("http://h/ssex", false), ("http://h/mcp", false), ("http://sse.h/mcp", false),
            ("http://h/assess/sse", true),
        ]
    )
    func kind(url: String, expected: Bool) throws {
        #expect(try HTTPEndpoint(url).looksLikeEventStream == expected)
    }
}
