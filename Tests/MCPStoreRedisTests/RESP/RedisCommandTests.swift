import NIOCore
import Testing

@testable import MCPStoreRedis

@Suite struct RedisCommandTests {
    private func wire(_ command: RedisCommand) -> String {
        var buffer = ByteBuffer()
        command.encode(into: &buffer)
        #expect(buffer.readableBytes == command.encodedSize)
        return String(buffer: buffer)
    }

    @Test func `a command without arguments is an array of one`() {
        #expect(self.wire(RedisCommand("PING")) == "*1\r\n$4\r\nPING\r\n")
    }

    @Test func `arguments of all kinds follow the name in order`() {
        var command = RedisCommand("XADD", argumentCapacity: 0)
        command.append("k")
        command.append(-42)
        command.append(ByteBuffer(string: "a\r\nb"))
        command.append([0x66] as [UInt8])
        command.append(.string("äö"))
        command.append(.int(0))
        command.append(.bytes(ByteBuffer()))
        let expected = "*8\r\n$4\r\nXADD\r\n$1\r\nk\r\n$3\r\n-42\r\n$4\r\na\r\nb\r\n$1\r\nf\r\n$4\r\näö\r\n$1\r\n0\r\n$0\r\n\r\n"
        #expect(self.wire(command) == expected)
    }

    @Test func `the number of words has as many digits as it needs`() {
        var command = RedisCommand("DEL")
        for number in 0..<12_344 { command.append(number) }
        #expect(self.wire(command).hasPrefix("*12345\r\n$3\r\nDEL\r\n$1\r\n0\r\n"))
    }

    @Test(arguments: [0, 1, -1, 9, 10, 99, 100, 12_345, -12_345, Int.max, Int.min])
    func `integers are written as Swift writes them`(value: Int) {
        var command = RedisCommand("X")
        command.append(value)
        let text = String(value)
        #expect(self.wire(command) == "*2\r\n$1\r\nX\r\n$\(text.utf8.count)\r\n\(text)\r\n")
    }

    @Test func `a copy of a command does not change with the original`() {
        let command = RedisCommand("SET", "a")
        var other = command
        other.append("b")
        #expect(self.wire(command) == "*2\r\n$3\r\nSET\r\n$1\r\na\r\n")
        #expect(self.wire(other) == "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n")
    }

    @Test func `a script is called by the SHA-1 of its source`() {
        let script = RedisScript(name: "one", source: Array("return 1".utf8))
        #expect(script.sha1 == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
        let command = script.command(keys: ["k1", "k2"], arguments: ["a", 5])
        let tail = "$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\na\r\n$1\r\n5\r\n"
        #expect(self.wire(command) == "*7\r\n$7\r\nEVALSHA\r\n$40\r\n\(script.sha1)\r\n" + tail)
        #expect(self.wire(script.evalCommand(from: command)) == "*7\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n" + tail)
    }

    @Test func `only commands that run scripts or transactions are taken for such`() {
        #expect(["EVAL", "EVALSHA", "EVAL_RO", "FCALL", "EXEC"].allSatisfy(RedisCommand.runsScript))
        #expect(!RedisCommand.runsScript("SET"))
        #expect(!RedisCommand.runsScript("EX"))
    }
}
