import MCPStoreQueue
import NIOCore
import Testing

@testable import MCPStore

/// What must come to Redis after a time in memory, and how agents of both sides are put together.
@Suite struct FallbackNewsTests {
    private func document(_ name: String, _ version: Int, _ configuration: String = "{}") -> ServiceDocument {
        ServiceDocument(
            name: name,
            version: version,
            updated: "",
            by: "",
            configuration: ByteBuffer(string: configuration)
        )
    }

    @Test func `S14: Redis that is lost again before all is written back loses no change`() {
        var news = FallbackNews()
        let r1 = news.begin(with: [document("a", 3), document("b", 4)], ofOthers: ["b"])
        #expect(r1.isEmpty && news.lent == ["b"])
        news.changed = ["a", "c"]
        news.wrote("c", document("c", 9), isNews: true)
        news.changed = ["a"]
        // Lost again. What is known of the space is as it was in memory: "a" has memory's version there, "c" too.
        let r2 = news.begin(with: [document("a", 100), document("b", 5), document("c", 101)], ofOthers: [])
        #expect(r2 == ["a", "c"])
        #expect(news.bases["a"]?.version == 3 && news.bases["b"]?.version == 5 && news.bases["c"]?.version == 9)
        #expect(news.changed == ["a"] && news.lent == ["b"])
        news.changed = []
        news.wrote("a", document("a", 4), isNews: true)
        let r3 = news.settle()
        #expect(r3 == ["a", "c"])
        let r4 = news.settle()
        #expect(r4 == nil)
        let r5 = news.begin(with: [document("a", 7)], ofOthers: [])
        #expect(r5.isEmpty && news.bases["a"]?.version == 7 && news.bases["c"] == nil)
    }

    private func merge(_ mine: String?, _ base: String, _ theirs: String) -> String? {
        let merged = AgentMerge.merge(
            mine.map { document("s", 2, $0) },
            base: document("s", 1, base),
            theirs: document("s", 2, theirs)
        )
        return merged.map { String(buffer: $0.configuration) }
    }

    @Test func `S14: agents that joined and left on both sides are put together`() {
        let base = #"{"agents":{"a":"s","b":"s"},"command":"x"}"#
        // c joined here, d there; b left here.
        let both = merge(
            #"{"agents":{"a":"s","c":"s"},"command":"x"}"#,
            base,
            #"{"agents":{"a":"s","b":"s","d":"t"},"command":"x"}"#
        )
        #expect(both == #"{"agents":{"a":"s","c":"s","d":"t"},"command":"x"}"#)
        // All left here; there e joined.
        let left = merge(nil, base, #"{"agents":{"a":"s","b":"s","e":"s"},"command":"x"}"#)
        #expect(left == #"{"agents":{"e":"s"},"command":"x"}"#)
        // Another configuration, or a service of the store: what is in Redis stands.
        #expect(merge(#"{"agents":{"a":"s"},"command":"y"}"#, base, base) == nil)
        #expect(merge(nil, #"{"command":"x"}"#, base) == nil)
        #expect(merge(#"{"command":"x"}"#, #"{"command":"x"}"#, #"{"command":"z"}"#) == nil)
    }
}
