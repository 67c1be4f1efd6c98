import NIOCore
import Testing

@testable import MCPStoreRedis

@Suite struct HandshakeTests {
    private func handshake(_ url: String) throws -> Handshake {
        try Handshake(configuration: RedisConfiguration(url: url), connectionName: "worker 1/ä")
    }

    private func wire(_ handshake: Handshake) -> [String] {
        handshake.commands.map { command in
            var buffer = ByteBuffer()
            command.encode(into: &buffer)
            return String(buffer: buffer).split(separator: "\r\n").filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }
                .joined(separator: " ")
        }
    }

    /// Feeds replies until there is a verdict.
    private func outcome(_ url: String, _ replies: String) throws -> Handshake.Outcome? {
        var handshake = try self.handshake(url)
        for reply in try parse([Array(replies.utf8)]) {
            if let outcome = handshake.received(reply) { return outcome }
        }
        return nil
    }

    private func failure(_ url: String, _ replies: String) throws -> RedisError? {
        if case .failed(let error) = try self.outcome(url, replies) { error } else { nil }
    }

    @Test func `only what the URL asks for is sent, and never HELLO`() throws {
        #expect(try self.wire(self.handshake("redis://h")) == ["CLIENT SETNAME worker-1/-", "CLIENT ID", "INFO server", "PING"])
        #expect(
            try self.wire(self.handshake("redis://u:p@h/3")) == [
                "AUTH u p", "CLIENT SETNAME worker-1/-", "SELECT 3", "CLIENT ID", "INFO server", "PING",
            ]
        )
        #expect(try self.wire(self.handshake("redis://:p@h")).first == "AUTH p")
    }

    @Test func `a server that Sentinels named must say that it is a master`() throws {
        let configuration = try RedisConfiguration(url: "redis+sentinel://s/main").located(at: .tcp(host: "h", port: 1))
        func verdict(_ role: String) throws -> Handshake.Outcome? {
            var handshake = Handshake(configuration: configuration, connectionName: "x")
            #expect(self.wire(handshake).last == "ROLE")
            for reply in try parse([Array("+OK\r\n:17\r\n$1\r\nx\r\n+PONG\r\n\(role)".utf8)]) {
                if let outcome = handshake.received(reply) { return outcome }
            }
            return nil
        }
        for role in ["*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", "-NOPERM this user has no permissions to run the 'role' command\r\n"] {
            guard case .ready = try verdict(role) else {
                Issue.record("not ready after \(role)")
                continue
            }
        }
        for (role, words) in [("slave", "is a replica"), ("sentinel", "a sentinel")] {
            guard case .failed(let error) = try verdict("*1\r\n$\(role.utf8.count)\r\n\(role)\r\n") else {
                Issue.record("\(role) was taken for a master")
                continue
            }
            #expect(error.code == .serverNotReady && error.message.contains(words), "\(error)")
        }
    }

    @Test func `run id and client id are read`() throws {
        let info = "# Server\r\nredis_version:7\r\nrun_id:abc123\r\nx:1\r\n"
        let replies = "+OK\r\n:17\r\n$\(info.utf8.count)\r\n\(info)\r\n+PONG\r\n"
        guard case .ready(let runID, let clientID) = try self.outcome("redis://h", replies) else {
            Issue.record("not ready")
            return
        }
        #expect(runID == "abc123")
        #expect(clientID == 17)
    }

    @Test func `a user who may do little gets a connection without ids`() throws {
        let no = "-NOPERM this user has no permissions\r\n"
        guard case .ready(nil, nil) = try self.outcome("redis://h", no + no + no + no) else {
            Issue.record("not ready")
            return
        }
    }

    @Test(arguments: [
        (
            "redis://:p@h", "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "authenticationFailed",
            "refused the password"
        ),
        ("redis://u:p@h", "-WRONGPASS invalid\r\n", "authenticationFailed", "user name or password"),
        (
            "redis://:p@h", "-ERR AUTH <password> called without any password configured\r\n", "authenticationFailed",
            "no password configured"
        ),
        ("redis://h", "-NOAUTH Authentication required.\r\n", "authenticationFailed", "requires a password"),
        ("redis://h", "-DENIED Redis is running in protected mode\r\n", "authenticationFailed", "protected mode"),
        ("redis://h", "-ERR max number of clients reached\r\n", "serverNotReady", "maximum number of clients"),
        ("redis://h/9", "+OK\r\n-ERR DB index is out of range\r\n", "badDatabase", "database 9"),
        ("redis://h/9", "+OK\r\n-BUSY Redis is busy\r\n", "serverNotReady", "script"),
        ("redis://h", "+OK\r\n:1\r\n$0\r\n\r\n-LOADING Redis is loading\r\n", "serverNotReady", "loading"),
        ("redis://h", "+OK\r\n:1\r\n$0\r\n\r\n-MASTERDOWN Link with MASTER is down\r\n", "serverNotReady", "lost its primary"),
    ])
    func `a refusal is said in one clear line`(url: String, replies: String, code: String, words: String) throws {
        let error = try #require(try self.failure(url, replies))
        #expect(error.code.description == code)
        #expect(error.message.contains(words), "\(error)")
        #expect(!error.message.contains("\n"))
        #expect(!error.mayHaveExecuted)
    }

    @Test func `a server that does not know AUTH and echoes the password is not repeated`() throws {
        let echo = "-ERR unknown command 'AUTH', with args beginning with: 'hunter2' \r\n"
        let error = try #require(try self.failure("redis://:hunter2@h", echo))
        #expect(error.code == .authenticationFailed)
        #expect(!error.description.contains("hunter2"))
    }

    @Test func `arguments that Redis echoes are cut from errors`() {
        let error = RedisError.server("ERR unknown command 'FOO', with args beginning with: 'secret' ", runsScript: false)
        #expect(error.message == "ERR unknown command 'FOO'")
        #expect(error.serverCode == "ERR")
    }

    @Test(arguments: [
        ("WRONGTYPE Operation", true, true), ("ERR x script: abc, on @user_script:1.", true, true),
        ("NOSCRIPT No matching", true, false),
        ("READONLY You can't write", true, false), ("READONLY You can't write script: abc", true, true),
        ("LOADING x", true, false),
        ("WRONGTYPE Operation", false, false), ("READONLY x", false, false),
    ])
    func `only scripts that started may have executed when Redis answers with an error`(text: String, script: Bool, may: Bool) {
        #expect(RedisError.server(text, runsScript: script).mayHaveExecuted == may)
    }
}
