/// The inputs of one run: each is determined by target, corpus, seed and iteration.
struct FuzzInputs: Sendable {
    /// Longer inputs find nothing that shorter ones do not, and take their time.
    static let longest = 16 * 1024

    let target: FuzzTarget
    let corpus: [[UInt8]]
    let seed: UInt64

    /// The corpus comes first, as it is; then what is made of it.
    func input(_ iteration: Int) -> [UInt8] {
        if iteration < self.corpus.count { return self.corpus[iteration] }
        let name = SeededGenerator(of: Array(self.target.name.utf8))
        var random = name
        random = SeededGenerator(seed: random.next() ^ self.seed &* 0x9E37_79B9 &+ UInt64(iteration) << 32)
        var bytes = self.base(&random)
        // Sometimes as it was made: what is well-formed must not only be damaged.
        if random.below(8) == 0 { return bytes }
        for _ in 0..<(1 << random.below(4)) { self.mutate(&bytes, &random) }
        if bytes.count > Self.longest { bytes.removeLast(bytes.count - Self.longest) }
        return bytes
    }

    private func base(_ random: inout SeededGenerator) -> [UInt8] {
        if let generate = self.target.generate, self.corpus.isEmpty || random.below(3) == 0 { return generate(&random) }
        guard !self.corpus.isEmpty else { return [] }
        return self.corpus[random.below(self.corpus.count)]
    }

    // MARK: Mutations

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else {
            bytes = self.base(&random)
            return
        }
        let position = random.below(bytes.count)
        switch random.below(12) {
        case 0: bytes[position] ^= 1 << UInt8(random.below(8))
        case 1: bytes[position] = UInt8(random.below(256))
        case 2: bytes[position] = Self.special[random.below(Self.special.count)]
        case 3: bytes.removeLast(bytes.count - position)
        case 4: bytes.removeSubrange(self.range(in: bytes, &random))
        case 5: self.duplicate(&bytes, &random)
        case 6: self.splice(&bytes, &random)
        case 7, 8: self.insertToken(&bytes, at: position, &random)
        case 9, 10: self.changeNumber(&bytes, from: position, &random)
        default: self.move(&bytes, to: position, &random)
        }
    }

    /// Bytes at which readers of text decide.
    private static let special: [UInt8] = [
        0, 9, 10, 13, 32, 34, 36, 37, 39, 42, 43, 45, 47, 58, 92, 0x7F, 0x80, 0xBF, 0xC2, 0xED, 0xFF,
    ]

    /// Numbers at the ends of types, or of what is usual.
    private static let numbers = [
        "-1", "0", "1", "00", "-0", "127", "255", "65535", "65536", "1024", "2147483647", "2147483648", "-2147483649",
        "4294967295",
        "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "18446744073709551615", "99999999999999999999", "1e400", "1.5",
    ]

    private func range(in bytes: [UInt8], _ random: inout SeededGenerator) -> Range<Int> {
        let start = random.below(bytes.count)
        let most = random.below(2) == 0 ? 8 : bytes.count
        return start..<min(bytes.count, start + 1 + random.below(most))
    }

    private func duplicate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let part = bytes[self.range(in: bytes, &random)]
        // Many times now and then: depth, length and long lines come of it.
        let times = random.below(16) == 0 ? min(400, Self.longest / part.count) : 1
        let repeated = Array(repeatElement(part, count: times).joined())
        bytes.insert(contentsOf: repeated, at: random.below(bytes.count))
    }

    /// The beginning of this with the end of another.
    private func splice(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let other = self.base(&random)
        guard !other.isEmpty else { return }
        bytes = Array(bytes[..<random.below(bytes.count)] + other[random.below(other.count)...])
    }

    private func insertToken(_ bytes: inout [UInt8], at position: Int, _ random: inout SeededGenerator) {
        guard !self.target.tokens.isEmpty else { return }
        bytes.insert(contentsOf: self.target.tokens[random.below(self.target.tokens.count)].utf8, at: position)
    }

    /// Another number in the place of the next one: lengths, counts, times, ids.
    private func changeNumber(_ bytes: inout [UInt8], from position: Int, _ random: inout SeededGenerator) {
        func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        guard let start = bytes[position...].firstIndex(where: isDigit) ?? bytes.firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        let old = Int(String(decoding: bytes[start..<end], as: UTF8.self)) ?? 0
        let new = random.below(3) == 0 ? String(old &+ random.below(5) &- 2) : Self.numbers[random.below(Self.numbers.count)]
        bytes.replaceSubrange(start..<end, with: new.utf8)
    }

    private func move(_ bytes: inout [UInt8], to position: Int, _ random: inout SeededGenerator) {
        let range = self.range(in: bytes, &random)
        let part = Array(bytes[range])
        bytes.removeSubrange(range)
        bytes.insert(contentsOf: part, at: min(position, bytes.count))
    }
}
