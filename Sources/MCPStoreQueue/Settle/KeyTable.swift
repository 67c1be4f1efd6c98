/// The keys of one script call, each once.
struct KeyTable {
    private(set) var keys: [String] = []
    private var indices: [String: Int] = [:]

    init() {}

    /// The 1-based index of `key` in KEYS.
    mutating func index(_ key: String) -> Int {
        if let index = indices[key] { return index }
        keys.append(key)
        indices[key] = keys.count
        return keys.count
    }
}
