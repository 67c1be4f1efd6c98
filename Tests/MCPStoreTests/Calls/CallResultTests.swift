import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStore

struct CallResultTests {
    private func result(_ json: String) throws -> CallResult {
        let job = Job(
            id: "j",
            service: ServiceID(space: try Space(namespace: "n", dataspace: "d"), name: "s"),
            name: "t",
            parameters: ByteBuffer()
        )
        let outcome = Outcome(kind: .ok, payload: ByteBuffer(string: json), worker: "w", waited: 10, ran: 20, finished: 100)
        return CallResult(outcome.payload, isError: false, report: CallReport(outcome, of: job, service: "s", now: 150))
    }

    @Test func `Text and structured content are taken out, the rest is described`() throws {
        let json = """
            {"content":[{"type":"text","text":"one"},{"type":"image","mimeType":"image/png","data":"abcd"},{"type":"text","text":"two"},
            {"type":"resource","resource":{"uri":"file:///x","text":"inside"}},{"type":"resource_link","uri":"file:///y"}],
            "structuredContent": { "a" : 1.0 }}
            """
        let result = try result(json)
        #expect(result.text == "one\ntwo")
        #expect(result.structuredContent.map { String(decoding: $0, as: UTF8.self) } == "{ \"a\" : 1.0 }")
        #expect(result.description == "one\n[image image/png, 4 bytes of base64]\ntwo\ninside\n[resource file:///y]")
        #expect(String(decoding: result.json, as: UTF8.self) == json)
    }

    @Test func `Without blocks the structured content is shown, else everything`() throws {
        #expect(try result(#"{"content":[],"structuredContent":[1]}"#).description == "[1]")
        #expect(try result(#"{"x":1}"#).description == #"{"x":1}"#)
        #expect(try result(#"{"structuredContent":null}"#).structuredContent == nil)
    }

    @Test func `The report says where the time went`() throws {
        let report = try result("{}").report
        #expect(report.queued == .microseconds(10))
        #expect(report.run == .microseconds(20))
        #expect(report.returned == .microseconds(50))
        #expect(report.worker == "w")
    }
}
