/// The parts of a Redis URL. Errors name the part that is wrong and never show what may be a secret.
struct RedisURL {
    let endpoint: RedisEndpoint
    let usesTLS: Bool
    let user: String?
    let password: String?
    let database: Int
    let waitReplicas: Int?
    let waitTimeout: Duration?

    private static let form =
        "expected redis://[user[:password]@]host[:port][/db], rediss://…, unix:///path?db=0 or "
        + "redis+sentinel://[user:password@]host[:port],host[:port]/master[/db]"

    init(_ text: String) throws(RedisError) {
        guard let separator = text.firstRange(of: "://") else {
            throw Self.wrong("has no scheme")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        var rest = text[separator.upperBound...]
        if let position = rest.firstIndex(of: "#") { rest = rest[..<position] }
        var query: Substring?
        if let position = rest.lastIndex(of: "?") {
            query = rest[rest.index(after: position)...]
            rest = rest[..<position]
        }
        // The last @ before the path: passwords may hold one, hosts may not.
        let pathStart = Self.pathStart(of: rest)
        let authority = rest[..<pathStart]
        let path = rest[pathStart...]
        var host = authority
        var credentials: (user: String?, password: String?) = (nil, nil)
        if let position = authority.lastIndex(of: "@") {
            host = authority[authority.index(after: position)...]
            credentials = try Self.credentials(authority[..<position])
        }
        (self.user, self.password) = credentials
        let options = try RedisURLOptions(query, wrong: Self.wrong, decode: Self.decode)
        let database = options.database
        self.waitReplicas = options.waitReplicas
        self.waitTimeout = options.waitTimeout
        let isSentinel = scheme == "redis+sentinel" || scheme == "rediss+sentinel"
        if !isSentinel, options.sentinelUser != nil || options.sentinelPassword != nil {
            throw Self.wrong("has sentinel_username or sentinel_password but no Sentinels: its scheme is not redis+sentinel")
        }
        switch scheme {
        case "redis", "rediss":
            self.usesTLS = scheme == "rediss"
            self.endpoint = try Self.tcp(host, defaultPort: 6379)
            self.database = try Self.database(inPath: path, inQuery: database)
        case "redis+sentinel", "rediss+sentinel":
            self.usesTLS = scheme == "rediss+sentinel"
            let master = path.dropFirst().prefix { $0 != "/" }
            guard !master.isEmpty else {
                throw Self.wrong(
                    "does not name the master: it comes behind the Sentinels, as in redis+sentinel://host:26379/mymaster"
                )
            }
            var sentinels: [RedisEndpoint] = []
            for sentinel in host.split(separator: ",", omittingEmptySubsequences: false) {
                sentinels.append(try Self.tcp(sentinel, defaultPort: 26_379))
            }
            self.endpoint = .master(
                of: SentinelGroup(
                    sentinels: sentinels,
                    master: try Self.decode(master, part: "master's name"),
                    user: options.sentinelUser,
                    password: options.sentinelPassword
                )
            )
            self.database = try Self.database(inPath: path[master.endIndex...], inQuery: database)
        case "unix", "redis+unix":
            self.usesTLS = false
            guard host.isEmpty else { throw Self.wrong("has a host; a Unix socket is written unix:///path/to.sock") }
            guard path.count > 1 else { throw Self.wrong("has no path of a Unix socket") }
            self.endpoint = .unix(path: try Self.decode(path, part: "path"))
            self.database = database ?? 0
        default:
            throw Self.wrong("has the unknown scheme '\(scheme.prefix(20))'")
        }
    }

    private static func wrong(_ what: String) -> RedisError {
        RedisError(.badConfiguration, "the Redis URL \(what); \(Self.form)")
    }

    private static func pathStart(of rest: Substring) -> Substring.Index {
        let afterCredentials = rest.lastIndex(of: "@") ?? rest.startIndex
        return rest[afterCredentials...].firstIndex(of: "/") ?? rest.endIndex
    }

    private static func credentials(_ text: Substring) throws(RedisError) -> (user: String?, password: String?) {
        guard let colon = text.firstIndex(of: ":") else {
            let user = try Self.decode(text, part: "user name")
            return (user.isEmpty ? nil : user, nil)
        }
        let user = try Self.decode(text[..<colon], part: "user name")
        let password = try Self.decode(text[text.index(after: colon)...], part: "password")
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func tcp(_ text: Substring, defaultPort: Int) throws(RedisError) -> RedisEndpoint {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw Self.wrong("has an IPv6 address without a closing ]") }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw Self.wrong("has something other than a port after ]") }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            if port?.contains(",") == true { throw Self.wrong("has several hosts, which only redis+sentinel:// may have") }
            if port?.contains(":") == true { throw Self.wrong("has an IPv6 address without [ and ]") }
        }
        guard !host.isEmpty else { throw Self.wrong("has no host") }
        guard let port, !port.isEmpty else { return .tcp(host: try Self.decode(host, part: "host"), port: defaultPort) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw Self.wrong("has a port that is not a number from 1 to 65535")
        }
        return .tcp(host: try Self.decode(host, part: "host"), port: number)
    }

    private static func database(inPath path: Substring, inQuery query: Int?) throws(RedisError) -> Int {
        let text = path.drop { $0 == "/" }
        guard !text.isEmpty else { return query ?? 0 }
        guard let number = Int(text), number >= 0 else { throw Self.wrong("has a database that is not a number from 0 up") }
        if let query, query != number { throw Self.wrong("names two different databases") }
        return number
    }

    /// Percent-decoding as URLs have it; a plus sign is a plus sign.
    private static func decode(_ text: Substring, part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(Self.hexadecimal), let low = iterator.next().flatMap(Self.hexadecimal) else {
                throw Self.wrong(
                    "has a % in its \(part) that is not followed by two hexadecimal digits (write %25 for a percent sign)"
                )
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw Self.wrong("has a \(part) that is not UTF-8") }
        return decoded
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
