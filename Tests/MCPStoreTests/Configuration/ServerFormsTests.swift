import NIOCore
import Testing

@testable import MCPStore

/// S4: every form in which MCP programs describe servers, and the one in which they are stored.
struct ServerFormsTests {
    private func parse(_ text: String, name: String? = nil) throws -> ParsedServices {
        try MCPServersParser(placement: nil).parse(try JSONValue(parsing: text.utf8, allowsComments: true), name: name)
    }

    /// One service as it is stored, and the warnings.
    private func one(_ text: String) throws -> (stored: JSONValue, warnings: [String]) {
        let parsed = try parse("{\"mcpServers\":{\"s\":\(text)}}")
        let stored = try JSONValue(parsing: parsed.services[0].configuration.readableBytesView)
        return (stored, parsed.warnings.map { String($0.dropFirst(3)) })
    }

    private static let local = #"{"a":{"command":"x"}}"#

    @Test(arguments: [
        ("mcpServers", #"{"mcpServers":\#(local)}"#),
        ("VS Code", #"{"servers":\#(local),"inputs":[]}"#),
        ("old settings of VS Code", #"{"mcp":{"servers":\#(local),"inputs":[]}}"#),
        ("old settings of VS Code with a dot", #"{"mcp.servers":\#(local)}"#),
        ("Zed", #"{"context_servers":\#(local)}"#),
        ("older Zed", #"{"context_servers":{"a":{"source":"custom","command":{"path":"x"}}}}"#),
        ("opencode", #"{"mcp":{"a":{"type":"local","command":["x"],"enabled":true}}}"#),
        ("opencode 2", #"{"mcp":{"servers":{"a":{"type":"local","command":["x"]}}}}"#),
        ("Codex", #"{"mcp_servers":\#(local)}"#),
        ("the map alone", local),
        ("a single entry", #"{"name":"a","command":"x"}"#),
        ("comments and commas", "// servers\n{\"mcpServers\": {/* one */ \"a\": {\"command\": \"x\",},},}"),
    ])
    func `S4: every shape of a document is read`(form: String, text: String) throws {
        let parsed = try parse(text)
        let stored = parsed.services.map { "\($0.name) \(String(buffer: $0.configuration))" }
        #expect(stored == [#"a {"command":"x"}"#] || stored == [#"a {"command":"x","type":"stdio"}"#], "\(form)")
        #expect(parsed.warnings == [], "\(form)")
    }

    @Test func `S4: services may have the names under which programs keep servers`() throws {
        for name in ["servers", "mcp", "context_servers", "projects", "mcp_servers"] {
            let parsed = try parse(#"{"\#(name)":{"command":"x"},"b":{"url":"http://h"}}"#)
            #expect(parsed.services.map(\.name) == ["b", name].sorted())
        }
    }

    @Test func `S20: one name that is described twice is a problem`() throws {
        let error = #expect(throws: MCPStoreError.self) {
            try parse(#"{"mcpServers":{"a":{"command":"x"}},"servers":{"a":{"command":"y"}}}"#)
        }
        #expect(error?.problems.map(\.description) == ["a: it is described twice, also under 'servers'"])
        #expect(try parse(#"{"mcpServers":{"a":{"command":"x"}},"servers":{"a":{"command":"x"}}}"#).services.count == 1)
    }

    @Test(arguments: [
        (#"{"command":["npx","-y","p"],"args":["z"]}"#, #"{"args":["-y","p","z"],"command":"npx"}"#),
        (#"{"command":"x","working_dir":"/w"}"#, #"{"command":"x","cwd":"/w"}"#),
        (#"{"command":"x","workingDirectory":"/w"}"#, #"{"command":"x","cwd":"/w"}"#),
        (
            #"{"command":"x","environment":{"A":1,"B":true,"C":null,"D":1.5}}"#,
            #"{"command":"x","env":{"A":"1","B":"true","D":"1.5"}}"#
        ),
        (#"{"command":"x","env_vars":["A",{"name":"B"}],"env":{"A":"1"}}"#, #"{"command":"x","env":{"A":"1","B":"${B}"}}"#),
        (#"{"command":{"path":"x","args":["a"],"env":{"B":"1"}}}"#, #"{"args":["a"],"command":"x","env":{"B":"1"}}"#),
        (#"{"serverUrl":"http://h"}"#, #"{"url":"http://h"}"#),
        (#"{"httpUrl":"http://h"}"#, #"{"type":"http","url":"http://h"}"#),
        (#"{"type":"remote","url":"http://h"}"#, #"{"url":"http://h"}"#),
        (#"{"type":"remote","transport":"sse","url":"http://h"}"#, #"{"type":"sse","url":"http://h"}"#),
        (
            #"{"transport":{"type":"streamable-http","url":"http://h","headers":{"A":"b"}}}"#,
            #"{"headers":{"A":"b"},"type":"http","url":"http://h"}"#
        ),
        (#"{"url":"http://h","headers":["A: b c","D:e"]}"#, #"{"headers":{"A":"b c","D":"e"},"url":"http://h"}"#),
        (
            #"{"url":"http://h","headers":{"A":"b"},"requestInit":{"headers":{"C":"d"}}}"#,
            #"{"headers":{"A":"b","C":"d"},"url":"http://h"}"#
        ),
        (
            #"{"url":"http://h","bearer_token_env_var":"T","http_headers":{"A":"b"},"env_http_headers":{"C":"D"}}"#,
            #"{"headers":{"A":"b","Authorization":"Bearer ${T}","C":"${D}"},"url":"http://h"}"#
        ),
        (#"{"url":"http://h","auth":"${T}"}"#, #"{"headers":{"Authorization":"Bearer ${T}"},"url":"http://h"}"#),
        (#"{"url":"http://h","bearerToken":"${T}"}"#, #"{"headers":{"Authorization":"Bearer ${T}"},"url":"http://h"}"#),
        (#"{"url":"http://h","oauth":false}"#, #"{"url":"http://h"}"#),
        (#"{"url":"http://h","oauth":{"enabled":false}}"#, #"{"url":"http://h"}"#),
        (#"{"command":"x","disabled":true}"#, #"{"command":"x","disabled":true}"#),
        (#"{"command":"x","enabled":false}"#, #"{"command":"x","disabled":true}"#),
        (#"{"command":"x","enabled":true}"#, #"{"command":"x"}"#),
        (#"{"command":"x","disabled":false}"#, #"{"command":"x"}"#),
        (
            #"{"command":"x","startup_timeout_sec":20,"tool_timeout_sec":1.5}"#,
            #"{"callTimeoutMs":1500,"command":"x","startTimeoutMs":20000}"#
        ),
        (#"{"command":"x","callTimeoutMs":5,"timeout":30000}"#, #"{"callTimeoutMs":5,"command":"x"}"#),
        (
            #"{"command":"x","enabled_tools":["a"],"disabledTools":["b"]}"#,
            #"{"command":"x","excludeTools":["b"],"includeTools":["a"]}"#
        ),
        (#"{"command":"x","tools":["*"],"excludeTools":[]}"#, #"{"command":"x"}"#),
        (#"{"command":"x","tools":["a"]}"#, #"{"command":"x","includeTools":["a"]}"#),
        (
            #"{"command":"x","autoApprove":["a"],"alwaysAllow":[],"trust":true,"dev":{},"sandboxEnabled":true}"#,
            #"{"command":"x"}"#
        ),
        (
            #"{"command":"x","isolation":"perAgent"}"#,
            #"{"command":"x","isolation":"perAgent"}"#
        ),
    ])
    func `S4: every name of a field is stored as one, without a warning`(entry: String, expected: String) throws {
        let (stored, warnings) = try one(entry)
        #expect(stored.description == expected)
        #expect(warnings == [])
        // What is stored is read as it is stored.
        #expect(try one(stored.description).stored == stored)
    }

    @Test(arguments: [
        (30, 30_000, "below 1000 is read as seconds"), (1000, 1000, "of 1000 and more is read as milliseconds"),
        (600_000, 600_000, "of 1000 and more is read as milliseconds"),
    ])
    func `S4: a timeout without a unit is read by a rule, which is said`(number: Int, milliseconds: Int, rule: String) throws {
        let (stored, warnings) = try one(#"{"command":"x","timeout":\#(number)}"#)
        #expect(stored["callTimeoutMs"] == .integer(milliseconds))
        #expect(stored["timeout"] == nil)
        #expect(warnings == ["'timeout' \(rule), as the deadline of calls: write 'callTimeoutMs' to be sure"])
    }

    @Test func `S4: inputs of VS Code become variables, with the defaults of those that are no passwords`() throws {
        let parsed = try parse(
            """
            {"inputs": [{"type":"promptString","id":"github-token","password":true,"default":"nope"},
                        {"type":"promptString","id":"region","default":"eu"}],
             "servers": {"a": {"type":"stdio","command":"x","args":["${input:region}"],"env":{"T":"${input:github-token}"}}}}
            """
        )
        let stored = String(buffer: parsed.services[0].configuration)
        #expect(stored == #"{"args":["${REGION:-eu}"],"command":"x","env":{"T":"${GITHUB_TOKEN}"},"type":"stdio"}"#)
        #expect(
            parsed.warnings == [
                "a: '${input:github-token}' is asked of a person elsewhere; here it is ${GITHUB_TOKEN}: give the workers that variable",
                "a: '${input:region}' is asked of a person elsewhere; here it is ${REGION}: give the workers that variable",
            ]
        )
    }

    @Test func `S4: references of opencode become ours, and its timeout, which means something else, is left out`() throws {
        let parsed = try parse(
            #"{"mcp":{"a":{"type":"remote","url":"http://h","headers":{"A":"Bearer {env:T}","B":"${env:U}"},"timeout":5000}}}"#
        )
        #expect(
            String(buffer: parsed.services[0].configuration)
                == #"{"headers":{"A":"Bearer ${T}","B":"${env:U}"},"url":"http://h"}"#
        )
        #expect(parsed.warnings.count == 1)
        #expect(parsed.warnings.first?.contains("'timeout' is left out") == true)
    }

    @Test func `S4: references stay references, whoever wrote them`() throws {
        let text =
            #"{"args":["${A}","${A:-b}","${env:A}","${userHome}","${workspaceFolder}","${pathSeparator}","${/}"],"command":"x"}"#
        #expect(try one(text).stored.description == text)
    }

    @Test func `S4: forms that are wrong say so with line and column`() {
        let text = "{\n  // servers\n  \"mcpServers\": {\n    \"a\": nope\n  }\n}"
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text.utf8, allowsComments: true) }
        #expect(error?.description(in: Array(text.utf8)) == "expected a value at line 4, column 10")
    }
}
