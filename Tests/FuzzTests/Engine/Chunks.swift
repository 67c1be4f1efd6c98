import NIOCore

/// Ways to cut one input into pieces, as a network may: whole, byte by byte where it is short, and at random.
///
/// What is random is determined by the input.
enum Chunks {
    static func ways(of input: [UInt8]) -> [[ByteBuffer]] {
        var random = SeededGenerator(of: input)
        var ways = [[ByteBuffer(bytes: input)], self.cut(input, longest: 7, &random), self.cut(input, longest: 700, &random)]
        if input.count <= 512 { ways.append(input.map { ByteBuffer(bytes: [$0]) }) }
        return ways
    }

    private static func cut(_ input: [UInt8], longest: Int, _ random: inout SeededGenerator) -> [ByteBuffer] {
        var chunks: [ByteBuffer] = []
        var position = 0
        while position < input.count {
            let next = min(input.count, position + 1 + random.below(longest))
            chunks.append(ByteBuffer(bytes: input[position..<next]))
            position = next
        }
        return chunks
    }
}
