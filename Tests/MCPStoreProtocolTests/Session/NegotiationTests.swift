import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct NegotiationTests {
    private func result(_ text: String) -> MCPResponse {
        .result(ByteBuffer(string: text), isError: false, resultType: .complete)
    }

    private func error(_ code: Int, supported: [String]? = nil) -> MCPResponse {
        let data = supported.map { ",\"data\":{\"supported\":[\($0.map { "\"\($0)\"" }.joined(separator: ","))]}" } ?? ""
        return .error(ByteBuffer(string: "{\"code\":\(code),\"message\":\"no\"\(data)}"), code: code)
    }

    private func revision(_ step: Negotiation.Step) -> ProtocolRevision? {
        guard case .finished(let negotiated) = step else { return nil }
        return negotiated.revision
    }

    private func failure(_ step: Negotiation.Step) -> MCPError.Code? {
        guard case .failed(let error) = step else { return nil }
        return error.code
    }

    private var discovered: MCPResponse {
        self.result(#"{"supportedVersions":["2099-01-01","2026-07-28"],"capabilities":{"tools":{"listChanged":true},"x":1}}"#)
    }

    private func initialized(_ version: String) -> MCPResponse {
        self.result("{\"protocolVersion\":\"\(version)\",\"capabilities\":{},\"instructions\":\"i\"}")
    }

    @Test func `a discover result shows a modern server`() {
        var negotiation = Negotiation()
        #expect(negotiation.start() == .probe(.latest))
        guard case .finished(let negotiated) = negotiation.probeAnswered(self.discovered) else {
            Issue.record("not finished")
            return
        }
        #expect(negotiated.revision == .v20260728)
        #expect(negotiated.offers.lists == [.tools])
        #expect(negotiated.offers.tellsChanges == [.tools])
        // The timer that was set for the probe changes nothing any more.
        #expect(negotiation.probeIsLate() == .wait)
    }

    @Test(arguments: [-32601, -32602, -32600, -32700, -32000, -32603, -32022, 0, 1])
    func `any error shows a legacy server`(_ code: Int) {
        var negotiation = Negotiation()
        _ = negotiation.start()
        #expect(negotiation.probeAnswered(self.error(code)) == .initialize(.v20251125))
        #expect(self.revision(negotiation.initializeAnswered(self.initialized("2025-06-18"))) == .v20250618)
    }

    @Test(arguments: ["{}", "[]", "null", #"{"supportedVersions":"2026-07-28"}"#, #"{"tools":[]}"#])
    func `a result that is no discover result shows a legacy server`(_ text: String) {
        var negotiation = Negotiation()
        _ = negotiation.start()
        #expect(negotiation.probeAnswered(self.result(text)) == .initialize(.v20251125))
    }

    @Test func `a request that failed counts as refused`() {
        var negotiation = Negotiation()
        _ = negotiation.start()
        #expect(negotiation.probeAnswered(.failed(MCPError(.httpStatus, "404"))) == .initialize(.v20251125))
        #expect(self.failure(negotiation.initializeAnswered(.failed(MCPError(.unauthorized, "401")))) == .unauthorized)
    }

    @Test func `an unsupported version is followed by one that both speak`() {
        var negotiation = Negotiation()
        _ = negotiation.start()
        #expect(
            negotiation.probeAnswered(self.error(-32022, supported: ["2025-03-26", "2025-06-18", "1"])) == .initialize(.v20250618)
        )
        var none = Negotiation()
        _ = none.start()
        #expect(self.failure(none.probeAnswered(self.error(-32022, supported: ["2099-01-01"]))) == .unsupportedVersion)
        // A server that contradicts itself is not asked again and again.
        var stubborn = Negotiation()
        _ = stubborn.start()
        #expect(self.failure(stubborn.probeAnswered(self.error(-32022, supported: ["2026-07-28"]))) == .unsupportedVersion)
    }

    @Test(arguments: ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
    func `a legacy server may choose any legacy revision`(_ version: String) {
        var negotiation = Negotiation()
        _ = negotiation.start()
        _ = negotiation.probeAnswered(self.error(-32601))
        #expect(self.revision(negotiation.initializeAnswered(self.initialized(version)))?.rawValue == version)
    }

    @Test(arguments: ["2026-07-28", "2024-01-01", "", "latest"])
    func `any other version is refused`(_ version: String) {
        var negotiation = Negotiation()
        _ = negotiation.start()
        _ = negotiation.probeAnswered(self.error(-32601))
        #expect(self.failure(negotiation.initializeAnswered(self.initialized(version))) == .unsupportedVersion)
    }

    @Test func `a legacy server that names its versions in an error gets one of them, once each`() {
        var negotiation = Negotiation()
        _ = negotiation.start()
        _ = negotiation.probeAnswered(self.error(-32601))
        let refusal = self.error(-32602, supported: ["2024-11-05"])
        #expect(negotiation.initializeAnswered(refusal) == .initialize(.v20241105))
        #expect(self.failure(negotiation.initializeAnswered(refusal)) == .rejected)
    }

    @Test func `after a late probe the first good answer wins`() {
        var legacy = Negotiation()
        _ = legacy.start()
        #expect(legacy.probeIsLate() == .initialize(.v20251125))
        #expect(self.revision(legacy.initializeAnswered(self.initialized("2025-11-25"))) == .v20251125)
        #expect(legacy.probeAnswered(self.discovered) == .wait)

        var modern = Negotiation()
        _ = modern.start()
        _ = modern.probeIsLate()
        #expect(self.revision(modern.probeAnswered(self.discovered)) == .v20260728)
        #expect(modern.initializeAnswered(self.error(-32022)) == .wait)
    }

    @Test func `after a late probe a refused initialize waits for it, and the other way round`() {
        var modern = Negotiation()
        _ = modern.start()
        _ = modern.probeIsLate()
        #expect(modern.initializeAnswered(self.error(-32022, supported: ["2026-07-28"])) == .wait)
        #expect(self.revision(modern.probeAnswered(self.discovered)) == .v20260728)

        var refusing = Negotiation()
        _ = refusing.start()
        _ = refusing.probeIsLate()
        #expect(refusing.initializeAnswered(self.error(-32600)) == .wait)
        #expect(self.failure(refusing.probeAnswered(self.error(-32600))) == .rejected)

        var legacy = Negotiation()
        _ = legacy.start()
        _ = legacy.probeIsLate()
        #expect(legacy.probeAnswered(self.error(-32602)) == .wait)
        #expect(self.revision(legacy.initializeAnswered(self.initialized("2025-11-25"))) == .v20251125)
    }
}
