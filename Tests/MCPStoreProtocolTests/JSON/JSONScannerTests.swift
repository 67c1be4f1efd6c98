import Foundation
import NIOCore
import Testing

@testable import MCPStoreProtocol

/// Scans a copy that ends exactly at the end of its allocation, so that a read beyond it is as likely to crash as it can be.
private func scan(_ bytes: [UInt8], depth: Int = 128) throws(JSONError) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    var scanner = JSONScanner(UnsafeRawBufferPointer(memory), maximumDepth: depth)
    let range = try scanner.value()
    try scanner.end()
    #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count && !range.isEmpty)
}

@Suite struct JSONScannerTests {
    @Test(arguments: [
        "null", " true ", "false", "0", "-0", "12", "-1.5e+10", "1E9", "0.0", "\"\"", "\"a\\n\\u00e9\\ud83d\\ude00\"", "[]",
        "[ ]",
        "{}", "{ }", "[1, [2, {\"a\":[]}], \"x\"]", "{\"a\":1,\"b\":{\"c\":null}}", "\t\r\n {\"a\" : 1 }\n", "\"äö€😀\"",
        "\"0123456789abcdef0123456789\"", "{\"a\":1,\"a\":2}", "\"\u{7f}\"", "\"\\/\"", "[1e400]", "\"\\ud800\"",
    ])
    func `well-formed text is taken`(_ text: String) throws {
        try scan(Array(text.utf8))
    }

    @Test(arguments: [
        "", " ", "nul", "nulls", "True", "+1", "01", "1.", ".5", "1e", "1e+", "-", "--1", "0x1", "\"", "\"a", "\"\\", "\"\\x\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "\"\u{01}\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{a:1}",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1", "{\"a\" 1}", "{1:2}", "{\"a\":1 \"b\":2}", "1 2", "{}{}", "[]]", "'a'",
        "NaN", "Infinity", "// x\n1", "{\"a\":1]", "[1}", "\u{feff}1",
    ])
    func `malformed text is refused`(_ text: String) {
        #expect(throws: JSONError.self) { try scan(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0x81], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0xAF], [0xE2, 0x82],
            [0xE2, 0x28, 0xA1],
            [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFF],
        ] as [[UInt8]]
    )
    func `bytes that are no UTF-8 are refused`(_ bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try scan([0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try scan([0x22] + Array("padding!".utf8) + bytes + Array("padding!".utf8) + [0x22]) }
        #expect(throws: JSONError.self) { try scan([0x22] + bytes) }
    }

    @Test func `every control character, quote and backslash ends plain text wherever it stands`() {
        for stop in Array(UInt8(0)..<0x20) + [0x22, 0x5C] + Array(UInt8(0x80)...0xFF) {
            for position in 0..<40 {
                var bytes = [UInt8](repeating: UInt8(ascii: "~"), count: 40)
                bytes[position] = stop
                // A second one behind must not hide the first.
                bytes[min(39, position + 1)] = 0x22
                bytes[position] = stop
                let end = bytes.withUnsafeBytes { JSONScanner.endOfPlainText(in: $0, from: 0) }
                #expect(end == position)
            }
        }
        for byte in Array(UInt8(0x20)..<0x80) where byte != 0x22 && byte != 0x5C {
            let bytes = [UInt8](repeating: byte, count: 23)
            #expect(bytes.withUnsafeBytes { JSONScanner.endOfPlainText(in: $0, from: 0) } == 23)
        }
    }

    @Test func `nesting is bounded`() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nest: (Int) -> [UInt8] = {
                Array((String(repeating: open, count: $0) + "1" + String(repeating: close, count: $0)).utf8)
            }
            try scan(nest(128))
            #expect(throws: JSONError.self) { try scan(nest(129)) }
            #expect(throws: JSONError.self) { try scan(Array(String(repeating: open, count: 1_000_000).utf8)) }
            try scan(nest(3), depth: 3)
            #expect(throws: JSONError.self) { try scan(nest(4), depth: 3) }
        }
    }

    @Test func `every true beginning of a value is refused`() throws {
        let text = Array(#"{"id":12,"ab":["x\u00e9\\",true,null,-1.5e3,{"k":"äöü😀"}],"z":{}}"#.utf8)
        try scan(text)
        for count in 0..<text.count { #expect(throws: JSONError.self) { try scan(Array(text[..<count])) } }
    }

    @Test func `mutated text is taken or refused as another parser does, and never crashes`() throws {
        let seeds = [
            #"{"jsonrpc":"2.0","id":12,"result":{"content":[{"type":"text","text":"äöü \"x\" \u00e9 😀"}],"isError":false}}"#,
            #"[1,-2.5e+10,true,false,null,"",{"a":{"b":[[],{}]}}, "\\\/\b\f\n\r\t"]"#,
        ]
        var random = SeededGenerator(seed: 20_260_728)
        var taken = 0
        for round in 0..<20_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(Array("{}[]\",:\\0-e.tn ".utf8).randomElement(using: &random) ?? 0, at: position)
                case 3: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &random))
                default: bytes.removeLast(bytes.count - position)
                }
            }
            let isTaken = (try? scan(bytes)) != nil
            taken += isTaken ? 1 : 0
            guard isTaken else { continue }
            // What is taken must be JSON for others too; lone surrogates are text for us and an error for Foundation.
            let text = String(decoding: bytes, as: UTF8.self)
            if text.contains(#"\u"#) { continue }
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            }
        }
        #expect(taken > 500, "the mutations are too wild to show anything")
    }
}
