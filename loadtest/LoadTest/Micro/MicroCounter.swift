import Foundation
import LoadDriver

/// Counts the instructions of pieces of the hot path.
struct MicroCounter {
    /// Where callgrind's profile of each piece is kept; `nil`: nowhere.
    let profiles: String?

    /// Counts, in the order of the pieces.
    ///
    /// - Throws: ``LoadTestError`` where valgrind or redis-server are missing, or a piece does not do what it should.
    func count(_ pieces: [MicroPiece]) async throws -> [InstructionCount] {
        async let own = countOwn(pieces.filter { !$0.isOfRedis })
        async let redis = MicroRedis.count(pieces.filter(\.isOfRedis)) { try keep($1, of: $0) }
        let counts = try await own + redis
        return pieces.compactMap { piece in counts.first { $0.piece == piece.rawValue } }
    }

    private func countOwn(_ pieces: [MicroPiece]) async throws -> [InstructionCount] {
        guard !pieces.isEmpty else { return [] }
        let callgrind = try Callgrind()
        defer { callgrind.remove() }
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = [try await callgrind.stripped(executable), MicroRunCommand.name] + pieces.map(\.rawValue)
        let process = try callgrind.start("micro-run", program, mark: MicroRunCommand.mark)
        try await callgrind.finish(process)
        // Before each mark that opens a piece lies what does not count.
        let written = try callgrind.profiles
        guard written.count == 2 * pieces.count else {
            throw LoadTestError("the pieces did not all run under valgrind: \(callgrind.lastLines)")
        }
        return try zip(pieces, stride(from: 1, to: written.count, by: 2)).map { piece, index in
            try keep(written[index], of: piece)
            return piece.count(try callgrind.instructions(written[index]), rounds: piece.rounds, in: Self.environment)
        }
    }

    private func keep(_ profile: String, of piece: MicroPiece) throws {
        guard let profiles else { return }
        let place = "\(profiles)/\(piece.rawValue).callgrind"
        do {
            try FileManager.default.createDirectory(atPath: profiles, withIntermediateDirectories: true)
            if FileManager.default.fileExists(atPath: place) { try FileManager.default.removeItem(atPath: place) }
            try FileManager.default.copyItem(atPath: profile, toPath: place)
        } catch {
            throw LoadTestError("cannot write \(place): \(error.localizedDescription)")
        }
    }

    /// What the counts of our own code depend on, beside the code.
    static var environment: String {
        #if DEBUG
        let build = "debug"
        #else
        let build = "release"
        #endif
        #if compiler(>=6.5)
        let swift = "6.5 or later"
        #elseif compiler(>=6.4)
        let swift = "6.4"
        #elseif compiler(>=6.3)
        let swift = "6.3"
        #else
        let swift = "6.2"
        #endif
        return "\(build), Swift \(swift), \(architecture)"
    }

    static var architecture: String {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "arm64"
        #else
        "another processor"
        #endif
    }
}

extension MicroPiece {
    /// - Parameter total: The instructions of so many rounds.
    func count(_ total: Int, rounds: Int, in environment: String) -> InstructionCount {
        InstructionCount(
            piece: rawValue,
            operation: operation,
            environment: environment,
            instructions: Int((Double(total) / Double(rounds * operations)).rounded())
        )
    }
}
