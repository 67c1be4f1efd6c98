import Foundation
import TestSupport
import Testing

@testable import MCPStore

/// `mcpstore import` against a real Redis.
struct ImportCommandTests {
    /// A home with the files of several programs.
    private func withHome(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
        let directory = try TemporaryDirectory("import")
        defer { directory.remove() }
        for (name, text) in files {
            let url = URL(fileURLWithPath: directory.path).appendingPathComponent(name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: false, encoding: .utf8)
        }
        try await body(directory.path)
    }

    @Test func `A file is taken, its secrets are not, and each service is told of`() async throws {
        try await withStore { fixture in
            try await withHome([".codex/config.toml": ConfigurationFiles.codex]) { home in
                let file = home + "/.codex/config.toml"
                let run = try await fixture.command("import", file)
                #expect(run.status == .exited(0), "\(run.err)")
                #expect(run.err == "")
                #expect(
                    run.out == """
                        \(file) (codex)
                          took  context7: npx -y @upstash/context7-mcp
                                'CONTEXT7_API_KEY' in 'env' became ${CONTEXT7_API_KEY}: set CONTEXT7_API_KEY in the environment of the workers
                          took  figma: https://mcp.figma.com/mcp
                        set in the environment of the workers: CONTEXT7_API_KEY, FIGMA_OAUTH_TOKEN, LOCAL_TOKEN
                        added: context7, figma
                        next: mcpstore service wait context7

                        """
                )
                let services = try await fixture.context.listServices()
                #expect(services.map(\.name) == ["context7", "figma"])
                #expect(services.map { String(decoding: $0.configuration, as: UTF8.self).contains("hidden") } == [false, false])
                #expect(services[1].status == "disconnected")
                #expect(services[1].reason == "disabled by its configuration")
                let again = try await fixture.command("import", file)
                #expect(again.out.contains("unchanged: context7, figma\n"))
            }
        }
    }

    @Test func `Services that are there stay, unless they are to be replaced`() async throws {
        try await withStore { fixture in
            try await fixture.context.addService(["name": "time", "command": "mine"])
            try await withHome(["a.json": ConfigurationFiles.visualStudioCodeSettings]) { home in
                let run = try await fixture.command("import", home + "/a.json", "--json")
                #expect(run.status == .exited(2))
                let json = try JSONValue(parsing: run.out.utf8)
                #expect(json["taken"] == [])
                #expect(json["left"]?.arrayValue?.first?["name"] == "time")
                #expect(try await fixture.context.serviceInfo("time").target == "mine")
                let prefixed = try await fixture.command("import", home + "/a.json", "--name-prefix", "vs-")
                #expect(prefixed.out.contains("added: vs-time\n"))
                let replaced = try await fixture.command("import", home + "/a.json", "--replace")
                #expect(replaced.out.contains("replaced: time\n"))
                #expect(try await fixture.context.serviceInfo("time").target == "uvx mcp-server-time")
            }
        }
    }

    @Test func `Without a file what is found is listed, and added where that is asked for`() async throws {
        try await withStore { fixture in
            let files = [
                ".cursor/mcp.json": #"{"mcpServers":{"a":{"command":"x","env":{"TOKEN":"hidden"}}}}"#,
                ".gemini/settings.json": #"{"mcpServers":{"b":{"httpUrl":"http://h/mcp"}}}"#,
                ".codeium/windsurf/mcp_config.json": "not JSON",
            ]
            try await withHome(files) { home in
                var environment = fixture.environment
                environment["HOME"] = home
                let list = try await CommandRun.run(["import"], environment: environment)
                #expect(list.status == .exited(0), "\(list.err)")
                #expect(list.out.contains("\(home)/.cursor/mcp.json (cursor)\n  would take  a: x\n"))
                #expect(list.out.contains("\(home)/.gemini/settings.json (gemini)\n  would take  b: http://h/mcp\n"))
                #expect(list.out.contains("left  \(home)/.codeium/windsurf/mcp_config.json is not JSON"))
                #expect(list.err == "nothing was added: mcpstore import --all, --from PROGRAM or FILE… does that\n")
                #expect(try await fixture.context.listServices().isEmpty)
                let one = try await CommandRun.run(["import", "--from", "gemini"], environment: environment)
                #expect(one.status == .exited(0))
                #expect(try await fixture.context.listServices().map(\.name) == ["b"])
                let all = try await CommandRun.run(["import", "--all", "--json"], environment: environment)
                #expect(!all.out.contains("hidden"))
                let json = try JSONValue(parsing: all.out.utf8)
                #expect(json["added"] == ["a"])
                #expect(json["unchanged"] == ["b"])
                #expect(json["variables"] == ["TOKEN"])
                #expect(
                    json["taken"]?.arrayValue?.first?["replaced_secrets"] == [["place": "'TOKEN' in 'env'", "variable": "TOKEN"]]
                )
            }
        }
    }

    @Test func `A dry run needs no Redis`() async throws {
        try await withHome([".mcp.json": ConfigurationFiles.claudeCodeProject]) { home in
            let run = try await CommandRun.run(["import", home + "/.mcp.json", "--dry-run"])
            #expect(run.status == .exited(0), "\(run.err)")
            #expect(run.out.contains("  would take  github: ${API_BASE_URL:-https://api.example.com}/mcp\n"))
            #expect(run.out.contains("  left  helped: 'headersHelper' runs a command"))
            #expect(run.err == "")
        }
    }

    @Test func `What cannot be read is said with its line`() async throws {
        try await withHome(["a.toml": "[mcp_servers.x]\ncommand = \"y\" z\n", "b.json": "{\n  \"mcpServers\": }"]) { home in
            let toml = try await CommandRun.run(["import", home + "/a.toml"])
            #expect(toml.status == .exited(2))
            #expect(toml.err == "mcpstore: \(home)/a.toml is not TOML: expected the end of the line at line 2\n")
            let json = try await CommandRun.run(["import", home + "/b.json"])
            #expect(json.err == "mcpstore: \(home)/b.json is not JSON: expected a value at line 2, column 17\n")
            let none = try await CommandRun.run(["import", home + "/none.json"])
            #expect(none.err == "mcpstore: the file \(home)/none.json does not exist\n")
            let program = try await CommandRun.run(["import", "--from", "emacs"])
            #expect(program.status == .exited(2))
        }
    }

    @Test func `S4: service add reads such files too`() async throws {
        try await withStore { fixture in
            try await withHome(["config.toml": ConfigurationFiles.codex, "mcp.json": ConfigurationFiles.visualStudioCode]) {
                home in
                let toml = try await fixture.command("service", "add", "--from", home + "/config.toml")
                #expect(toml.status == .exited(0), "\(toml.err)")
                #expect(toml.err.contains("warning: context7: 'CONTEXT7_API_KEY' in 'env' is stored in Redis in clear"))
                #expect(!toml.err.contains("hidden"))
                let json = try await fixture.command("service", "add", "--from", home + "/mcp.json")
                #expect(json.status == .exited(0), "\(json.err)")
                #expect(
                    try await fixture.context.listServices().map(\.name) == ["Perplexity", "context7", "fetch", "figma"]
                )
            }
        }
    }
}
