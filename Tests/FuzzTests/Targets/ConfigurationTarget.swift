import Foundation
import NIOCore

@testable import MCPStore
@testable import MCPStoreCoordinator
@testable import MCPStoreQueue
@testable import MCPStoreWorker

extension FuzzTarget {
    /// Configuration files of people and programs, JSONC or TOML.
    ///
    /// What is stored of them is read by workers and coordinators, and stays the same when it is parsed again; what is told of
    /// them holds no secret; imports hold none either.
    static let configuration = FuzzTarget(
        name: "configuration",
        tokens: [
            "\"mcpServers\":{", "\"servers\":{", "\"mcp\":{", "\"command\":", "\"args\":[", "\"env\":{", "\"url\":",
            "\"headers\":{",
            "\"type\":\"http\"", "\"type\":\"sse\"", "\"timeout\":", "\"disabled\":true", "\"tools\":[\"*\"]", "\"cwd\":\"/\"",
            "${A}",
            "${input:a-b}", "{env:X}", "${", "}", "{", "\"", ",", ":", "null", "\"concurrency\":", "\"replicas\":",
            "\"agents\":{",
            "\"isolation\":\"perCall\"", "\"placement\":\"cluster\"", "\"startTimeoutMs\":", "//x\n", "[mcp_servers.a]\n",
            "[[a]]\n",
            "a.b = 1\n", "command = 'x'\n", "\"auth\":\"tok\"", "\"bearer_token_env_var\":\"T\"", "\"inputs\":[{\"id\":\"a-b\"}]",
            "\"env_vars\":[\"A\"]", "\"callTimeoutMs\":", "\"labels\":{\"a\":\"b\"}", "\"idempotentTools\":[\"t\"]",
        ],
        check: { input in
            for isTOML in [false, true] {
                guard let value = try? ServiceFile.parse(Data(input), isTOML: isTOML, what: "f") else { continue }
                try ConfigurationText.checkServices(value)
                try ConfigurationText.checkImport(value)
            }
        }
    )
}

/// Configurations of services.
enum ConfigurationText {
    static func checkServices(_ value: JSONValue) throws {
        let parser = MCPServersParser(placement: "cluster")
        let parsed: ParsedServices
        do { parsed = try parser.parse(value) } catch { return }
        for (name, stored) in parsed.services {
            try hold(Name.isValid(name), "a name that is none: \(name)")
            let again: ParsedServices
            do {
                again = try parser.parse(try JSONValue(parsing: stored.readableBytesView), name: name)
            } catch {
                throw FuzzFinding("stored configuration is refused: \(error) in \(String(buffer: stored))")
            }
            try same(
                again.services.map { String(buffer: $0.configuration) },
                [String(buffer: stored)],
                "stored configuration changes"
            )
            let document = ServiceDocument(name: name, version: 1, updated: "", by: "", configuration: stored)
            let configuration: ServiceConfiguration
            do {
                configuration = try ServiceConfiguration(document)
            } catch {
                throw FuzzFinding("a worker cannot read stored configuration: \(error) in \(String(buffer: stored))")
            }
            do { _ = try PlacementSettings(stored) } catch { throw FuzzFinding("a coordinator cannot read stored configuration") }
            let variables = VariableResolver(variables: ["A": "1", "HOME": "/h"])
            if let space = Space("a:w") {
                _ = try? ServerResolver(variables: variables, policy: .any).resolve(configuration, in: space)
            }
            _ = configuration.mayRunAgain("t", readOnly: false, idempotent: true)
            _ = try? JSONValue(parsing: stored.readableBytesView).merging(value)
        }
    }

    /// No secret in a plan, nor in what it says.
    static func checkImport(_ value: JSONValue) throws {
        var importer = Importer(prefix: "", placement: "cluster")
        _ = try? importer.add(value, file: "/f/mcp.json", source: nil)
        _ = String(describing: importer.plan)
        _ = try? ServerMap.all(in: value.objectValue ?? [:])
    }
}
