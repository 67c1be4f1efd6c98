import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import MCPStoreRedis

@Suite(.timeLimit(.minutes(5))) struct MasterFinderTests {
    private func finder(_ ports: [Int], query: String = "") throws -> MasterFinder {
        let addresses = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        let configuration = try RedisConfiguration(
            url: "redis+sentinel://:of-redis@\(addresses)/main\(query)",
            socketTimeout: .milliseconds(1200)
        )
        return try #require(MasterFinder(configuration, eventLoop: MultiThreadedEventLoopGroup.singleton.next()))
    }

    private func failure(_ finder: MasterFinder) async -> RedisError? {
        do throws(RedisError) {
            _ = try await finder.find()
            return nil
        } catch {
            return error
        }
    }

    private let master = RedisEndpoint.tcp(host: "10.1.2.3", port: 6380)

    @Test func `one that refuses, one that hangs and one that knows nothing are passed over, and not asked first again`()
        async throws
    {
        let silent = try await ScriptedSentinel.start(nil)
        let ignorant = try await ScriptedSentinel.start("*-1\r\n")
        let knowing = try await ScriptedSentinel.start(ScriptedSentinel.naming("10.1.2.3", 6380))
        let finder = try self.finder([try freePort(), silent.port, ignorant.port, knowing.port])
        #expect(try await finder.find() == self.master)
        #expect(silent.questionCount == 1 && ignorant.questionCount == 1 && knowing.questionCount == 1)
        #expect(try await finder.find() == self.master)
        #expect(silent.questionCount == 1 && ignorant.questionCount == 1 && knowing.questionCount == 2)
        finder.close()
        for sentinel in [silent, ignorant, knowing] { try await sentinel.stop() }
    }

    @Test(arguments: [
        ("*-1\r\n", "watches no master of that name", RedisError.Code.badConfiguration),
        ("-NOAUTH Authentication required.\r\n", "sentinel_password", .authenticationFailed),
        ("-NOPERM this user has no permissions\r\n", "+sentinel|get-master-addr-by-name", .authenticationFailed),
        ("-ERR unknown command 'SENTINEL', with args beginning with: 'x'\r\n", "is it a Sentinel?", .unreachable),
        ("SSH-2.0\r\n", "is it a Sentinel?", .protocolViolation),
        ("*2\r\n$1\r\nh\r\n$5\r\n99999\r\n", "something unexpected", .unexpectedReply),
        (":1\r\n", "something unexpected", .unexpectedReply),
        ("*1\r\n", "did not answer within", .timedOut),
    ])
    func `what every Sentinel says is said, with what to do`(answer: String, words: String, code: RedisError.Code) async throws {
        let sentinel = try await ScriptedSentinel.start(answer)
        let finder = try self.finder([sentinel.port])
        let error = await self.failure(finder)
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("127.0.0.1:\(sentinel.port)") == true)
        #expect(error?.message.contains("master 'main'") == true)
        finder.close()
        try await sentinel.stop()
    }

    @Test func `a refused login says so without the password, and the password of Redis is never sent`() async throws {
        let sentinel = try await ScriptedSentinel.start("-WRONGPASS invalid username-password pair hunter2\r\n")
        let finder = try self.finder([sentinel.port], query: "?sentinel_username=u&sentinel_password=hunter2")
        let error = await self.failure(finder)
        #expect(error?.code == .authenticationFailed)
        #expect(error?.isPermanent == true)
        #expect(error?.description.contains("hunter2") == false && error?.description.contains("of-redis") == false)
        finder.close()
        try await sentinel.stop()
    }

    @Test func `a master has moved when most Sentinels say so, and not when one does`() async throws {
        let old = ScriptedSentinel.naming("10.1.2.3", 6380)
        let new = ScriptedSentinel.naming("10.1.2.3", 6381)
        let sentinels = [
            try await ScriptedSentinel.start(new), try await ScriptedSentinel.start(old), try await ScriptedSentinel.start(old),
        ]
        let finder = try self.finder(sentinels.map(\.port))
        #expect(await finder.moved(from: self.master) == nil, "one of three has heard of something")
        sentinels[2].say(new)
        #expect(await finder.moved(from: self.master) == .tcp(host: "10.1.2.3", port: 6381))
        for sentinel in sentinels { sentinel.say(old) }
        let before = sentinels.map(\.questionCount).reduce(0, +)
        #expect(await finder.moved(from: self.master) == nil)
        #expect(sentinels.map(\.questionCount).reduce(0, +) == before + 1, "one is enough where nothing has changed")
        finder.close()
        for sentinel in sentinels { try await sentinel.stop() }
    }

    @Test func `a Sentinel that is cut off from the others and names the old master is not believed for ever`() async throws {
        let old = ScriptedSentinel.naming("10.1.2.3", 6380)
        let new = ScriptedSentinel.naming("10.1.2.3", 6381)
        let sentinels = [
            try await ScriptedSentinel.start(old), try await ScriptedSentinel.start(new), try await ScriptedSentinel.start(new),
        ]
        let finder = try self.finder(sentinels.map(\.port))
        #expect(try await finder.find() == self.master)
        var looks = 0
        var moved: RedisEndpoint?
        while moved == nil, looks < 100 {
            looks += 1
            moved = await finder.moved(from: self.master)
        }
        let there = RedisEndpoint.tcp(host: "10.1.2.3", port: 6381)
        #expect(moved == there && looks == MasterFinder.looksAtOne)
        // Whoever is asked where to connect to is one of those who know.
        #expect(try await finder.find() == there)
        for _ in 0..<5 { #expect(await finder.moved(from: there) == nil) }
        finder.close()
        for sentinel in sentinels { try await sentinel.stop() }
    }

    @Test func `Sentinels that do not answer move nobody`() async throws {
        let sentinel = try await ScriptedSentinel.start(ScriptedSentinel.naming("10.1.2.3", 6381))
        let finder = try self.finder([sentinel.port, try freePort(), try freePort()])
        #expect(await finder.moved(from: self.master) == nil)
        finder.close()
        try await sentinel.stop()
    }
}
