import Foundation
import TestSupport
import Testing

@testable import MCPStore

/// What of the files of other programs is taken, what is left, and that no secret is.
struct ImporterTests {
    /// Imports a text as if it stood in a file of this path.
    private func plan(_ files: [(path: String, text: String)], prefix: String = "") throws -> ImportPlan {
        var importer = Importer(prefix: prefix, placement: "cluster")
        for (path, text) in files {
            let isTOML = path.hasSuffix(".toml")
            let document =
                isTOML ? try TOMLReader.read(Array(text.utf8)) : try JSONValue(parsing: text.utf8, allowsComments: true)
            _ = try importer.add(document, file: path, source: ImportSource(path: path))
        }
        #expect(!"\(importer.plan)".contains("hidden"))
        return importer.plan
    }

    /// `name config` of each service, without the placement.
    private func taken(_ plan: ImportPlan) -> [String] {
        plan.services.map { service in
            var members = service.configuration.objectValue ?? [:]
            #expect(members.removeValue(forKey: "placement") == "cluster")
            return "\(service.name) \(JSONValue.object(members))"
        }
    }

    @Test func `Claude Desktop: names become valid, secrets become references`() throws {
        let plan = try plan([("/c/claude_desktop_config.json", ConfigurationFiles.claudeDesktop)])
        #expect(
            taken(plan) == [
                #"Brave-Search {"args":["-y","@modelcontextprotocol/server-brave-search"],"command":"npx","env":{"BRAVE_API_KEY":"${BRAVE_API_KEY}"}}"#,
                #"filesystem {"args":["-y","@modelcontextprotocol/server-filesystem","/home/me/Documents"],"command":"npx"}"#,
            ]
        )
        #expect(plan.services[0].renamedFrom == "Brave Search")
        #expect(plan.services[0].variables == ["BRAVE_API_KEY"])
        #expect(plan.replacements.map(\.place) == ["'BRAVE_API_KEY' in 'env'"])
        #expect(plan.services[1].variables == [])
        #expect(plan.left == [])
    }

    @Test func `Claude Code: servers of the user and of all projects, and what is left says why`() throws {
        let plan = try plan([
            ("/p/.mcp.json", ConfigurationFiles.claudeCodeProject), ("/h/.claude.json", ConfigurationFiles.claudeCodeUser),
        ])
        #expect(
            taken(plan) == [
                #"github {"headers":{"Authorization":"Bearer ${API_KEY}"},"type":"http","url":"${API_BASE_URL:-https://api.example.com}/mcp"}"#,
                #"sentry {"type":"http","url":"https://mcp.sentry.dev/mcp"}"#,
                #"db {"args":["db","--dsn","postgres://u:${DB_PASSWORD}@h/db"],"command":"uvx","env":{},"type":"stdio"}"#,
            ]
        )
        #expect(plan.services.map(\.place) == ["mcpServers", "mcpServers", "project /home/me/one"])
        #expect(plan.left.map(\.name) == ["helped"])
        #expect(plan.left.first?.reason.hasPrefix("'headersHelper' runs a command") == true)
        #expect(plan.variables == ["API_KEY", "DB_PASSWORD"])
    }

    @Test func `Cursor: names of an envFile become references`() throws {
        let directory = try TemporaryDirectory("import")
        defer { directory.remove() }
        try "# x\nexport SECRET='hidden'\nAPI_KEY=hidden\n\nPLAIN = hidden # y\nnonsense".write(
            toFile: directory.path + "/.env",
            atomically: false,
            encoding: .utf8
        )
        let plan = try plan([(directory.path + "/.cursor/mcp.json", ConfigurationFiles.cursor)])
        #expect(
            taken(plan) == [
                #"local {"args":["${workspaceFolder}/server.py"],"command":"python","env":{"API_KEY":"${env:API_KEY}","PLAIN":"${PLAIN}","SECRET":"${SECRET}"}}"#,
                #"remote {"headers":{"X-Api-Key":"${REMOTE_API_KEY}"},"url":"https://h/sse"}"#,
            ]
        )
        #expect(plan.services[0].variables == ["API_KEY", "PLAIN", "SECRET", "WORKSPACE_FOLDER"])
        #expect(plan.services[0].notes == ["the variables of its 'envFile' became references: SECRET, API_KEY, PLAIN"])
    }

    @Test func `Cursor: an envFile that is not there leaves the service`() throws {
        let plan = try plan([("/nowhere/.cursor/mcp.json", ConfigurationFiles.cursor)])
        #expect(plan.services.map(\.name) == ["remote"])
        #expect(plan.left.map(\.reason) == ["its 'envFile' /nowhere/.env does not exist"])
    }

    @Test func `VS Code: comments, inputs, and the old place in the settings`() throws {
        let plan = try plan([
            ("/p/.vscode/mcp.json", ConfigurationFiles.visualStudioCode),
            ("/h/Code/User/settings.json", ConfigurationFiles.visualStudioCodeSettings),
        ])
        #expect(
            taken(plan) == [
                #"Perplexity {"args":["-y","server-perplexity-ask"],"command":"npx","env":{"PERPLEXITY_API_KEY":"${PERPLEXITY_KEY}"},"type":"stdio"}"#,
                #"fetch {"args":["mcp-server-fetch"],"command":"uvx","type":"stdio"}"#,
                #"time {"args":["mcp-server-time"],"command":"uvx"}"#,
            ]
        )
        #expect(plan.services[0].variables == ["PERPLEXITY_KEY"])
        #expect(plan.services[0].notes.first?.contains("${input:perplexity-key}") == true)
    }

    @Test func `Windsurf: disabled services and tools stay so`() throws {
        let plan = try plan([("/h/.codeium/windsurf/mcp_config.json", ConfigurationFiles.windsurf)])
        #expect(
            taken(plan) == [
                #"figma {"headers":{"API_KEY":"Bearer ${env:AUTH_TOKEN}"},"url":"https://h/mcp"}"#,
                #"old {"args":["old"],"command":"npx","disabled":true,"excludeTools":["rm"]}"#,
            ]
        )
        #expect(plan.services[0].variables == ["AUTH_TOKEN"])
    }

    @Test func `Gemini: variables with a mere dollar, both kinds of addresses`() throws {
        let plan = try plan([("/h/.gemini/settings.json", ConfigurationFiles.gemini)])
        #expect(
            taken(plan) == [
                #"py {"args":["-m","my_mcp_server"],"callTimeoutMs":15000,"command":"python","cwd":"./mcp_tools","env":{"API_KEY":"${API_KEY}","DATABASE":"${DB_URL}","OTHER_TOKEN":"${OTHER_TOKEN}"},"includeTools":["safe_tool"]}"#,
                #"web {"callTimeoutMs":5000,"headers":{"Authorization":"Bearer ${WEB_TOKEN}"},"type":"http","url":"https://h/mcp"}"#,
            ]
        )
        #expect(plan.left.map(\.name) == ["login"])
        #expect(plan.left.first?.reason.contains("OAuth") == true)
    }

    @Test func `Codex: TOML, forwarded variables, times in seconds`() throws {
        let plan = try plan([("/h/.codex/config.toml", ConfigurationFiles.codex)])
        #expect(
            taken(plan) == [
                #"context7 {"args":["-y","@upstash/context7-mcp"],"callTimeoutMs":45000,"command":"npx","env":{"CONTEXT7_API_KEY":"${CONTEXT7_API_KEY}","LOCAL_TOKEN":"${LOCAL_TOKEN}"},"includeTools":["search","summarize"],"startTimeoutMs":20000}"#,
                #"figma {"disabled":true,"headers":{"Authorization":"Bearer ${FIGMA_OAUTH_TOKEN}","X-Figma-Region":"us-east-1"},"url":"https://mcp.figma.com/mcp"}"#,
            ]
        )
        #expect(plan.replacements.map(\.variable) == ["CONTEXT7_API_KEY"])
    }

    @Test func `opencode: lists of words, references of its own`() throws {
        let plan = try plan([("/p/opencode.json", ConfigurationFiles.opencode)])
        #expect(
            taken(plan) == [
                #"everything {"args":["-y","@modelcontextprotocol/server-everything"],"command":"npx","env":{"MY_ENV_VAR":"v"},"type":"stdio"}"#,
                #"jira {"disabled":true,"headers":{"Authorization":"Bearer ${JIRA_KEY}"},"url":"https://jira.example.com/mcp"}"#,
            ]
        )
    }

    @Test func `One name in two files is taken once, with a prefix from both`() throws {
        let one = ("/a/.cursor/mcp.json", #"{"mcpServers":{"s":{"command":"x"}}}"#)
        let other = ("/b/.cursor/mcp.json", #"{"mcpServers":{"s":{"command":"y"}}}"#)
        let plan = try plan([one, other, ("/c/.cursor/mcp.json", one.1)], prefix: "my-")
        #expect(taken(plan) == [#"my-s {"command":"x"}"#])
        #expect(
            plan.left.map(\.reason) == [
                "another service of this name was taken from /a/.cursor/mcp.json: import this file alone with --name-prefix to have both",
                "the same stands in /a/.cursor/mcp.json, from which it was taken",
            ]
        )
    }

    @Test func `Two secrets of one name get two variables, one secret gets one`() throws {
        let text =
            #"{"mcpServers":{"#
            + #""a":{"command":"x","env":{"API_KEY":"hidden1"}},"b":{"command":"x","env":{"API_KEY":"hidden2"}},"#
            + #""c":{"command":"x","env":{"API_KEY":"hidden1"}}}}"#
        let plan = try plan([("/a/mcp.json", text)])
        #expect(plan.services.map(\.variables) == [["API_KEY"], ["B_API_KEY"], ["API_KEY"]])
        #expect(taken(plan)[1] == #"b {"command":"x","env":{"API_KEY":"${B_API_KEY}"}}"#)
    }

    @Test func `A secret in a field that nothing uses is left out, and stands in no message`() throws {
        let secret = "sk-hidden0123456789abcdef"
        let text =
            #"{"mcpServers":{"a":{"command":"x","apiKey":"hidden","color":"red","more":{"x":["\#(secret)"]}},"#
            + #""b":{"command":"x","type":"\#(secret)"}}}"#
        let plan = try plan([("/a/mcp.json", text)])
        #expect(taken(plan) == [#"a {"color":"red","command":"x"}"#])
        #expect(plan.services[0].notes.first?.hasSuffix("'apiKey', 'more'") == true)
        #expect(plan.left.map(\.reason) == ["'type' must be stdio, http or sse"])
    }

    @Test func `A reference to nothing is no variable, and an empty envFile gives none`() throws {
        let directory = try TemporaryDirectory("import")
        defer { directory.remove() }
        try "# nothing".write(toFile: directory.path + "/.env", atomically: false, encoding: .utf8)
        let plan = try plan([
            (directory.path + "/mcp.json", #"{"servers":{"a":{"command":"x","env":{"A":"${}"},"envFile":".env"}}}"#)
        ])
        #expect(plan.variables == [])
        #expect(plan.services.first?.notes == ["there are no variables in its 'envFile'"])
    }

    @Test func `A file with ten thousand servers is read in no time that grows with their square`() throws {
        let servers = JSONValue.object(Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("s\($0)", ["command": "x"]) }))
        let start = ContinuousClock.now
        #expect(try plan([("/a/mcp.json", JSONValue.object(["mcpServers": servers]).description)]).services.count == 10_000)
        // A second or two; it was a minute.
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func `What is imported twice is the same`() throws {
        let first = try plan([("/h/.gemini/settings.json", ConfigurationFiles.gemini)])
        let map = JSONValue.object(Dictionary(uniqueKeysWithValues: first.services.map { ($0.name, $0.configuration) }))
        let second = try plan([("/x.json", JSONValue.object(["mcpServers": map]).description)])
        #expect(second.services.map(\.configuration) == first.services.map(\.configuration))
        #expect(second.services.flatMap(\.notes) == [])
    }

    @Test func `A file without servers holds none`() throws {
        for text in ["{}", #"{"editor.fontSize": 1}"#, #"{"mcpServers":{}}"#, #"{"a":{"b":{"c":1}}}"#] {
            #expect(try plan([("/h/settings.json", text)]).services == [])
        }
    }

    @Test func `Known places are those of the folder before those of the home`() {
        let places = ImportSource.allCases.flatMap { $0.places(home: "/h", folder: "/f", environment: ["CODEX_HOME": "/x"]) }
        for path in [
            "/h/.config/Claude/claude_desktop_config.json", "/f/.mcp.json", "/h/.claude.json", "/f/.cursor/mcp.json",
            "/h/.cursor/mcp.json", "/f/.vscode/mcp.json", "/h/.config/Code/User/settings.json",
            "/h/.codeium/windsurf/mcp_config.json", "/h/.gemini/settings.json", "/x/config.toml", "/f/opencode.jsonc",
            "/h/.config/opencode/opencode.json",
        ] {
            #expect(places.contains(path), "\(path)")
            if !path.hasPrefix("/x/") { #expect(ImportSource(path: path) != nil, "\(path)") }
        }
        #expect(Set(places).count == places.count)
    }
}
