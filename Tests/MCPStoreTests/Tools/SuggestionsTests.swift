import Testing

@testable import MCPStore

struct SuggestionsTests {
    @Test func `The most similar names are suggested, three at most`() {
        let names = ["get_weather", "get_whether", "set_weather", "get_feather", "delete", "list"]
        #expect(Suggestions.similar(to: "get_wether", among: names) == ["get_weather", "get_whether", "get_feather"])
        #expect(Suggestions.similar(to: "LIST", among: names) == ["list"])
    }

    @Test func `Names that have little in common are not suggested`() {
        #expect(Suggestions.similar(to: "alpha", among: ["omega_tool", "zz"]) == [])
        #expect(Suggestions.similar(to: "", among: ["a"]) == [])
    }

    @Test func `A very long name costs nothing`() {
        #expect(Suggestions.similar(to: String(repeating: "a", count: 101), among: [String(repeating: "a", count: 101)]) == [])
    }

    @Test(arguments: [("", "", 0), ("abc", "abc", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)])
    func `The distance counts insertions, removals and replacements`(a: String, b: String, distance: Int) {
        #expect(Suggestions.distance(Array(a.utf8), Array(b.utf8)) == distance)
    }
}
