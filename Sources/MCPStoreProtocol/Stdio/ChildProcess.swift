import NIOCore
import Subprocess
import SystemPackage

/// A child under its guardian. swift-subprocess starts the guardian and waits for it by its process descriptor, without a
/// thread or a signal handler of ours; everything that swift-subprocess cannot do on Linux the guardian does.
enum ChildProcess {
    /// How a guardian ended.
    enum Status: Sendable, Equatable {
        case exited(Int)
        case signaled(Int)
        /// It was started, but nobody can say how it ended.
        case unknown(String)

        /// For a person, after "the server".
        var text: String {
            switch self {
            case .exited(126): "could not be run (exit code 126)"
            case .exited(127): "was not found (exit code 127)"
            case .exited(let code) where code > 128 && code < 160: "was ended by signal \(code - 128)"
            case .exited(let code): "ended with exit code \(code)"
            case .signaled(let signal): "was ended by signal \(signal) together with its guardian"
            case .unknown(let reason): "ended (\(reason))"
            }
        }
    }

    /// What is to be started.
    struct Plan: Sendable {
        var guardian: GuardianProgram
        var arguments: [String]
        var environment: [String: String]

        init(guardian: GuardianProgram, server: StdioServer, limits: SessionLimits) {
            self.guardian = guardian
            self.environment = ChildEnvironment.make(declared: server.environment)
            self.arguments = [
                "--grace-ms", "\(limits.closeGrace.wholeMilliseconds)",
                "--term-ms", "\(limits.terminateGrace.wholeMilliseconds)",
            ]
            if let directory = server.workingDirectory { self.arguments += ["--cwd", directory] }
            if let count = limits.childOpenFiles { self.arguments += ["--limit-nofile", "\(count)"] }
            if let size = limits.childAddressSpaceMiB { self.arguments += ["--limit-as-mb", "\(size)"] }
            self.arguments += ["--", server.command] + server.arguments
        }
    }

    /// Starts the guardian with the child's ends of the pipes, which are closed here in any case.
    ///
    /// - Parameters:
    ///   - onStart: Called once, with the guardian's process id, or with what kept it from starting.
    ///   - onExit: Called once after a start that went well, when guardian and child and all descendants are gone.
    static func start(
        _ plan: Plan,
        pipes: ChildPipes,
        onStart: @escaping @Sendable (Result<Int32, MCPError>) -> Void,
        onExit: @escaping @Sendable (Status) -> Void
    ) {
        // Detached: the child belongs to the session, not to the task that opens it.
        Task.detached {
            var environment: [Environment.Key: String] = [:]
            for (key, value) in plan.environment {
                if let key = Environment.Key(rawValue: key) { environment[key] = value }
            }
            let started = OnceFlag()
            do {
                let result = try await Subprocess.run(
                    .path(FilePath(plan.guardian.path)),
                    arguments: plan.guardian.arguments(plan.arguments),
                    environment: .custom(environment),
                    input: .fileDescriptor(FileDescriptor(rawValue: pipes.input.read), closeAfterSpawningProcess: true),
                    output: .fileDescriptor(FileDescriptor(rawValue: pipes.output.write), closeAfterSpawningProcess: true),
                    error: .fileDescriptor(FileDescriptor(rawValue: pipes.error.write), closeAfterSpawningProcess: true)
                ) { execution in
                    started.set()
                    onStart(.success(execution.processIdentifier.value))
                }
                switch result.terminationStatus {
                case .exited(let code): onExit(.exited(Int(code)))
                case .signaled(let signal): onExit(.signaled(Int(signal)))
                }
            } catch {
                if started.isSet {
                    onExit(.unknown("its end could not be observed"))
                } else {
                    onStart(.failure(MCPError(.startFailed, "cannot start \(plan.guardian.path): \(error)")))
                }
            }
        }
    }
}
