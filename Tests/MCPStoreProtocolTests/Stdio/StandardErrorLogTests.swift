import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct StandardErrorLogTests {
    private func log(lines: Int = 64, bytes: Int = 16 << 10, secrets: [String] = []) -> StandardErrorLog {
        StandardErrorLog(maximumLines: lines, maximumBytes: bytes, redactor: Redactor(secrets: secrets))
    }

    @Test func `the last lines are kept, in lines and in bytes`() {
        let few = self.log(lines: 3)
        for number in 0..<10 { #expect(few.append(ByteBuffer(string: "line \(number)\n")) == ["line \(number)"]) }
        #expect(few.recentLines == ["line 7", "line 8", "line 9"])
        let small = self.log(bytes: 10)
        _ = small.append(ByteBuffer(string: "12345\n12345\n1\n"))
        #expect(small.recentLines == ["12345", "1"])
    }

    @Test func `secrets are never shown, wherever they stand and however the stream is cut`() {
        let secrets = ["tok-123", "tok-123-longer", "line one is long\nline two is long", ""]
        let text = "a tok-123-longer b\ntok-123tok-123\nline two is long!\n"
        for cut in 0...text.utf8.count {
            let log = self.log(secrets: secrets)
            let bytes = Array(text.utf8)
            let lines = log.append(ByteBuffer(bytes: bytes[..<cut])) + log.append(ByteBuffer(bytes: bytes[cut...]))
            #expect(lines == ["a [redacted] b", "[redacted][redacted]", "[redacted]!"])
        }
    }

    @Test func `a secret that a long line cuts in two does not show its first half`() {
        let log = self.log(secrets: ["supersecretvalue"])
        _ = log.append(ByteBuffer(string: String(repeating: "x", count: 4090) + "supersecretvalue and more\n"))
        #expect(log.recentLines.count == 1)
        #expect(!log.recentLines[0].contains("super"))
    }

    @Test func `control characters and what is no text do no harm`() {
        let log = self.log()
        _ = log.append(ByteBuffer(bytes: [0x1B] + Array("[31mred\r".utf8) + [0xFF, 0x0A, 0x07, 0x0A]))
        #expect(log.recentLines == ["[31mred\u{FFFD}"])
        #expect(log.append(ByteBuffer(string: "no end")).isEmpty)
        #expect(log.finish() == "no end")
        #expect(log.finish() == nil)
    }
}
