import Foundation
import Glibc

/// Starts processes with pipes for their streams.
enum Spawn {
    struct Started: Sendable {
        let processIdentifier: pid_t
        /// Our end of its stdin.
        let input: Int32?
        /// Our end of its stdout and stderr.
        let output: Int32
    }

    /// Starts `command` so that the kernel kills it when the thread that calls this ends.
    static func start(_ command: [String], environment: [String: String], hasInput: Bool) throws(PeerError) -> Started {
        var input: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        defer { for descriptor in [input[0], output[1]] where descriptor >= 0 { close(descriptor) } }
        // Sockets, not pipes: they can be made close-on-exec at once (Swift's Glibc has no pipe2), so that no other child
        // keeps them open, and written to without SIGPIPE.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &output) == 0, !hasInput || socketpair(AF_UNIX, kind, 0, &input) == 0 else {
            throw PeerError("socketpair: \(String(cString: strerror(errno)))")
        }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if hasInput {
            posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO)

        // Threads of Dispatch and Foundation block nearly all signals, and a child would inherit that: deaf to SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let words = ["setpriv", "--pdeathsig", "KILL", "--"] + command
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let arguments = CStrings(words)
        let settings = CStrings(variables)
        var processIdentifier = pid_t()
        let status = posix_spawnp(&processIdentifier, "setpriv", &actions, &attributes, arguments.pointers, settings.pointers)
        guard status == 0 else {
            for descriptor in [input[1], output[0]] where descriptor >= 0 { close(descriptor) }
            throw PeerError("cannot start \(command): \(String(cString: strerror(status)))")
        }
        return Started(processIdentifier: processIdentifier, input: hasInput ? input[1] : nil, output: output[0])
    }

    /// A list of C strings that ends with nil, as exec takes it.
    private final class CStrings {
        let pointers: [UnsafeMutablePointer<CChar>?]

        init(_ texts: [String]) {
            self.pointers = texts.map { strdup($0) } + [nil]
        }

        deinit {
            for pointer in self.pointers { free(pointer) }
        }
    }
}
