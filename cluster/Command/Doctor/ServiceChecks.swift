import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOCore

/// Services that are not ready, whose program is not on this machine, or whose references are not set here.
struct ServiceChecks {
    let client: RedisClient
    let space: Space
    /// What a worker on this machine would be given.
    var variables = WorkerSettings.ownVariables

    func findings() async -> [Finding] {
        do {
            let registry = RedisRegistry(space: space, client: client)
            let services = try await registry.services()
            if services.isEmpty { return [.ok("services", "\(space) has no services")] }
            let states = try await registry.states(services.map(\.name))
            var findings: [Finding] = []
            var ready = 0
            for service in services {
                let state = states[service.name] ?? .none
                let configuration = Self.configuration(of: service)
                // It was switched off on purpose.
                if configuration?.disabled == true { continue }
                let isEmbedded = configuration?.placement == "embedded"
                if state.status.isReady { ready += 1 } else { findings.append(trouble(service.name, state, isEmbedded)) }
                findings += configuration.map { check(service.name, $0) } ?? [unreadable(service.name)]
            }
            return [
                .ok("services", "\(ready) of \(services.count.counted("service")) \(services.count == 1 ? "is" : "are") ready")
            ] + findings
        } catch {
            return [Doctor.unchecked("services", error)]
        }
    }

    /// `nil` where it cannot be read, which is a finding of its own.
    private static func configuration(of service: ServiceDocument) -> ServiceConfiguration? {
        do { return try ServiceConfiguration(service) } catch { return nil }
    }

    private func unreadable(_ name: String) -> Finding {
        let advice = "write it again with mcpstore service add --replace\(space.commandOptions)"
        return .fail("service", "the configuration of '\(name)' cannot be read", advice)
    }

    private func trouble(_ name: String, _ state: ServiceState, _ isEmbedded: Bool) -> Finding {
        var text = "'\(name)' is \(state.status)"
        if !state.reason.isEmpty { text += ": \(state.reason)" }
        if !state.error.isEmpty, !state.reason.contains(state.error) { text += " (\(state.error))" }
        if let line = state.stderr.last { text += "; its server last wrote: \(line)" }
        let absent =
            isEmbedded
            ? "start a store of this space, which runs it, or mcpstore service patch \(name)\(space.commandOptions) '{\"placement\":\"cluster\"}'"
            : "start a coordinator and a worker that serves \(state.status == .disconnected ? "its space" : "it")"
        let advice =
            state.workers.isEmpty
            ? absent
            : "mcpstore service show \(name)\(space.commandOptions); after a correction mcpstore service restart \(name)\(space.commandOptions)"
        let isStarting = state.status == .initializing || state.status == .reconnecting
        return isStarting ? .warn("service", text, advice) : .fail("service", text, advice)
    }

    private func check(_ name: String, _ configuration: ServiceConfiguration) -> [Finding] {
        var findings: [Finding] = []
        if let missing = unresolved(configuration) {
            findings.append(
                .warn(
                    "variables",
                    "'\(name)' refers to ${\(missing.name)} in \(missing.place), which is not set here",
                    "workers that host it need \(missing.name) in their environment"
                )
            )
        } else if let command = configuration.command, let program = missingProgram(command, configuration) {
            findings.append(
                .warn(
                    "programs",
                    "'\(name)' runs '\(program)', which is not on this machine",
                    "it must be on every machine with a worker that may host it\(Self.hint(program))"
                )
            )
        }
        return findings
    }

    private func unresolved(_ configuration: ServiceConfiguration) -> VariableResolver.Unresolved? {
        let resolver = VariableResolver(variables: variables)
        var texts: [(String, String)] = []
        if let command = configuration.command { texts.append(("command", command)) }
        if let url = configuration.url { texts.append(("url", url)) }
        if let cwd = configuration.cwd { texts.append(("cwd", cwd)) }
        texts += (configuration.args ?? []).enumerated().map { ("argument \($0 + 1)", $1) }
        texts += (configuration.env ?? [:]).sorted { $0.key < $1.key }.map { ("env.\($0.key)", $0.value) }
        texts += (configuration.headers ?? [:]).sorted { $0.key < $1.key }.map { ("headers.\($0.key)", $0.value) }
        for (place, text) in texts {
            var secrets: Set<String> = []
            do throws(VariableResolver.Unresolved) {
                _ = try resolver.resolve(text, place: place, secrets: &secrets)
            } catch {
                return error
            }
        }
        return nil
    }

    /// The program, where it cannot be found as a worker on this machine would look for it.
    private func missingProgram(_ command: String, _ configuration: ServiceConfiguration) -> String? {
        var secrets: Set<String> = []
        let resolver = VariableResolver(variables: variables)
        let program: String
        do { program = try resolver.resolve(command, place: "command", secrets: &secrets) } catch { return nil }
        guard !program.contains("/") else {
            let path = program.hasPrefix("/") ? program : (configuration.cwd ?? ".") + "/" + program
            return FileManager.default.isExecutableFile(atPath: path) ? nil : command
        }
        let path = configuration.env?["PATH"] ?? variables["PATH"] ?? "/usr/bin:/bin"
        let found = path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
        return found ? nil : command
    }

    private static func hint(_ program: String) -> String {
        switch program {
        case "npx", "npm", "node": "; it comes with Node.js (apt-get install npm)"
        case "uvx", "uv": "; it comes with uv (pip install uv)"
        case "docker": "; install Docker, and let the worker's user use it"
        case "python", "python3": "; apt-get install python3"
        default: ""
        }
    }
}
