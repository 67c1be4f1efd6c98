import MCPStoreQueue

/// What a store in memory must bring to Redis when that is back: a state machine without I/O.
struct FallbackNews {
    /// The services as they are in Redis, as far as is known.
    private(set) var bases: [String: ServiceDocument] = [:]
    /// Services that were written or removed in memory, and are not in Redis yet.
    var changed: Set<String> = []
    /// Services that were brought to Redis since memory took over.
    private(set) var written: Set<String> = []
    /// The same, and those that were there already.
    private var brought: Set<String> = []
    /// Services that another store ran before, and that this one runs meanwhile.
    private(set) var lent: Set<String> = []
    /// Memory took over, and the return is not complete.
    private(set) var isOpen = false

    init() {}

    /// Memory takes over.
    ///
    /// - Parameters:
    ///   - known: What is known of the space. It may be older than what this store brought to Redis a moment ago.
    ///   - ofOthers: Services that other stores run.
    /// - Returns: The services whose word is memory's.
    mutating func begin(with known: [ServiceDocument], ofOthers: Set<String>) -> Set<String> {
        let kept = isOpen ? changed.union(brought) : changed
        var bases = self.bases.filter { kept.contains($0.key) }
        for document in known where !kept.contains(document.name) { bases[document.name] = document }
        self.bases = bases
        lent = isOpen ? lent.union(ofOthers) : ofOthers
        lent.subtract(kept)
        isOpen = true
        return kept
    }

    /// A service is in Redis as it is in memory; `nil`: gone.
    mutating func wrote(_ name: String, _ document: ServiceDocument?, isNews: Bool) {
        bases[name] = document
        brought.insert(name)
        lent.remove(name)
        if isNews { written.insert(name) }
    }

    /// - Returns: What was written, in order; `nil` where no return was open.
    mutating func settle() -> [String]? {
        defer {
            written = []
            brought = []
            isOpen = false
        }
        return isOpen ? written.sorted() : nil
    }
}
