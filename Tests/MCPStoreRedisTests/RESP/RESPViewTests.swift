import NIOCore
import Testing

@testable import MCPStoreRedis

@Suite struct RESPViewTests {
    /// What is not the same in a view and in its reply, over all that lies in it.
    private func differences(_ view: RESPView, _ reply: RESPReply) -> [String] {
        var found: [String] = []
        if view.kind != reply.kind { found.append("kind \(view.kind) of \(reply.kind)") }
        if view.string != reply.string ?? "" { found.append("string of \(reply)") }
        if Array(view.bytes) != reply.withBytes({ Array($0) }) ?? [] { found.append("bytes of \(reply)") }
        if view.integer != reply.integer { found.append("integer of \(reply)") }
        if view.count != reply.array?.count ?? 0 { found.append("count \(view.count) of \(reply)") }
        if let bytes = reply.bytes, reply.slice(view.range) != bytes { found.append("slice of \(reply)") }
        var views = view.makeIterator()
        for element in reply.array.map(Array.init) ?? [] {
            guard let next = views.next() else { return found + ["an element too few"] }
            found += self.differences(next, element)
        }
        if views.next() != nil { found.append("an element too many") }
        return found
    }

    @Test func `a view shows what the reply holds, whatever nests in it`() throws {
        let trees: [ReplyTree] = [
            .string([]), .string(Array("-17".utf8)), .string([0, 13, 10, 255]), .status(""), .status("OK"), .integer(.min),
            .integer(.max), .integer(0), .null, .nullArray, .error("ERR no"), .array([]),
            .array([.array([.array([.integer(1)]), .string([])]), .null, .string(Array("x".utf8)), .array([]), .integer(-9)]),
            .array([.string([]), .error("ERR inside"), .array([.nullArray, .array([.string(Array("7".utf8))])]), .status("s")]),
        ]
        // Behind one another in one arena and on one tape.
        for reply in try parse([trees.flatMap(\.wire)]) {
            let found = reply.withView { self.differences($0, reply) }
            #expect(found == [])
        }
        var random = SeededGenerator(seed: 21)
        for _ in 0..<300 {
            let tree = ReplyTree.random(depth: 4, using: &random)
            let reply = try #require(try parse([tree.wire]).first)
            let found = reply.withView { self.differences($0, reply) }
            #expect(found == [])
        }
    }

    @Test func `an element of an array is seen by itself, and its strings are slices of its arena`() throws {
        let tree = ReplyTree.array([.string(Array("a".utf8)), .array([.string(Array("bc".utf8)), .array([.integer(3)])])])
        let reply = try #require(try parse([tree.wire]).first)
        let inner = try #require(reply.array?[1].array)
        let (text, slice, number, end) = inner.withView { view in
            var elements = view.makeIterator()
            let first = elements.next()
            let second = elements.next()
            var numbers = second?.makeIterator()
            return (first?.string, first.map { inner.slice($0.range) }, numbers?.next()?.integer, elements.next() == nil)
        }
        #expect(text == "bc")
        #expect(slice == ByteBuffer(string: "bc"))
        #expect(number == 3)
        #expect(end)
    }

    @Test func `only a string of exactly these bytes equals a text`() throws {
        func equals(_ tree: ReplyTree, _ text: StaticString) throws -> Bool {
            try #require(try parse([tree.wire]).first).withView { $0.equals(text) }
        }
        #expect(try equals(.string(Array("inbox".utf8)), "inbox"))
        #expect(try equals(.status("inbox"), "inbox"))
        #expect(try !equals(.string(Array("inboX".utf8)), "inbox"))
        #expect(try !equals(.string(Array("inbo".utf8)), "inbox"))
        #expect(try !equals(.string(Array("inboxes".utf8)), "inbox"))
        #expect(try equals(.string([]), ""))
        #expect(try !equals(.integer(1), "1"))
        #expect(try !equals(.null, "x"))
    }
}
