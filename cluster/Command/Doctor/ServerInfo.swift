import MCPStoreRedis

/// What `INFO` says, by field.
struct ServerInfo: Sendable {
    private var fields: [String: String] = [:]
    /// Why nothing is known.
    private(set) var failure: RedisError?

    init(_ text: String) { self.read(text) }

    private mutating func read(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
    }

    init(_ client: RedisClient) async {
        var text = ""
        do throws(RedisError) {
            text = try await client.execute(RedisCommand("INFO")).string ?? ""
        } catch {
            failure = error
        }
        self.read(text)
    }

    subscript(name: String) -> String? { fields[name] }
    func integer(_ name: String) -> Int? { fields[name].flatMap { Int($0) } }
}
