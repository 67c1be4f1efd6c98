import Foundation
import Glibc
import LoadDriver
import LocalProcess
import NIOConcurrencyHelpers

/// Runs programs under valgrind's callgrind, which writes a profile of what it has counted at each call of a function that serves
/// as a mark.
///
/// A count of instructions is nearly the same in each run, whatever else the machine does; times are not.
final class Callgrind: Sendable {
    /// valgrind runs programs some fifty times slower than they are.
    private static let longest = Duration.seconds(600)
    private static let keptLines = 20

    private let valgrind: String
    private let directory: String
    private let lines = NIOLockedValueBox<[String]>([])

    /// - Throws: ``LoadTestError`` where valgrind is not installed.
    init() throws {
        let path: [String] = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = (path + ["/usr/bin", "/usr/local/bin"]).map { "\($0)/valgrind" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let found else {
            throw LoadTestError("valgrind is not installed, and instructions are counted with it: apt-get install valgrind")
        }
        valgrind = found
        var template = Array("\(NSTemporaryDirectory())/loadtest-micro-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LoadTestError("cannot make a directory in \(NSTemporaryDirectory()): \(String(cString: strerror(errno)))")
        }
        directory = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// A copy of a program without what is for debuggers, which valgrind 3.19 cannot read where Swift 6.3 has written it.
    ///
    /// - Throws: ``LoadTestError`` where there is no strip.
    func stripped(_ program: String) async throws -> String {
        let copy = "\(directory)/\((program as NSString).lastPathComponent)"
        let outlet = ProcessOutlet { [lines] line in lines.withLockedValue { $0 = [line] } }
        let strip = try GuardedProcess("strip", ["/usr/bin/env", "strip", "--strip-debug", "-o", copy, program], output: outlet)
        try await finish(strip)
        guard FileManager.default.isExecutableFile(atPath: copy) else {
            throw LoadTestError("strip of binutils cannot copy \(program): \(lastLines)")
        }
        return copy
    }

    /// Starts a program; ``profiles`` are what it has written until now.
    ///
    /// - Parameter mark: A function of libc that the program calls to mark a moment, and for nothing else.
    func start(_ name: String, _ program: [String], mark: String) throws -> GuardedProcess {
        let options = [
            "--command-line-only=yes", "--quiet", "--tool=callgrind", "--dump-line=no",
            "--callgrind-out-file=\(directory)/profile", "--dump-before=\(mark)",
        ]
        let outlet = ProcessOutlet { [lines] line in
            lines.withLockedValue { lines in
                lines.append(line)
                if lines.count > Self.keptLines { lines.removeFirst() }
            }
        }
        // Tables that are laid out the same in each run.
        let environment: [String: String?] = ["SWIFT_DETERMINISTIC_HASHING": "1"]
        return try GuardedProcess(name, [valgrind] + options + program, environment: environment, output: outlet)
    }

    /// Waits until a program has ended by itself.
    ///
    /// - Throws: ``LoadTestError`` after ten minutes; `CancellationError` where the task is cancelled. It is ended then.
    func finish(_ process: GuardedProcess) async throws {
        let isLate = NIOLockedValueBox(false)
        let limit = Task {
            try await Task.sleep(for: Self.longest)
            isLate.withLockedValue { $0 = true }
            process.release()
        }
        defer { limit.cancel() }
        await withTaskCancellationHandler {
            await process.waitUntilExit()
        } onCancel: {
            process.release()
        }
        try Task.checkCancellation()
        if isLate.withLockedValue({ $0 }) { throw LoadTestError("\(process.name) under valgrind took more than ten minutes") }
    }

    /// The profiles that were written at marks, in their order: each counts from the mark before it.
    var profiles: [String] {
        get throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            let numbers = names.compactMap { $0.hasPrefix("profile.") ? Int($0.dropFirst("profile.".count)) : nil }
            return numbers.sorted().map { "\(directory)/profile.\($0)" }
        }
    }

    /// - Throws: ``LoadTestError`` where the file is no whole profile.
    func instructions(_ profile: String) throws -> Int {
        let text = try String(contentsOfFile: profile, encoding: .utf8)
        guard let count = CallgrindProfile.instructions(text) else {
            throw LoadTestError("\(profile) of valgrind holds no count of instructions")
        }
        return count
    }

    /// Removes all profiles; to be called when the programs have ended.
    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// What the program has said last, as a reason why it did not do what it should.
    var lastLines: String {
        let text = lines.withLockedValue { $0.joined(separator: "\n") }
        return text.isEmpty ? "it said nothing" : text
    }
}
