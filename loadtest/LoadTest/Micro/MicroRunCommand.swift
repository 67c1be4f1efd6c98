import ArgumentParser
import Glibc

/// `loadtest micro-run`: does pieces of the hot path, with a mark before and behind each. `loadtest micro` runs it under valgrind.
struct MicroRunCommand: ParsableCommand {
    static let name = "micro-run"
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Do pieces of the hot path over and over.",
        shouldDisplay: false
    )

    @Argument var pieces: [MicroPiece]

    @Option(help: "Rounds of each, such as for a profiler. (default: those that `micro` counts)")
    var rounds: Int?

    func validate() throws {
        if let piece = pieces.first(where: \.isOfRedis) {
            throw ValidationError("Redis does '\(piece.rawValue)', not this program")
        }
        if let rounds, !(1...1_000_000_000).contains(rounds) { throw ValidationError("--rounds takes 1 to 1000000000") }
    }

    func run() throws {
        for piece in pieces {
            let work = try MicroWorks.make(piece)
            let rounds = rounds ?? piece.rounds
            // What is made once and kept is made now.
            try Self.check(work.run(1), 1, work, piece)
            Self.setMark()
            let sum = try work.run(rounds)
            Self.setMark()
            try Self.check(sum, rounds, work, piece)
        }
    }

    /// The function of libc that says to callgrind where a piece begins and ends. Nothing else here calls it.
    static let mark = "getppid"

    private static func setMark() { _ = getppid() }

    private static func check(_ sum: Int, _ rounds: Int, _ work: any MicroWork, _ piece: MicroPiece) throws {
        guard sum == rounds * work.expected else {
            throw LoadTestError(
                "\(piece.rawValue): \(rounds) rounds gave \(sum), not \(rounds * work.expected): it does not work"
            )
        }
    }
}
