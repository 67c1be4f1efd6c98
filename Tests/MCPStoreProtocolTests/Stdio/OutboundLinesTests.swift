import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct OutboundLinesTests {
    @Test func `a message counts as written with the batch that holds its first byte`() throws {
        let written = NIOLockedValueBox<[Int]>([])
        var lines = OutboundLines(maximumBytes: 1 << 20)
        for (id, size) in [(1, 10), (2, 100_000), (3, 10), (4, 40_000), (5, 5)] {
            let added = lines.append(
                OutboundMessage(
                    body: ByteBuffer(repeating: 0x78, count: size),
                    kind: .request(id: id, method: "m", name: nil),
                    onWritten: { written.withLockedValue { $0.append(id) } }
                )
            )
            #expect(added)
        }
        var all = ByteBuffer()
        var seen: [[Int]] = []
        while var batch = lines.nextBatch(written: { $0() }) {
            #expect(batch.readableBytes <= 64 << 10)
            all.writeBuffer(&batch)
            seen.append(written.withLockedValue { $0 })
        }
        #expect(seen == [[1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5]])
        #expect(all.readableBytes == 140_030)
        #expect(all.readableBytesView.count { $0 == 0x0A } == 5)
        #expect(lines.isEmpty)
    }

    @Test func `too much is refused, one message never is`() {
        var lines = OutboundLines(maximumBytes: 100)
        let message = OutboundMessage(body: ByteBuffer(repeating: 0x78, count: 200), kind: .response)
        let first = lines.append(message)
        let second = lines.append(OutboundMessage(body: ByteBuffer(string: "x"), kind: .response))
        lines.removeAll()
        let third = lines.append(message)
        #expect([first, second, third] == [true, false, true])
    }
}
