import Testing

@testable import MCPStoreRedis

@Suite struct CommandDescriptionTests {
    private func describe(_ command: RedisCommand, script: String? = nil) -> CommandDescription {
        CommandDescription(command, scriptName: script)
    }

    @Test func `S19: a command shows its first key, a script its name, a blocking read that it blocks`() {
        #expect(describe(RedisCommand("HGET", "a:b", "field")).firstKey == "a:b")
        #expect(describe(RedisCommand("XINFO", "GROUPS", "lane")).firstKey == "lane")
        #expect(describe(RedisCommand("DEL", "a", "b", "c")).keyCount == 3)
        let read = describe(RedisCommand("XREAD", "COUNT", "10", "BLOCK", "1000", "STREAMS", "s1", "s2", "0", "0"))
        #expect(read.firstKey == "s1" && read.keyCount == 2 && read.blocks)
        let group = describe(RedisCommand("XREADGROUP", "GROUP", "STREAMS", "BLOCK", "COUNT", "1", "STREAMS", "lane", ">"))
        #expect(group.firstKey == "lane" && group.keyCount == 1 && !group.blocks)
        let script = RedisScript(name: "settle", source: Array("return 1".utf8))
        let call = script.command(keys: ["k1", "k2"], arguments: ["secret"])
        #expect(describe(call, script: "settle").firstKey == "k1" && describe(call, script: "settle").keyCount == 2)
        let again = describe(script.evalCommand(from: call), script: "settle")
        #expect(again.firstKey == "k1" && again.keyCount == 2)
    }

    @Test(arguments: [
        RedisCommand("AUTH", "user", "secret"), RedisCommand("HELLO", "2", "AUTH", "user", "secret"),
        RedisCommand("CONFIG", "SET", "requirepass", "secret"), RedisCommand("ACL", "SETUSER", "x", ">secret"),
        RedisCommand("EVAL", "return 'secret'", "0", "secret"), RedisCommand("UNHEARDOF", "secret"),
        RedisCommand("CLIENT", "SETNAME", "secret"), RedisCommand("PING", "secret"), RedisCommand("PUBLISH", "secret", "x"),
    ])
    func `S19: nothing is shown of commands that may hold a secret`(_ command: RedisCommand) {
        var nothing = describe(RedisCommand("TIME"))
        if command.name.description == "EVAL" { nothing.scriptName = "inline" }
        #expect(describe(command) == nothing)
    }

    @Test func `a long key is cut`() {
        let key = String(repeating: "k", count: 1000)
        #expect(describe(RedisCommand("GET", key)).firstKey?.count == 201)
    }
}
