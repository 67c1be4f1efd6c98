import Foundation
import TestSupport
import Testing

@Suite struct DebugLogTests {
    /// The secrets of the test, in the forms in which a careless log would show them.
    private static let secrets = [
        "password-4711-9a", "token-8c1f0b6e", "environment-52aa90", "argument-77e1d3", "answer-0d4f9c",
    ]

    private static func forms(of secret: String) -> [String] {
        let base64 = Data(secret.utf8).base64EncodedString().trimmingCharacters(in: ["="])
        let allowed = CharacterSet.alphanumerics
        return [secret, base64, secret.addingPercentEncoding(withAllowedCharacters: allowed)].compactMap(\.self)
    }

    private static func options(isDebug: Bool) -> ClusterFixture.Options {
        var options = ClusterFixture.Options()
        options.workers = 1
        options.workerArguments = isDebug ? ["--debug"] : []
        options.coordinatorArguments = isDebug ? ["--debug"] : []
        options.redis.password = Self.secrets[0]
        return options
    }

    /// Adds a stdio service with a secret variable and an HTTP service with a token, and calls both with secret arguments.
    ///
    /// - Returns: Everything that any process logged.
    private static func run(_ cluster: ClusterFixture, isDebug: Bool) async throws -> String {
        let debug = isDebug ? ["--debug"] : []
        let peer = try await PeerServer.toolServer()
        var log = ""
        do {
            try await cluster.add("local", options: ["--env", "API_KEY=\(secrets[2])"] + debug)
            try await cluster.add("remote", url: peer.url, options: ["--header", "Authorization: Bearer \(secrets[1])"] + debug)
            for service in ["local", "remote"] {
                let call = try await cluster.succeed(
                    ["call", "\(service)_echo", #"{"text":"\#(secrets[3]) \#(secrets[4])"}"#] + debug
                )
                #expect(call.output.contains(secrets[3]))
                log += call.error
                log += try await cluster.succeed(["service", "show", service] + debug).error
            }
            log += try await cluster.succeed(["status"] + debug).error
            log += try await cluster.succeed(["service", "remove", "remote"] + debug).error
        } catch {
            await peer.stop()
            throw error
        }
        await peer.stop()
        return (cluster.workers + cluster.coordinators).reduce(log) { $0 + $1.log }
    }

    @Test func `S19: debug shows every Redis command and MCP request, and no payload and no secret`() async throws {
        try await withCluster(Self.options(isDebug: true)) { cluster in
            let log = try await Self.run(cluster, isDebug: true)
            for secret in Self.secrets {
                for form in Self.forms(of: secret) { #expect(!log.contains(form), "'\(form)' is in the log") }
            }
            let lines = log.split(separator: "\n").map(String.init)
            func line(_ parts: String...) -> String? { lines.first { line in parts.allSatisfy(line.contains) } }
            // The way of one call: submitted, fetched, run, settled.
            #expect(line("Redis XADD", "redis_key=default:default:jobs:local", "redis_bytes_sent=", "redis_duration=") != nil)
            #expect(line("Redis XREADGROUP", "waited for something", "redis_blocking=true") != nil)
            #expect(line("Redis EVALSHA finish", "redis_script=finish", "redis_key=default:default:jobs:") != nil)
            for service in ["local", "remote"] {
                let request = line("MCP request tools/call", "service=default:default/\(service)", "mcp_name=echo")
                for part in ["mcp_duration=", "mcp_bytes_sent=", "mcp_bytes_received=", "mcp_outcome=ok"] {
                    #expect(request?.contains(part) == true, "\(request ?? "no line for \(service)") lacks \(part)")
                }
                #expect(line("MCP call tools/call", "service=\(service)", "mcp_outcome=ok", "worker=w-") != nil)
            }
            // Scripts are named, also when their source is sent, and shown as nothing else.
            #expect(line("Redis EVAL") != nil)
            #expect(!lines.contains { $0.contains("Redis EVAL") && !$0.contains("redis_script=") })
        }
    }

    @Test func `S19: without debug nothing is logged of commands and requests`() async throws {
        try await withCluster(Self.options(isDebug: false)) { cluster in
            let log = try await Self.run(cluster, isDebug: false)
            for part in ["redis_command", "mcp_method", "debug", "Redis XADD"] { #expect(!log.contains(part), "\(log)") }
            let commands = log.split(separator: "\n").filter { !$0.contains("Z info ") && !$0.contains("Z warning ") }
            #expect(commands.isEmpty, "client commands log nothing: \(commands)")
        }
    }
}
