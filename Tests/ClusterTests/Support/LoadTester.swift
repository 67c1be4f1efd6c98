import Foundation
import Glibc
import TestSupport

/// A run of the built `loadtest`. Its standard output and error go into files, so that it shows no progress.
final class LoadTester: Sendable {
    let directory: TemporaryDirectory
    private let child: ChildProcess

    private init(_ child: ChildProcess, _ directory: TemporaryDirectory) {
        self.child = child
        self.directory = directory
    }

    /// What a run has left.
    typealias Result = (status: TestSupport.ExitStatus, out: String, err: String)

    /// Starts it.
    static func start(_ arguments: [String], in directory: TemporaryDirectory, standardOutput: String = "out") throws
        -> LoadTester
    {
        let output = standardOutput.hasPrefix("/") ? standardOutput : "\(directory.path)/\(standardOutput)"
        let child = try ChildProcess.start(
            [
                "/bin/sh", "-c", "exec \"$@\" </dev/null >\(output) 2>\(directory.path)/err", "sh",
                BuiltProduct.path(of: "loadtest"),
            ] + arguments
        )
        return LoadTester(child, directory)
    }

    /// One run to its end.
    static func run(_ arguments: [String], in directory: TemporaryDirectory) async throws -> Result {
        try await start(arguments, in: directory).finish()
    }

    /// The processes that it has started.
    func processes() throws -> Set<pid_t> { try ProcessTable.descendants(of: child.processIdentifier) }

    func signal(_ number: Int32) { child.signal(number) }

    func finish(within deadline: Duration = .seconds(180)) async throws -> Result {
        let status = try await child.exit(within: deadline)
        let read = { (name: String) in
            (try? String(contentsOfFile: self.directory.path + "/" + name, encoding: .utf8)) ?? ""
        }
        return (status, read("out"), read("err"))
    }
}
