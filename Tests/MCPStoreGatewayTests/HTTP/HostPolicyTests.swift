import Testing

@testable import MCPStoreGateway

struct HostPolicyTests {
    @Test(arguments: ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "LOCALHOST"])
    func `This machine's own names are served`(_ host: String) {
        #expect(HostPolicy().refusal(host: host, origin: nil) == nil)
        #expect(HostPolicy().refusal(host: host, origin: "http://\(host)") == nil)
    }

    @Test(arguments: ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "", "[::1", "evil:localhost"])
    func `Other hosts are refused`(_ host: String) {
        #expect(HostPolicy().refusal(host: host, origin: nil)?.status == 421)
        #expect(HostPolicy().refusal(host: nil, origin: nil)?.status == 421)
    }

    @Test(arguments: ["http://evil.example", "null", "https://localhost.evil.example", "file://localhost"])
    func `Pages of other origins are refused`(_ origin: String) {
        #expect(HostPolicy().refusal(host: "localhost", origin: origin)?.status == 403)
        // Whoever allows any host has not allowed any page.
        #expect(HostPolicy(hosts: ["*"]).refusal(host: "a.example", origin: origin)?.status == 403)
    }

    @Test func `Hosts and origins can be added`() {
        let policy = HostPolicy(hosts: ["Tools.example"], origins: ["https://app.example"])
        #expect(policy.refusal(host: "tools.example:443", origin: "https://APP.example") == nil)
        #expect(policy.refusal(host: "tools.example", origin: "https://tools.example") == nil)
        #expect(policy.refusal(host: "tools.example", origin: "http://app.example")?.status == 403)
    }
}
