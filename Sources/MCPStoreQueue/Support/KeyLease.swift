import Glibc
import MCPStoreRedis

/// The expiry of every key of an `auto` dataspace: it is set when a key is made, and the stores that use the space renew it
/// together, so that nothing is left of a space whose processes are gone, however they went. Other spaces have none.
package enum KeyLease {
    /// How long keys live without being renewed, in milliseconds. `MCPSTORE_AUTO_LEASE_MS` is for tests.
    package static let milliseconds: Int = {
        guard let text = getenv("MCPSTORE_AUTO_LEASE_MS"), let number = Int(String(cString: text)) else { return 30_000 }
        return min(max(number, 300), 3_600_000)
    }()

    /// Whether a key belongs to an `auto` dataspace.
    static func applies(to key: String) -> Bool {
        let parts = key.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 && Space.isAuto(dataspace: parts[1])
    }

    /// What follows a plain command that may have made these keys, in the same pipeline. Nothing for other keys.
    ///
    /// A lease that is longer is cut, one that is shorter stays.
    package static func commands(_ keys: String...) -> [RedisCommand] {
        keys.filter(applies).map { RedisCommand("PEXPIRE", $0, String(milliseconds), "LT") }
    }

    /// The keys of `auto` dataspaces, as a pattern of Lua.
    private static let pattern = "^[^:]+:auto%-" + String(repeating: "%x", count: Space.autoDigits) + ":"

    /// A script that calls `lease(key)` for each key that it may have made.
    static func leasing(_ name: String, _ source: [UInt8]) -> RedisScript {
        script(name, source) { body in
            """

            local function lease(key)
                if string.find(key, '\(pattern)') then redis.call('PEXPIRE', key, '\(milliseconds)', 'LT') end
            end
            \(body)
            """
        }
    }

    /// A script after which each of its keys that belongs to an `auto` dataspace has its lease. All keys of a script lie in one
    /// space or one pool: the first one tells.
    static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        script(name, source) { body in
            """

            local function run()\(body)
            end
            local reply = run()
            if KEYS[1] and string.find(KEYS[1], '\(pattern)') then
                for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, '\(milliseconds)', 'LT') end
            end
            return reply

            """
        }
    }

    /// - Parameter wrapped: What stands behind the first line, which has to stay the first one.
    private static func script(_ name: String, _ source: [UInt8], _ wrapped: (Substring) -> String) -> RedisScript {
        let text = String(decoding: source, as: UTF8.self)
        let cut = text.firstIndex(of: "\n") ?? text.startIndex
        return RedisScript(name: name, source: Array((text[..<cut] + wrapped(text[cut...])).utf8))
    }
}
