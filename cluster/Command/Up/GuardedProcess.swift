import Foundation
import MCPStoreProtocol

/// A process of the local cluster, under the guardian: it never outlives this one, also when this one is killed, because the
/// guardian sees the end of the pipe whose other end is held here.
final class GuardedProcess: @unchecked Sendable {
    // @unchecked: Foundation's Process and Pipe are not Sendable; both are set up in init and only closed and waited for after.
    let name: String
    private let process = Process()
    private let hold = Pipe()

    /// - Parameters:
    ///   - grace: How long it may take to end once this process lets go of it.
    ///   - output: Gets what it writes to its standard output and error.
    init(_ name: String, _ command: [String], grace: Duration, output: FileHandle) throws {
        self.name = name
        let milliseconds = String(Int(grace / .milliseconds(1)))
        process.executableURL = URL(fileURLWithPath: try GuardianProgram.path())
        // A hang-up is answered with SIGTERM at once: these processes shut down in order on it, and have no use for the wait.
        process.arguments = ["--null-stdin", "--grace-ms", "0", "--term-ms", milliseconds, "--"] + command
        process.standardInput = hold
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try hold.fileHandleForReading.close()
    }

    var isRunning: Bool { process.isRunning }

    /// Lets go: the guardian ends it, with SIGTERM first.
    func release() {
        do { try hold.fileHandleForWriting.close() } catch {
            // Closed already: it was released before.
            return
        }
    }

    /// Waits for its end; bounded by its grace, after which the guardian kills it.
    func waitUntilExit() {
        process.waitUntilExit()
    }
}
