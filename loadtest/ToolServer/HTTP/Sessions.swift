/// The sessions of legacy clients.
struct Sessions {
    /// The oldest ends when there are more.
    static let maximum = 100_000

    private var known: Set<String> = []
    private var oldestFirst: [String] = []

    /// A session id that nobody can guess.
    mutating func open() -> String {
        let id = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        if self.known.count >= Self.maximum, let oldest = self.oldestFirst.first { _ = self.close(oldest) }
        self.known.insert(id)
        self.oldestFirst.append(id)
        return id
    }

    func contains(_ id: String) -> Bool { self.known.contains(id) }

    /// Ends the session; false when there was none.
    mutating func close(_ id: String) -> Bool {
        guard self.known.remove(id) != nil else { return false }
        self.oldestFirst.removeAll { $0 == id }
        return true
    }
}
