import Foundation
import MCPStore
import TestSupport
import Testing

/// Resources, prompts and events over real workers, from the library and the command line.
struct ResourceClusterTests {
    @Test(arguments: ["legacy", "modern"])
    func `Resources are read and prompts are filled in, in both eras`(era: String) async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            try await cluster.add("tools", [BuiltProduct.path(of: "toolserver"), "--era", era])
            let context = try await cluster.openStore().forStore()
            #expect(
                try await context.listResources().map(\.uri) == ["note:///welcome", "data:///bytes", "process:///pid"]
            )
            #expect(try await context.readResource("note:///welcome").text == "hello")
            #expect(try await context.readResource("data:///bytes").parts.map(\.blob) == [Data([1, 2, 3])])
            #expect(try await context.readResource("note:///by/Ada/Engine").text == "Engine by Ada")
            let prompt = try await context.getPrompt("greeting", ["name": "Ada", "style": "short"])
            #expect(prompt.messages.map(\.text) == ["Hi Ada"])
            #expect(try await context.complete(prompt: "greeting", argument: "style", value: "s") == ["short"])
            do throws(MCPStoreError) {
                _ = try await context.readResource("note:///none", service: "tools")
                Issue.record("a resource that is not there was read")
            } catch {
                #expect(error.code == .protocolError)
                #expect(error.message.contains("Resource not found"))
            }

            let read = try await cluster.succeed(["resource", "read", "note:///by/Ada/Engine"])
            #expect(read.output == "Engine by Ada\n")
            let listed = try await cluster.succeed(["resource", "list", "--json"]).json()
            #expect(listed["resources"]?.arrayValue?.count == 3)
            #expect(listed["templates"]?.arrayValue?.count == 1)
            let got = try await cluster.succeed(["prompt", "get", "greeting", "name=Ada", "--json"]).json()
            #expect(got["result"]?["messages"]?.arrayValue?.first?["content"]?["text"] == "Good day, Ada.")
            #expect(got["service"] == "tools")
            #expect(try await cluster.succeed(["prompt", "list"]).output.contains("name [style]"))
            let missing = try await cluster.command("prompt", "get", "greeting")
            #expect(missing.status == 1)
            let counted = try await cluster.hash("\(cluster.space):services:tools:stats")
            #expect(counted["ok"] == "7")
            #expect(counted["protocolError"] == "2")
        }
    }

    @Test func `Watching prints what happens, and patching restarts only where it must`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let watch = try cluster.begin(["service", "watch", "--json"])
            defer { watch.process.signal(9) }
            try await eventually("it watches") { watch.errorSoFar.contains("watching ") }
            try await cluster.add("tools")
            _ = try await watch.process.line(containing: "serviceAdded", "tools")
            _ = try await watch.process.line(containing: "stateChanged", "\"status\":\"healthy\"")
            let pid = try await cluster.succeed(["call", "pid"]).output

            let patched = try await cluster.succeed(["service", "patch", "tools", #"{"callTimeoutMs":5000}"#])
            #expect(patched.output == "changed: tools\n")
            _ = try await watch.process.line(containing: "serviceChanged", "tools")
            #expect(try await cluster.succeed(["call", "pid"]).output == pid)

            try await cluster.succeed(["service", "patch", "tools", #"{"env":{"X":"1"}}"#])
            try await eventually("the server was started anew with its environment") {
                let result = try await cluster.command("call", "environment", #"{"name":"X"}"#)
                return result.status == 0 && result.output == "1\n"
            }
            let again = try await cluster.succeed(["service", "patch", "tools", #"{"env":{"X":"1"}}"#])
            #expect(again.output == "unchanged: tools\n")
            let reset = try await cluster.command("service", "reset")
            #expect(reset.status == 2)
            #expect(try await cluster.succeed(["service", "reset", "--yes"]).output == "removed: tools\n")
            _ = try await watch.process.line(containing: "serviceRemoved", "tools")
        }
    }
}
