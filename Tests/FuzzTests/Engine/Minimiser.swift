/// Makes an input smaller as long as the same trouble stays.
struct Minimiser {
    /// Tries beyond which what is there is small enough.
    private static let mostTries = 3000

    let target: FuzzTarget
    let trouble: Attempt.Ending
    private var tries = 0

    init(target: FuzzTarget, trouble: Attempt.Ending) {
        self.target = target
        self.trouble = trouble
    }

    /// Takes away ever smaller parts, then makes bytes plain.
    mutating func minimise(_ input: [UInt8]) -> [UInt8] {
        var best = input
        var size = max(best.count / 2, 1)
        while size >= 1 {
            var start = 0
            while start < best.count {
                var smaller = best
                smaller.removeSubrange(start..<min(start + size, best.count))
                if self.shows(smaller) { best = smaller } else { start += size }
            }
            if size == 1 { break }
            size /= 2
        }
        for index in best.indices where best[index] != UInt8(ascii: "a") && !self.isReadable(best[index]) {
            var plainer = best
            plainer[index] = UInt8(ascii: "a")
            if self.shows(plainer) { best = plainer }
        }
        return best
    }

    private func isReadable(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 || 0x20...0x7E ~= byte }

    private mutating func shows(_ input: [UInt8]) -> Bool {
        guard self.tries < Self.mostTries else { return false }
        self.tries += 1
        // A hang costs its whole patience: it is not made smaller.
        if self.trouble == .hung { return false }
        let target = self.target
        return Attempt.run(0..<1) { _ in try target.check(input) }.ending.isLike(self.trouble)
    }
}
