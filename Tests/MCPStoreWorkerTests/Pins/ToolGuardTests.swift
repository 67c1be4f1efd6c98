import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStoreWorker

struct ToolGuardTests {
    private func definition(_ text: String) -> ToolDefinition { ToolDefinition(ByteBuffer(string: text)) }

    private func pin(_ text: String) -> ToolPin {
        let definition = definition(text)
        return ToolPin(hash: definition.hash, approved: "", by: "", document: definition.document)
    }

    @Test func `what a tool says and takes is approved, not how its JSON is written`() {
        let one = definition(#"{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]}}"#)
        #expect(definition(#" {"inputSchema": {"b":[1,{"y":3,"x":2}],"a":1},"description":"\u0064","name":"t"}"#) == one)
        #expect(definition(#"{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]},"_meta":{"v":2}}"#) == one)
        for other in [
            #"{"name":"t","description":"D","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]}}"#,
            #"{"name":"t","description":"d","inputSchema":{"a":1,"b":[{"x":2,"y":3},1]}}"#,
            #"{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]},"annotations":{"readOnlyHint":true}}"#,
            #"{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]},"title":"x"}"#,
            #"{"name":"t","description":"d","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]},"outputSchema":{}}"#,
            // Who reads the last of two members sees something else than who reads the first.
            #"{"name":"t","description":"d","description":"e","inputSchema":{"a":1,"b":[1,{"x":2,"y":3}]}}"#,
        ] {
            #expect(definition(other).hash != one.hash, "\(other)")
        }
    }

    @Test func `changed and new tools are held only where that is enforced`() {
        let tools = [("same", #"{"name":"same"}"#), ("other", #"{"name":"other","title":"x"}"#), ("new", #"{"name":"new"}"#)]
            .map { (name: $0.0, definition: definition($0.1)) }
        let pins = ["same": pin(#"{"name":"same"}"#), "other": pin(#"{"name":"other"}"#), "gone": pin(#"{"name":"gone"}"#)]
        let enforced = ToolGuard(.enforce, tools, pins)
        #expect(enforced.holds("same") == nil && enforced.holds("other") == .changed && enforced.holds("new") == .new)
        #expect(enforced.held == 2)
        let warned = ToolGuard(.warn, tools, pins)
        #expect(warned.holds("other") == nil && warned.held == 0 && warned.differing.count == 2)
        #expect(ToolGuard(.off, tools, pins).differing.isEmpty)
        // Nothing is known of what was approved: nothing is called.
        #expect(ToolGuard(.enforce, tools, nil).held == 3)
        // One name, two tools: the one that was approved does not hide the other.
        let twice = [tools[0], (name: "same", definition: definition(#"{"name":"same","title":"y"}"#))]
        #expect(ToolGuard(.enforce, twice, pins).holds("same") == .changed)
    }
}
