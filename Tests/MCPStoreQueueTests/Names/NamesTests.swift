import MCPStoreQueue
import Testing

@Suite struct NamesTests {
    @Test(arguments: ["a", "A-Z.0_9", String(repeating: "x", count: 128), "-", "..", "mcpstore2"])
    func `valid names are taken`(name: String) throws {
        try Name.validate(name, as: "service")
        #expect(try Space(namespace: name, dataspace: name).description == "\(name):\(name)")
    }

    @Test(arguments: ["", String(repeating: "x", count: 129), "a:b", "a b", "a/b", "ü", "a\n", "*", "{a}", "a\0"])
    func `others are refused`(name: String) {
        #expect(throws: QueueError.self) { try Name.validate(name, as: "service") }
        #expect(throws: QueueError.self) { try Space(namespace: "a", dataspace: name) }
        #expect(throws: QueueError.self) { try Pool(cluster: name) }
        #expect(Space("a:" + name) == nil)
    }

    @Test func `the namespace of the cluster is reserved`() {
        #expect(throws: QueueError.self) { try Space(namespace: "mcpstore", dataspace: "a") }
        #expect(Space("mcpstore:a") == nil)
        #expect(Space("a:mcpstore") != nil)
    }

    @Test func `tool names are encoded so that no two share a key and none leaves its place`() {
        #expect(Name.encoded("get_current-weather.v2") == "get_current-weather.v2")
        #expect(Name.encoded("a:b") == "a%3Ab")
        #expect(Name.encoded("a%3Ab") == "a%253Ab")
        #expect(Name.encoded("é") == "%C3%A9")
        #expect(Name.encoded("") == "")
        var random = SeededGenerator(seed: 3)
        var seen: [String: String] = [:]
        for _ in 0..<2000 {
            let scalars = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Unicode.Scalar(UInt32.random(in: 1...0x2ff, using: &random)) ?? "x"
            }
            let text = scalars.reduce(into: "") { $0.unicodeScalars.append($1) }
            let key = Name.encoded(text)
            #expect(key.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") })
            if let other = seen[key] { #expect(Array(other.utf8) == Array(text.utf8)) }
            seen[key] = text
        }
    }

    @Test(arguments: [
        ("*:*", "a:b", true), ("tenant_*:*", "tenant_1:x", true), ("tenant_*:*", "tenant:x", false), ("a:b", "a:b", true),
        ("a:b", "a:bb", false), ("*a:b*", "bba:b", true), ("*a*a*:d", "aa:d", true), ("*a*a*:d", "a:d", false),
        ("a*:d", "b:d", false),
    ])
    func `patterns match within a part`(pattern: String, space: String, matches: Bool) throws {
        #expect(try SpacePattern(pattern).matches(#require(Space(space))) == matches)
    }

    @Test(arguments: ["a", "a:b:c", ":", "a:", ":b", "a?:b", "a b:c", ""])
    func `what is no pattern is refused`(text: String) {
        #expect(throws: QueueError.self) { try SpacePattern(text) }
    }

    @Test func `members of pool keys are read back`() throws {
        let service = ServiceID(space: try Space(namespace: "a", dataspace: "b"), name: "s")
        #expect(ServiceID(member: service.member) == service)
        for lane in Lane.allCases {
            let id = LaneID(service: service, lane: lane)
            #expect(LaneID(member: id.member) == id)
        }
        for text in ["", "a:b", "a:b s x y", "a:b s fast", "a s batch"] { #expect(LaneID(member: text) == nil) }
    }

    @Test func `keys are as documented`() throws {
        let keys = SpaceKeys(try Space(namespace: "default", dataspace: "main"))
        #expect(keys.config("s") == "default:main:services:s:config")
        #expect(keys.cache("s") == "default:main:services:s:cache")
        #expect(keys.state("s") == "default:main:services:s:state")
        #expect(keys.info(toolKey: "t/x") == "default:main:tools:t%2Fx:info")
        #expect(keys.stats(toolKey: "t") == "default:main:tools:t:stats")
        #expect(keys.jobs("s", .interactive) == "default:main:jobs:s")
        #expect(keys.jobs("s", .batch) == "default:main:jobs:s:batch")
        #expect(keys.inbox("c") == "default:main:inbox:c")
    }
}
