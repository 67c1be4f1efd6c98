/// One run over one target: iterations in children, findings made small and told apart.
struct FuzzRun {
    /// When a run is over.
    enum Limit: Sendable {
        case iterations(Int)
        case time(Duration)
    }

    /// What was found.
    struct Finding {
        var ending: Attempt.Ending
        var iteration: Int
        var input: [UInt8]
    }

    /// After so many different ones there is enough to do.
    private static let mostFindings = 8
    private static let batch = 500

    let inputs: FuzzInputs
    private(set) var findings: [Finding] = []
    /// Inputs that showed what had been found already.
    private(set) var repeats = 0
    private(set) var iterations = 0

    init(_ inputs: FuzzInputs) { self.inputs = inputs }

    /// - Parameter found: Gets each finding as soon as it is there.
    mutating func run(until limit: Limit, found: (Finding) -> Void) {
        let began = ContinuousClock.now
        var next = 0
        while self.findings.count < Self.mostFindings, self.repeats < 1000 {
            let end: Int
            switch limit {
            case .iterations(let count): end = min(next + Self.batch, count)
            case .time(let time): end = ContinuousClock.now - began < time ? next + Self.batch : next
            }
            guard next < end else { break }
            let inputs = self.inputs
            let (ending, step) = Attempt.run(next..<end) { try inputs.target.check(inputs.input($0)) }
            next = ending == .passed ? end : step + 1
            self.iterations = next
            guard ending != .passed else { continue }
            guard !self.findings.contains(where: { $0.ending.isLike(ending) }) else {
                self.repeats += 1
                continue
            }
            var minimiser = Minimiser(target: inputs.target, trouble: ending)
            let finding = Finding(ending: ending, iteration: step, input: minimiser.minimise(inputs.input(step)))
            self.findings.append(finding)
            found(finding)
        }
    }
}
