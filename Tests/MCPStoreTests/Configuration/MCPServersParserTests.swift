import Foundation
import MCPStoreWorker
import NIOCore
import Testing

@testable import MCPStore

/// S4, S5, S20: the forms in which servers are described.
struct MCPServersParserTests {
    private func parse(_ text: String, name: String? = nil, placement: String? = nil) throws -> ParsedServices {
        try MCPServersParser(placement: placement).parse(try JSONValue(parsing: text.utf8), name: name)
    }

    private func stored(_ text: String, name: String? = nil) throws -> [String] {
        try parse(text, name: name).services.map { "\($0.name) \(String(buffer: $0.configuration))" }
    }

    private func problems(_ text: String, name: String? = nil) -> [String] {
        do {
            _ = try parse(text, name: name)
            return []
        } catch let error as MCPStoreError {
            return error.problems.isEmpty ? [error.message] : error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `S4: the document's local service is read`() throws {
        let text = #"{"mcpServers": {"howtocook": {"command": "npx", "args": ["-y", "howtocook-mcp"]}}}"#
        #expect(try stored(text) == [#"howtocook {"args":["-y","howtocook-mcp"],"command":"npx"}"#])
    }

    @Test func `S5: the document's remote service is read`() throws {
        let text = #"{"mcpServers": {"weather": {"url": "https://mcpstore.wiki/mcp"}}}"#
        #expect(try stored(text) == [#"weather {"url":"https://mcpstore.wiki/mcp"}"#])
    }

    @Test func `A bare map and single entries are read`() throws {
        #expect(
            try stored(#"{"b":{"command":"x"},"a":{"url":"http://h"}}"#) == [#"a {"url":"http://h"}"#, #"b {"command":"x"}"#]
        )
        #expect(try stored(#"{"name":"a","command":"x"}"#) == [#"a {"command":"x"}"#])
        #expect(try stored(#"{"url":"http://h"}"#, name: "a") == [#"a {"url":"http://h"}"#])
        // Services may have the names of members.
        #expect(try stored(#"{"command":{"command":"x"},"url":{"url":"http://h"}}"#).count == 2)
    }

    @Test func `What is stored is what workers read`() throws {
        let text = """
            {"command":"x","args":["a",1,true],"env":{"A":"1","B":2,"C":true,"D":null,"E":"${TOKEN}"},"cwd":"/tmp","transport":"stdio",
             "replicas":2,"concurrency":3,"labels":{"zone":"a"},"startTimeoutMs":1000,"callTimeoutMs":2000,"retry":"never",
             "idempotentTools":["t"],"description":"d","placement":"cluster"}
            """
        let entry = try #require(try parse(text, name: "s").services.first)
        let configuration = try JSONDecoder().decode(ServiceConfiguration.self, from: Data(entry.configuration.readableBytesView))
        #expect(configuration.type == "stdio")
        #expect(configuration.args == ["a", "1", "true"])
        #expect(configuration.env == ["A": "1", "B": "2", "C": "true", "E": "${TOKEN}"])
        #expect(configuration.cwd == "/tmp")
        #expect(configuration.replicas == 2)
        #expect(configuration.concurrency == 3)
        #expect(configuration.labels == ["zone": "a"])
        #expect(configuration.startTimeoutMs == 1000)
        #expect(configuration.callTimeoutMs == 2000)
        #expect(configuration.retry == "never")
        #expect(configuration.idempotentTools == ["t"])
        #expect(configuration.placement == "cluster")
    }

    @Test(arguments: [
        ("stdio", "command", "stdio"), ("local", "command", "stdio"), ("STDIO", "command", "stdio"), ("http", "url", "http"),
        ("streamable-http", "url", "http"), ("streamable_http", "url", "http"), ("streamableHttp", "url", "http"),
        ("sse", "url", "sse"),
        ("SSE", "url", "sse"), ("STREAMABLE_HTTP", "url", "http"), ("streamable http", "url", "http"),
    ])
    func `Every spelling of a transport is stored as one`(spelling: String, member: String, stored: String) throws {
        for name in ["type", "transport", "transportType"] {
            let text = #"{"\#(name)":"\#(spelling)","\#(member)":"http://h/mcp"}"#
            let entry = try #require(try parse(text, name: "s").services.first)
            let value = try JSONValue(parsing: entry.configuration.readableBytesView)
            #expect(value["type"] == .string(stored))
            #expect(value["transport"] == nil)
            #expect(value["transportType"] == nil)
        }
    }

    @Test func `Placement is that of the entry, else the default`() throws {
        let placed = try parse(#"{"a":{"command":"x"},"b":{"command":"x","placement":"embedded"}}"#, placement: "cluster")
        #expect(
            placed.services.map { String(buffer: $0.configuration) } == [
                #"{"command":"x","placement":"cluster"}"#, #"{"command":"x","placement":"embedded"}"#,
            ]
        )
    }

    @Test(arguments: [
        (#"{"command":"x","url":"http://h"}"#, "it has both 'command' and 'url': a service is one or the other"),
        (#"{"type":"stdio"}"#, "it has neither 'command' (a program to start) nor 'url' (a server to reach)"),
        (#"{"command":""}"#, "'command' must name a program"),
        (#"{"command":[]}"#, "'command' must be a string, not an array; further words go into 'args'"),
        (#"{"command":[1]}"#, "'command' must be a string, not a number; further words go into 'args'"),
        (#"{"url":"http://h","type":"websocket"}"#, "WebSocket is no transport of MCP: use the server's 'http' address"),
        (#"{"url":"http://h","transport":{"type":"ws"}}"#, "WebSocket is no transport of MCP: use the server's 'http' address"),
        (#"{"url":"http://h","type":"local"}"#, "its type is stdio, but it has a 'url'"),
        (#"{"command":"x","type":"remote"}"#, "its type is remote, but it has a 'command'"),
        (#"{"url":"http://h","serverUrl":"http://i"}"#, "'url' and 'serverUrl' say different things: leave one of them out"),
        (
            #"{"command":"x","cwd":"/a","working_dir":"/b"}"#,
            "'cwd' and 'working_dir' say different things: leave one of them out"
        ),
        (
            #"{"url":"http://h","headers":{"authorization":"a ${B}"},"bearer_token_env_var":"T"}"#,
            "'headers' and 'bearer_token_env_var' both say 'Authorization': leave one of them out"
        ),
        (
            #"{"url":"http://h","headers":["nothing"]}"#,
            "'headers' must be an object, or an array of texts such as \"Name: value\""
        ),
        (#"{"url":"http://h","headers":["A: 1","A: 2"]}"#, "'headers' names 'A' twice"),
        (
            #"{"command":"x","envFile":".env"}"#,
            "'envFile' would be read by nobody: workers run elsewhere; write its variables into 'env', secrets as references such as ${TOKEN}, or use mcpstore import, which reads it"
        ),
        (
            #"{"url":"http://h","auth":"oauth"}"#,
            "'auth' asks a person to log in (OAuth), which workers cannot: get a token yourself and write 'headers' {\"Authorization\": \"Bearer ${TOKEN}\"}"
        ),
        (
            #"{"url":"http://h","oauth":{"clientId":"c"}}"#,
            "'oauth' asks a person to log in (OAuth), which workers cannot: get a token yourself and write 'headers' {\"Authorization\": \"Bearer ${TOKEN}\"}"
        ),
        (#"{"command":"x","disabled":"yes"}"#, "'disabled' must be true or false, not a string"),
        (#"{"command":"x","disabled":true,"enabled":true}"#, "'disabled' and 'enabled' contradict each other"),
        (#"{"command":"x","timeout":0}"#, "'timeout' must be a number above 0"),
        (#"{"command":"x","tool_timeout_sec":"9"}"#, "'tool_timeout_sec' must be a number of seconds above 0"),
        (#"{"command":"x","env_vars":"A"}"#, "'env_vars' must be an array of names of variables"),
        (
            #"{"command":"x","args":["${command:pick}"]}"#,
            "'${command:…}' in 'args' is known to an editor only: write a variable such as ${NAME} that workers have"
        ),
        (#"{"command":"x","isolation":"perUser"}"#, "'isolation' must be shared or perAgent or perCall"),
        (
            #"{"command":"x","agents":{"a":"b"}}"#,
            "'agents' is written by the agents' own contexts: leave it out, and add the service for an agent"
        ),
        (#"{"command":"x","includeTools":"t"}"#, "'includeTools' must be an array of tool names"),
        (#"{"command":"x","disabledTools":[1]}"#, "'excludeTools' must be an array of tool names"),
        (#"{"command":"x","args":"-y"}"#, "'args' must be an array of strings"),
        (#"{"command":"x","args":[{}]}"#, "'args' must be an array of strings"),
        (#"{"command":"x","env":["A=1"]}"#, "'env' must be an object, not an array"),
        (#"{"command":"x","env":{"A":[]}}"#, "'A' in 'env' must be a string, not an array"),
        (#"{"command":"x","env":{"A=B":"1"}}"#, "'A=B' in 'env' is not a valid name"),
        (#"{"command":"x","cwd":7}"#, "'cwd' must be the path of a directory"),
        (#"{"url":7}"#, "'url' must be a string, not a number"),
        (#"{"url":"h/mcp"}"#, "'url' is not a web address: it must look like https://host/mcp"),
        (#"{"url":"ftp://h"}"#, "'url' is not a web address: it must look like https://host/mcp"),
        (#"{"url":"http:///x"}"#, "'url' is not a web address: it must look like https://host/mcp"),
        (#"{"url":"http://h/a b"}"#, "'url' is not a web address: it must look like https://host/mcp"),
        (#"{"url":"http://h","headers":{"A b":"x"}}"#, "'A b' in 'headers' is not a valid name"),
        (
            #"{"url":"http://h","headers":{"A":"x\r\nB: y"}}"#,
            "the value of 'A' in 'headers' holds a line break or another control character"
        ),
        (#"{"url":"http://h","type":"ws"}"#, "WebSocket is no transport of MCP: use the server's 'http' address"),
        (#"{"url":"http://h","type":"quic"}"#, "'type' is 'quic', but must be stdio, http or sse"),
        (#"{"url":"http://h","type":"stdio"}"#, "its type is stdio, but it has a 'url'"),
        (#"{"command":"x","type":"http"}"#, "its type is http, but it has a 'command'"),
        (#"{"url":"http://h","type":"http","transport":"sse"}"#, "'type' and 'transport' contradict each other"),
        (#"{"url":"http://h","type":1}"#, "'type' must be a string, not a number"),
        (
            #"{"url":"http://h","headersHelper":"x"}"#,
            "'headersHelper' runs a command to make headers, which is not done here: write 'headers' with a reference such as ${TOKEN}"
        ),
        (#"{"command":"x","placement":"moon"}"#, "'placement' must be cluster or embedded"),
        (#"{"command":"x","retry":"sometimes"}"#, "'retry' must be annotations or always or never"),
        (#"{"command":"x","replicas":0}"#, "'replicas' must be a whole number from 1 to 1000"),
        (#"{"command":"x","replicas":1.5}"#, "'replicas' must be a whole number from 1 to 1000"),
        (#"{"command":"x","concurrency":"3"}"#, "'concurrency' must be a whole number from 1 to 10000"),
        (#"{"command":"x","callTimeoutMs":0}"#, "'callTimeoutMs' must be a whole number from 1 to 604800000"),
        (#"{"command":"x","startTimeoutMs":-1}"#, "'startTimeoutMs' must be a whole number from 1 to 3600000"),
        (#"{"command":"x","labels":{"a":1}}"#, "'labels' must be an object of strings"),
        (#"{"command":"x","idempotentTools":"t"}"#, "'idempotentTools' must be an array of tool names"),
        (#"{"command":"x","description":1}"#, "'description' must be a string, not a number"),
        ("\"x\"", "it must be an object with 'command' or 'url', not a string"),
    ])
    func `What is wrong with an entry is said`(entry: String, problem: String) {
        #expect(problems("{\"mcpServers\":{\"s\":\(entry)}}") == ["s: \(problem)"])
    }

    @Test func `S20: every problem of every service is named`() {
        let text = #"{"mcpServers":{"good":{"command":"x"},"b d":{"url":"nope","retry":"x"},"c":{}}}"#
        #expect(
            problems(text) == [
                "b d: 'b d' is not a valid service name: use 1 to 128 of the characters A-Z a-z 0-9 . _ -",
                "b d: 'url' is not a web address: it must look like https://host/mcp",
                "b d: 'retry' must be annotations or always or never",
                "c: it has neither 'command' (a program to start) nor 'url' (a server to reach)",
            ]
        )
    }

    @Test(arguments: [
        ("[]", "services must be an object such as {\"mcpServers\": {…}}, not an array"),
        (#"{"mcpServers":[]}"#, "'mcpServers' must be an object with an entry per service, not an array"),
        (#"{"mcpServers":{}}"#, "there are no services in it"),
        ("{}", "there are no services in it"),
        (#"{"command":"x"}"#, "a single service needs a 'name'; or write {\"mcpServers\": {\"its name\": {…}}}"),
    ])
    func `What holds no services is refused`(text: String, problem: String) {
        #expect(problems(text) == [problem])
    }

    @Test(arguments: [
        (#"{"command":"x","zeta":[],"icon":"i"}"#, "s: 'icon', 'zeta' are kept, but nothing here uses them"),
        (
            #"{"command":"x","env":{"API_KEY":"abc"}}"#,
            "s: 'API_KEY' in 'env' is stored in Redis in clear: write ${API_KEY} and give the workers that variable"
        ),
        (
            #"{"url":"http://h","headers":{"Authorization":"Bearer abc"}}"#,
            "s: 'Authorization' in 'headers' is stored in Redis in clear: write ${S_TOKEN} and give the workers that variable"
        ),
        (#"{"url":"http://h","cwd":"/"}"#, "s: 'cwd' is of no use with a 'url'"),
        (#"{"command":"x","headers":{}}"#, "s: 'headers' is of no use with a 'command'"),
    ])
    func `What does no harm is a warning`(entry: String, warning: String) throws {
        #expect(try parse("{\"s\":\(entry)}").warnings == [warning])
    }

    @Test func `References are kept as they are and are no warning`() throws {
        let text = #"{"s":{"url":"${BASE}/mcp","headers":{"Authorization":"Bearer ${TOKEN}","X-Key":"${env:KEY:-x}"}}}"#
        let parsed = try parse(text)
        #expect(parsed.warnings == [])
        #expect(
            String(buffer: parsed.services[0].configuration)
                == #"{"headers":{"Authorization":"Bearer ${TOKEN}","X-Key":"${env:KEY:-x}"},"url":"${BASE}/mcp"}"#
        )
    }

    @Test func `Unknown members are kept`() throws {
        #expect(try stored(#"{"s":{"command":"x","zeta":{"b":[1,2.5]}}}"#) == [#"s {"command":"x","zeta":{"b":[1,2.5]}}"#])
    }
}
