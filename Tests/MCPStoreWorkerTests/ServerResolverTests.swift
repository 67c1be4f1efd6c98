import Foundation
import MCPStoreProtocol
import MCPStoreQueue
import Testing

@testable import MCPStoreWorker

/// From a stored configuration to what is started: references, policy, kinds of transport.
struct ServerResolverTests {
    private func configuration(_ json: String) throws -> ServiceConfiguration {
        try JSONDecoder().decode(ServiceConfiguration.self, from: Data(json.utf8))
    }

    private func resolve(_ json: String, policy: CommandPolicy = .any, in space: String = "a:w") throws -> ServerConfiguration {
        let variables = VariableResolver(variables: ["TOKEN": "s3cret", "HOME": "/root", "N": "1"])
        return try ServerResolver(variables: variables, policy: policy).resolve(
            try configuration(json),
            in: try #require(Space(space))
        )
    }

    @Test func `references are put in everywhere, and their values are known as secrets`() throws {
        let json =
            #"{"command":"run","args":["--t=${TOKEN}","${X:-d}","${env:N}"],"env":{"T":"a${TOKEN}b"},"cwd":"${userHome}/x"}"#
        guard case .stdio(let server) = try resolve(json).transport else {
            Issue.record("not stdio")
            return
        }
        #expect(server.arguments == ["--t=s3cret", "d", "1"])
        #expect(server.environment == ["T": "as3cretb"])
        #expect(server.workingDirectory == "/root/x")
        #expect(server.secrets.contains("s3cret"))
    }

    @Test func `references of editors are resolved from what a worker has`() throws {
        let variables = VariableResolver(variables: ["HOME": "/root", "WORKSPACE_FOLDER": "/src/project", "T": "value"])
        var secrets: Set<String> = []
        for (text, expected) in [
            ("${userHome}${/}x", "/root/x"), ("${workspaceFolder}/a", "/src/project/a"),
            ("${workspaceFolderBasename}", "project"),
            ("a${pathSeparator}b", "a/b"), ("${env:T}", "value"), ("${env:N:-d}", "d"), ("${N:-}", ""),
        ] {
            #expect(try variables.resolve(text, place: "p", secrets: &secrets) == expected)
        }
        #expect(secrets.contains("value"))
        let error = #expect(throws: VariableResolver.Unresolved.self) {
            try VariableResolver(variables: [:]).resolve("${workspaceFolder}", place: "cwd", secrets: &secrets)
        }
        #expect(error?.description.contains("cwd refers to ${WORKSPACE_FOLDER}, which is not set") == true)
    }

    @Test func `tools are offered unless they are left out`() throws {
        let all = try configuration(#"{"url":"http://x"}"#)
        #expect(all.offers("a"))
        let some = try configuration(#"{"url":"http://x","includeTools":["a","b"],"excludeTools":["b"]}"#)
        #expect(["a", "b", "c"].filter(some.offers) == ["a"])
    }

    @Test func `a reference that is not set is an error with its name and place, never an empty string`() throws {
        let error = #expect(throws: ServerResolver.Refusal.self) { try resolve(#"{"command":"run","env":{"A":"${MISSING}"}}"#) }
        #expect(error?.description.contains("env.A refers to ${MISSING}, which is not set") == true)
    }

    @Test func `text that only looks like a reference stays`() throws {
        guard case .stdio(let server) = try resolve(#"{"command":"run","args":["$TOKEN","${TOKEN"]}"#).transport else { return }
        #expect(server.arguments == ["$TOKEN", "${TOKEN"])
    }

    @Test(arguments: [("", HTTPServer.Kind.automatic), (#""type":"http","#, .streamable), (#""type":"sse","#, .sse)])
    func `a URL is reached as its type says`(_ type: String, _ kind: HTTPServer.Kind) throws {
        let json = "{\(type)\"url\":\"http://127.0.0.1/mcp\",\"headers\":{\"Authorization\":\"Bearer ${TOKEN}\"}}"
        guard case .http(let server) = try resolve(json).transport else {
            Issue.record("not HTTP")
            return
        }
        #expect(server.kind == kind)
        #expect(server.headers == [HTTPHeader(name: "Authorization", value: "Bearer s3cret")])
    }

    @Test func `a listed policy allows what is written down, arguments included`() throws {
        let policy = CommandPolicy.listed([.init(command: "npx", args: ["-y", "a"]), .init(command: "uvx")])
        _ = try resolve(#"{"command":"npx","args":["-y","a"]}"#, policy: policy)
        _ = try resolve(#"{"command":"uvx","args":["anything"]}"#, policy: policy)
        for refused in [#"{"command":"npx","args":["-y","b"]}"#, #"{"command":"sh","args":["-c","npx"]}"#] {
            #expect(throws: ServerResolver.Refusal.self) { try resolve(refused, policy: policy) }
        }
        _ = try resolve(#"{"url":"http://127.0.0.1/mcp"}"#, policy: .listed([]))
    }

    @Test func `the operator's word on running again wins over what tools declare`() throws {
        let never = try configuration(#"{"url":"http://x","retry":"never","idempotentTools":["a"]}"#)
        #expect(never.mayRunAgain("a", readOnly: false, idempotent: false))
        #expect(!never.mayRunAgain("b", readOnly: true, idempotent: true))
        let always = try configuration(#"{"url":"http://x","retry":"always"}"#)
        #expect(always.mayRunAgain("b", readOnly: false, idempotent: false))
        let hints = try configuration(#"{"url":"http://x"}"#)
        #expect(hints.mayRunAgain("b", readOnly: true, idempotent: false))
        #expect(hints.mayRunAgain("b", readOnly: false, idempotent: true))
        #expect(!hints.mayRunAgain("b", readOnly: false, idempotent: false))
    }

    @Test
    func `what is said of a tool comes before what is said of its service, and that before hints; each says where it is from`()
        throws
    {
        let service = try configuration(
            #"""
            {"url":"http://x","callTimeoutMs":5000,"waitTimeoutMs":200,"retry":"never","idempotentTools":["i"],
             "toolSettings":{"a":{"callTimeoutMs":7000,"runTimeoutMs":300,"retry":"always"},"h":{"retry":"annotations"}}}
            """#
        )
        let a = service.policy(of: "a", readOnly: false, idempotent: false)
        #expect(
            a.total == .init(7000, "operator, toolSettings.callTimeoutMs") && a.waiting == .init(200, "operator, waitTimeoutMs")
        )
        #expect(a.running == .init(300, "operator, toolSettings.runTimeoutMs"))
        #expect(a.mayRunAgain == .init(true, "operator, toolSettings.retry"))
        let b = service.policy(of: "b", readOnly: true, idempotent: false)
        #expect(b.total == .init(5000, "operator, callTimeoutMs") && b.running == .init(nil, "default"))
        #expect(b.mayRunAgain == .init(false, "operator, retry"))
        #expect(
            service.policy(of: "i", readOnly: false, idempotent: false).mayRunAgain == .init(true, "operator, idempotentTools")
        )
        #expect(service.policy(of: "h", readOnly: true, idempotent: false).mayRunAgain == .init(true, "hint, readOnlyHint"))
        let plain = try configuration(#"{"url":"http://x"}"#).policy(of: "x", readOnly: false, idempotent: true)
        #expect(plain.total == .init(60_000, "default") && plain.mayRunAgain == .init(true, "hint, idempotentHint"))
    }
}
