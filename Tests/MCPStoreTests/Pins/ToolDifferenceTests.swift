import NIOCore
import Testing

@testable import MCPStore

struct ToolDifferenceTests {
    private func between(_ old: String, _ new: String) -> [ToolDifference] {
        ToolDifference.between(ByteBuffer(string: old), ByteBuffer(string: new))
    }

    @Test func `each place that differs is named, with old and new`() {
        let found = between(
            #"{"description":"a","inputSchema":{"properties":{"x":{"type":"string"},"y":{}},"required":["x"]}}"#,
            #"{"description":"b","inputSchema":{"properties":{"x":{"type":"number"},"z":{}},"required":["x"]}}"#
        )
        #expect(
            found == [
                ToolDifference(path: "description", old: #""a""#, new: #""b""#),
                ToolDifference(path: "inputSchema.properties.x.type", old: #""string""#, new: #""number""#),
                ToolDifference(path: "inputSchema.properties.y", old: "{}", new: nil),
                ToolDifference(path: "inputSchema.properties.z", old: nil, new: "{}"),
            ]
        )
        #expect(between("{}", "{}").isEmpty)
    }

    @Test func `what only the text tells apart is shown as text`() {
        let found = between(#"{"a":1,"a":2}"#, #"{"a":2,"a":1,"a":2}"#)
        #expect(found == [ToolDifference(path: "", old: #"{"a":1,"a":2}"#, new: #"{"a":2,"a":1,"a":2}"#)])
    }
}
