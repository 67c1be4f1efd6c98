import MCPStoreQueue
import MCPStoreRedis

/// Whether the Redis user may do what stores, workers and coordinators do. Asked with `redis.acl_check_cmd` in a script that
/// runs none of the commands.
struct AccessCheck {
    let client: RedisClient
    let space: Space
    let pool: Pool

    private static let script = RedisScript(
        name: "doctor_access",
        source: Array(
            """
            local denied, at = {}, 1
            while at <= #ARGV do
                local count = tonumber(ARGV[at])
                local words = {}
                for i = 1, count do words[i] = ARGV[at + i] end
                local fine, allowed = pcall(redis.acl_check_cmd, unpack(words))
                if fine and not allowed then denied[#denied + 1] = words[1] .. ' ' .. (words[2] or '') end
                at = at + count + 1
            end
            return denied
            """.utf8
        )
    )

    func findings() async -> [Finding] {
        let user = await name()
        do {
            let store = try await denied(storeCommands)
            if !store.isEmpty {
                return [
                    .fail(
                        "acl",
                        "the user '\(user)' may not do what a store does: \(Self.list(store))",
                        "ACL SETUSER \(user) ~\(space):* +@all -@dangerous +info +client|setname +client|id"
                    )
                ]
            }
            let client = try await denied(clientCommands)
            if !client.isEmpty {
                return [
                    .warn(
                        "acl",
                        "the user '\(user)' may use \(space) in embedded stores, but not add services for the workers of \(pool), or not ring them: \(Self.list(client))",
                        "for that, ACL SETUSER \(user) '(+sadd %W~\(pool.spaces))' '(+xadd %W~\(pool.events) %W~\(pool.ring("*")))'"
                    )
                ]
            }
            let roles = try await denied(roleCommands)
            if !roles.isEmpty {
                return [
                    .warn(
                        "acl",
                        "the user '\(user)' may use \(space), but not run workers and coordinators of \(pool): \(Self.list(roles))",
                        "start workers and coordinators with a user that may: ~\(pool):* and the spaces they serve"
                    )
                ]
            }
            return [.ok("acl", "the user '\(user)' may do all that stores, workers and coordinators do")]
        } catch {
            guard error.serverCode == "NOPERM" else { return [Doctor.unchecked("acl", error)] }
            return [
                .fail(
                    "acl",
                    "the user '\(user)' may not run scripts: \(error.message)",
                    "ACL SETUSER \(user) +eval +evalsha ~\(space):*"
                )
            ]
        }
    }

    private func name() async -> String {
        do {
            return try await client.execute(RedisCommand("ACL", "WHOAMI")).string ?? "default"
        } catch {
            return client.configuration.user ?? "default"
        }
    }

    private static func list(_ denied: [String]) -> String {
        denied.prefix(4).joined(separator: ", ") + (denied.count > 4 ? " and \(denied.count - 4) more" : "")
    }

    private func denied(_ commands: [[String]]) async throws(RedisError) -> [String] {
        var arguments: [RedisArgument] = []
        for command in commands { arguments += [.int(command.count)] + command.map { .string($0) } }
        return try await client.evaluate(Self.script, keys: [], arguments: arguments).array?.compactMap(\.string) ?? []
    }

    /// Each command with a key of the space, as scripts and stores use them.
    private var storeCommands: [[String]] {
        let keys = SpaceKeys(space)
        let (config, lane, inbox, stats) = (
            keys.config("x"), keys.jobs("x", .interactive), keys.inbox("x"), keys.stats(toolKey: "x")
        )
        return [
            ["get", config], ["set", config, "x"], ["mget", config, keys.cache("x")], ["del", config], ["exists", config],
            ["type", config], ["hgetall", keys.state("x")], ["hset", keys.state("x"), "a", "b"], ["hincrby", stats, "ok", "1"],
            ["hdel", keys.tools, "x"], ["hsetnx", stats, "a", "1"], ["sadd", keys.services, "x"], ["smembers", keys.services],
            ["srem", keys.services, "x"], ["xadd", lane, "*", "a", "b"], ["xlen", lane], ["xrange", lane, "-", "+"],
            ["xack", lane, "workers", "0-1"], ["xdel", lane, "0-1"], ["xclaim", lane, "workers", "x", "0", "0-1"],
            ["xgroup", "create", lane, "workers", "0"], ["xpending", lane, "workers"], ["xinfo", "groups", lane],
            ["xread", "streams", inbox, "0"], ["xtrim", inbox, "minid", "0"], ["pexpire", inbox, "1"],
            ["getdel", keys.result("x")],
            ["zrem", keys.delayed, "x"], ["zscore", keys.delayed, "x"], ["xrevrange", keys.changes, "+", "-"], ["time"],
            ["evalsha", "x", "1", lane], ["eval", "return 1", "1", lane], ["client", "setname", "x"],
        ]
    }

    /// What a store that is a client of the cluster does beside its space: it tells the coordinators of its services, and rings workers.
    private var clientCommands: [[String]] {
        [["sadd", pool.spaces, "x"], ["xadd", pool.events, "*", "a", "b"], ["xadd", pool.ring("x"), "*", "a", "b"]]
    }

    private var roleCommands: [[String]] {
        let keys = SpaceKeys(space)
        let lane = keys.jobs("x", .interactive)
        return [
            ["xreadgroup", "group", "workers", "x", "streams", lane, ">"], ["zadd", pool.leases, "0", "x"],
            ["zrange", pool.leases, "0", "-1"], ["hset", pool.worker("x"), "a", "b"], ["sadd", pool.streams("x"), "x"],
            ["smembers", pool.services("x")], ["xread", "streams", pool.control("x"), "0"], ["set", pool.leader, "x"],
            ["incr", pool.leaderToken], ["hgetall", pool.placement], ["hset", pool.placement, "a", "b"],
            ["zrangebyscore", keys.delayed, "0", "1"], ["client", "kill", "id", "1"], ["info"],
        ]
    }
}
