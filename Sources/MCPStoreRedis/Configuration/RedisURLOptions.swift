/// What stands behind the `?` of a Redis URL.
struct RedisURLOptions {
    /// `db`
    private(set) var database: Int?
    /// `sentinel_username`
    private(set) var sentinelUser: String?
    /// `sentinel_password`
    private(set) var sentinelPassword: String?
    /// `wait_replicas`, from 1 on
    private(set) var waitReplicas: Int?
    /// `wait_timeout` (seconds)
    private(set) var waitTimeout: Duration?

    /// - Parameters:
    ///   - query: the text behind the `?`; `nil` where there is none.
    ///   - wrong: makes the error for a URL of which this is wrong.
    ///   - decode: percent-decodes a value; the second argument names it in an error.
    /// - Throws: `.badConfiguration`, without any value that may be secret.
    init(
        _ query: Substring?,
        wrong: (String) -> RedisError,
        decode: (Substring, String) throws(RedisError) -> String
    ) throws(RedisError) {
        guard let query, !query.isEmpty else { return }
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count == 2 ? pair[1] : ""
            switch pair[0] {
            case "db":
                guard let number = Int(value), number >= 0 else { throw wrong("has a database that is not a number from 0 up") }
                self.database = number
            case "sentinel_username":
                self.sentinelUser = value.isEmpty ? nil : try decode(value, "sentinel_username")
            case "sentinel_password":
                self.sentinelPassword = value.isEmpty ? nil : try decode(value, "sentinel_password")
            case "wait_replicas":
                guard let number = Int(value), (0...100).contains(number) else {
                    throw wrong("has a wait_replicas that is not a number from 0 to 100")
                }
                self.waitReplicas = number
            case "wait_timeout":
                guard let seconds = Double(value), seconds > 0, seconds <= 60 else {
                    throw wrong("has a wait_timeout that is not a number of seconds above 0 and up to 60")
                }
                self.waitTimeout = .seconds(seconds)
            default:
                throw wrong(
                    "has an unknown option after '?'; known are db, wait_replicas, wait_timeout, sentinel_username and "
                        + "sentinel_password"
                )
            }
        }
        if self.sentinelUser != nil, self.sentinelPassword == nil {
            throw wrong("has a sentinel_username but no sentinel_password")
        }
        if self.waitTimeout != nil, self.waitReplicas == nil { throw wrong("has a wait_timeout but no wait_replicas") }
        if self.waitReplicas == 0 { self.waitReplicas = nil }
    }
}
