import NIOCore
import Testing

@testable import MCPStoreRedis

/// Random and damaged RESP. A failure names the seed, which repeats it.
@Suite struct RESPFuzzTests {
    private func chunks(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [ArraySlice<UInt8>] {
        var chunks: [ArraySlice<UInt8>] = []
        var position = 0
        while position < bytes.count {
            let longest = Bool.random(using: &generator) ? 8 : 9000
            let next = min(bytes.count, position + Int.random(in: 1...longest, using: &generator))
            chunks.append(bytes[position..<next])
            position = next
        }
        return chunks
    }

    @Test(arguments: UInt64(1)...60)
    func `random replies in random chunks come out as they went in`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let trees = (0..<60).map { _ in ReplyTree.random(depth: 5, using: &generator) }
        let chunks = self.chunks(trees.flatMap(\.wire), using: &generator)
        #expect(try parse(chunks).map(ReplyTree.init) == trees.map(\.normalized), "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...200)
    func `damaged replies neither crash nor hang, and what comes out can be read`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var bytes = (0..<5).flatMap { _ in ReplyTree.random(depth: 4, using: &generator).wire }
            for _ in 0..<Int.random(in: 1...8, using: &generator) { self.damage(&bytes, using: &generator) }
            var parser = RESPParser(maximumReplySize: 1 << 20, maximumElements: 10_000)
            do {
                for chunk in self.chunks(bytes, using: &generator) {
                    try parser.parse(ByteBuffer(bytes: chunk)) { reply in
                        // Every accessor walks the tape: an index that is wrong would trap here.
                        _ = ReplyTree(reply)
                        _ = reply.wireSize
                    }
                }
            } catch {
                // A refusal is what damaged bytes deserve; it must be one that stays.
                #expect(throws: RESPParser.Failure.self) { try parser.parse(ByteBuffer(string: "+OK\r\n")) { _ in } }
            }
        }
    }

    private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert("*$:+-\r\n0123456789"[Int.random(in: 0..<17, using: &generator)], at: position)
        case 3: bytes.removeSubrange(position..<min(bytes.count, position + 20))
        case 4: bytes.insert(contentsOf: Array("*99999999999999999999\r\n".utf8), at: position)
        default: bytes.insert(contentsOf: Array("$-2\r\n*-7\r\n".utf8), at: position)
        }
    }
}

extension String {
    fileprivate subscript(position: Int) -> UInt8 { self.utf8[self.utf8.index(self.utf8.startIndex, offsetBy: position)] }
}
